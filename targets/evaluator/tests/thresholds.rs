//! Events are compared with thresholds as exact decimals are: random prices and numbers, and bounds that some event
//! meets to the last digit.

mod common;
mod judge;

use common::*;
use farthing_evaluator::Evaluator;
use farthing_plan::{Comparison, Condition, Exact, Plan, Polynomial};
use judge::Record;
use proptest::prelude::*;

const COMPARISONS: [Comparison; 4] = [Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast];

/// For each comparison with the bound, the share of events for which it holds.
fn four_comparisons(value: &Polynomial, bound: &Exact) -> Plan {
    let mut flows = vec![flow("chat/all", &[], count_of(vec![]))];
    let (mut indicators, mut objectives) = (Vec::new(), Vec::new());
    for (at, comparison) in COMPARISONS.into_iter().enumerate() {
        let condition = Condition::Number { value: value.clone(), comparison, bound: bound.clone() };
        flows.push(flow(&format!("chat/f{at}"), &[], count_of(vec![condition])));
        let id = format!("chat/i{at}");
        let sli = indicator(&id, &[], vec![needed(&format!("chat/f{at}"))], "0", vec![needed("chat/all")]);
        objectives.push(share(&format!("chat/o{at}"), &sli, "0.5"));
        indicators.push(sli);
    }
    plan(flows, indicators, objectives, vec![requests()])
}

/// A decimal of few digits, as prices and numbers are written.
fn decimal() -> impl Strategy<Value = String> {
    (0_u32..5_000, 0_usize..9).prop_map(|(digits, places)| format!("{digits}e-{places}"))
}

/// The numbers of one event: whole ones for the most part.
fn numbers() -> impl Strategy<Value = [String; 3]> {
    let number = prop_oneof![3 => (0_u32..100_000).prop_map(|number| number.to_string()), 1 => decimal()];
    prop::array::uniform3(number)
}

/// Sums of one to three products of fields.
fn value() -> impl Strategy<Value = Polynomial> {
    let fields = prop::sample::select(vec![
        vec![CONTEXT],
        vec![GENERATED],
        vec![LATENCY],
        vec![CONTEXT, GENERATED],
        vec![LATENCY, LATENCY],
        vec![],
    ]);
    let factor = (decimal(), prop::bool::weighted(0.2))
        .prop_map(|(factor, negative)| if negative { format!("-{factor}") } else { factor });
    prop::collection::vec((factor, fields), 1..4).prop_map(|terms| {
        polynomial(&terms.iter().map(|(factor, fields)| (factor.as_str(), fields.as_slice())).collect::<Vec<_>>())
    })
}

/// What the polynomial is, in fractions.
fn exactly(value: &Polynomial, numbers: &[String; 3]) -> Exact {
    let field = |field: &usize| match *field {
        CONTEXT => exact(&numbers[0]),
        GENERATED => exact(&numbers[1]),
        // Read in ms.
        _ => exact(&numbers[2]) * exact("0.001"),
    };
    value.0.iter().fold(Exact::zero(), |sum, monomial| {
        sum + monomial.fields.iter().map(field).fold(monomial.factor.clone(), |product, number| product * number)
    })
}

fn holds(comparison: Comparison, value: &Exact, bound: &Exact) -> bool {
    match comparison {
        Comparison::Less => value < bound,
        Comparison::AtMost => value <= bound,
        Comparison::Greater => value > bound,
        Comparison::AtLeast => value >= bound,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_exact_fractions_are(
        value in value(),
        events in prop::collection::vec(numbers(), 1..40),
        off in prop::sample::select(vec!["0", "0", "1e-9", "-1e-9"]),
    ) {
        let bound = exactly(&value, &events[0]) + exact(off);
        let plan = four_comparisons(&value, &bound);
        let records: Vec<Record> = events
            .iter()
            .map(|numbers| Record {
                event: "requests".into(),
                time_ms: START,
                numbers: numbers.iter().map(|number| number.parse().expect("a float")).collect(),
                labels: vec!["a".into(), "ok".into()],
            })
            .collect();
        let mut alone = Evaluator::new(&plan).expect("a plan");
        records.iter().for_each(|record| record_one(&mut alone, &plan, record));
        let mut batch = Evaluator::new(&plan).expect("a plan");
        record_all(&mut batch, &plan, &records);
        for mut evaluator in [alone, batch] {
            evaluator.advance(START + MIN);
            let report = evaluator.report();
            for (at, comparison) in COMPARISONS.into_iter().enumerate() {
                let expected = events.iter().filter(|numbers| holds(comparison, &exactly(&value, numbers), &bound));
                let verdict = &report.services[0].objectives[at].verdicts[0];
                prop_assert_eq!(verdict.numerator, expected.count() as f64, "{:?} {}", comparison, &bound);
            }
        }
    }
}
