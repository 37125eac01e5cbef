//! What a test expects of an objective.

use farthing_grammar::{AlertTime, Expect, Expr, Judged, Measure, Span, TestVerdict};
use farthing_plan::{
    AlertWord, Exact, Expectation, Expected, Form, Labels, MINUTE, Objective, Service, Unit, duration_text,
};

use super::{Lowering, value::named};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    units::Quantity,
};

/// Where nothing is said, a number may differ by this share.
const TOLERANCE: (i64, i64) = (1, 100);

/// What is judged: an objective, or a trade-off.
struct Subject<'p> {
    id: String,
    /// None for a trade-off.
    objective: Option<(&'p Service, &'p Objective)>,
    /// The labels that it is broken down by.
    by: Vec<String>,
    /// Those that were stated or are fixed.
    labels: Labels,
}

impl<'w> Lowering<'_, 'w> {
    pub(super) fn expectation(&self, span: Span, expect: &'w Expect) -> Checked<Expectation> {
        let (subject, expected) = match expect {
            Expect::Alert { none, word, of, time } => {
                let subject = self.subject(of)?;
                let alert = match word.text.as_str() {
                    "page" => AlertWord::Page,
                    "ticket" => AlertWord::Ticket,
                    _ => AlertWord::Any,
                };
                self.check_alerts(&subject, alert, word.span)?;
                let (from, until) = self.span_of(time.as_ref())?;
                let expected = match none {
                    true => Expected::NoAlert { alert, from, until },
                    false => Expected::Alert { alert, from, until },
                };
                (subject, expected)
            }
            Expect::Value { measure, of, at, value, tolerance } => {
                let subject = self.subject(of)?;
                self.check_group(&subject, of)?;
                let at = self.moment(at)?;
                let expected = self.number(&subject, of, measure, (at, value, tolerance.as_deref()))?;
                (subject, expected)
            }
            Expect::Verdict { of, verdict, at } => {
                let subject = self.subject(of)?;
                self.check_group(&subject, of)?;
                let met = match verdict {
                    TestVerdict::Met => Some(true),
                    TestVerdict::NotMet => Some(false),
                    TestVerdict::None => None,
                };
                (subject, Expected::Met { at: self.moment(at)?, met })
            }
        };
        let text = self.text(span);
        Ok(Expectation {
            text: text.strip_prefix("expect").unwrap_or(&text).trim_start().to_string(),
            line: self.line(span),
            objective: subject.id,
            labels: subject.labels,
            expected,
        })
    }

    /// What an expectation is about.
    fn subject(&self, judged: &'w Judged) -> Checked<Subject<'_>> {
        let services = &self.plan.services;
        let names = services.iter().map(|service| service.name.as_str());
        let Some(service) = services.iter().find(|service| service.name == judged.service.text) else {
            return Err(self.unknown(&judged.service, "there is no service", names));
        };
        let stated = match &judged.selector {
            Some(selector) => self.one_value_each(selector)?,
            None => Labels::new(),
        };
        let name = judged.objective.text.as_str();
        let same: Vec<&Objective> = service.objectives.iter().filter(|objective| objective.name == name).collect();
        if let Some(tradeoff) = service.tradeoffs.iter().find(|tradeoff| tradeoff.name == name && same.is_empty()) {
            let corner = tradeoff.corners.first().and_then(|corner| service.objective(&corner.objective));
            let by = corner.map_or_else(Vec::new, |corner| corner.by.clone());
            self.check_labels(judged, &by)?;
            return Ok(Subject { id: tradeoff.id.clone(), objective: None, by, labels: stated });
        }
        let Some(first) = same.first() else {
            let names = service.objectives.iter().map(|objective| objective.name.as_str());
            let names = names.chain(service.tradeoffs.iter().map(|tradeoff| tradeoff.name.as_str()));
            return Err(self.unknown(&judged.objective, &format!("`{}` has no objective", service.name), names));
        };
        self.check_labels(judged, &first.by)?;
        // Of the objectives of one `by class`, that of the stated class.
        let fits = |objective: &&&Objective| {
            objective.only.iter().all(|(label, value)| stated.get(label).is_some_and(|own| own == value))
        };
        let objective = match same.as_slice() {
            [only] => only,
            _ => match same.iter().find(fits) {
                Some(found) => found,
                None => {
                    let classes: Vec<String> = same
                        .iter()
                        .flat_map(|objective| &objective.only)
                        .map(|(label, value)| format!("`{{ {label} = {value:?} }}`"))
                        .collect();
                    return Err(self.checker.report(
                        Diagnostic::error(
                            codes::TEST_GROUP,
                            format!("`{name}` is a promise for each class"),
                            self.place(judged.objective.span),
                            "which of them?",
                        )
                        .help(format!("add {} behind its name", suggest::one_of(&classes))),
                    ));
                }
            },
        };
        let mut labels = objective.only.clone();
        labels.extend(stated);
        Ok(Subject {
            id: objective.id.clone(),
            objective: Some((service, objective)),
            by: objective.by.clone(),
            labels,
        })
    }

    fn unknown<'n>(&self, name: &farthing_grammar::Name, what: &str, known: impl Iterator<Item = &'n str>) -> Reported {
        if !self.is_complete {
            return Reported;
        }
        let place = self.place(name.span);
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, format!("{what} `{}`", name.text), place, "not declared");
        let known: Vec<&str> = known.collect();
        self.checker.report(match suggest::nearest(&name.text, known.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None if known.is_empty() => diagnostic.help("declare it; all files that belong together are named at once"),
            None => diagnostic.help(format!("there is {}", suggest::one_of(&known))),
        })
    }

    /// A group is told by labels that the objective is broken down by.
    fn check_labels(&self, judged: &'w Judged, by: &[String]) -> Checked<()> {
        for matcher in judged.selector.iter().flat_map(|selector| &selector.matchers) {
            if by.contains(&matcher.label.text) {
                continue;
            }
            let place = self.place(matcher.label.span);
            let message = format!("`{}` is not broken down by `{}`", judged.objective.text, matcher.label.text);
            let diagnostic = Diagnostic::error(codes::TEST_GROUP, message, place, "no label of its groups");
            return Err(self.checker.report(
                match suggest::nearest(&matcher.label.text, by.iter().map(String::as_str)) {
                    Some(near) => diagnostic.did_you_mean(place, near),
                    None if by.is_empty() => diagnostic.help("leave the braces out: it is judged as a whole"),
                    None => diagnostic.help(format!("it is broken down by {}", by.join(", "))),
                },
            ));
        }
        Ok(())
    }

    /// A number or a verdict is that of one group.
    fn check_group(&self, subject: &Subject<'_>, judged: &'w Judged) -> Checked<()> {
        let missing: Vec<String> = subject
            .by
            .iter()
            .filter(|label| !subject.labels.contains_key(*label))
            .map(|label| format!("{label} = \"...\""))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.checker.report(
            Diagnostic::error(
                codes::TEST_GROUP,
                format!("`{}` is judged for each {}", judged.objective.text, subject.by.join(", ")),
                self.place(judged.objective.span),
                "which of them?",
            )
            .help(format!(
                "write `{}.{} {{ {} }}`",
                judged.service.text,
                judged.objective.text,
                missing.join(", ")
            )),
        ))
    }

    /// What the objective has no alert for is never told.
    fn check_alerts(&self, subject: &Subject<'_>, word: AlertWord, span: Span) -> Checked<()> {
        let Some((_, objective)) = subject.objective else {
            return Err(self.only_whether_met(span));
        };
        if objective.alerts.iter().any(|alert| word.means(alert.severity)) {
            return Ok(());
        }
        let what = match word {
            AlertWord::Any => "alerts",
            AlertWord::Page => "pages",
            AlertWord::Ticket => "tickets",
        };
        Err(self.checker.report(
            Diagnostic::error(
                codes::TEST_EXPECTED,
                format!("the policy of `{}` has no {what}", objective.name),
                self.place(span),
                "it can never come",
            )
            .help("expect another kind of alert, or none at all with `no alert`, or give the objective a `policy`"),
        ))
    }

    fn only_whether_met(&self, span: Span) -> Reported {
        self.checker.report(
            Diagnostic::error(
                codes::TEST_EXPECTED,
                "of a trade-off, a test says whether it is met",
                self.place(span),
                "not this",
            )
            .help("write `expect chat.balanced not met at 30d`, or name one of its corners"),
        )
    }

    /// From when to when, in seconds since the start.
    fn span_of(&self, time: Option<&'w AlertTime>) -> Checked<(u64, u64)> {
        Ok(match time {
            None => (0, self.length),
            Some(AlertTime::Before(until)) => (0, self.moment(until)?),
            Some(AlertTime::After(from)) => self.ordered(self.moment(from)?, self.length, from.span)?,
            Some(AlertTime::At(at)) => {
                let at = self.moment(at)?;
                (at.saturating_sub(MINUTE), at)
            }
            Some(AlertTime::Between(from, until)) => {
                self.ordered(self.moment(from)?, self.moment(until)?, until.span)?
            }
            Some(AlertTime::Within(length, None)) => (0, self.moment(length)?),
            Some(AlertTime::Within(length, Some(after))) => {
                let (length, after) = (self.moment(length)?, self.moment(after)?);
                let until = after.saturating_add(length);
                if until > self.length {
                    let place = self.place(match time {
                        Some(AlertTime::Within(length, _)) => length.span,
                        _ => Span::default(),
                    });
                    return Err(self.checker.report(
                        Diagnostic::error(
                            codes::TEST_TIME,
                            format!("the test is over after {}", duration_text(self.length)),
                            place,
                            "beyond its end",
                        )
                        .help("make the test longer with `over`"),
                    ));
                }
                (after, until)
            }
        })
    }

    fn ordered(&self, from: u64, until: u64, span: Span) -> Checked<(u64, u64)> {
        if from < until {
            return Ok((from, until));
        }
        Err(self.checker.report(
            Diagnostic::error(codes::TEST_TIME, "nothing lies between these times", self.place(span), "this time")
                .help("state the earlier time first, and one before the test's end"),
        ))
    }

    fn number(
        &self,
        subject: &Subject<'_>,
        judged: &'w Judged,
        measure: &'w Measure,
        (at, value, tolerance): (u64, &'w Expr, Option<&'w Expr>),
    ) -> Checked<Expected> {
        let Some((service, objective)) = subject.objective else {
            return Err(self.only_whether_met(judged.objective.span));
        };
        let ratio = Unit::ratio();
        match measure {
            Measure::Consumed => {
                let value = self.in_unit(value, &ratio)?;
                let tolerance = self.tolerance(&value, tolerance)?;
                Ok(Expected::Consumed { at, value, tolerance })
            }
            Measure::Measured => {
                let unit = match &objective.form {
                    Form::Mean { .. } => service
                        .indicator(&objective.indicator)
                        .map_or(ratio, |indicator| indicator.numerator.unit.times(&indicator.denominator.unit, -1)),
                    Form::Share { .. } | Form::Quantile { .. } => ratio,
                };
                let value = self.in_unit(value, &unit)?;
                let tolerance = self.tolerance(&value, tolerance)?;
                Ok(Expected::Measured { at, value, tolerance })
            }
            Measure::BurnRate(window) => {
                let seconds = self.checker.duration(&self.scope, window)?;
                let mut windows: Vec<u64> =
                    objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]).collect();
                windows.sort_unstable();
                windows.dedup();
                if !windows.contains(&seconds) {
                    let known: Vec<String> = windows.into_iter().map(duration_text).collect();
                    return Err(self.checker.report(
                        Diagnostic::error(
                            codes::TEST_EXPECTED,
                            format!("no alert of `{}` looks at {}", objective.name, duration_text(seconds)),
                            self.place(window.span),
                            "no such burn rate",
                        )
                        .help(format!("they look at {}", suggest::one_of(&known))),
                    ));
                }
                let value = self.in_unit(value, &ratio)?;
                let tolerance = self.tolerance(&value, tolerance)?;
                Ok(Expected::Burn { window: seconds, at, value, tolerance })
            }
        }
    }

    /// A number that is compared with what is measured, in canonical units.
    fn in_unit(&self, expr: &'w Expr, unit: &Unit) -> Checked<Exact> {
        let constant = self.constant(expr)?;
        let units = &self.checker.units;
        if units.fits(&constant.unit, unit) || units.fits(unit, &constant.unit) {
            return Ok(constant.amount);
        }
        Err(self.checker.report(
            Diagnostic::error(
                codes::TEST_VALUE,
                format!("this is in {}, and compared with {}", named(&constant.unit), named(unit)),
                self.place(expr.span),
                "this number",
            )
            .help("write it in the unit of the objective's target"),
        ))
    }

    /// By how much a value may differ, in its unit. Of 0 there is no share, and the tolerance stands for itself.
    fn tolerance(&self, value: &Exact, tolerance: Option<&'w Expr>) -> Checked<Exact> {
        let default = Exact::fraction(TOLERANCE.0, TOLERANCE.1).expect("INVARIANT: 100 is not 0");
        let share = match tolerance {
            None => default,
            Some(expr) => {
                let own = Quantity { amount: Exact::one(), unit: Unit::ratio() };
                let share = self.exposed(expr, &own)?;
                self.not_negative(expr, share)?
            }
        };
        Ok(if value.is_zero() { share } else { &value.abs() * &share })
    }
}
