//! Level 0: the flows that are read from samples. No other rule reads a raw series.

use std::borrow::Cow;

use farthing_plan::{Aggregate, Exact, Flow, QueryKind, Source};

use crate::{
    group::{Pairs, Recording, Rule},
    number::{number, price},
    selector::{labels, selector, string},
    series::RATE,
};

/// The counter that the runtime exports of each flow of events, in canonical units, with the labels `flow`, `service`
/// and the flow's own: it has judged each event exactly, and rules read what it added up.
pub const EVENT_COUNTER: &str = "farthing_flow_total";

/// Keeps numbers only: a comparison with what is not a number holds never. A single such sample, once it were in a sum,
/// would make every sum over the next 30 days not a number.
const FINITE: &str = " > -Inf < Inf";

/// The same of a rate, which is never below 0.
const FINITE_RATE: &str = " < Inf";

/// The rule that records a flow's amount per second.
pub(crate) fn rule<'a>(flow: &'a Flow, service: &'a str) -> Rule<'a> {
    let unit = format!("{}, in {} per second.", flow.id, flow.unit);
    Rule::Recording(Recording {
        comment: match &flow.doc {
            Some(doc) => format!("{unit} {doc}").into(),
            None => unit.into(),
        },
        record: Cow::Borrowed(RATE),
        labels: Pairs::two(("flow", &flow.id), ("service", service)),
        expr: expression(flow, service),
    })
}

/// The only expression that reads the flow's raw series.
pub(crate) fn expression(flow: &Flow, service: &str) -> String {
    let by = flow.by.as_slice();
    match &flow.source {
        Source::Counter { metric, matchers, le, scale } => {
            scaled(scale, &increase(by, &selector(metric, matchers, le.as_ref())))
        }
        Source::Gauge { metric, matchers, aggregate, scale } => {
            let gauge = selector(metric, matchers, None);
            scaled(
                scale,
                &match aggregate {
                    Aggregate::Sum => held("sum_over_time", by, &format!("{gauge}{FINITE}")),
                    Aggregate::Count => held("count_over_time", by, &format!("{gauge}{FINITE}")),
                },
            )
        }
        Source::GaugeTime { metric, matchers, when } => {
            let gauge = selector(metric, matchers, None);
            match when {
                Some((comparison, bound)) => {
                    let compared = format!("({gauge}{FINITE}) {} bool {}", comparison.symbol(), number(bound));
                    held("sum_over_time", by, &compared)
                }
                None => held("count_over_time", by, &format!("{gauge}{FINITE}")),
            }
        }
        Source::Query { query_kind, query, scale, .. } => {
            let query = query.replace("$window", "5m");
            let read = match query_kind {
                QueryKind::Counter => aggregate("sum", by, &format!("({query}){FINITE_RATE}")),
                QueryKind::Gauge => held("sum_over_time", by, &format!("({query}){FINITE}")),
            };
            scaled(scale, &read)
        }
        Source::EventCount { .. } | Source::EventSum { .. } => {
            let counter = format!("{EVENT_COUNTER}{{flow={},service={}}}", string(&flow.id), string(service));
            increase(by, &counter)
        }
    }
}

fn increase(by: &[String], counter: &str) -> String {
    aggregate("sum", by, &format!("rate({counter}[5m]){FINITE_RATE}"))
}

/// What a gauge came to in the 5 minutes that a rate covers too, for each of them: seen once a minute, and nothing in a
/// minute in which it was not. So a pod's GPU counts for as long as its answers do, from its first minute to its last; an
/// average over what samples there are would count it for 5 minutes at its first sample, and for 5 more after its end.
fn held(over_time: &str, by: &[String], seen: &str) -> String {
    aggregate("sum", by, &format!("{over_time}(({seen})[4m59s999ms:1m])")) + " / 5"
}

fn scaled(scale: &Exact, expression: &str) -> String {
    if scale.is_one() { expression.to_string() } else { format!("{} * {expression}", price(scale)) }
}

/// `sum by (a, b) (...)`, or `sum(...)`.
pub(crate) fn aggregate(operator: &str, by: &[String], inner: &str) -> String {
    if by.is_empty() { format!("{operator}({inner})") } else { format!("{operator} by ({}) ({inner})", labels(by)) }
}
