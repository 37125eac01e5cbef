//! What an objective promises, in the words and the scale in which it was stated.

use farthing_evaluator::Verdict;
use farthing_plan::{Comparison, Form, Objective};

use super::number;

/// The promise of an objective, and how what was measured is shown beside it.
pub(super) struct Promise<'a> {
    form: &'a Form,
}

impl<'a> Promise<'a> {
    pub fn of(objective: &'a Objective) -> Self {
        Promise { form: &objective.form }
    }

    /// In a few words: `≤ $0.002 per request`, `99% of requests`, `p95 < 500 ms`.
    pub fn text(&self) -> String {
        match self.form {
            Form::Mean { comparison, target, shown, .. } => {
                format!("{} {}", symbol(*comparison), number::stated(shown, target))
            }
            Form::Share { share, of, .. } => format!("{} of {of}", percent(share)),
            Form::Quantile { quantile, comparison, bound, shown, .. } => {
                format!("{} {} {}", quantile_name(quantile), symbol(*comparison), number::stated(shown, bound))
            }
        }
    }

    /// What was measured over the period: `$0.001917 per request`, `99.38%`.
    pub fn measured(&self, verdict: &Verdict) -> Option<String> {
        Some(self.value(verdict.measured?))
    }

    /// A number of what is measured.
    pub fn value(&self, value: f64) -> String {
        match self.form {
            Form::Mean { shown, .. } => number::measured(shown, value),
            Form::Share { .. } | Form::Quantile { .. } => number::good(value),
        }
    }

    /// As [`Promise::measured`], in a table's cell: without the words that the promise has already.
    pub fn measured_briefly(&self, verdict: &Verdict) -> Option<String> {
        let text = self.measured(verdict)?;
        Some(match self.form {
            Form::Mean { shown, .. } if shown.suffix.starts_with(' ') => {
                text.strip_suffix(&shown.suffix).unwrap_or(&text).to_string()
            }
            _ => text,
        })
    }

    /// What follows a measured share: of what, and what is good.
    pub fn measured_meaning(&self) -> String {
        match self.form {
            Form::Mean { .. } => String::new(),
            Form::Share { of, good, .. } if of == "time" => format!(" of the time {good}"),
            Form::Share { of, good, .. } => format!(" of {of} ({good})"),
            Form::Quantile { comparison, bound, shown, .. } => {
                format!(" were {} {}", symbol(*comparison), number::stated(shown, bound))
            }
        }
    }

    /// What a chart shows: the mean itself, or the share of what was bad.
    pub fn charted(&self) -> &'static str {
        match self.form {
            Form::Mean { .. } => "measured",
            Form::Share { .. } | Form::Quantile { .. } => "share of bad ones",
        }
    }

    /// The line on the chart.
    pub fn limit(&self) -> f64 {
        match self.form {
            Form::Mean { target, .. } => target.to_f64(),
            Form::Share { share, .. } => 1.0 - share.to_f64(),
            Form::Quantile { quantile, .. } => 1.0 - quantile.to_f64(),
        }
    }

    /// Whether a charted value is on the wrong side of the line.
    pub fn is_bad(&self, value: f64) -> bool {
        match self.form {
            Form::Mean { comparison: Comparison::Greater | Comparison::AtLeast, .. } => value < self.limit(),
            _ => value > self.limit(),
        }
    }

    /// Whether small values are good.
    pub fn lower_is_better(&self) -> bool {
        !matches!(self.form, Form::Mean { comparison: Comparison::Greater | Comparison::AtLeast, .. })
    }

    /// A charted value in few characters.
    pub fn short(&self, value: f64) -> String {
        match self.form {
            Form::Mean { shown, .. } => number::short(shown, value),
            Form::Share { .. } | Form::Quantile { .. } => number::percent(value).replace(".0%", "%"),
        }
    }
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::AtMost => "≤",
        Comparison::Greater => ">",
        Comparison::AtLeast => "≥",
    }
}

/// A stated share: `99%`, `99.95%`.
fn percent(share: &farthing_plan::Exact) -> String {
    let hundredfold = share * &farthing_plan::Exact::from(100);
    hundredfold.decimal().map_or_else(|| number::percent(share.to_f64()), |text| format!("{text}%"))
}

/// `p95`, `p99.9`
fn quantile_name(quantile: &farthing_plan::Exact) -> String {
    format!("p{}", percent(quantile).trim_end_matches('%'))
}
