//! What stands in a test.

use super::{Make, Node};
use crate::{
    AlertTime, Does, EventValue, Expect, Expr, Judged, Measure, Moment, Name, Span, TestRate, TestSegment,
    TestStatement, TestStatementKind, TestVerdict, rules::Rule,
};

impl Make {
    /// A statement of a test.
    pub(super) fn test_statement(&mut self, node: &Node<'_>) -> Option<TestStatement> {
        let kind = match node.rule() {
            Rule::test_over => {
                let mut durations = node.children().filter(|child| child.rule() == Rule::duration);
                TestStatementKind::Over {
                    length: Box::new(self.duration(&durations.next()?)),
                    every: durations.next().map(|every| Box::new(self.duration(&every))),
                    from: node.child(Rule::date).map(|date| self.date(&date)),
                }
            }
            Rule::test_series => TestStatementKind::Series {
                metric: self.path(&node.child(Rule::path)?),
                selector: node.child(Rule::selector).map(|selector| self.selector(&selector)),
                segments: self.segments(node),
            },
            Rule::test_event => TestStatementKind::Event {
                event: self.path(&node.child(Rule::path)?),
                fields: self.event_values(&node.child(Rule::event_values)?),
                rates: self.rates(node),
            },
            _ => TestStatementKind::Expect(Box::new(self.expect(&node.children().next()?)?)),
        };
        Some(TestStatement { kind, span: node.span() })
    }

    fn segments(&mut self, node: &Node<'_>) -> Vec<TestSegment> {
        let mut segments = Vec::new();
        if let Some(does) = node.child(Rule::does) {
            segments.extend(self.does(&does).map(|kind| (kind, self.moment_in(node), does.span())));
        }
        for then in node.children().filter(|child| child.rule() == Rule::then_does) {
            let from = self.moment_in(&then);
            let read = match (then.child(Rule::does), then.child(Rule::again)) {
                (Some(does), _) => self.does(&does).map(|kind| (kind, does.span())),
                (None, Some(again)) => {
                    let (value, of) = (self.product_in(&again, 0), self.product_in(&again, 1));
                    value.map(|value| (Does::Again(value, of), again.span()))
                }
                (None, None) => None,
            };
            segments.extend(read.map(|(kind, span)| (kind, from, span)));
        }
        segments.into_iter().map(|(does, from, span)| TestSegment { does, from, span }).collect()
    }

    fn does(&mut self, node: &Node<'_>) -> Option<Does> {
        let value = self.product_in(node, 0);
        Some(match node.children().next()?.rule() {
            Rule::is_word => Does::Is(value?),
            Rule::rises_word => Does::Rises(value?),
            Rule::falls_word => Does::Falls(value?),
            Rule::observes_word => Does::Observes(value?, self.product_in(node, 1)?),
            _ => Does::Absent,
        })
    }

    fn event_values(&mut self, node: &Node<'_>) -> Vec<(Name, EventValue)> {
        let values = node.children().filter(|child| child.rule() == Rule::event_value);
        values
            .filter_map(|value| {
                let of = match self.text_in(&value) {
                    Some(text) => EventValue::Text(text),
                    None => EventValue::Number(self.product_in(&value, 0)?),
                };
                Some((self.name_in(&value), of))
            })
            .collect()
    }

    fn rates(&mut self, node: &Node<'_>) -> Vec<TestRate> {
        let then = node.children().filter(|child| child.rule() == Rule::then_at);
        std::iter::once(node.clone())
            .chain(then)
            .filter_map(|node| Some(TestRate { rate: self.product_in(&node, 0)?, from: self.moment_in(&node) }))
            .collect()
    }

    fn expect(&mut self, node: &Node<'_>) -> Option<Expect> {
        let of = self.judged(&node.child(Rule::judged)?)?;
        Some(match node.rule() {
            Rule::alert_expected => Expect::Alert {
                none: node.child(Rule::no_word).is_some(),
                word: {
                    let word = node.child(Rule::alert_word)?;
                    self.name(&word)
                },
                of,
                time: node.child(Rule::alert_time).and_then(|time| self.alert_time(&time)),
            },
            Rule::value_expected => Expect::Value {
                measure: {
                    let measure = node.child(Rule::measure)?.children().next()?;
                    match (measure.rule(), measure.child(Rule::duration)) {
                        (_, Some(window)) => Measure::BurnRate(Box::new(self.duration(&window))),
                        (Rule::consumed, None) => Measure::Consumed,
                        (_, None) => Measure::Measured,
                    }
                },
                of,
                at: self.moment_in(node)?,
                value: Box::new(self.product_in(node, 0)?),
                tolerance: self.product_in(node, 1).map(Box::new),
            },
            _ => {
                let verdict = node.child(Rule::verdict)?;
                let verdict = match verdict.children().next()?.rule() {
                    Rule::not_word => TestVerdict::NotMet,
                    Rule::no_word => TestVerdict::None,
                    _ => TestVerdict::Met,
                };
                Expect::Verdict { of, verdict, at: self.moment_in(node)? }
            }
        })
    }

    fn judged(&mut self, node: &Node<'_>) -> Option<Judged> {
        let mut names = self.names_in(node).into_iter();
        let (service, objective) = (names.next()?, names.next()?);
        let selector = node.child(Rule::selector).map(|selector| self.selector(&selector));
        Some(Judged { service, objective, selector })
    }

    fn alert_time(&mut self, node: &Node<'_>) -> Option<AlertTime> {
        let word = node.children().next()?.rule();
        let mut moments = node.children().filter(|child| child.rule() == Rule::moment);
        let first = self.moment(&moments.next()?);
        let second = moments.next().map(|moment| self.moment(&moment));
        Some(match word {
            Rule::before_word => AlertTime::Before(first),
            Rule::after_word => AlertTime::After(first),
            Rule::at_word => AlertTime::At(first),
            Rule::within_word => AlertTime::Within(first, second),
            _ => AlertTime::Between(first, second?),
        })
    }

    /// The first moment among a node's children.
    fn moment_in(&mut self, node: &Node<'_>) -> Option<Moment> {
        let moment = node.child(Rule::moment)?;
        Some(self.moment(&moment))
    }

    fn moment(&mut self, node: &Node<'_>) -> Moment {
        let parts = node.children().filter(|child| child.rule() == Rule::duration);
        let parts: Vec<Expr> = parts.map(|part| self.duration(&part)).collect();
        let span = parts.first().zip(parts.last()).map_or(node.span(), |(a, b)| Span::to(a.span, b.span));
        Moment { parts, span }
    }

    /// A product among a node's children; the `nth` of them.
    fn product_in(&mut self, node: &Node<'_>, nth: usize) -> Option<Expr> {
        let product = node.children().filter(|child| child.rule() == Rule::product).nth(nth)?;
        Some(self.expr(&product))
    }
}
