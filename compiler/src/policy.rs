//! Policies: when somebody is told, and whether that can ever happen.

use farthing_grammar::{Expr, ExprKind, ItemKind, PolicyRule, PolicyUse};
use farthing_plan::{Alert, BurnBasis, Exact, LONG_WINDOW, MINUTE, SLOT, Severity, Unit, duration_text};

use crate::{
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported, reported},
    sources::Place,
    units::number,
};

/// Share of the budget in percent, long window, short window, who is told: the usual four.
const DEFAULT: [(i64, u64, u64, Severity); 4] = [
    (2, 3_600, 300, Severity::Page),
    (5, 21_600, 1_800, Severity::Page),
    (10, 86_400, 7_200, Severity::Ticket),
    (10, 259_200, 21_600, Severity::Ticket),
];

/// What the alerts of an objective depend on.
pub(crate) struct Objective<'a> {
    pub name: &'a str,
    pub place: Place,
    pub period: u64,
    pub period_place: Place,
    /// The highest burn rate that it can have.
    pub highest: Option<Exact>,
}

/// A rule of a policy, whatever the objective.
pub(crate) struct Rule {
    severity: Severity,
    long: u64,
    short: u64,
    /// A share of the budget, or a burn rate.
    amount: Exact,
    is_share: bool,
    place: Place,
    amount_place: Place,
    long_place: Place,
}

impl<'w> Checker<'w> {
    /// The alerts of an objective.
    pub(crate) fn alerts(
        &self,
        scope: &Scope<'_, 'w>,
        policy: Option<&'w PolicyUse>,
        objective: &Objective<'_>,
    ) -> Checked<Vec<Alert>> {
        let (rules, scope): (&'w [PolicyRule], Scope<'_, 'w>) = match policy {
            None => return self.default_alerts(objective),
            Some(PolicyUse::Rules(rules, _)) => (rules, *scope),
            Some(PolicyUse::Named(path)) => {
                let place = self.place(scope.module, path.span);
                let item = self.item_at(scope, path)?;
                match item.map(|id| (id, &self.world.item(id).kind)) {
                    Some((id, ItemKind::Policy { rules, .. })) => (rules, Scope::of_module(id.module)),
                    _ => {
                        let message = format!("there is no policy `{}`", path.text());
                        return Err(self.report(
                            Diagnostic::error(codes::UNKNOWN_NAME, message, place, "not a policy").help(
                                "declare it at the top level: `policy strict { page when burning 2% over 1h and 5m }`",
                            ),
                        ));
                    }
                }
            }
        };
        let mut alerts = Vec::new();
        let mut failed = false;
        for rule in self.policy_rules(&scope, rules)? {
            match self.alert(&rule, objective) {
                Ok(alert) => alerts.push(alert),
                Err(Reported) => failed = true,
            }
        }
        alerts.sort_by_key(|alert| (alert.long, alert.short, alert.severity));
        if failed { Err(Reported) } else { Ok(alerts) }
    }

    /// What the rules of a policy say, whatever the objective.
    pub(crate) fn policy_rules(&self, scope: &Scope<'_, 'w>, rules: &'w [PolicyRule]) -> Checked<Vec<Rule>> {
        let mut read: Vec<Rule> = Vec::new();
        let mut failed = false;
        for syntax in rules {
            let Ok(rule) = self.rule(scope, syntax) else {
                failed = true;
                continue;
            };
            let same = |own: &&Rule| (own.severity, own.long, own.short) == (rule.severity, rule.long, rule.short);
            if let Some(first) = read.iter().find(same) {
                self.report(
                    Diagnostic::error(
                        codes::STATED_TWICE,
                        format!(
                            "two rules {} over {} and {}",
                            syntax.severity.text,
                            duration_text(rule.long),
                            duration_text(rule.short)
                        ),
                        rule.place,
                        "stated again here",
                    )
                    .label(first.place, "first stated here")
                    .help("keep the one that fires first, or give them different windows"),
                );
                failed = true;
            }
            read.push(rule);
        }
        if failed { Err(Reported) } else { Ok(read) }
    }

    fn rule(&self, scope: &Scope<'_, 'w>, rule: &'w PolicyRule) -> Checked<Rule> {
        let severity = match rule.severity.text.as_str() {
            "page" => Severity::Page,
            "ticket" => Severity::Ticket,
            other => {
                let place = self.place(scope.module, rule.severity.span);
                let near = suggest::nearest(other, ["page", "ticket"]).unwrap_or("page");
                return Err(self.report(
                    Diagnostic::error(
                        codes::WINDOWS,
                        format!("nobody is told by `{other}`"),
                        place,
                        "`page` or `ticket`",
                    )
                    .help(format!("did you mean `{near}`?")),
                ));
            }
        };
        let (long, short) = (self.window(scope, &rule.long)?, self.window(scope, &rule.short)?);
        self.check_windows(scope, rule, long, short)?;
        let amount_place = self.place(scope.module, rule.amount.span);
        let (amount, is_share) = match &rule.amount.kind {
            ExprKind::Number(written) if written.percent => (written, true),
            ExprKind::Quantity(written, unit) if unit.factors.len() == 1 && unit.factors[0].name.text() == "x" => {
                (written, false)
            }
            _ => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::WINDOWS,
                        "a burning is a share of the budget or a factor",
                        amount_place,
                        "neither",
                    )
                    .help("write `burning 2% over 1h and 5m` or `burning 10x over 1h and 5m`"),
                ));
            }
        };
        let amount = reported(number(amount, amount_place), self.sink())?;
        if amount <= Exact::zero() {
            return Err(self.report(
                Diagnostic::error(
                    codes::WINDOWS,
                    "an alert above 0 burning would always fire",
                    amount_place,
                    "not above 0",
                )
                .help("a factor of 1 spends the budget exactly at the end of the period"),
            ));
        }
        Ok(Rule {
            severity,
            long,
            short,
            amount,
            is_share,
            place: self.place(scope.module, rule.span),
            amount_place,
            long_place: self.place(scope.module, rule.long.span),
        })
    }

    /// What a rule becomes for an objective.
    fn alert(&self, rule: &Rule, objective: &Objective<'_>) -> Checked<Alert> {
        let &Rule { severity, long, short, amount_place, .. } = rule;
        if long > objective.period {
            return Err(self.report(
                Diagnostic::error(
                    codes::WINDOW_OVER_PERIOD,
                    format!(
                        "an alert looks back over {}, longer than the period of {}",
                        duration_text(long),
                        duration_text(objective.period)
                    ),
                    rule.long_place,
                    "the window",
                )
                .label(objective.period_place, "the period")
                .help("use a shorter window or a longer period"),
            ));
        }
        let (factor, basis) = if rule.is_share {
            (share_factor(&rule.amount, long, objective), BurnBasis::Share { share: rule.amount.clone() })
        } else {
            (rule.amount.clone(), BurnBasis::Stated)
        };
        self.check_reachable(&factor, &basis, long, objective, rule.place)?;
        if factor < Exact::one() {
            let why = match &basis {
                BurnBasis::Share { share } => {
                    let (share, window, period) =
                        (percent(share), duration_text(long), duration_text(objective.period));
                    format!("{share} of the budget in {window} is less than {period} allows")
                }
                BurnBasis::Stated => {
                    format!("below 1x, the budget lasts longer than {}", duration_text(objective.period))
                }
            };
            self.report(
                Diagnostic::warning(
                    codes::BELOW_ONE,
                    format!("this alert fires at {}x, inside the budget", round(&factor)),
                    amount_place,
                    why,
                )
                .help("burning at 1x spends the budget exactly at the end of the period; use a larger share or a shorter window"),
            );
        }
        Ok(Alert { severity, long, short, factor, basis, highest: objective.highest.clone() })
    }

    fn check_windows(&self, scope: &Scope<'_, 'w>, rule: &PolicyRule, long: u64, short: u64) -> Checked<()> {
        let long_place = self.place(scope.module, rule.long.span);
        let short_place = self.place(scope.module, rule.short.span);
        if short >= long {
            return Err(self.report(
                Diagnostic::error(
                    codes::WINDOWS,
                    "the second window confirms the first: it is shorter",
                    short_place,
                    "not shorter",
                )
                .label(long_place, "than this")
                .help("the usual is a twelfth: `over 1h and 5m`"),
            ));
        }
        Ok(())
    }

    /// An alert that can never fire is worse than none: it looks like a watch.
    fn check_reachable(
        &self,
        factor: &Exact,
        basis: &BurnBasis,
        long: u64,
        objective: &Objective<'_>,
        place: Place,
    ) -> Checked<()> {
        let Some(highest) = objective.highest.as_ref().filter(|highest| factor >= *highest) else {
            return Ok(());
        };
        let derived = match basis {
            BurnBasis::Share { share } => {
                format!(
                    "{} of the budget x {} / {} = {}x",
                    percent(share),
                    duration_text(objective.period),
                    duration_text(long),
                    round(factor)
                )
            }
            BurnBasis::Stated => format!("fires above {}x", round(factor)),
        };
        let diagnostic = Diagnostic::error(
            codes::UNREACHABLE,
            format!("an alert of `{}` can never fire: it cannot burn faster than {}x", objective.name, round(highest)),
            place,
            derived.clone(),
        )
        .help(match reachable(highest) {
            Some(factor) => format!(
                "even if all goes wrong, the burn rate is 1 / (the share that may be bad) = {}. State a policy that it can reach: \
                 `policy {{ page when burning {factor} over 1h and 5m }}`",
                round(highest)
            ),
            None => "even if all goes wrong, the budget is not spent before the period ends: promise more".to_string(),
        });
        Err(self.report(if place == objective.place {
            diagnostic
        } else {
            diagnostic.label(objective.place, "this objective")
        }))
    }

    fn default_alerts(&self, objective: &Objective<'_>) -> Checked<Vec<Alert>> {
        let mut alerts = Vec::new();
        for (percent, long, short, severity) in DEFAULT {
            let share = Exact::fraction(percent, 100).expect("100 is not 0");
            let factor = share_factor(&share, long, objective);
            // In a short period these would fire inside the budget: the default leaves them out.
            if factor < Exact::one() || long > objective.period {
                continue;
            }
            let basis = BurnBasis::Share { share };
            self.check_reachable(&factor, &basis, long, objective, objective.place)?;
            alerts.push(Alert { severity, long, short, factor, basis, highest: objective.highest.clone() });
        }
        if alerts.iter().any(|alert| alert.severity == Severity::Page) {
            return Ok(alerts);
        }
        let long = (objective.period / 12 / MINUTE * MINUTE).max(10 * MINUTE);
        let short = (long / 12 / MINUTE * MINUTE).max(5 * MINUTE);
        let quarter = Exact::fraction(1, 4).expect("4 is not 0");
        let factor = share_factor(&quarter, long, objective);
        let burning = match objective.highest.as_ref().filter(|highest| factor >= **highest).map(reachable) {
            Some(reachable) => reachable.unwrap_or_else(|| "1x".to_string()),
            None => "25%".to_string(),
        };
        Err(self.report(
            Diagnostic::error(
                codes::DEFAULT_POLICY,
                format!("the default policy does not fit a period of {}", duration_text(objective.period)),
                objective.period_place,
                "all its alerts would fire inside the budget",
            )
            .label(objective.place, "this objective states no policy")
            .help(format!(
                "state one: `policy {{ page when burning {burning} over {} and {} }}`",
                duration_text(long),
                duration_text(short)
            )),
        ))
    }

    /// A window as flows are kept: by minutes, and from a day on by slots.
    pub(crate) fn window(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<u64> {
        let window = self.duration(scope, expr)?;
        let step = if window >= LONG_WINDOW { SLOT } else { MINUTE };
        if window >= 5 * MINUTE && window % step == 0 {
            return Ok(window);
        }
        Err(self.report(
            Diagnostic::error(
                codes::WINDOWS,
                format!("a window of {} cannot be kept", duration_text(window)),
                self.place(scope.module, expr.span),
                "this window",
            )
            .help("windows are 5 minutes or more, in whole minutes; from a day on, in whole 10 minutes"),
        ))
    }

    /// A time in whole seconds.
    pub(crate) fn duration(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<u64> {
        let place = self.place(scope.module, expr.span);
        let constant = self.constant(scope, expr)?;
        let seconds = constant.amount.to_i64().filter(|seconds| *seconds > 0);
        match seconds {
            Some(seconds) if constant.unit == Unit::base("s") => Ok(seconds as u64),
            _ => Err(self.report(
                Diagnostic::error(codes::DURATION, "a time belongs here", place, format!("this is {}", constant.unit))
                    .help("write whole seconds, minutes, hours or days: `5m`, `1h`, `30d`"),
            )),
        }
    }
}

/// The burn rate that spends a share of the budget within a window.
fn share_factor(share: &Exact, window: u64, objective: &Objective<'_>) -> Exact {
    share * &Exact::fraction(objective.period as i64, window as i64).expect("a window is not 0")
}

/// A burn rate that is reached before the highest one, and not inside the budget.
fn reachable(highest: &Exact) -> Option<String> {
    let two = Exact::from(2);
    if *highest <= Exact::one() {
        return None;
    }
    let half = highest.clone() / two.clone();
    let between = if half < Exact::one() { (Exact::one() + highest.clone()) / two } else { half };
    // Rounded down: it is never above what can be reached.
    Some(format!("{}x", (between.to_f64() * 100.0).floor() / 100.0))
}

fn percent(share: &Exact) -> String {
    format!("{}%", round(&(share * &Exact::from(100))))
}

/// For messages: at most four decimals.
fn round(value: &Exact) -> String {
    match value.decimal().filter(|text| text.split_once('.').is_none_or(|(_, places)| places.len() <= 4)) {
        Some(text) => text,
        None => format!("{:.2}", value.to_f64()),
    }
}
