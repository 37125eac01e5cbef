//! What the statements of objectives and services become in the plan.

#[path = "common/plans.rs"]
mod plans;

use farthing_plan::{
    BudgetMode, BurnForm, Comparison, CornerKind, Exact, Exclusion, Guard, Labels, Objective, Plan, Severity, Side,
    Source, Spending,
};
use plans::{chat, compiled, plan};

/// 2026-12-24 and 2026-12-27, both 00:00 UTC.
const CHRISTMAS: (i64, i64) = (1_798_070_400, 1_798_329_600);

/// A mean of the service's, with these statements.
fn mean(name: &str, statements: &str) -> String {
    format!("  objective {name} {{ cost_per_answer <= $0.01 per request  budget 5% over 30d  {statements} }}\n")
}

/// One that can be broken down by `team`.
fn by_team(name: &str, statements: &str) -> String {
    format!("  objective {name} {{ cost_per_request <= $0.01 per request  budget 5% over 30d  {statements} }}\n")
}

fn objective<'p>(plan: &'p Plan, id: &str) -> &'p Objective {
    plan.services[0].objective(id).unwrap_or_else(|| panic!("no {id}"))
}

fn dates(from: i64, until: i64, because: Option<&str>) -> Exclusion {
    Exclusion::Dates { from, until, because: because.map(str::to_string) }
}

fn fraction(numerator: i64, denominator: i64) -> Exact {
    Exact::fraction(numerator, denominator).expect("not divided by 0")
}

#[test]
fn days_of_a_service_are_excluded_from_all_of_its_indicators() {
    let plan = plan(&chat(&format!(
        "{}{}  exclude 2026-12-24 to 2026-12-26 because \"load test\"\n  exclude 2026-12-31\n",
        mean("a", ""),
        by_team("b", "by team"),
    )));
    let ids: Vec<&str> = plan.services[0].indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(ids, ["chat/cost_per_answer", "chat/cost_per_request:by:team"]);
    let new_years_eve = CHRISTMAS.0 + 7 * 86_400;
    for indicator in &plan.services[0].indicators {
        assert_eq!(
            indicator.exclusions,
            [dates(CHRISTMAS.0, CHRISTMAS.1, Some("load test")), dates(new_years_eve, new_years_eve + 86_400, None)]
        );
    }
}

#[test]
fn days_of_an_objective_are_excluded_from_an_indicator_of_its_own() {
    let plan = plan(&chat(&format!(
        "{}{}{}  exclude 2026-12-31\n",
        mean("plain", ""),
        mean("spared", "exclude 2026-12-24 to 2026-12-26"),
        by_team("teams", "by team exclude 2026-12-24 to 2026-12-26"),
    )));
    assert_eq!(objective(&plan, "chat/plain").indicator, "chat/cost_per_answer");
    assert_eq!(objective(&plan, "chat/spared").indicator, "chat/cost_per_answer:of:spared");
    assert_eq!(objective(&plan, "chat/teams").indicator, "chat/cost_per_request:of:teams:by:team");
    let counts: Vec<usize> = plan.services[0].indicators.iter().map(|indicator| indicator.exclusions.len()).collect();
    assert_eq!(counts, [1, 2, 2]);
    let spared = plan.services[0].indicator("chat/cost_per_answer:of:spared").expect("an indicator");
    assert_eq!(spared.exclusions[1], dates(CHRISTMAS.0, CHRISTMAS.1, None));
    // The flows are those of the others.
    let plain = plan.services[0].indicator("chat/cost_per_answer").expect("an indicator");
    assert_eq!(spared.numerator.terms, plain.numerator.terms);
}

#[test]
fn an_inline_measure_is_the_objectives_own_already() {
    let plan = plan(&chat(
        "  objective it { gpu / answers <= $0.01 per request  budget 5% over 30d  exclude 2026-12-24 to 2026-12-26 }",
    ));
    assert_eq!(objective(&plan, "chat/it").indicator, "chat/it");
}

#[test]
fn days_are_those_of_the_stated_zone() {
    let plan = plan(&chat(&format!(
        "{}  exclude 2026-12-24 to 2026-12-26 in \"Europe/Berlin\"\n  exclude 2026-03-29 in \"Europe/Berlin\"\n  \
         exclude 2026-12-24 in \"America/New_York\"\n",
        mean("a", "")
    )));
    // 2026-03-29 begins at 23:00 UTC of the 28th, and has 23 hours.
    let spring = 1_774_738_800;
    assert_eq!(
        plan.services[0].indicators[0].exclusions,
        [
            dates(CHRISTMAS.0 - 3_600, CHRISTMAS.1 - 3_600, None),
            dates(spring, spring + 23 * 3_600, None),
            dates(CHRISTMAS.0 + 5 * 3_600, CHRISTMAS.0 + 29 * 3_600, None),
        ]
    );
    assert!(plan.zones.is_empty(), "zones are those of periods");
}

#[test]
fn time_is_excluded_while_a_gauge_compares_so() {
    let plan = plan(&chat(&format!("{}  exclude when deploys > 0 because \"a deploy\"\n", by_team("a", "by team"))));
    let Exclusion::When { flow, because } = &plan.services[0].indicators[0].exclusions[0] else { panic!("by a gauge") };
    assert_eq!(because.as_deref(), Some("a deploy"));
    let flow = plan.services[0].flow(flow).expect("the flow is in the plan");
    assert!(flow.by.is_empty());
    assert_eq!(
        flow.source,
        Source::GaugeTime {
            metric: "deploys_running".into(),
            matchers: Vec::new(),
            when: Some((Comparison::Greater, Exact::zero()))
        }
    );
}

#[test]
fn a_gauge_of_an_exclusion_is_compared_in_its_own_unit() {
    let plan = plan(&format!(
        "gauge used: MiB = \"used\"\n{}",
        chat(&format!("{}  exclude when used >= 2 GiB\n", mean("a", "")))
    ));
    let flows = &plan.services[0].flows;
    let when = flows.iter().find_map(|flow| match &flow.source {
        Source::GaugeTime { when, .. } => when.clone(),
        _ => None,
    });
    assert_eq!(when, Some((Comparison::AtLeast, Exact::from(2_048))));
}

#[test]
fn budgets_are_net_unless_they_are_gross() {
    let plan = plan(&chat(
        "  sli it = gpu / answers\n  objective a { it <= $1 per request  budget 5% over 30d }\n  \
         objective b { it <= $1 per request  budget 5% net over 30d }\n  \
         objective c { it <= $1 per request  budget 5% gross over 30d  burn per unit }\n",
    ));
    let modes: Vec<BudgetMode> = plan.services[0].objectives.iter().map(|own| own.budget_mode).collect();
    assert_eq!(modes, [BudgetMode::Net, BudgetMode::Net, BudgetMode::Gross]);
    let forms: Vec<BurnForm> = plan.services[0].objectives.iter().map(|own| own.burn_form).collect();
    assert_eq!(forms, [BurnForm::Paced, BurnForm::Paced, BurnForm::PerUnit]);
}

#[test]
fn a_guard_on_what_is_measured_needs_no_other_indicator() {
    let plan = plan(&chat(&mean(
        "a",
        "guard answers >= 100 requests over 1h  guard gpu > $5 over 30m  guard vllm::request_success >= 1k requests over 1d",
    )));
    let guards = &objective(&plan, "chat/a").guards;
    let expected = |side, comparison, bound, window, statement: &str| Guard {
        indicator: "chat/cost_per_answer".into(),
        side,
        comparison,
        bound: Exact::from(bound),
        window,
        statement: statement.into(),
    };
    assert_eq!(
        *guards,
        [
            expected(Side::Denominator, Comparison::AtLeast, 100, 3_600, "answers >= 100 requests over 1h"),
            expected(Side::Numerator, Comparison::Greater, 5, 1_800, "gpu > $5 over 30m"),
            expected(
                Side::Denominator,
                Comparison::AtLeast,
                1_000,
                86_400,
                "vllm::request_success >= 1k requests over 1d"
            ),
        ]
    );
    assert_eq!(plan.services[0].indicators.len(), 1);
}

#[test]
fn a_guard_on_something_else_has_an_indicator_of_its_own() {
    let plan = plan(&chat(&by_team(
        "a",
        "by team  guard judged >= 20 answers over 6h  guard judged { verdict = \"bad\" } >= 2 answers over 1h",
    )));
    let guards = &objective(&plan, "chat/a").guards;
    assert_eq!(guards[0].indicator, "chat/a:guard");
    assert_eq!(guards[1].indicator, "chat/a:guard.2");
    let helper = plan.services[0].indicator("chat/a:guard").expect("an indicator");
    assert_eq!(helper.by, ["team"]);
    assert_eq!(helper.numerator.terms, helper.denominator.terms);
    assert_eq!(helper.denominator.terms[0].flow, "chat/judged_total");
    assert_eq!(guards[0].side, Side::Denominator);
}

const CLASSES: &str = "event requests {\n  at: time\n  class: label in { \"simple\", \"agentic\", \"other\" }\n  \
                       team: label\n  cost: USD\n}\n\nservice chat {\n  sli economy = requests.cost / requests\n";

#[test]
fn each_class_is_an_objective_with_its_own_target() {
    let plan = plan(&format!(
        "{CLASSES}  objective fair {{\n    title \"Fair\"\n    economy by class {{ simple: <= $0.002 per request, \
         agentic: <= $0.05 per request }}\n    budget 5% over 30d\n    by team\n  }}\n}}\n"
    ));
    let objectives = &plan.services[0].objectives;
    let ids: Vec<&str> = objectives.iter().map(|own| own.id.as_str()).collect();
    assert_eq!(ids, ["chat/fair:simple", "chat/fair:agentic"]);
    assert_eq!(plan.services[0].indicators.len(), 1);
    for (own, class, target) in
        [(&objectives[0], "simple", fraction(2, 1_000)), (&objectives[1], "agentic", fraction(5, 100))]
    {
        assert_eq!(own.name, "fair");
        assert_eq!(own.title, format!("Fair: {class}"));
        assert_eq!(own.indicator, "chat/economy:by:class:team");
        assert_eq!(own.by, ["class", "team"]);
        assert_eq!(own.only, Labels::from([("class".to_string(), class.to_string())]));
        // E = N - T*D, A = b*T*D.
        assert_eq!(own.excess.denominator, -target.clone());
        assert_eq!(own.allowance.denominator, target * fraction(5, 100));
    }
    assert_eq!(objectives[1].statement, "economy <= $0.05 per request");
}

#[test]
fn the_conditions_own_target_is_for_the_declared_classes_that_are_not_listed() {
    let plan = plan(&format!(
        "{CLASSES}  objective fair {{\n    economy <= $0.01 per request\n    budget 5% over 30d\n    \
         by class {{ \"agentic\": <= $0.05 per request }}\n  }}\n}}\n"
    ));
    let targets: Vec<(&str, Exact)> =
        plan.services[0].objectives.iter().map(|own| (own.id.as_str(), -own.excess.denominator.clone())).collect();
    assert_eq!(
        targets,
        [
            ("chat/fair:agentic", fraction(5, 100)),
            ("chat/fair:other", fraction(1, 100)),
            ("chat/fair:simple", fraction(1, 100))
        ]
    );
}

#[test]
fn a_tradeoff_names_its_corners() {
    let fast = "  objective fast { p95 of vllm::time_to_first_token < 500 ms  over 30d }\n";
    let plan = plan(&chat(&format!(
        "{}{fast}  /// All of it.\n  tradeoff balanced {{ title \"Balanced\"  cost affordable  latency fast }}\n  \
         tradeoff {{ latency fast  quality affordable }}\n",
        mean("affordable", "")
    )));
    let [balanced, unnamed] = plan.services[0].tradeoffs.as_slice() else { panic!("two trade-offs") };
    assert_eq!((balanced.id.as_str(), balanced.name.as_str()), ("chat/balanced", "balanced"));
    assert_eq!((balanced.title.as_str(), balanced.doc.as_deref()), ("Balanced", Some("All of it.")));
    let corners: Vec<(CornerKind, &str)> =
        balanced.corners.iter().map(|corner| (corner.kind, corner.objective.as_str())).collect();
    assert_eq!(corners, [(CornerKind::Cost, "chat/affordable"), (CornerKind::Latency, "chat/fast")]);
    assert_eq!((unnamed.id.as_str(), unnamed.title.as_str()), ("chat/tradeoff", "tradeoff"));
}

#[test]
fn spending_is_planned_for_one_objective_or_all_of_its_classes() {
    let plan = plan(&chat(&format!(
        "{}{}  spend 20% of a for \"reranker launch\" from 2026-12-24 to 2026-12-26\n  spend 80% of a from 2026-12-24\n",
        mean("a", ""),
        mean("b", "")
    )));
    let (from, until) = CHRISTMAS;
    assert_eq!(
        objective(&plan, "chat/a").spendings,
        [
            Spending { share: fraction(1, 5), from, until, reason: Some("reranker launch".into()) },
            Spending { share: fraction(4, 5), from, until: from + 86_400, reason: None }
        ]
    );
    assert!(objective(&plan, "chat/b").spendings.is_empty());

    let plan = self::plan(&format!(
        "{CLASSES}  objective fair {{ economy by class {{ simple: <= $1 per request, agentic: <= $2 per request }}  \
         budget 5% over 30d }}\n  spend 20% of fair from 2026-12-24\n}}\n"
    ));
    assert!(plan.services[0].objectives.iter().all(|own| own.spendings.len() == 1));
}

#[test]
fn two_measures_must_be_equal_within_a_tolerance() {
    let slis =
        "  sli good = judged { verdict = \"good\" } / judged\n  sli other = judged { verdict = \"fine\" } / judged\n";
    let plan = plan(&chat(&format!(
        "{slis}{}{}",
        by_team("a", "by team  provided good equals other within 1%"),
        mean("b", "exclude 2026-12-24 to 2026-12-26  provided good equals (other * 2) within 0.5%"),
    )));
    let a = objective(&plan, "chat/a").equality.as_ref().expect("a comparison");
    assert_eq!((a.left.as_str(), a.right.as_str()), ("chat/good:by:team", "chat/other:by:team"));
    assert_eq!(a.tolerance, fraction(1, 100));
    assert_eq!(a.statement, "good equals other within 1%");
    let b = objective(&plan, "chat/b").equality.as_ref().expect("a comparison");
    assert_eq!((b.left.as_str(), b.right.as_str()), ("chat/good:of:b", "chat/b:right:of:b"));
    let left = plan.services[0].indicator(&b.left).expect("an indicator");
    assert_eq!(left.exclusions, [dates(CHRISTMAS.0, CHRISTMAS.1, None)]);
}

#[test]
fn what_is_said_of_a_service_reaches_the_alerts_of_each_objective_unless_it_says_otherwise() {
    let plan = plan(&chat(&format!(
        "  owner \"platform\"\n  runbook \"https://example.com/service\"\n  labels {{ team = \"ml\", tier = \"1\" }}\n  \
         annotations {{ dashboard = \"https://example.com/d\" }}\n  policy {{ ticket when burning 3x over 1h and 5m }}\n{}{}",
        mean("a", ""),
        mean(
            "b",
            "owner \"search\"  runbook \"https://example.com/b\"  labels { tier = \"2\" }  \
             annotations { note = \"n\" }  policy { page when burning 2% over 1h and 5m }"
        ),
    )));
    let labels = |pairs: &[(&str, &str)]| -> Labels {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let a = objective(&plan, "chat/a");
    assert_eq!(a.labels, labels(&[("owner", "platform"), ("team", "ml"), ("tier", "1")]));
    assert_eq!(a.runbook.as_deref(), Some("https://example.com/service"));
    assert_eq!(a.annotations, labels(&[("dashboard", "https://example.com/d")]));
    assert_eq!((a.alerts[0].severity, a.alerts[0].factor.clone()), (Severity::Ticket, Exact::from(3)));
    let b = objective(&plan, "chat/b");
    assert_eq!(b.labels, labels(&[("owner", "search"), ("team", "ml"), ("tier", "2")]));
    assert_eq!(b.runbook.as_deref(), Some("https://example.com/b"));
    assert_eq!(b.annotations, labels(&[("dashboard", "https://example.com/d"), ("note", "n")]));
    // 2% of 30 days in an hour.
    assert_eq!((b.alerts[0].severity, b.alerts[0].factor.clone()), (Severity::Page, fraction(144, 10)));
}

#[test]
fn overlapping_exclusions_are_fine() {
    let compilation = compiled(&chat(&format!(
        "{}  exclude 2026-12-24 to 2026-12-26\n  exclude 2026-12-25 to 2026-12-31\n  exclude when deploys > 0\n",
        mean("a", "exclude 2026-12-26")
    )));
    let told: Vec<_> = compilation.diagnostics.iter().filter(|found| !found.code.is_lint()).collect();
    assert!(told.is_empty(), "{told:?}");
}
