//! Where flows are read: renamed labels, queries, patterns on events.

use farthing_plan::{Condition, QueryKind, Source, Unit};

use super::{exact, flow, indicator, selected, service};

#[test]
fn renamed_labels_are_selected_by_their_new_names_and_read_by_their_own() {
    let service = service(
        r#"gauge gpus: gpu = "gpus" { model, gpu_index }
        counter answers_total: request = "answers_total" { model_name }
        service chat {
          where { namespace = "chat" }
          cost gpu = (gpus { model = "H100" } with namespace = exported_namespace, model_name = model) { model_name != "L4" } * $3.60 per gpu hour
          volume answers = answers_total
          objective it { gpu / answers <= $0.01 per request  budget 5% over 30d  by model_name, namespace }
        }"#,
    );
    let gpu = flow(&service, "chat/gpu");
    assert_eq!(selected(&gpu.source), ["exported_namespace=chat", "model=H100", "model!=L4"]);
    assert_eq!(gpu.by, ["model_name", "namespace"]);
    let renamed: Vec<(&str, &str)> = gpu.renamed.iter().map(|(new, own)| (new.as_str(), own.as_str())).collect();
    assert_eq!(renamed, [("model_name", "model"), ("namespace", "exported_namespace")]);
    let answers = flow(&service, "chat/answers");
    assert_eq!(selected(&answers.source), ["namespace=chat"]);
    assert!(answers.renamed.is_empty());
}

#[test]
fn a_query_is_given_the_services_selector() {
    let service = service(
        r#"counter answers_total: request = "answers_total" { team }
        unit cent = 0.01 USD
        service chat {
          where { namespace = "chat", pod =~ "a|b", zone != "x.y" | "z" }
          cost api = promql counter<cent> { team } """sum by (team) (rate(spend_cents{$selector, kind="x"}[$window]))"""
          cost room = (promql gauge<gpu> "sum(gpus{$selector})") * $3.60 per gpu hour
          volume answers = answers_total
          objective it { api / answers <= $0.01 per request  budget 5% over 30d  by team }
          objective whole { room / answers <= $0.01 per request  budget 5% over 30d }
        }"#,
    );
    match &flow(&service, "chat/api").source {
        Source::Query { query_kind, query, labels, scale } => {
            assert_eq!(
                (*query_kind, labels.as_slice(), scale),
                (QueryKind::Counter, ["team".to_string()].as_slice(), &exact("0.01"))
            );
            assert_eq!(
                query,
                r#"sum by (team) (rate(spend_cents{namespace="chat",pod=~"a|b",zone!~"x\\.y|z", kind="x"}[$window]))"#
            );
        }
        other => panic!("a query: {other:?}"),
    }
    // A level becomes a flow over time, at a thousandth of a dollar a second.
    let room = flow(&service, "chat/room");
    assert_eq!(room.unit, Unit::base("USD"));
    assert!(
        matches!(&room.source, Source::Query { query_kind: QueryKind::Gauge, scale, .. } if *scale == exact("0.001"))
    );
}

#[test]
fn events_are_selected_by_patterns() {
    let service = service(
        "event requests {\n  model: label\n  outcome: label\n}
        service api {
          objective it { 99% of requests { model =~ \"large.*\" | \"huge\" } have outcome !~ \"fail.*\"  over 30d }
        }",
    );
    let of = |terms: &[farthing_plan::Term]| match &flow(&service, &terms[0].flow).source {
        Source::EventCount { conditions, .. } => conditions.clone(),
        other => panic!("events: {other:?}"),
    };
    let large = Condition::Pattern { field: 0, pattern: "(?:large.*)|(?:huge)".into(), negated: false };
    let it = indicator(&service, "it");
    assert_eq!(of(&it.denominator.terms), std::slice::from_ref(&large));
    let bad = Condition::Pattern { field: 1, pattern: "fail.*".into(), negated: false };
    let conditions = of(&it.numerator.terms);
    assert!(conditions.contains(&large) && conditions.contains(&bad) && conditions.len() == 2, "{conditions:?}");
}
