//! Templates: what an instance comes to in the plan, also where template and instance stand in different files.

use farthing_compiler::{Compilation, Options, SourceFile, Sources, compile, diagnostics::codes, render};
use farthing_plan::{BudgetMode, BurnForm, Derivation, Exclusion, Flow, Form, MatchOp, Period, Plan, Role, Source};

/// One module, `shared`.
struct Shared(&'static str);

impl Sources for Shared {
    fn module(&self, _: &str, path: &[String]) -> Option<SourceFile> {
        (path == ["shared"]).then(|| SourceFile { name: "shared.slo".into(), text: self.0.into() })
    }

    fn siblings(&self, _: &str) -> Vec<String> {
        vec!["shared".into()]
    }
}

fn compiled(shared: &'static str, text: &str) -> Compilation {
    let file = SourceFile { name: "services.slo".into(), text: text.into() };
    compile(vec![file], &Shared(shared), &Options::default())
}

fn said(compilation: &Compilation) -> String {
    let all = compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100));
    all.collect::<Vec<_>>().join("\n")
}

fn plan(shared: &'static str, text: &str) -> Plan {
    let compilation = compiled(shared, text);
    let said = said(&compilation);
    compilation.plan.unwrap_or_else(|| panic!("{said}"))
}

fn flow<'p>(plan: &'p Plan, id: &str) -> &'p Flow {
    let mut flows = plan.services.iter().flat_map(|service| &service.flows);
    flows.find(|flow| flow.id == id).unwrap_or_else(|| panic!("there is no flow {id}"))
}

/// The values that a flow's series must have of a label.
fn selected(flow: &Flow, label: &str) -> Vec<String> {
    let (Source::Counter { matchers, .. } | Source::Gauge { matchers, .. }) = &flow.source else {
        panic!("{} is not read from series", flow.id);
    };
    let own = matchers.iter().filter(|matcher| matcher.label == label && matcher.op == MatchOp::Equal);
    own.flat_map(|matcher| matcher.values.clone()).collect()
}

const SHARED: &str = r#"
use std::dcgm
use std::vllm

price h100 = $3.60 per gpu hour
policy calm { ticket when burning 20% over 3d and 6h }

template service llm(namespace: string, target: USD/request, period: s, slack: ratio) {
  title "The {namespace} service"
  owner "inference"
  runbook "https://runbooks.example.com/{namespace}"
  labels { team = "ml", part = "{namespace}" }
  annotations { note = "{{ $labels.namespace }} of {namespace}" }
  where { namespace = namespace, zone = "a" }
  policy calm

  cost gpu       = dcgm::gpus * h100
  volume answers = vllm::request_success { finished_reason = "stop", model_name = namespace | "any" }
  sli cost_per_answer = gpu / answers

  objective affordable { cost_per_answer <= target  budget slack over period }
  objective fast { p95 of vllm::time_to_first_token < 500 ms over period }
}
"#;

#[test]
fn an_instance_is_a_service_with_its_own_names_and_values() {
    let plan = plan(
        SHARED,
        "use shared::llm\nservice search = llm(\"search\", target: $4 per 1k requests, period: 28d, slack: 5%)\n",
    );
    let service = &plan.services[0];
    assert_eq!((service.name.as_str(), service.title.as_str()), ("search", "The search service"));
    assert_eq!(selected(flow(&plan, "search/gpu"), "namespace"), ["search"]);
    assert_eq!(selected(flow(&plan, "search/answers"), "namespace"), ["search"]);
    assert_eq!(selected(flow(&plan, "search/answers"), "model_name"), ["any", "search"]);
    let affordable = &service.objectives[0];
    assert_eq!(affordable.id, "search/affordable");
    assert_eq!(affordable.period.seconds(), 28 * 86_400);
    assert_eq!(affordable.statement, "cost_per_answer <= $4 per 1k requests");
    let Form::Mean { target, budget, shown, .. } = &affordable.form else { panic!("{:?}", affordable.form) };
    // $4 for a thousand is $0.004 for one.
    assert_eq!((target.to_string(), budget.to_string()), ("0.004".into(), "0.05".into()));
    assert_eq!(shown.stated(target), "$4 per 1k requests");
    assert_eq!(affordable.labels["part"], "search");
    assert_eq!(affordable.annotations["note"], "{{ $labels.namespace }} of search");
    assert_eq!(affordable.runbook.as_deref(), Some("https://runbooks.example.com/search"));
    // The template's policy, found where the template stands.
    assert_eq!(affordable.alerts.len(), 1);
}

#[test]
fn what_an_instance_says_stands_for_what_the_template_says() {
    let text = r#"
use shared::llm
use std::litellm

// Other things than in the template's file.
price h100 = $7.20 per gpu hour
policy calm { page when burning 10x over 1h and 5m }

service plain = llm("plain", $1 per request, 30d, 5%)

service other = llm("other", $1 per request, 30d, 5%) {
  title "The {namespace} one"
  owner "others"
  labels { team = "others" }
  where { zone = "b", region = "eu" }
  policy calm
  cost gpu = litellm::spend
  cost network = 10% of gpu
  sli cost_per_answer = (gpu + network) / answers
  objective fast { p99 of litellm::request_total_latency < 5 s over 30d }
}
"#;
    let plan = plan(SHARED, text);
    let [plain, other] = plan.services.as_slice() else { panic!("two services") };
    // The price is the one of the template's file: $3.60 an hour are a thousandth of a dollar a second.
    let Source::Gauge { scale, .. } = &flow(&plan, "plain/gpu").source else { panic!("a gauge") };
    assert_eq!(scale.to_string(), "0.001");
    assert_eq!(plain.objectives[0].alerts[0].factor.to_string(), "2");

    // Braces are filled in in the template only.
    assert_eq!((other.title.as_str(), other.owner.as_deref()), ("The {namespace} one", Some("others")));
    let affordable = &other.objectives[0];
    assert_eq!((affordable.labels["team"].as_str(), affordable.labels["part"].as_str()), ("others", "other"));
    assert_eq!(affordable.alerts[0].factor.to_string(), "10");
    let Source::Counter { metric, .. } = &flow(&plan, "other/gpu").source else { panic!("a counter") };
    assert_eq!(metric, "litellm_spend_metric_total");
    assert_eq!(selected(flow(&plan, "other/gpu"), "namespace"), ["other"]);
    assert_eq!(selected(flow(&plan, "other/gpu"), "zone"), ["b"]);
    assert_eq!(selected(flow(&plan, "other/answers"), "region"), ["eu"]);
    // In the order of the template, with the instance's own in their places.
    let names: Vec<&str> = other.objectives.iter().map(|objective| objective.name.as_str()).collect();
    assert_eq!(names, ["affordable", "fast"]);
    assert!(matches!(&other.objectives[1].form, Form::Quantile { quantile, .. } if quantile.to_string() == "0.99"));
    // The template's objective uses the instance's sli: 10% more than the spending.
    let indicator = other.indicators.iter().find(|own| own.id == "other/cost_per_answer").expect("it is there");
    let factors: Vec<String> = indicator.numerator.terms.iter().map(|term| term.factor.to_string()).collect();
    assert_eq!(factors, ["1.1"]);
}

#[test]
fn the_same_mistake_in_a_shared_template_is_told_once_with_both_places() {
    let shared = "template service llm(namespace: string) {\n  where { namespace = namespace }\n  cost gpu = nothing * $1 per hour\n}\n";
    let text = "use shared::llm\nservice a = llm(\"a\")\nservice b = llm(\"b\")\nservice c = llm(\"c\")\n";
    let compilation = compiled(shared, text);
    assert_eq!(compilation.diagnostics.len(), 1, "{}", said(&compilation));
    let said = said(&compilation);
    for part in ["shared.slo:3:14", "there is no `nothing` here", "see services.slo:2:13, `llm`: `llm` is used here"] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
}

#[test]
fn a_mistake_of_one_value_is_told_where_it_is_given() {
    let shared = "use std::vllm\ntemplate service llm(reason: string) {\n  volume answers = vllm::request_success { finished_reason = reason }\n}\n";
    let text = "use shared::llm\nservice a = llm(\"stop\")\nservice b = llm(\"stopp\")\nservice c = llm(\"halt\")\n";
    let compilation = compiled(shared, text);
    let errors: Vec<&str> = compilation.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(errors, ["`finished_reason` is never \"stopp\"", "`finished_reason` is never \"halt\""]);
    assert!(
        compilation.diagnostics.iter().all(|found| found.fix.is_none()),
        "a mend of one use would break the others"
    );
}

const PRIVATE: &str =
    "unit _crate = 12 image\nprice _list = $2 per gpu hour\nprice list = 2 * _list\nunit crates = 2 _crate\n";

#[test]
fn private_names_are_used_in_their_own_file_only() {
    for (text, place) in [
        ("use shared::_list\nprice own = _list\n", "services.slo:1:13"),
        ("use shared\nprice own = shared::_list\n", "services.slo:2:21"),
        ("use shared\nprice own = $3 per shared::_crate\n", "services.slo:2:28"),
        ("use shared as them\nprice own = 2 * them::_list\n", "services.slo:2:23"),
    ] {
        let compilation = compiled(PRIVATE, text);
        let said = said(&compilation);
        assert_eq!(compilation.diagnostics.len(), 1, "{text}{said}");
        assert!(said.contains("F0131") && said.contains(place), "{text}{said}");
    }
    let fine = compiled(PRIVATE, "use shared\nprice own = shared::list\nprice other = $3 per shared::crates\n");
    assert!(fine.plan.is_some() && fine.diagnostics.is_empty(), "{}", said(&fine));
}

#[test]
fn private_names_are_not_suggested() {
    for text in ["use shared\nprice own = shared::_lst\n", "use shared\nprice own = _list\n", "use shared::_lst\n"] {
        let compilation = compiled(PRIVATE, text);
        let said = said(&compilation);
        assert!(compilation.plan.is_none() && !said.contains("did you mean `_list`"), "{said}");
        assert!(!said.contains("shared::_list"), "{said}");
    }
}

#[test]
fn a_module_and_a_unit_may_be_called_like_a_cost() {
    let text = "use shared as gpu\nuse std::dcgm\nuse std::vllm\nunit answers\n\nservice chat {\n  cost gpu = dcgm::gpus * gpu::list\n  volume answers = vllm::request_success\n  objective it { gpu / answers <= $1 per request budget 5% over 30d }\n}\n";
    let compilation = compiled(PRIVATE, text);
    assert!(compilation.plan.is_some(), "{}", said(&compilation));
}

#[test]
fn what_other_files_use_is_used() {
    let shared = SourceFile { name: "shared.slo".into(), text: SHARED.into() };
    let text = "use shared::llm\nservice search = llm(\"search\", $1 per request, 30d, 5%)\n";
    let own = SourceFile { name: "services.slo".into(), text: text.into() };
    // Both are asked for, and one imports the other.
    let compilation = compile(vec![own, shared], &Shared(SHARED), &Options::default());
    let codes: Vec<String> = compilation.diagnostics.iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["F0902"], "{}", said(&compilation));
}

/// A template with every statement of the language, whose file means other things by its names than the instance's does.
const FULL: &str = r#"
use std::vllm

gauge deploys: ratio = "shared_deploys_running"
gauge gpus: gpu = "shared_gpus" { modelName }
counter spend: EUR = "shared_spend_total" { class in { "simple", "agentic" }, model_name }
counter asked: request = "shared_asked_total" { class in { "simple", "agentic" }, model_name, verdict in { "good", "bad" } }
price gpu_hour by modelName { "A": $3.60 } per gpu hour
rate 1 EUR = 2 USD

template service llm(
  namespace: string, target: USD/request, dear: USD/request, period: s, slack: ratio, needed: request, watch: s, apart: ratio
) {
  where { namespace = namespace }
  cost gpu       = gpus * gpu_hour
  cost api       = spend
  volume answers = asked
  volume work    = asked weighted by class { simple: 1, agentic: 12 }
  sli economy    = api / answers
  sli total      = (gpu + api) / answers
  sli fair       = economy standardized by class to { simple: 70%, agentic: 30% }
  sli simple     = asked { class = "simple", verdict = "good" } / asked { class = "simple" }
  sli agentic    = asked { class = "agentic", verdict = "good" } / asked { class = "agentic" }
  sli capacity   = (answers / gpu) at peak while fast

  objective affordable {
    total <= target
    budget slack gross over calendar month in "Europe/Berlin"
    burn per unit
    guard answers >= needed over watch
    exclude when deploys > 0 because "{namespace} is deployed"
    provided simple equals agentic within apart
  }
  objective by_class { economy by class { "simple": <= target, "agentic": <= dear }  budget slack over period }
  objective by_model { total <= target  budget slack over period  by model_name allocate gpu by work }
  objective mixed    { fair <= target  budget slack over period }
  objective ample    { capacity >= 1 request per USD  budget slack over period }
  objective fast     { p95 of vllm::time_to_first_token < 500 ms  over calendar month in "Europe/Berlin" }

  tradeoff {
    title "What {namespace} promises"
    cost affordable
    latency fast
  }
  spend 20% of affordable for "the launch of {namespace}" from 2026-12-01 to 2026-12-08
  exclude 2026-12-24 to 2026-12-26 because "the load test of {namespace}"
  exclude when deploys > 10%
}
"#;

const FULL_USED: &str = r#"
use shared::llm
use std::vllm

gauge deploys: ratio = "own_deploys_running"
price gpu_hour by modelName { "B": $7.20 } per gpu hour
rate 1 EUR = 3 USD

service search = llm(
  "search", €2 per 1k requests, dear: $0.05 per request, period: 28d, slack: 5%, needed: 100 requests, watch: 1h, apart: 1%
) {
  exclude when deploys > 50% because "{namespace} is no parameter here"
  spend 10% of affordable from 2026-12-10
  tradeoff {
    cost mixed
    quality by_model_good
  }
  tradeoff second {
    cost mixed
    latency quick
  }
  objective by_model_good { 90% of all are good  over 30d  policy { page when burning 5x over 1h and 5m } }
  objective quick { 90% of all are good  over 30d  policy { page when burning 5x over 1h and 5m } }
  volume all  = vllm::request_success
  volume good = vllm::request_success { finished_reason = "stop" }
}
"#;

#[test]
fn every_statement_works_in_a_template_with_the_names_of_its_file() {
    let plan = plan(FULL, FULL_USED);
    let search = &plan.services[0];
    let objective = |name: &str| {
        let found = search.objectives.iter().find(|objective| objective.name == name);
        found.unwrap_or_else(|| panic!("no objective {name}"))
    };
    let gauge = |exclusion: &Exclusion| {
        let Exclusion::When { flow: id, because } = exclusion else { panic!("no gauge: {exclusion:?}") };
        let Source::GaugeTime { metric, when: Some((_, bound)), .. } = &flow(&plan, id).source else { panic!("{id}") };
        (metric.clone(), bound.to_string(), because.clone())
    };
    let affordable = objective("affordable");

    // The target is given in euros, which are 3 dollars where it is given: 2 / 1000 * 3.
    let Form::Mean { target, budget, shown, .. } = &affordable.form else { panic!("{:?}", affordable.form) };
    assert_eq!((target.to_string(), budget.to_string()), ("0.006".into(), "0.05".into()));
    assert_eq!(shown.stated(target), "€2 per 1k requests");
    assert_eq!(affordable.statement, "total <= €2 per 1k requests");
    assert!(matches!(&affordable.period, Period::Calendar { zone, .. } if zone == "Europe/Berlin"));
    assert_eq!((affordable.budget_mode, affordable.burn_form), (BudgetMode::Gross, BurnForm::PerUnit));

    // What is spent in euros is 2 dollars where it is spent.
    let indicator = |id: &str| search.indicator(id).unwrap_or_else(|| panic!("no indicator {id}"));
    let total = indicator(&affordable.indicator);
    let api = total.numerator.terms.iter().find(|term| term.flow == "search/api").expect("it is spent");
    assert_eq!(api.factor.to_string(), "2");
    // And the prices are those of the template's file.
    let priced =
        total.numerator.terms.iter().find(|term| term.flow.starts_with("search/gpu") && !term.factor.is_zero());
    assert_eq!(selected(flow(&plan, &priced.expect("GPUs cost").flow), "modelName"), ["A"]);

    // The service's, those of the template first, and then the objective's own.
    let [days, shared, own, objectives] = total.exclusions.as_slice() else { panic!("{:?}", total.exclusions) };
    assert!(matches!(days, Exclusion::Dates { because: Some(why), .. } if why == "the load test of search"));
    assert_eq!(gauge(shared), ("shared_deploys_running".into(), "0.1".into(), None));
    let untouched = Some("{namespace} is no parameter here".to_string());
    assert_eq!(gauge(own), ("own_deploys_running".into(), "0.5".into(), untouched));
    let why = Some("search is deployed".to_string());
    assert_eq!(gauge(objectives), ("shared_deploys_running".into(), "0".into(), why));

    let [guard] = affordable.guards.as_slice() else { panic!("{:?}", affordable.guards) };
    assert_eq!((guard.bound.to_string(), guard.window), ("100".into(), 3_600));
    assert_eq!(guard.statement, "answers >= 100 requests over 1h");
    let equality = affordable.equality.as_ref().expect("it is provided");
    assert_eq!(equality.tolerance.to_string(), "0.01");
    assert_eq!(equality.statement, "simple equals agentic within 1%");

    let classes: Vec<(&str, &str)> = search
        .objectives
        .iter()
        .filter(|objective| objective.name == "by_class")
        .map(|objective| (objective.only["class"].as_str(), objective.statement.as_str()))
        .collect();
    let dear = ("agentic", "economy <= $0.05 per request");
    assert_eq!(classes, [("simple", "economy <= €2 per 1k requests"), dear]);

    let by_model = indicator(&objective("by_model").indicator);
    assert!(matches!(&by_model.derivation, Some(Derivation::Allocated { shared, .. }) if shared.len() == 1));
    let mixed = indicator(&objective("mixed").indicator);
    assert!(matches!(&mixed.derivation, Some(Derivation::Standardized { label, .. }) if label == "class"));
    let ample = indicator(&objective("ample").indicator);
    assert!(matches!(&ample.derivation, Some(Derivation::Peak { .. })));

    let reasons: Vec<Option<&str>> = affordable.spendings.iter().map(|own| own.reason.as_deref()).collect();
    assert_eq!(reasons, [Some("the launch of search"), None]);
    let watch = objective("gpu_priced");
    assert!(matches!(&watch.role, Role::Priced { table, .. } if table == "gpu_hour"));

    // The instance's trade-off without a name stands for the template's.
    let tradeoffs: Vec<(&str, &str, &str)> = search
        .tradeoffs
        .iter()
        .map(|own| (own.id.as_str(), own.title.as_str(), own.corners[0].objective.as_str()))
        .collect();
    assert_eq!(
        tradeoffs,
        [("search/tradeoff", "tradeoff", "search/mixed"), ("search/second", "second", "search/mixed")]
    );
}

#[test]
fn a_template_has_its_own_trade_off() {
    let text = "use shared::llm\nservice search = llm(\"search\", $1 per request, dear: $2 per request, period: 28d, slack: 5%, needed: 100 requests, watch: 1h, apart: 1%)\n";
    let plan = plan(FULL, text);
    let [tradeoff] = plan.services[0].tradeoffs.as_slice() else { panic!("{:?}", plan.services[0].tradeoffs) };
    assert_eq!(tradeoff.title, "What search promises");
    let objectives: Vec<&str> = tradeoff.corners.iter().map(|corner| corner.objective.as_str()).collect();
    assert_eq!(objectives, ["search/affordable", "search/fast"]);
}

#[test]
fn what_the_statements_of_a_template_name_is_used() {
    let shared = SourceFile { name: "shared.slo".into(), text: FULL.into() };
    let own = SourceFile { name: "services.slo".into(), text: FULL_USED.into() };
    let compilation = compile(vec![own, shared], &Shared(FULL), &Options::default());
    let unused: Vec<&str> = compilation
        .diagnostics
        .iter()
        .filter(|found| found.code == codes::UNUSED)
        .map(|found| found.message.as_str())
        .collect();
    // The template's file has prices of its own; its rate is the one that its costs are exchanged by.
    assert_eq!(unused, ["nothing uses the price `gpu_hour`"], "{}", said(&compilation));
}
