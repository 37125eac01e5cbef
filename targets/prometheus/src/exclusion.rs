//! Time that counts for nothing: neither flow of an indicator is recorded in it, as if nothing had been observed.

use farthing_plan::{Exclusion, Indicator, LOOK_BACK};

use crate::{
    duration::days,
    series::{RATE, push_flow},
};

/// Appends what an indicator's flows are not recorded in.
///
/// A rate looks back 5 minutes, so that 5 minutes after the end of what is excluded it still tells of it.
pub(crate) fn push(expr: &mut String, exclusions: &[Exclusion], service: &str) {
    for exclusion in exclusions {
        expr.push_str("\nunless on ()\n");
        match exclusion {
            Exclusion::Dates { from, until, .. } => {
                expr.push_str(&format!("(vector(time()) > {from} <= {})", until + LOOK_BACK as i64));
            }
            Exclusion::When { flow, .. } => {
                expr.push('(');
                push_flow(expr, RATE, "", flow, service);
                expr.push_str(" > 0)");
            }
        }
    }
}

/// Appends what is excluded, and why.
pub(crate) fn push_comment(comment: &mut String, indicator: &Indicator) {
    for exclusion in &indicator.exclusions {
        if !comment.is_empty() {
            comment.push('\n');
        }
        let (what, because) = match exclusion {
            Exclusion::Dates { from, until, because } => (days(*from, *until), because),
            Exclusion::When { flow, because } => (format!("while {flow} is above 0"), because),
        };
        comment.push_str(&format!("Nothing counts {what}"));
        if let Some(because) = because {
            comment.push_str(&format!(" ({because})"));
        }
        comment.push_str(", and for 5 minutes more: a rate tells of the 5 minutes before it.");
    }
}
