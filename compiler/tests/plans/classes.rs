//! Weights, mixes, and what is allocated over labels.

use farthing_plan::{Derivation, Unit};

use super::{derivation, exact, flow, indicator, part, selected, service, terms};

const METRICS: &str = r#"
counter spend_total: USD = "spend_total" { class, team }
counter answers_total: request = "answers_total" { class in { "simple", "agentic" }, model, team }
counter tokens_total: output_token = "tokens_total" { class, model, team }
gauge gpus: gpu = "gpus"
"#;

fn with(members: &str) -> farthing_plan::Service {
    service(&format!("{METRICS}\nservice chat {{\n{members}\n}}\n"))
}

#[test]
fn a_weighted_volume_is_the_sum_of_its_classes_times_their_weights() {
    let service = with(
        "cost spend = spend_total
         volume answers = answers_total { team = \"a\" }
         volume work = answers weighted by class { simple: 1, agentic: 12 }
         objective it { spend / work <= $0.01 per request  budget 5% over 30d }",
    );
    let it = indicator(&service, "it");
    assert_eq!(
        terms(&it.denominator),
        [
            ("chat/answers:class=simple", exact("1"), true),
            ("chat/answers:class=agentic", exact("12"), true),
            // It has to be there, and counts nothing.
            ("chat/answers", exact("0"), false),
        ]
    );
    assert_eq!(it.denominator.unit, Unit::base("request"));
    assert_eq!(selected(&flow(&service, "chat/answers:class=agentic").source), ["class=agentic", "team=a"]);
    assert_eq!(selected(&flow(&service, "chat/answers").source), ["team=a"]);
}

#[test]
fn weights_can_be_counted_as_another_thing_and_left_out_by_a_selector() {
    let service = with(
        "cost spend = spend_total
         volume simple = answers_total { class = \"simple\" }
         volume work = (simple weighted by class { simple: 2.5 }) as task
         objective it { spend / work <= $0.01 per task  budget 5% over 30d }",
    );
    let it = indicator(&service, "it");
    assert_eq!(terms(&it.denominator)[0], ("chat/simple:class=simple", exact("2.5"), false));
    assert_eq!(it.denominator.unit, Unit::base("task"));
}

#[test]
fn events_are_weighted_by_a_label_field() {
    let service = service(
        "event requests {\n  class: label\n  cost: USD\n}
         service api {
           objective it { requests.cost / (requests weighted by class { a: 1, b: 3 }) <= $0.01 per request  budget 5% over 30d }
         }",
    );
    let it = indicator(&service, "it");
    assert_eq!(
        terms(&it.denominator),
        [
            ("api/requests:class=a", exact("1"), true),
            ("api/requests:class=b", exact("3"), true),
            ("api/requests", exact("0"), false),
        ]
    );
}

#[test]
fn a_mix_is_broken_down_by_its_label_and_another() {
    let service = with(
        "cost spend = spend_total
         volume answers = answers_total
         sli fair = (spend / answers) standardized by class to { simple: 70%, agentic: 30% }
         objective it { 2 * fair <= $0.01 per request  budget 5% over 30d  by team }",
    );
    let it = indicator(&service, "it");
    assert_eq!((it.id.as_str(), it.by.as_slice()), ("chat/it:by:team", ["team".to_string()].as_slice()));
    let Derivation::Standardized { of, label, mix } = derivation(it) else { panic!("standardized") };
    assert_eq!(label, "class");
    assert_eq!(
        mix.clone().into_iter().collect::<Vec<_>>(),
        [("agentic".into(), exact("0.3")), ("simple".into(), exact("0.7"))]
    );
    let of = part(&service, of);
    assert_eq!(of.by, ["class", "team"]);
    assert_eq!(terms(&of.numerator), [("chat/spend", exact("2"), false)]);
    assert_eq!(terms(&of.denominator), [("chat/answers", exact("1"), false)]);
    let objective = service.objective("chat/it").expect("the objective");
    assert_eq!((&objective.excess.numerator, &objective.excess.denominator), (&exact("1"), &exact("-0.01")));
}

#[test]
fn what_lacks_the_label_is_shared_and_the_rest_is_not() {
    let service = with(
        "cost gpu = gpus * $3.60 per gpu hour
         cost gateway = $0.36 per hour
         cost overhead = 10% of (gpu + gateway + spend)
         cost spend = spend_total
         volume answers = answers_total
         volume output = tokens_total
         sli cost_per_answer = (gpu + gateway + overhead + spend) / answers
         objective it { cost_per_answer <= $0.01 per request  budget 5% over 30d  by team allocate gpu, gateway by output }
         objective whole { cost_per_answer <= $0.01 per request  budget 5% over 30d }",
    );
    let it = indicator(&service, "it");
    let Derivation::Allocated { of, shared } = derivation(it) else { panic!("allocated") };
    let of = part(&service, of);
    assert_eq!(of.by, ["team"]);
    // Ten hundredths of the spend are overhead.
    assert_eq!(terms(&of.numerator), [("chat/spend", exact("1.1"), false)]);
    assert!(of.numerator.constant.is_zero());
    let [only] = shared.as_slice() else { panic!("one key: {shared:?}") };
    let (amount, key) = (part(&service, &only.amount), part(&service, &only.key));
    assert!(amount.by.is_empty());
    assert_eq!(terms(&amount.numerator), [("chat/gpu", exact("1.1"), false)]);
    // $0.36 and a tenth of it, each hour.
    assert_eq!(amount.numerator.constant, exact("0.00011"));
    assert_eq!(key.by, ["team"]);
    assert_eq!(terms(&key.numerator), [("chat/output", exact("1"), false)]);
    // The sli alone has the same flows in one sum.
    let whole = indicator(&service, "whole");
    assert_eq!(whole.id, "chat/cost_per_answer");
    assert_eq!(terms(&whole.numerator), [("chat/gpu", exact("1.1"), false), ("chat/spend", exact("1.1"), false)]);
    assert_eq!(whole.numerator.constant, exact("0.00011"));
    assert!(whole.derivation.is_none());
}

#[test]
fn costs_are_allocated_where_they_are_declared_each_by_its_own_key() {
    let service = with(
        "cost gpu = (gpus * $3.60 per gpu hour) allocated by (2 * output + tokens_total { class = \"agentic\" }) over team, model
         cost gateway = $0.36 per hour allocated by answers
         volume answers = answers_total
         volume output = tokens_total
         objective it { (gpu + gateway) / answers <= $0.01 per request  budget 5% over 30d  by team }",
    );
    let Derivation::Allocated { of, shared } = derivation(indicator(&service, "it")) else { panic!("allocated") };
    // Nothing has the label itself: nothing of the answers.
    assert_eq!(terms(&part(&service, of).numerator), [("chat/answers", exact("0"), false)]);
    let [first, second] = shared.as_slice() else { panic!("two keys: {shared:?}") };
    assert_eq!(terms(&part(&service, &first.amount).numerator), [("chat/gpu", exact("1"), false)]);
    assert_eq!(
        terms(&part(&service, &first.key).numerator),
        [("chat/output", exact("2"), false), ("chat/tokens_total:class=agentic", exact("1"), true)],
        "the agentic ones are a part of the output"
    );
    assert_eq!(part(&service, &second.amount).numerator.constant, exact("0.0001"));
    assert_eq!(terms(&part(&service, &second.key).numerator)[0].0, "chat/answers");
}

#[test]
fn a_mix_may_share_a_cost_by_a_key() {
    let service = with(
        "cost gpu = gpus * $3.60 per gpu hour
         volume answers = answers_total
         volume output = tokens_total
         sli fair = ((gpu allocated by output over class) / answers) standardized by class to { simple: 50%, agentic: 50% }
         objective it { fair <= $0.01 per request  budget 5% over 30d }",
    );
    let Derivation::Standardized { of, .. } = derivation(indicator(&service, "it")) else { panic!("standardized") };
    let of = part(&service, of);
    let Derivation::Allocated { shared, .. } = derivation(of) else { panic!("allocated within the mix") };
    assert_eq!(
        (of.by.as_slice(), part(&service, &shared[0].key).by.as_slice()),
        (["class".to_string()].as_slice(), ["class".to_string()].as_slice())
    );
}

#[test]
fn time_that_an_objective_excludes_counts_for_no_part_of_it() {
    let service = with(
        "cost gpu = gpus * $3.60 per gpu hour
         cost spend = spend_total
         volume answers = answers_total
         volume output = tokens_total
         objective shared { gpu / answers <= $0.01 per request  budget 5% over 30d  by team allocate gpu by output  exclude 2026-12-24 }
         objective mixed { (spend / answers) standardized by class to { simple: 50%, agentic: 50% } <= $0.01 per request  budget 5% over 30d  exclude 2026-12-24 }",
    );
    for objective in ["shared", "mixed"] {
        let parts = service.indicators.iter().filter(|own| own.id.starts_with(&format!("chat/{objective}")));
        let parts: Vec<_> = parts.filter(|own| own.derivation.is_none()).collect();
        assert!(parts.len() >= if objective == "shared" { 3 } else { 1 });
        assert!(parts.iter().all(|own| own.exclusions.len() == 1), "{parts:?}");
    }
}

#[test]
fn classes_may_have_targets_and_share_a_cost() {
    let service = with(
        "cost gpu = gpus * $3.60 per gpu hour
         volume answers = answers_total
         volume output = tokens_total
         objective it {
           (gpu allocated by output) / answers
           by class { \"simple\": <= $0.01 per request, \"agentic\": <= $0.10 per request }
           budget 5% over 30d
           guard answers >= 100 requests over 1h
         }",
    );
    assert_eq!(service.objectives.len(), 2);
    let first = &service.objectives[0];
    let measured = part(&service, &first.indicator);
    assert!(matches!(derivation(measured), Derivation::Allocated { .. }));
    // Its guard waits for a flow that is added up, not for one that follows from others.
    assert_eq!(terms(&part(&service, &first.guards[0].indicator).denominator), [("chat/answers", exact("1"), false)]);
}
