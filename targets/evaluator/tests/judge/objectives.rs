//! Objectives: from windows to verdicts.

use std::collections::BTreeSet;

use farthing_plan::{BudgetMode, BurnForm, Exact, Exclusion, Form, Linear, Objective, Service, Side, Source};

use super::{
    Data, Judged, calendar,
    flows::compares,
    indicators::{Span, Window, parts},
};

impl Data<'_> {
    /// The verdicts on an objective at the end of a minute, one for each group; none where it reads a query.
    pub(super) fn objective(&self, service: &Service, objective: &Objective, at: i64) -> Vec<Judged> {
        let equality = objective.equality.iter().flat_map(|equality| [&equality.left, &equality.right]);
        let guards = objective.guards.iter().map(|guard| &guard.indicator);
        if guards.chain(equality).chain([&objective.indicator]).any(|id| reads_query(service, id)) {
            return Vec::new();
        }
        let groups = self.groups(service, &objective.indicator, &objective.by);
        let judges = |group: &Vec<String>| {
            let value = |label: &String| objective.by.iter().position(|known| known == label).map(|at| &group[at]);
            objective.only.iter().all(|(label, only)| value(label) == Some(only))
        };
        groups.into_iter().filter(judges).map(|group| self.verdict(service, objective, &group, at)).collect()
    }

    fn verdict(&self, service: &Service, objective: &Objective, group: &[String], at: i64) -> Judged {
        let by = &objective.by;
        let amounts = |span: Span| self.window(service, &objective.indicator, by, group, span);
        let linear = |factors: &Linear, window: &Window| {
            factors.numerator.to_f64() * window.n + factors.denominator.to_f64() * window.d
        };
        let excess = |span: Span| -> f64 {
            let net = |span| linear(&objective.excess, &amounts(span));
            match objective.budget_mode {
                BudgetMode::Net => net(span),
                BudgetMode::Gross if span.long => span.slots().map(|slot| net(slot).max(0.0)).sum(),
                BudgetMode::Gross => net(span).max(0.0),
            }
        };
        let allowance = |span: Span| linear(&objective.allowance, &amounts(span));

        let span = calendar::period(self.plan, &objective.period, at);
        let period = amounts(span);
        let (e, a) = (excess(span), allowance(span));
        let ratio = |id: &str| {
            let window = self.window(service, id, by, group, span);
            if window.d > 0.0 { Some(window.n / window.d) } else { None }
        };
        let void =
            objective.equality.as_ref().is_some_and(|equality| match (ratio(&equality.left), ratio(&equality.right)) {
                // What differs by rounding only is equal.
                (Some(left), Some(right)) => (left - right).abs() > equality.tolerance.to_f64() + 1e-12,
                _ => true,
            });
        let some = |value: f64| if a > 0.0 && !void { Some(value) } else { None };
        let hour = excess(calendar::window(3_600, at)) / 3_600.0;

        let rolling = calendar::window(objective.period.seconds(), at);
        let rate = |seconds: u64| {
            let window = calendar::window(seconds, at);
            let of = amounts(window);
            if of.observed == 0 || of.lacking {
                return None;
            }
            match objective.burn_form {
                BurnForm::PerUnit if allowance(window) > 0.0 => Some(excess(window) / allowance(window)),
                BurnForm::Paced if allowance(rolling) > 0.0 => {
                    let pace = allowance(rolling) / amounts(rolling).observed as f64;
                    Some((excess(window) / seconds as f64) / pace)
                }
                _ => None,
            }
        };
        let windows: BTreeSet<u64> = objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]).collect();
        let burn: Vec<(u64, Option<f64>)> = windows.into_iter().map(|seconds| (seconds, rate(seconds))).collect();
        let planned = |seconds: u64| -> f64 {
            let end = calendar::window(seconds, at).last * 60;
            let of = objective.spendings.iter().map(|spending| {
                let overlap = end.min(spending.until) - (end - seconds as i64).max(spending.from);
                let full = spending.share.to_f64() * objective.period.seconds() as f64
                    / (spending.until - spending.from) as f64;
                full * overlap.max(0) as f64 / seconds as f64
            });
            of.sum()
        };
        let above = |seconds: u64, factor: &Exact| {
            let limit = factor.to_f64() + planned(seconds);
            burn.iter().any(|(of, rate)| *of == seconds && rate.is_some_and(|rate| rate > limit))
        };
        let guarded = objective.guards.iter().all(|guard| {
            let window = self.window(service, &guard.indicator, by, group, calendar::window(guard.window, at));
            let value = match guard.side {
                Side::Numerator => window.n,
                Side::Denominator => window.d,
            };
            let bound = guard.bound.to_f64();
            // What differs by rounding only is equal.
            let value = if (value - bound).abs() < 1e-9 * bound.abs() { bound } else { value };
            compares(&value, guard.comparison, &bound)
        });
        let met = some(e / a).map(|consumed| consumed <= 1.0);
        Judged {
            objective: objective.id.clone(),
            labels: by.iter().cloned().zip(group.iter().cloned()).collect(),
            numerator: period.n,
            denominator: period.d,
            measured: match objective.form {
                _ if period.d <= 0.0 => None,
                Form::Mean { .. } => Some(period.n / period.d),
                Form::Share { .. } | Form::Quantile { .. } => Some(1.0 - period.n / period.d),
            },
            excess: e,
            allowance: a,
            consumed: some(e / a),
            left: some(a - e),
            exhaustion_s: if e < a && hour > 0.0 { some((a - e) / hour) } else { None },
            observed_s: period.observed,
            excluded_s: self.excluded(service, &objective.indicator, span),
            met,
            met_alone: met,
            spoiled_by: BTreeSet::new(),
            mix_seen: self.mix_seen(service, &objective.indicator, by, group, span),
            void,
            firing: objective
                .alerts
                .iter()
                .map(|alert| {
                    let fires = above(alert.long, &alert.factor) && above(alert.short, &alert.factor);
                    fires && guarded && !void
                })
                .collect(),
            burn,
        }
    }
}

/// Whether an indicator, or one that it is derived from, reads a query.
fn reads_query(service: &Service, id: &str) -> bool {
    let indicator = service.indicator(id).expect("a plan's indicator");
    let is_query = |flow: &str| matches!(service.flow(flow).expect("a plan's flow").source, Source::Query { .. });
    indicator.numerator.terms.iter().chain(&indicator.denominator.terms).any(|term| is_query(&term.flow))
        || indicator.exclusions.iter().any(|exclusion| match exclusion {
            Exclusion::When { flow, .. } => is_query(flow),
            Exclusion::Dates { .. } => false,
        })
        || parts(indicator).into_iter().any(|part| reads_query(service, part))
}
