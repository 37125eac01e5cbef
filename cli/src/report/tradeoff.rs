//! The trade-offs of a service: which corner fails.

use farthing_evaluator::{CornerVerdict, TradeoffReport, TradeoffVerdict};
use farthing_plan::{Service, Tradeoff};

use super::{
    Standing,
    number::percent,
    paint::{Colour, Paint, left, plain, right},
    values,
};

/// The most groups of one trade-off that are shown.
const MOST: usize = 10;

/// A section with each trade-off and its corners; nothing where there is none.
pub(super) fn of(service: &Service, reports: &[TradeoffReport], paint: Paint) -> String {
    if reports.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint.as_is(Colour::Bold, "Trade-offs"));
    for (tradeoff, report) in service.tradeoffs.iter().zip(reports) {
        let title = plain(&tradeoff.title);
        if let Some(why) = &report.not_judged {
            text.push_str(&format!("  ?  {title}: not judged, for a corner {}\n", plain(why)));
        }
        let mut shown: Vec<&TradeoffVerdict> = report.verdicts.iter().collect();
        // Those that are missed first, where there are too many.
        if shown.len() > MOST {
            shown.sort_by_key(|verdict| verdict.met != Some(false));
            shown.truncate(MOST);
        }
        for verdict in &shown {
            let title =
                if verdict.labels.is_empty() { title.clone() } else { format!("{title}: {}", values(&verdict.labels)) };
            text.push_str(&of_group(service, tradeoff, verdict, &title, paint));
        }
        if report.verdicts.len() > shown.len() {
            let line = format!("     {} more not shown; --format json tells all", report.verdicts.len() - shown.len());
            text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &line)));
        }
    }
    text
}

fn of_group(service: &Service, tradeoff: &Tradeoff, verdict: &TradeoffVerdict, title: &str, paint: Paint) -> String {
    let standing = Standing::new(verdict.met, verdict.consumed);
    let words = match verdict.met {
        Some(true) => {
            format!("met, {} consumed by its worst corner", verdict.consumed.map_or_else(String::new, percent))
        }
        Some(false) => {
            let kinds = tradeoff.corners.iter().zip(&verdict.corners).filter(|(_, of)| of.met == Some(false));
            let kinds: Vec<&str> = kinds.map(|(corner, _)| corner.kind.name()).collect();
            format!("not met: {} {}", kinds.join(" and "), if kinds.len() == 1 { "fails" } else { "fail" })
        }
        None => "no verdict while a corner has none".to_string(),
    };
    let sign = paint.as_is(standing.colour(), standing.sign());
    let mut text = format!("  {sign}  {title}  {}\n", paint.as_is(standing.colour(), &words));
    for corner in &verdict.corners {
        text.push_str(&of_corner(service, corner, paint));
    }
    text
}

/// `     latency  Fast answers  150.0%  missed`
fn of_corner(service: &Service, corner: &CornerVerdict, paint: Paint) -> String {
    let standing = Standing::new(corner.met, corner.consumed);
    let title = service.objective(&corner.objective).map_or("", |objective| &objective.title);
    let words = match corner.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "no verdict",
    };
    let consumed = corner.consumed.map_or("–".to_string(), percent);
    format!(
        "     {}  {}  {}  {}\n",
        paint.as_is(Colour::Dim, &left(corner.kind.name(), 7)),
        left(&plain(title), 32),
        right(&consumed, 9),
        paint.as_is(standing.colour(), words)
    )
}
