//! Planned spending: a part of a budget that may be spent on purpose.

use farthing_grammar::{Expr, ExprKind, Member, MemberKind};
use farthing_plan::{Exact, Objective, Spending, Zone};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported, reported},
    service::Service,
    sources::Place,
    units::number,
};

/// What is planned of one objective's budget.
struct Planned<'w> {
    objective: &'w str,
    spending: Spending,
    place: Place,
}

impl Planned<'_> {
    /// What the plans come to that have a time at or before each of these times, in their order.
    fn added_up(plans: &[&Self], time: impl Fn(&Spending) -> i64) -> Vec<(i64, Exact)> {
        let mut all: Vec<(i64, &Exact)> = plans.iter().map(|own| (time(&own.spending), &own.spending.share)).collect();
        all.sort_unstable_by_key(|(at, _)| *at);
        let mut sum = Exact::zero();
        let added = all.into_iter().map(|(at, share)| {
            sum = &sum + share;
            (at, sum.clone())
        });
        added.collect()
    }
}

impl<'w> Service<'_, 'w> {
    /// Gives the objectives what `spend` plans of them; what is wrong with it is reported.
    pub fn spend(&self, checker: &Checker<'w>, objectives: &mut [Objective]) {
        let mut all: Vec<Planned<'w>> = Vec::new();
        for (home, member) in &self.spendings {
            let Ok(planned) = self.seen_from(*home).planned(checker, member, objectives) else { continue };
            if self.fits(checker, &planned, &all).is_ok() {
                all.push(planned);
            }
        }
        for Planned { objective: name, spending, .. } in all {
            for objective in objectives.iter_mut().filter(|objective| objective.name == name) {
                objective.spendings.push(spending.clone());
            }
        }
    }

    fn planned(&self, checker: &Checker<'w>, member: &'w Member, objectives: &[Objective]) -> Checked<Planned<'w>> {
        let MemberKind::Spend { share, objective: name, reason, from, to } = &member.kind else {
            return Err(Reported);
        };
        let place = checker.place(self.module, member.span);
        let objective = self.objective_named(checker, name, objectives);
        let share = self.planned_share(checker, share);
        let Some(from) = from else {
            return Err(checker.report(
                Diagnostic::error(codes::SPENDING, "planned spending has a first and a last day", place, "when?")
                    .help(format!("add both: `spend 20% of {} from 2026-12-01 to 2026-12-08`", name.text)),
            ));
        };
        let days = checker.days(self.module, from, to.as_ref(), &Zone::utc());
        let (objective, share, (from, until)) = (objective?, share?, days?);
        if objective.alerts.is_empty() {
            checker.report(
                Diagnostic::warning(
                    codes::UNWATCHED_SPENDING,
                    format!("`{}` has no alerts, and none to keep still", name.text),
                    checker.place(self.module, name.span),
                    "its policy tells nobody",
                )
                .help("remove `spend`, or give the objective a policy"),
            );
        }
        let reason = reason.as_ref().map(|text| self.scope().filled(text));
        Ok(Planned { objective: &name.text, spending: Spending { share, from, until, reason }, place })
    }

    fn planned_share(&self, checker: &Checker<'w>, expr: &'w Expr) -> Checked<Exact> {
        let place = checker.place(self.module, expr.span);
        let ExprKind::Number(written) = &expr.kind else { return Err(Reported) };
        let share = reported(number(written, place), checker.sink())?;
        if share > Exact::zero() && share <= Exact::one() {
            return Ok(share);
        }
        Err(checker.report(
            Diagnostic::error(
                codes::SPENDING,
                "what is planned is a part of the budget: above 0% and at most 100%",
                place,
                "this part",
            )
            .help("write `spend 20% of ...`"),
        ))
    }

    /// No more than the whole budget is planned at any time: it is most where one of the plans begins.
    fn fits(&self, checker: &Checker<'w>, new: &Planned<'w>, before: &[Planned<'w>]) -> Checked<()> {
        let alike: Vec<&Planned<'w>> =
            before.iter().filter(|own| own.objective == new.objective).chain([new]).collect();
        let new_days = new.spending.from..new.spending.until;
        let begun = Planned::added_up(&alike, |spending| spending.from);
        let ended = Planned::added_up(&alike, |spending| spending.until);
        let up_to = |sums: &[(i64, Exact)], at: i64| match sums.partition_point(|(time, _)| *time <= at) {
            0 => Exact::zero(),
            number => sums[number - 1].1.clone(),
        };
        // On other days it changes nothing.
        for start in alike.iter().filter(|own| new_days.contains(&own.spending.from)) {
            let at = start.spending.from;
            let sum = up_to(&begun, at) - up_to(&ended, at);
            if sum <= Exact::one() {
                continue;
            }
            let running = alike.iter().filter(|own| own.spending.from <= at && at < own.spending.until);
            let percent = (sum * Exact::from(100)).to_f64();
            let mut diagnostic = Diagnostic::error(
                codes::SPENDING,
                format!("{percent}% of the budget of `{}` is planned at once", new.objective),
                new.place,
                "with this it is too much",
            );
            for other in running.filter(|own| own.place != new.place) {
                diagnostic = diagnostic.label(other.place, "planned for the same days");
            }
            return Err(checker.report(diagnostic.help("what is planned for one day adds up to at most 100%")));
        }
        Ok(())
    }
}
