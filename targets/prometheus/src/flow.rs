//! Level 0: the flows that are read from samples. No other rule reads a raw series.

use std::borrow::Cow;

use farthing_plan::{Aggregate, Comparison, Exact, Flow, Matcher, Source};

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
        Source::Gauge { metric, matchers, aggregate, scale } => scaled(scale, &gauge(by, metric, matchers, *aggregate)),
        Source::GaugeTime { metric, matchers, when } => {
            gauge_time(by, &selector(metric, matchers, None), when.as_ref())
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

/// The average over the 5 minutes that a rate covers too, of the series that still are: a deleted pod's average would
/// otherwise be counted for 5 minutes more.
fn gauge(by: &[String], metric: &str, matchers: &[Matcher], how: Aggregate) -> String {
    let gauge = selector(metric, matchers, None);
    match how {
        Aggregate::Sum => aggregate("sum", by, &format!("avg_over_time({gauge}[5m]){FINITE} and {gauge}")),
        Aggregate::Count => aggregate("count", by, &format!("{gauge}{FINITE}")),
    }
}

/// The share of the last 5 minutes in which the gauge compares so, seen once a minute: the minutes of the evaluation,
/// whatever the scrapes' interval is. All the time that it had a value needs no look back, as it is 1 wherever it is.
fn gauge_time(by: &[String], gauge: &str, when: Option<&(Comparison, Exact)>) -> String {
    match when {
        Some((comparison, bound)) => {
            let compared = format!("({gauge}{FINITE}) {} bool {}", comparison.symbol(), number(bound));
            aggregate("sum", by, &format!("avg_over_time(({compared})[4m59s999ms:1m]) and {gauge}"))
        }
        None => aggregate("count", by, &format!("{gauge}{FINITE}")),
    }
}

fn scaled(scale: &Exact, expression: &str) -> String {
    if scale.is_one() { expression.to_string() } else { format!("{} * {expression}", price(scale)) }
}

/// `sum by (a, b) (...)`, or `sum(...)`.
pub(crate) fn aggregate(operator: &str, by: &[String], inner: &str) -> String {
    if by.is_empty() { format!("{operator}({inner})") } else { format!("{operator} by ({}) ({inner})", labels(by)) }
}
