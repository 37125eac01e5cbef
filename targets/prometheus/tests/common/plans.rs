//! The plans themselves.

use farthing_plan::{
    Aggregate, Alert, BurnBasis, Comparison, Form, MatchOp, Plan, Severity, Shown, Source, Unit, WhenAbsent,
};

use super::*;

/// The dollars of GPUs, a gateway and 8% overhead, for each answer.
pub fn cost() -> Plan {
    let usd = || Unit::base("USD");
    let in_chat = || matcher("namespace", MatchOp::Equal, &["chat"]);
    let cost = indicator(
        "chat/cost_per_answer",
        &[],
        [
            (
                usd(),
                vec![
                    term("chat/gpu", "1.08", WhenAbsent::Unobserved),
                    term("chat/nodes", "1.08", WhenAbsent::Unobserved),
                    term("chat/refunds", "-1", WhenAbsent::Zero),
                ],
            ),
            (Unit::base("request"), vec![needed("chat/answers")]),
        ],
        "0.4/3600",
    );
    let mut gpu =
        flow("chat/gpu", usd(), &[], gauge("DCGM_FI_DEV_GPU_UTIL", vec![in_chat()], Aggregate::Count, "2.49/3600"));
    gpu.doc = Some("One H100 for each series.\nOn demand.".into());
    let mut affordable = mean("chat", "affordable", &cost, (Comparison::AtMost, "0.01", "0.05"));
    affordable.statement = "cost_per_answer <= $0.01 per request".into();
    affordable.doc = Some("What finance signed.".into());
    affordable.runbook = Some("https://runbooks.example.com/cost?a=1#gpu".into());
    affordable.labels.insert("team".into(), "on".into());
    affordable.annotations.insert("dashboard".into(), "see: {{ $labels.service }} # board\nfor more".into());
    let mut service = service(
        "chat",
        vec![
            gpu,
            flow("chat/nodes", usd(), &[], gauge("node_total_hourly_cost", vec![in_chat()], Aggregate::Sum, "1/3600")),
            flow("chat/refunds", usd(), &[], counter("refunds_usd_total", vec![in_chat()], None, "1")),
            flow(
                "chat/answers",
                Unit::base("request"),
                &[],
                counter(
                    "vllm:request_success_total",
                    vec![in_chat(), matcher("finished_reason", MatchOp::Equal, &["length", "stop"])],
                    None,
                    "1",
                ),
            ),
        ],
        vec![cost],
        vec![affordable],
    );
    service.title = "Chat assistant".into();
    plan(service)
}

/// Shares and a quantile of histograms, of a counter that may be absent, and of events.
pub fn shares() -> Plan {
    let request = || Unit::base("request");
    let search = |id: &str, source| flow(id, request(), &[], source);
    let slow = indicator(
        "search/fast",
        &[],
        [
            (request(), vec![needed("search/all"), term("search/within_400ms", "-1", WhenAbsent::Unobserved)]),
            (request(), vec![needed("search/all")]),
        ],
        "0",
    );
    let failing = indicator(
        "search/answered",
        &[],
        [(request(), vec![term("search/failed", "1", WhenAbsent::Zero)]), (request(), vec![needed("search/all")])],
        "0",
    );
    let dear = indicator(
        "search/cheap",
        &[],
        [(request(), vec![needed("search/dear")]), (request(), vec![needed("search/requests")])],
        "0",
    );
    let mut fast = share("search", "fast", &slow, "0.95", "time_to_first_token < 400 ms");
    fast.form = Form::Quantile {
        quantile: exact("0.95"),
        of: "vllm::time_to_first_token".into(),
        comparison: Comparison::Less,
        bound: exact("0.4"),
        shown: Shown { prefix: String::new(), factor: exact("1000"), suffix: " ms".into() },
    };
    fast.alerts = vec![Alert {
        severity: Severity::Page,
        long: HOUR,
        short: 300,
        factor: exact("10"),
        basis: BurnBasis::Stated,
        highest: Some(exact("20")),
    }];
    let mut answered = share("search", "answered", &failing, "0.999", "an answer");
    answered.period = farthing_plan::Period::rolling(7 * DAY);
    answered.alerts = policy(7 * DAY, Some(exact("1000")));
    let mut half_day = share("search", "cheap", &dear, "0.99", "cost < $0.001");
    half_day.period = farthing_plan::Period::rolling(12 * HOUR);
    half_day.alerts = vec![];
    plan(service(
        "search",
        vec![
            search("search/all", counter("vllm:time_to_first_token_seconds_count", vec![], None, "1")),
            search("search/within_400ms", counter("vllm:time_to_first_token_seconds_bucket", vec![], Some("0.4"), "1")),
            search("search/within_1s", counter("vllm:time_to_first_token_seconds_bucket", vec![], Some("1"), "1")),
            search(
                "search/failed",
                counter(
                    "vllm:request_success_total",
                    vec![matcher("finished_reason", MatchOp::NotEqual, &["length", "stop"])],
                    None,
                    "1",
                ),
            ),
            search("search/requests", Source::EventCount { event: "requests".into(), conditions: vec![] }),
            search("search/dear", Source::EventCount { event: "requests".into(), conditions: vec![] }),
        ],
        vec![slow, failing, dear],
        vec![fast, answered, half_day],
    ))
}

/// Broken down by model: tokens for each dollar, at least; and the share of the time that a cache is not full.
pub fn broken_down() -> Plan {
    let usd = || Unit::base("USD");
    let token = || Unit::base("output_token");
    let seconds = || Unit::base("s");
    let worth = indicator(
        "fleet/tokens_per_dollar",
        &["model_name"],
        [
            (token(), vec![needed("fleet/tokens")]),
            (usd(), vec![needed("fleet/gpu"), term("fleet/energy", "0.13/3600000", WhenAbsent::Zero)]),
        ],
        "0",
    );
    let full = indicator(
        "fleet/roomy",
        &["model_name", "pod"],
        [(seconds(), vec![needed("fleet/cache_full")]), (seconds(), vec![needed("fleet/cache")])],
        "0",
    );
    let overall = indicator(
        "fleet/overall",
        &[],
        [(token(), vec![needed("fleet/tokens")]), (usd(), vec![needed("fleet/gpu")])],
        "0",
    );
    let mut worthwhile = mean("fleet", "worthwhile", &worth, (Comparison::AtLeast, "30000", "0.1"));
    worthwhile.labels.insert("team".into(), "ml".into());
    let mut roomy = share("fleet", "roomy", &full, "0.9", "vllm::kv_cache_usage < 95%");
    roomy.budget_shown = counted("s");
    // An indicator keeps more labels than this one needs.
    let mut roomy_by_model = roomy.clone();
    roomy_by_model.id = "fleet/roomy_by_model".into();
    roomy_by_model.name = "roomy_by_model".into();
    roomy_by_model.by = vec!["model_name".into()];
    let cheap = mean("fleet", "cheap", &overall, (Comparison::AtLeast, "40000", "0.1"));
    let cache = |when| Source::GaugeTime { metric: "vllm:kv_cache_usage_perc".into(), matchers: vec![], when };
    plan(service(
        "fleet",
        vec![
            flow("fleet/tokens", token(), &["model_name"], counter("vllm:generation_tokens_total", vec![], None, "1")),
            flow(
                "fleet/gpu",
                usd(),
                &["model_name"],
                gauge(
                    "gpu_hourly_cost",
                    vec![matcher("pod", MatchOp::Regex, &[r"vllm-\d+"])],
                    Aggregate::Sum,
                    "1/3600",
                ),
            ),
            flow(
                "fleet/energy",
                Unit::base("joule"),
                &["model_name", "pod"],
                counter("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", vec![], None, "0.001"),
            ),
            flow(
                "fleet/cache_full",
                seconds(),
                &["model_name", "pod"],
                cache(Some((Comparison::AtLeast, exact("0.95")))),
            ),
            flow("fleet/cache", seconds(), &["model_name", "pod"], cache(None)),
        ],
        vec![worth, full, overall],
        vec![worthwhile, roomy, roomy_by_model, cheap],
    ))
}

/// Objectives on the cost of an answer, each with two flows and an indicator of its own, spread over services.
pub fn many(objectives: usize, services: usize) -> Plan {
    let names = |service: usize| {
        let first = service * objectives / services;
        first..(service + 1) * objectives / services
    };
    let made = (0..services).map(|service_number| {
        let service_name = format!("service_{service_number}");
        let (mut flows, mut indicators, mut promised) = (vec![], vec![], vec![]);
        for number in names(service_number) {
            let [gpu, answers] = ["gpu", "answers"].map(|name| format!("{service_name}/{name}_{number}"));
            let in_namespace = || vec![matcher("namespace", MatchOp::Equal, &[&format!("team-{number}")])];
            flows.push(flow(&gpu, Unit::base("USD"), &[], gauge("gpus", in_namespace(), Aggregate::Sum, "2.49/3600")));
            flows.push(flow(
                &answers,
                Unit::base("request"),
                &[],
                counter("vllm:request_success_total", in_namespace(), None, "1"),
            ));
            let cost = indicator(
                &format!("{service_name}/cost_{number}"),
                &[],
                [
                    (Unit::base("USD"), vec![term(&gpu, "1.08", WhenAbsent::Unobserved)]),
                    (Unit::base("request"), vec![needed(&answers)]),
                ],
                "0",
            );
            promised.push(mean(
                &service_name,
                &format!("affordable_{number}"),
                &cost,
                (Comparison::AtMost, "0.01", "0.05"),
            ));
            indicators.push(cost);
        }
        service(&service_name, flows, indicators, promised)
    });
    Plan { services: made.collect(), ..plan(service("none", vec![], vec![], vec![])) }
}
