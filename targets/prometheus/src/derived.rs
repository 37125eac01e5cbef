//! Level 2 of derived indicators: what they came to over a window follows from what their parts came to over it.

use std::{borrow::Cow, collections::HashMap, fmt::Write};

use farthing_plan::{Derivation, Exact, Indicator, Labels, MatchOp, Matcher, Part, Service};

use crate::{
    duration::Window,
    flow::aggregate,
    group::{Pairs, Recording, Rule},
    number::{number, percent},
    selector::{labels, selector, string},
    series::{OBSERVED, Span, named, push_flow},
    slotted::{AT_SLOT_END, Slotted},
    window::{RATE_WINDOW, Windows, find},
};

/// The ids of the indicators that something is derived from, each once.
pub(crate) fn parts(derivation: &Derivation) -> Vec<&str> {
    let mut parts = derivation.parts();
    let mut seen = Vec::with_capacity(parts.len());
    parts.retain(|part| {
        !seen.contains(part) && {
            seen.push(*part);
            true
        }
    });
    parts
}

/// The indicators that an indicator is added up from in the end: itself, where it is not derived.
pub(crate) fn roots<'a>(indicator: &'a Indicator, indicators: &HashMap<&str, &'a Indicator>) -> Vec<&'a Indicator> {
    let Some(derivation) = &indicator.derivation else {
        return vec![indicator];
    };
    let mut roots: Vec<&Indicator> = Vec::new();
    for part in parts(derivation).into_iter().filter_map(|part| indicators.get(part)) {
        for root in self::roots(part, indicators) {
            if !roots.iter().any(|known| known.id == root.id) {
                roots.push(root);
            }
        }
    }
    roots
}

/// Writes the rules of a derived indicator's windows.
pub(crate) struct Writer<'a, 't> {
    pub service: &'a Service,
    pub indicator: &'a Indicator,
    pub derivation: &'a Derivation,
    /// Those of the service, by id.
    pub indicators: &'t HashMap<&'a str, &'a Indicator>,
    pub windows: &'t Windows<'t>,
    /// Each window of the service, once.
    pub table: &'t [Window],
}

impl<'a> Writer<'a, '_> {
    /// What is recorded every minute.
    pub(crate) fn every_minute(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(24);
        let mut comment = self.comment();
        if let Derivation::Peak { of, while_indicator, limit } = self.derivation {
            self.peak(&mut rules, comment, (of, while_indicator), limit);
        } else {
            for span in self.spans() {
                self.amounts(&mut rules, std::mem::take(&mut comment), span);
            }
        }
        for window in self.windows.observed(self.table) {
            let denominator = &self.indicator.denominator.flow;
            rules.push(self.rule(Cow::default(), named(OBSERVED, window), (denominator, None), self.observed(window)));
        }
        rules
    }

    /// What is added up from slots.
    pub(crate) fn added_up_from_slots(&self) -> Vec<Rule<'a>> {
        let Derivation::Peak { .. } = self.derivation else {
            return vec![];
        };
        let slotted = self.highest();
        let windows = self.windows.sums(self.table).map(|window| slotted.slots(window));
        windows.chain(self.windows.calendars.iter().map(|calendar| slotted.calendar_slots(calendar))).collect()
    }

    /// Everything over which the indicator is read.
    fn spans(&self) -> Vec<Span<'_>> {
        let rate = self.windows.rate.then(|| find(self.table, RATE_WINDOW)).flatten();
        let mut spans: Vec<Span> = rate.into_iter().chain(self.windows.sums(self.table)).map(Span::Window).collect();
        spans.extend(self.windows.slots.then_some(Span::Slot));
        spans.extend(self.windows.calendars.iter().map(|calendar| Span::Calendar(calendar)));
        spans
    }

    fn comment(&self) -> Cow<'a, str> {
        let mut comment = format!("{}, of each window's own sums: ", self.indicator.id);
        match self.derivation {
            Derivation::Standardized { of, label, mix } => {
                let mix: Vec<String> = mix.iter().map(|(class, share)| format!("{class} {}", percent(share))).collect();
                write!(
                    comment,
                    "{of} at a fixed mix by {label}: {}.\nA class without volume is left out, and the rest of the mix counts \
                     for all.",
                    mix.join(", ")
                )
            }
            Derivation::Allocated { of, shared } => {
                let shared: Vec<String> =
                    shared.iter().map(|part| format!("{} in proportion to {}", part.amount, part.key)).collect();
                write!(comment, "{of}, and of what lacks the labels a part:\n{}.", shared.join(", "))
            }
            Derivation::Relative { of, to } => write!(comment, "{of} beside what it would be at {to}."),
            Derivation::Peak { of, while_indicator, limit } => {
                write!(comment, "the highest {of} of a slot in which\n{while_indicator} was at most {}.", number(limit))
            }
        }
        .expect("a string takes everything");
        comment.into()
    }

    /// Numerator and denominator over a span, the one that the other reads first.
    fn amounts(&self, rules: &mut Vec<Rule<'a>>, comment: Cow<'a, str>, span: Span) {
        let [numerator, denominator] = [&self.indicator.numerator.flow, &self.indicator.denominator.flow];
        let own = |flow: &str| self.series(span, flow);
        let by = labels(&self.indicator.by);
        let mut push = |comment: Cow<'a, str>, flow: &'a str, mut expr: String| {
            let (name, calendar) = span.series();
            if let Span::Slot = span {
                expr.push_str(AT_SLOT_END);
            }
            rules.push(self.rule(comment, name, (flow, calendar), expr));
        };
        match self.derivation {
            Derivation::Standardized { of, label, mix } => {
                let Some(of) = self.part(of) else { return };
                let classes: Vec<&str> = mix.keys().map(String::as_str).collect();
                let all = self.of_classes(span, &of.denominator.flow, label, &classes);
                push(comment, denominator, aggregate("sum", &self.indicator.by, &all));
                let on = labels(&of.by);
                let at_mix = mix.iter().map(|(class, share)| {
                    let [n, d] = [&of.numerator.flow, &of.denominator.flow]
                        .map(|flow| self.of_classes(span, flow, label, &[class]));
                    (
                        format!("{} * {n} / on ({on}) ({d} > 0)", number(share)),
                        format!("{} * ({d} > bool 0)", number(share)),
                    )
                });
                let (ratios, shares): (Vec<_>, Vec<_>) = at_mix.unzip();
                let [ratios, shares] = [ratios, shares]
                    .map(|terms| aggregate("sum", &self.indicator.by, &format!("\n  {}\n", terms.join("\n  or\n  "))));
                push(
                    Cow::default(),
                    numerator,
                    format!("{ratios}\n/ on ({by})\n{shares}\n* on ({by})\n{}", own(denominator)),
                );
            }
            Derivation::Allocated { of, shared } => {
                let Some(of) = self.part(of) else { return };
                let mut expr = own(&of.numerator.flow);
                for part in shared {
                    expr.push_str(&format!("\n+ on ({by})\n"));
                    expr.push_str(&self.allocated(span, part, &expr_zero(&own(&of.numerator.flow))));
                }
                push(comment, numerator, expr);
                let alike = format!("{}\nand on ({by})\n{}", own(&of.denominator.flow), own(numerator));
                push(Cow::default(), denominator, alike);
            }
            Derivation::Relative { of, to } => {
                let (Some(of), Some(to)) = (self.part(of), self.part(to)) else { return };
                let ratio = format!(
                    "({}\n/ on ({})\n({} > 0))",
                    own(&to.numerator.flow),
                    labels(&to.by),
                    own(&to.denominator.flow)
                );
                push(comment, denominator, format!("{}\n* {}\n{ratio}", own(&of.denominator.flow), matching(of, to)));
                let expr = if of.by == self.indicator.by {
                    format!("{}\nand on ({by})\n{}", own(&of.numerator.flow), own(denominator))
                } else {
                    // One group for all values of a label that it lacks.
                    format!(
                        "{}\n+ on ({}) group_left ()\n{}",
                        expr_zero(&own(denominator)),
                        labels(&of.by),
                        own(&of.numerator.flow)
                    )
                };
                push(Cow::default(), numerator, expr);
            }
            // Of slots, not of a window's sums.
            Derivation::Peak { .. } => {}
        }
    }

    /// What a group's part of a shared amount is: the amount by the group's share of the key. A group without a key has
    /// none of it.
    fn allocated(&self, span: Span, part: &Part, nothing: &str) -> String {
        let (Some(amount), Some(key)) = (self.part(&part.amount), self.part(&part.key)) else {
            return nothing.into();
        };
        let on = labels(&amount.by);
        let key_of_group = self.series(span, &key.numerator.flow);
        format!(
            "({key_of_group} or on ({}) {nothing})\n* on ({on}) group_left ()\n({}\n/ on ({on})\n({} > 0))",
            labels(&self.indicator.by),
            self.series(span, &amount.numerator.flow),
            aggregate("sum", &amount.by, &key_of_group)
        )
    }

    /// The best slot of each window: its ratio, over 1.
    fn peak(&self, rules: &mut Vec<Rule<'a>>, comment: Cow<'a, str>, (of, held): (&str, &str), limit: &Exact) {
        let (Some(of), Some(held)) = (self.part(of), self.part(held)) else { return };
        let in_slot = |flow: &str| self.series(Span::Slot, flow);
        let both: Vec<String> = held.by.iter().filter(|label| of.by.contains(label)).cloned().collect();
        let expr = format!(
            "{}\n/ on ({})\n({} > 0)\nand on ({})\n({} <= on ({}) {} * ({} > 0))",
            in_slot(&of.numerator.flow),
            labels(&of.by),
            in_slot(&of.denominator.flow),
            labels(&both),
            in_slot(&held.numerator.flow),
            labels(&held.by),
            number(limit),
            in_slot(&held.denominator.flow)
        );
        let slotted = self.highest();
        let mut slot = slotted.slot("", expr);
        if let Rule::Recording(slot) = &mut slot {
            slot.comment = comment;
        }
        rules.push(slot);
        rules.extend(self.windows.sums(self.table).map(|window| slotted.latest("", window)));
        for calendar in &self.windows.calendars {
            rules.extend([slotted.calendar_slot("", calendar), slotted.calendar_sum("", calendar)]);
        }
        for span in self.spans().into_iter().filter(|span| !matches!(span, Span::Slot)) {
            let (name, calendar) = span.series();
            let one = format!("{} + 1", expr_zero(&self.series(span, &self.indicator.numerator.flow)));
            rules.push(self.rule(Cow::default(), name, (&self.indicator.denominator.flow, calendar), one));
        }
    }

    fn highest(&self) -> Slotted<'a> {
        let numerator = &self.indicator.numerator.flow;
        Slotted { over_time: "max_over_time", ..Slotted::flow(numerator, &self.service.name) }
    }

    /// The longest time of any part's, for each group: a part that lacks a label counts for all values of it.
    fn observed(&self, window: &Window) -> String {
        let by = &self.indicator.by;
        let parts: Vec<&Indicator> = parts(self.derivation).into_iter().filter_map(|part| self.part(part)).collect();
        let series = |part: &Indicator| {
            let mut text = String::with_capacity(128);
            push_flow(&mut text, OBSERVED, &window.name, &part.denominator.flow, &self.service.name);
            text
        };
        let has_all = |part: &&&Indicator| by.iter().all(|label| part.by.contains(label));
        let whole = parts.iter().find(has_all).copied();
        let terms = parts.iter().map(|part| match whole {
            Some(whole) if !has_all(&part) => format!(
                "label_replace({} + on ({}) group_left () {}, \"flow\", {}, \"\", \"\")",
                expr_zero(&series(whole)),
                labels(&part.by),
                series(part),
                string(&part.denominator.flow)
            ),
            _ => series(part),
        });
        let terms: Vec<String> = terms.collect();
        match terms.as_slice() {
            [one] => aggregate("max", by, one),
            _ => aggregate("max", by, &format!("\n  {}\n", terms.join("\n  or\n  "))),
        }
    }

    fn part(&self, id: &str) -> Option<&'a Indicator> {
        // INVARIANT: each part is an indicator of the same service.
        self.indicators.get(id).copied()
    }

    fn series(&self, span: Span, flow: &str) -> String {
        let mut text = String::with_capacity(96);
        span.push(&mut text, (flow, &self.service.name), &Labels::new());
        text
    }

    /// What a flow came to, of some classes only.
    fn of_classes(&self, span: Span, flow: &str, label: &str, classes: &[&str]) -> String {
        let (name, calendar) = span.series();
        let equal = |label: &str, value: &str| Matcher {
            label: label.into(),
            op: MatchOp::Equal,
            values: vec![value.to_string()],
        };
        let mut matchers: Vec<Matcher> = calendar.map(|calendar| equal("calendar", calendar)).into_iter().collect();
        matchers.extend([equal("flow", flow), equal("service", &self.service.name)]);
        let values = classes.iter().map(|class| class.to_string()).collect();
        matchers.push(Matcher { label: label.into(), op: MatchOp::Equal, values });
        matchers.sort_by(|a, b| a.label.cmp(&b.label));
        selector(&name, &matchers, None)
    }

    fn rule(
        &self,
        comment: Cow<'a, str>,
        record: Cow<'static, str>,
        (flow, calendar): (&'a str, Option<&str>),
        expr: String,
    ) -> Rule<'a> {
        let mut labels: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(3);
        labels.extend(calendar.map(|calendar| ("calendar".into(), calendar.to_string().into())));
        labels.extend([("flow".into(), flow.into()), ("service".into(), self.service.name.as_str().into())]);
        Rule::Recording(Recording { comment, record, labels: Pairs::new(labels), expr })
    }
}

fn expr_zero(series: &str) -> String {
    format!("0 * {series}")
}

/// How two indicators are joined, the one on the left with the labels of the one that has more.
fn matching(left: &Indicator, right: &Indicator) -> String {
    if left.by == right.by {
        format!("on ({})", labels(&left.by))
    } else if right.by.iter().all(|label| left.by.contains(label)) {
        format!("on ({}) group_left ()", labels(&right.by))
    } else {
        format!("on ({}) group_right ()", labels(&left.by))
    }
}
