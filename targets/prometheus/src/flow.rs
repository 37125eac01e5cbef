//! Level 0: the flows that are read from samples. No other rule reads a raw series.

use std::borrow::Cow;

use farthing_plan::{Aggregate, Exact, Flow, Matcher, Source};

use crate::{
    group::{Pairs, Recording, Rule},
    number::{number, price},
    selector::{labels, selector, string},
    series::RATE,
};

/// The counter that the runtime exports of each flow of events, in canonical units, with the labels `flow`, `service`
/// and the flow's own: it has judged each event exactly, and rules read what it added up.
pub const EVENT_COUNTER: &str = "farthing_flow_total";

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

fn expression(flow: &Flow, service: &str) -> String {
    let by = flow.by.as_slice();
    match &flow.source {
        Source::Counter { metric, matchers, le, scale } => {
            scaled(scale, &increase(by, &selector(metric, matchers, le.as_ref())))
        }
        Source::Gauge { metric, matchers, aggregate, scale } => scaled(scale, &gauge(by, metric, matchers, *aggregate)),
        Source::GaugeTime { metric, matchers, when } => {
            let gauge = selector(metric, matchers, None);
            match when {
                Some((comparison, bound)) => {
                    let compared = format!("{gauge} {} bool {}", comparison.symbol(), number(bound));
                    aggregate("sum", by, &compared)
                }
                None => aggregate("count", by, &gauge),
            }
        }
        Source::EventCount { .. } | Source::EventSum { .. } => {
            let counter = format!("{EVENT_COUNTER}{{flow={},service={}}}", string(&flow.id), string(service));
            increase(by, &counter)
        }
    }
}

fn increase(by: &[String], counter: &str) -> String {
    aggregate("sum", by, &format!("rate({counter}[5m])"))
}

/// The average over the 5 minutes that a rate covers too, of the series that still are: a deleted pod's average would
/// otherwise be counted for 5 minutes more.
fn gauge(by: &[String], metric: &str, matchers: &[Matcher], how: Aggregate) -> String {
    let gauge = selector(metric, matchers, None);
    match how {
        Aggregate::Sum => aggregate("sum", by, &format!("avg_over_time({gauge}[5m]) and {gauge}")),
        Aggregate::Count => aggregate("count", by, &gauge),
    }
}

fn scaled(scale: &Exact, expression: &str) -> String {
    if scale.is_one() { expression.to_string() } else { format!("{} * {expression}", price(scale)) }
}

/// `sum by (a, b) (...)`, or `sum(...)`.
pub(crate) fn aggregate(operator: &str, by: &[String], inner: &str) -> String {
    if by.is_empty() { format!("{operator}({inner})") } else { format!("{operator} by ({}) ({inner})", labels(by)) }
}
