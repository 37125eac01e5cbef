//! Ratios of ratios, peaks, and bounds between two buckets.

use farthing_plan::{Comparison, Derivation, Form, Source, Unit};

use super::{derivation, exact, flow, indicator, part, service, terms};

#[test]
fn a_ratio_beside_another_is_what_the_others_ratio_would_have_come_to() {
    let service = service(
        r#"counter spend_total: USD = "spend_total" { precision, team }
        counter tokens_total: output_token = "tokens_total" { precision, team }
        service chat {
          cost int8 = spend_total { precision = "int8" }
          cost fp16 = spend_total { precision = "fp16" }
          volume int8_tokens = tokens_total { precision = "int8" }
          volume fp16_tokens = tokens_total { precision = "fp16" }
          sli saving = (int8 / int8_tokens) / (fp16 / fp16_tokens)
          objective it { saving <= 80%  budget 5% over 30d  by team }
        }"#,
    );
    let it = indicator(&service, "it");
    let Derivation::Relative { of, to } = derivation(it) else { panic!("relative") };
    let (of, to) = (part(&service, of), part(&service, to));
    assert_eq!(terms(&of.numerator), [("chat/int8", exact("1"), false)]);
    assert_eq!(terms(&of.denominator), [("chat/int8_tokens", exact("1"), false)]);
    assert_eq!(terms(&to.numerator), [("chat/fp16", exact("1"), false)]);
    assert_eq!(terms(&to.denominator), [("chat/fp16_tokens", exact("1"), false)]);
    assert_eq!(
        (of.by.as_slice(), to.by.as_slice()),
        (["team".to_string()].as_slice(), ["team".to_string()].as_slice())
    );
    // INT8 tokens at the price of FP16 ones are dollars, as is what they did cost.
    assert_eq!((&it.numerator.unit, &it.denominator.unit), (&Unit::base("USD"), &Unit::base("USD")));
    let objective = service.objective("chat/it").expect("the objective");
    assert_eq!((&objective.excess.numerator, &objective.excess.denominator), (&exact("1"), &exact("-0.8")));
    assert_eq!(objective.budget_unit, Unit::base("USD"));
    // It may be above 1, so that there is no highest burn rate.
    assert!(objective.alerts.iter().all(|alert| alert.highest.is_none()));
}

#[test]
fn a_peak_is_judged_while_an_objective_holds_and_has_no_alerts() {
    let service = service(
        r#"counter answers_total: request = "answers_total" { model }
        gauge gpus: gpu = "gpus" { model }
        histogram latency: s = "latency_seconds" { model } buckets [0.25, 0.5, 1]
        service chat {
          policy { page when burning 2% over 1h and 5m }
          cost gpu = gpus * $3.60 per gpu hour
          volume answers = answers_total
          sli capacity = (answers / gpu) at peak while fast
          objective best { capacity >= 5k requests per USD  budget 10% over 7d }
          objective each { capacity >= 5k requests per USD  budget 10% over 7d  by model }
          /// Fast enough.
          objective fast { p95 of latency < 500 ms  over 30d }
        }"#,
    );
    let best = indicator(&service, "best");
    let Derivation::Peak { of, while_indicator, limit } = derivation(best) else { panic!("a peak") };
    assert_eq!(limit, &exact("0.05"));
    assert_eq!(terms(&part(&service, of).numerator), [("chat/answers", exact("1"), false)]);
    // What the objective judges.
    assert_eq!(part(&service, while_indicator).numerator.terms, indicator(&service, "fast").numerator.terms);
    assert_eq!(indicator(&service, "fast").doc.as_deref(), Some("Fast enough."));
    assert_eq!(best.numerator.unit, Unit::base("request").times(&Unit::base("USD"), -1));
    assert_eq!(best.denominator.unit, Unit::ratio());
    let objective = service.objective("chat/best").expect("the objective");
    assert_eq!((&objective.excess.numerator, &objective.excess.denominator), (&exact("-0.0002"), &exact("1")));
    assert!(objective.alerts.is_empty());
    assert_eq!(service.objective("chat/fast").expect("the other").alerts.len(), 1);
    let Derivation::Peak { while_indicator, .. } = derivation(indicator(&service, "each")) else { panic!("a peak") };
    assert_eq!(part(&service, while_indicator).by, ["model"]);
}

#[test]
fn an_approximate_bound_is_that_of_the_stricter_bucket() {
    let service = service(
        r#"histogram latency: ms = "latency_ms" {} buckets [250, 500, 1000]
        service chat {
          objective below { p95 of latency < 400 ms approximately  over 30d }
          objective above { 99% of latency > 0.4 s approximately  over 30d }
          objective exact { p95 of latency < 500 ms approximately  over 30d }
        }"#,
    );
    let bucket = |objective: &str| {
        let terms = &indicator(&service, objective).numerator.terms;
        match &flow(&service, &terms.last().expect("a bucket").flow).source {
            Source::Counter { le: Some(le), .. } => le.clone(),
            other => panic!("no bucket: {other:?}"),
        }
    };
    // Between 250 and 400 ms they count as too slow, and between 0.4 and 0.5 s as too fast.
    assert_eq!((bucket("below"), bucket("above"), bucket("exact")), (exact("250"), exact("500"), exact("500")));
    let told = |objective: &str| service.objective(objective).expect("the objective").statement.clone();
    assert_eq!(told("chat/below"), "p95 of latency < 400 ms approximately, judged at 250 ms");
    assert_eq!(told("chat/above"), "99% of latency > 0.4 s approximately, judged at 0.5 s");
    assert_eq!(told("chat/exact"), "p95 of latency < 500 ms approximately");
    match &service.objective("chat/below").expect("the objective").form {
        Form::Quantile { comparison, bound, .. } => assert_eq!((*comparison, bound), (Comparison::Less, &exact("0.4"))),
        other => panic!("a quantile: {other:?}"),
    }
}
