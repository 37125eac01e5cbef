//! Plans of single constructs, on inputs that are easily added up by hand: counters of dollars and of answers.

use farthing_plan::{
    Aggregate, Alert, BudgetMode, BurnBasis, BurnForm, CalendarUnit, Comparison, Corner, CornerKind, Derivation,
    Equality, Exclusion, Form, Guard, Indicator, Objective, Offset, Part, Period, Plan, QueryKind, Role, Service,
    Severity, Side, Source, Spending, Tradeoff, Unit, WhenAbsent, Zone,
};

use super::*;

fn usd() -> Unit {
    Unit::base("USD")
}

fn gpu_seconds() -> Unit {
    Unit::base("gpu").times(&Unit::base("s"), 1)
}

fn request() -> Unit {
    Unit::base("request")
}

/// Dollars and answers, each a counter.
fn flows(name: &str, by: &[&str]) -> Vec<Flow> {
    vec![
        flow(&format!("{name}/dollars"), usd(), by, counter("dollars_total", vec![], None, "1")),
        flow(&format!("{name}/answers"), request(), by, counter("answers_total", vec![], None, "1")),
    ]
}

/// Dollars for each answer.
fn per_answer(service: &str, name: &str, by: &[&str]) -> Indicator {
    indicator(
        &format!("{service}/{name}"),
        by,
        [
            (usd(), vec![needed(&format!("{service}/dollars"))]),
            (request(), vec![needed(&format!("{service}/answers"))]),
        ],
        "0",
    )
}

/// At most $1 for an answer, with a budget of 10%: an answer allows $0.10 beyond.
fn affordable(service: &str, name: &str, indicator: &Indicator) -> Objective {
    mean(service, name, indicator, (Comparison::AtMost, "1", "0.1"))
}

fn page(long: u64, short: u64, factor: &str) -> Alert {
    Alert { severity: Severity::Page, long, short, factor: exact(factor), basis: BurnBasis::Stated, highest: None }
}

/// An indicator that is derived from others.
fn derived(id: &str, by: &[&str], units: [Unit; 2], derivation: Derivation) -> Indicator {
    let [numerator, denominator] = units;
    let mut made = indicator(id, by, [(numerator, vec![]), (denominator, vec![])], "0");
    made.derivation = Some(derivation);
    made
}

/// Europe/Berlin in 2025 to 2027.
pub fn berlin() -> Zone {
    let (winter, summer) = (3_600, 7_200);
    zone(
        "Europe/Berlin",
        &[
            (0, winter),
            // 2025-03-30, 2025-10-26, 2026-03-29, 2026-10-25, 2027-03-28, 2027-10-31, at 01:00 UTC.
            (1_743_296_400, summer),
            (1_761_440_400, winter),
            (1_774_746_000, summer),
            (1_792_890_000, winter),
            (1_806_195_600, summer),
            (1_824_944_400, winter),
        ],
    )
}

/// America/New_York in 2025 to 2027.
pub fn new_york() -> Zone {
    let (winter, summer) = (-18_000, -14_400);
    zone(
        "America/New_York",
        &[
            (0, winter),
            // 2025-03-09 07:00, 2025-11-02 06:00, 2026-03-08 07:00, 2026-11-01 06:00, 2027-03-14 07:00 and 2027-11-07 06:00
            // UTC.
            (1_741_503_600, summer),
            (1_762_063_200, winter),
            (1_772_953_200, summer),
            (1_793_512_800, winter),
            (1_805_007_600, summer),
            (1_825_567_200, winter),
        ],
    )
}

/// Half an hour beside the others, always.
pub fn kolkata() -> Zone {
    zone("Asia/Kolkata", &[(0, 19_800)])
}

/// 45 minutes beside the others, always: midnight is in the middle of a slot.
pub fn kathmandu() -> Zone {
    zone("Asia/Kathmandu", &[(0, 20_700)])
}

/// The clocks of Berlin in the autumn of 2026, if the night of the change were that of 1970-01-02 to 03: promtool's tests
/// begin at 1970-01-01 00:00 UTC.
pub fn autumn() -> Zone {
    zone("Europe/Berlin", &[(-86_400, 7_200), (2 * 86_400 + 3_600, 3_600)])
}

fn zone(name: &str, offsets: &[(i64, i64)]) -> Zone {
    let offsets = offsets.iter().map(|(from, seconds)| Offset { from: *from, seconds: *seconds }).collect();
    Zone { name: name.into(), offsets }
}

/// An objective for each of these units in each zone.
pub fn calendars(zones: Vec<Zone>, units: &[CalendarUnit]) -> Plan {
    let cost = per_answer("shop", "cost", &[]);
    let objective = |(zone, unit): (&Zone, CalendarUnit)| {
        let place = zone.name.rsplit('/').next().unwrap_or_default().to_lowercase();
        let mut objective = affordable("shop", &format!("{}_{place}", unit.name()), &cost);
        objective.period = Period::Calendar { unit, zone: zone.name.clone() };
        objective.alerts = vec![page(3_600, 300, "2")];
        objective
    };
    let pairs = zones.iter().flat_map(|zone| units.iter().map(move |unit| (zone, *unit)));
    let objectives = pairs.map(objective).collect();
    Plan { zones, ..plan(service("shop", flows("shop", &[]), vec![cost], objectives)) }
}

/// One objective over a calendar month, broken down by model; savings of one slot do not pay for another.
pub fn calendar_month() -> Plan {
    let cost = per_answer("shop", "cost", &["model"]);
    let mut monthly = affordable("shop", "monthly", &cost);
    monthly.period = Period::Calendar { unit: CalendarUnit::Month, zone: "Asia/Kolkata".into() };
    let mut gross = affordable("shop", "gross", &cost);
    gross.period = monthly.period.clone();
    gross.budget_mode = BudgetMode::Gross;
    Plan {
        zones: vec![kolkata()],
        ..plan(service("shop", flows("shop", &["model"]), vec![cost], vec![monthly, gross]))
    }
}

/// The second hour is excluded, and the time of a deployment.
pub fn excluded() -> Plan {
    let mut cost = per_answer("shop", "cost", &["model"]);
    cost.exclusions = vec![
        Exclusion::Dates { from: 3_600, until: 7_200, because: Some("load test".into()) },
        Exclusion::When { flow: "shop/deploying".into(), because: None },
    ];
    let affordable = affordable("shop", "affordable", &cost);
    let mut flows = flows("shop", &["model"]);
    let when = Some((Comparison::Greater, exact("0")));
    let running = Source::GaugeTime { metric: "deploys_running".into(), matchers: vec![], when };
    flows.push(flow("shop/deploying", Unit::base("s"), &[], running));
    plan(service("shop", flows, vec![cost], vec![affordable]))
}

/// Budgets: gross, and by the window's own allowance.
pub fn budgets() -> Plan {
    let cost = per_answer("shop", "cost", &[]);
    let mut gross = affordable("shop", "gross", &cost);
    gross.budget_mode = BudgetMode::Gross;
    gross.period = Period::rolling(86_400);
    gross.alerts = vec![page(3_600, 300, "2")];
    let mut per_unit = affordable("shop", "per_unit", &cost);
    per_unit.burn_form = BurnForm::PerUnit;
    per_unit.alerts = vec![page(3_600, 300, "2")];
    plan(service("shop", flows("shop", &[]), vec![cost], vec![gross, per_unit]))
}

/// An alert that needs volume and knows what is planned.
pub fn planned() -> Plan {
    let cost = per_answer("shop", "cost", &[]);
    let mut planned = affordable("shop", "planned", &cost);
    planned.period = Period::rolling(86_400);
    planned.alerts = vec![page(3_600, 1_800, "2")];
    let answers = |comparison: Comparison, bound: &str, window, statement: &str| Guard {
        indicator: cost.id.clone(),
        side: Side::Denominator,
        comparison,
        bound: exact(bound),
        window,
        statement: statement.into(),
    };
    planned.guards = vec![
        answers(Comparison::AtLeast, "1000", 3_600, "answers >= 1000 requests over 1h"),
        answers(Comparison::Less, "100000", 300, "answers < 100000 requests over 5m"),
    ];
    planned.spendings = vec![Spending {
        share: exact("0.2"),
        from: 4 * 3_600,
        until: 6 * 3_600,
        reason: Some("reranker launch".into()),
    }];
    plan(service("shop", flows("shop", &[]), vec![cost], vec![planned]))
}

/// Two deployments of equal quality: what they cost is compared only then.
pub fn equal_quality() -> Plan {
    let deployment = |name: &str| {
        let of = |metric: &str| counter(metric, vec![matcher("deployment", MatchOp::Equal, &[name])], None, "1");
        vec![
            flow(&format!("ab/{name}_dollars"), usd(), &[], of("dollars_total")),
            flow(&format!("ab/{name}_answers"), request(), &[], of("answers_total")),
            flow(&format!("ab/{name}_good"), request(), &[], of("good_total")),
        ]
    };
    let pair = |id: &str, name: &str, above: &str| {
        let unit = if above == "dollars" { usd() } else { request() };
        let above = vec![needed(&format!("ab/{name}_{above}"))];
        indicator(id, &[], [(unit, above), (request(), vec![needed(&format!("ab/{name}_answers"))])], "0")
    };
    let cost = [pair("ab/int8_cost", "int8", "dollars"), pair("ab/fp16_cost", "fp16", "dollars")];
    let quality = [pair("ab/int8_quality", "int8", "good"), pair("ab/fp16_quality", "fp16", "good")];
    let relative = derived(
        "ab/cost_ratio",
        &[],
        [usd(), usd()],
        Derivation::Relative { of: cost[0].id.clone(), to: cost[1].id.clone() },
    );
    let mut cheaper = mean("ab", "cheaper", &relative, (Comparison::AtMost, "0.6", "0.1"));
    cheaper.period = Period::rolling(12 * HOUR);
    cheaper.alerts = vec![page(3_600, 300, "2")];
    cheaper.equality = Some(Equality {
        left: quality[0].id.clone(),
        right: quality[1].id.clone(),
        tolerance: exact("0.01"),
        statement: "int8_quality = fp16_quality +- 1%".into(),
    });
    let flows = ["int8", "fp16"].into_iter().flat_map(deployment).collect();
    // The derived one comes first here: its parts must be recorded before it all the same.
    let indicators = [relative].into_iter().chain(cost).chain(quality).collect();
    plan(service("ab", flows, indicators, vec![cheaper]))
}

/// Each class has its own target.
pub fn by_class() -> Plan {
    let cost = per_answer("shop", "cost", &["class", "model"]);
    let class = |class: &str, target: &str| {
        let mut objective = mean("shop", "by_class", &cost, (Comparison::AtMost, target, "0.1"));
        objective.id = format!("shop/by_class:{class}");
        objective.only.insert("class".into(), class.into());
        objective.alerts = vec![page(3_600, 300, "2")];
        objective
    };
    let mut gross = class("agentic", "5");
    gross.budget_mode = BudgetMode::Gross;
    plan(service("shop", flows("shop", &["class", "model"]), vec![cost.clone()], vec![class("simple", "1"), gross]))
}

/// The cost of an answer at a fixed mix of classes, over 12 hours and over a calendar day.
pub fn standardized() -> Plan {
    let of = per_answer("shop", "cost", &["class"]);
    let mix = [("agentic", "0.25"), ("simple", "0.75")].map(|(class, share)| (class.to_string(), exact(share))).into();
    let at_mix = derived(
        "shop/at_mix",
        &[],
        [usd(), request()],
        Derivation::Standardized { of: of.id.clone(), label: "class".into(), mix },
    );
    let mut fair = affordable("shop", "fair", &at_mix);
    fair.period = Period::rolling(12 * HOUR);
    fair.alerts = vec![page(3_600, 300, "2")];
    let mut daily = affordable("shop", "daily", &at_mix);
    daily.period = Period::Calendar { unit: CalendarUnit::Day, zone: "UTC".into() };
    daily.alerts = vec![page(DAY, 3_600, "1")];
    daily.budget_mode = BudgetMode::Gross;
    Plan {
        zones: vec![Zone::utc()],
        ..plan(service("shop", flows("shop", &["class"]), vec![of, at_mix], vec![fair, daily]))
    }
}

/// A cost without models, by models: in proportion to their tokens.
pub fn allocated() -> Plan {
    let mut flows = flows("shop", &["model"]);
    flows.push(flow("shop/gpu", usd(), &[], gauge("gpus", vec![], Aggregate::Sum, "3.6/3600")));
    flows.push(flow("shop/tokens", Unit::base("token"), &["model"], counter("tokens_total", vec![], None, "1")));
    let own = per_answer("shop", "own", &["model"]);
    let gpu =
        indicator("shop/gpu_cost", &[], [(usd(), vec![needed("shop/gpu")]), (usd(), vec![needed("shop/gpu")])], "0");
    let tokens = indicator(
        "shop/token_share",
        &["model"],
        [(Unit::base("token"), vec![needed("shop/tokens")]), (Unit::base("token"), vec![needed("shop/tokens")])],
        "0",
    );
    let whole = derived(
        "shop/by_model",
        &["model"],
        [usd(), request()],
        Derivation::Allocated {
            of: own.id.clone(),
            shared: vec![Part { amount: gpu.id.clone(), key: tokens.id.clone() }],
        },
    );
    let mut by_model = affordable("shop", "by_model", &whole);
    by_model.period = Period::rolling(12 * HOUR);
    by_model.alerts = vec![page(3_600, 300, "2")];
    plan(service("shop", flows, vec![own, gpu, tokens, whole], vec![by_model]))
}

/// GPUs without classes, allocated to them, and of that the cost at a fixed mix: over a calendar day, where savings do not
/// pay for overspending, so that slots of the derived are needed too.
pub fn nested() -> Plan {
    let mut flows = flows("shop", &["class"]);
    flows.push(flow("shop/gpu", usd(), &[], gauge("gpus", vec![], Aggregate::Sum, "3.6/3600")));
    flows.push(flow("shop/tokens", Unit::base("token"), &["class"], counter("tokens_total", vec![], None, "1")));
    let alone = |id: &str, by: &[&str], unit: Unit, flow: &str| {
        indicator(id, by, [(unit.clone(), vec![needed(flow)]), (unit, vec![needed(flow)])], "0")
    };
    let own = per_answer("shop", "own", &["class"]);
    let gpu = alone("shop/gpu_cost", &[], usd(), "shop/gpu");
    let tokens = alone("shop/token_share", &["class"], Unit::base("token"), "shop/tokens");
    let whole = derived(
        "shop/by_class",
        &["class"],
        [usd(), request()],
        Derivation::Allocated {
            of: own.id.clone(),
            shared: vec![Part { amount: gpu.id.clone(), key: tokens.id.clone() }],
        },
    );
    let mix = [("agentic", "0.25"), ("simple", "0.75")].map(|(class, share)| (class.to_string(), exact(share))).into();
    let at_mix = derived(
        "shop/at_mix",
        &[],
        [usd(), request()],
        Derivation::Standardized { of: whole.id.clone(), label: "class".into(), mix },
    );
    let mut daily = affordable("shop", "daily", &at_mix);
    daily.period = Period::Calendar { unit: CalendarUnit::Day, zone: "UTC".into() };
    daily.budget_mode = BudgetMode::Gross;
    daily.alerts = vec![page(DAY, 300, "1")];
    Plan {
        zones: vec![Zone::utc()],
        // Each before its parts.
        ..plan(service("shop", flows, vec![at_mix, whole, own, gpu, tokens], vec![daily]))
    }
}

/// The highest rate of answers for each dollar of a slot in which at most 5% were slow.
pub fn peak() -> Plan {
    let mut flows = flows("shop", &[]);
    flows.push(flow("shop/slow", request(), &[], counter("slow_total", vec![], None, "1")));
    let per_dollar = indicator(
        "shop/per_dollar",
        &[],
        [(request(), vec![needed("shop/answers")]), (usd(), vec![needed("shop/dollars")])],
        "0",
    );
    let slow = indicator(
        "shop/slow_share",
        &[],
        [(request(), vec![term("shop/slow", "1", WhenAbsent::Zero)]), (request(), vec![needed("shop/answers")])],
        "0",
    );
    let best = derived(
        "shop/best",
        &[],
        [request().times(&usd(), -1), Unit::ratio()],
        Derivation::Peak { of: per_dollar.id.clone(), while_indicator: slow.id.clone(), limit: exact("0.05") },
    );
    let mut sustainable = mean("shop", "sustainable", &best, (Comparison::AtLeast, "4", "0.1"));
    sustainable.alerts = vec![page(3 * DAY, DAY, "1")];
    let mut monthly = mean("shop", "monthly", &best, (Comparison::AtLeast, "4", "0.1"));
    monthly.period = Period::Calendar { unit: CalendarUnit::Month, zone: "UTC".into() };
    monthly.alerts = vec![];
    Plan {
        zones: vec![Zone::utc()],
        ..plan(service("shop", flows, vec![best, per_dollar, slow], vec![sustainable, monthly]))
    }
}

/// Cost and latency as one promise.
pub fn traded() -> Plan {
    let cost = per_answer("shop", "cost", &["model"]);
    let mut flows = flows("shop", &["model"]);
    flows.push(flow("shop/slow", request(), &["model"], counter("slow_total", vec![], None, "1")));
    flows.push(flow("shop/poor", request(), &["model"], counter("poor_total", vec![], None, "1")));
    let bad = |name: &str, flow: &str| {
        let sides = [(request(), vec![term(flow, "1", WhenAbsent::Zero)]), (request(), vec![needed("shop/answers")])];
        indicator(&format!("shop/{name}"), &["model"], sides, "0")
    };
    let (slow, poor) = (bad("fast", "shop/slow"), bad("good", "shop/poor"));
    let mut objectives = vec![
        affordable("shop", "affordable", &cost),
        share("shop", "fast", &slow, "0.9", "latency < 400 ms"),
        share("shop", "good", &poor, "0.8", "score >= 0.8"),
    ];
    for objective in &mut objectives {
        objective.period = Period::rolling(12 * HOUR);
        objective.alerts = vec![page(3_600, 300, "5")];
    }
    objectives[1].labels.insert("team".into(), "speed".into());
    objectives[1].runbook = Some("https://runbooks.example.com/slow".into());
    let corner = |kind, name: &str| Corner { kind, objective: format!("shop/{name}") };
    let balanced = Tradeoff {
        id: "shop/balanced".into(),
        name: "balanced".into(),
        title: "balanced".into(),
        doc: Some("What the product promises.".into()),
        corners: vec![
            corner(CornerKind::Cost, "affordable"),
            corner(CornerKind::Latency, "fast"),
            corner(CornerKind::Quality, "good"),
        ],
    };
    let service = service("shop", flows, vec![cost, slow, poor], objectives);
    plan(Service { tradeoffs: vec![balanced], ..service })
}

/// Flows whose series call labels otherwise, flows of queries, a flow that is needed and adds nothing, and a watch of what
/// has no price.
pub fn sources() -> Plan {
    let mut renamed =
        flow("shop/gpus", usd(), &["namespace", "team"], gauge("gpus", vec![], Aggregate::Count, "3.6/3600"));
    renamed.renamed.insert("namespace".into(), "exported_namespace".into());
    let mut crossed = flow("shop/crossed", usd(), &["namespace", "team"], counter("crossed_total", vec![], None, "1"));
    crossed.renamed.insert("namespace".into(), "team".into());
    crossed.renamed.insert("team".into(), "namespace".into());
    let query = |query_kind, query: &str, scale: &str| Source::Query {
        query_kind,
        query: query.into(),
        labels: vec!["namespace".into(), "team".into(), "zone".into()],
        scale: exact(scale),
    };
    let by = ["namespace", "team"];
    let cost = indicator(
        "shop/cost",
        &by,
        [
            (
                usd(),
                vec![
                    needed("shop/gpus"),
                    needed("shop/crossed"),
                    needed("shop/billed"),
                    term("shop/seen", "0", WhenAbsent::Unobserved),
                    term("shop/level", "0", WhenAbsent::Zero),
                ],
            ),
            (Unit::base("joule"), vec![needed("shop/level")]),
        ],
        "0",
    );
    let unpriced = indicator(
        "shop/unpriced",
        &[],
        [
            (gpu_seconds(), vec![term("shop/unpriced_gpus", "1", WhenAbsent::Zero)]),
            (gpu_seconds(), vec![needed("shop/all_gpus"), term("shop/seen", "0", WhenAbsent::Unobserved)]),
        ],
        "0",
    );
    let affordable = affordable("shop", "affordable", &cost);
    let mut priced = share("shop", "gpu_priced", &unpriced, "0.99", "a price");
    priced.form = Form::Share { share: exact("0.99"), of: "dcgm::gpus".into(), good: "a price".into() };
    priced.role = Role::Priced { table: "gpu_hour".into(), cost: "gpu".into() };
    priced.alerts = vec![page(3_600, 300, "1")];
    plan(service(
        "shop",
        vec![
            renamed,
            crossed,
            flow(
                "shop/billed",
                usd(),
                &by,
                query(QueryKind::Counter, "rate(billed_total[$window])\n* 2 # doubled: both regions", "1"),
            ),
            flow("shop/level", Unit::base("joule"), &by, query(QueryKind::Gauge, "power_watts{kind=\"a\"}", "0.001")),
            flow("shop/seen", request(), &by, counter("answers_total", vec![], None, "1")),
            flow("shop/all_gpus", gpu_seconds(), &[], gauge("gpus", vec![], Aggregate::Count, "1")),
            flow(
                "shop/unpriced_gpus",
                gpu_seconds(),
                &[],
                gauge("gpus", vec![matcher("model", MatchOp::NotEqual, &["H100"])], Aggregate::Count, "1"),
            ),
        ],
        vec![cost, unpriced],
        vec![affordable, priced],
    ))
}

/// Each of them.
pub fn all() -> Vec<Plan> {
    vec![
        calendars(vec![berlin(), new_york(), kolkata(), kathmandu(), Zone::utc()], &CalendarUnit::ALL),
        calendar_month(),
        excluded(),
        budgets(),
        planned(),
        equal_quality(),
        by_class(),
        standardized(),
        allocated(),
        nested(),
        peak(),
        traded(),
        sources(),
    ]
}
