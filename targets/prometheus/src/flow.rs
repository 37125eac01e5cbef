//! Level 0: the flows that are read from samples. No other rule reads a raw series.

use std::borrow::Cow;

use farthing_plan::{Aggregate, Exact, Flow, QueryKind, Source};

use crate::{
    group::{Pairs, Recording, Rule},
    number::{number, price},
    selector::{is_printable, labels, selector, string},
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
    let by = &Kept::new(flow);
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
            let finite = format!("({}){FINITE}", stated(query));
            let read = match query_kind {
                QueryKind::Counter => by.sum(&finite),
                QueryKind::Gauge => held("sum_over_time", by, &finite),
            };
            scaled(scale, &read)
        }
        Source::EventCount { .. } | Source::EventSum { .. } => {
            let counter = format!("{EVENT_COUNTER}{{flow={},service={}}}", string(&flow.id), string(service));
            increase(by, &counter)
        }
    }
}

fn increase(by: &Kept, counter: &str) -> String {
    by.sum(&format!("rate({counter}[5m]){FINITE_RATE}"))
}

/// What a gauge came to in the 5 minutes that a rate covers too, for each of them: seen once a minute, and nothing in a
/// minute in which it was not. So a pod's GPU counts for as long as its answers do, from its first minute to its last; an
/// average over what samples there are would count it for 5 minutes at its first sample, and for 5 more after its end.
fn held(over_time: &str, by: &Kept, seen: &str) -> String {
    by.sum(&format!("{over_time}(({seen})[4m59s999ms:1m])")) + " / 5"
}

/// A query as its author wrote it, for the 5 minutes of a rate: on lines that a comment at the end of the last cannot
/// swallow what follows, and without characters that YAML cannot hold.
fn stated(query: &str) -> String {
    let mut text = String::with_capacity(query.len());
    for character in query.trim().replace("\r\n", "\n").replace("$window", "5m").chars() {
        match character {
            '\n' | '\t' => text.push(character),
            _ if is_printable(character) => text.push(character),
            _ => text.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    if text.contains('#') {
        text.push('\n');
    }
    text
}

/// The labels that a flow keeps.
struct Kept<'a> {
    /// As it has them.
    by: &'a [String],
    /// As its series have them, where any is called otherwise.
    own: Option<Vec<String>>,
}

impl<'a> Kept<'a> {
    fn new(flow: &'a Flow) -> Self {
        let own = |label: &'a String| flow.renamed.get(label).unwrap_or(label).clone();
        let is_renamed = flow.by.iter().any(|label| own(label) != *label);
        Kept { by: &flow.by, own: is_renamed.then(|| flow.by.iter().map(own).collect()) }
    }

    /// The sum over all other labels.
    ///
    /// What is called otherwise is added up by its own name first: fewer series are renamed then, and a label of the series
    /// that has the new name already is gone before. Where one has its name from another that is kept, the new names are
    /// first given with something before them: two may change places.
    fn sum(&self, series: &str) -> String {
        let Some(own) = &self.own else {
            return aggregate("sum", self.by, series);
        };
        let mut distinct = own.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let mut text = aggregate("sum", &distinct, series);
        let renamed = || self.by.iter().zip(own).filter(|(name, own)| name != own);
        let crossing = renamed().any(|(name, _)| own.contains(name));
        let mut replace = |from: &str, to: &str| {
            text = format!("label_replace({text}, {}, \"$1\", {}, \"(.*)\")", string(to), string(from));
        };
        let first = |name: &str| if crossing { format!("renamed_{name}") } else { name.to_string() };
        renamed().for_each(|(name, own)| replace(own, &first(name)));
        if crossing {
            renamed().for_each(|(name, _)| replace(&first(name), name));
        }
        aggregate("sum", self.by, &text)
    }
}

fn scaled(scale: &Exact, expression: &str) -> String {
    if scale.is_one() { expression.to_string() } else { format!("{} * {expression}", price(scale)) }
}

/// `sum by (a, b) (...)`, or `sum(...)`.
pub(crate) fn aggregate(operator: &str, by: &[String], inner: &str) -> String {
    if by.is_empty() { format!("{operator}({inner})") } else { format!("{operator} by ({}) ({inner})", labels(by)) }
}
