//! The alerts of one objective that fired.

use farthing_evaluator::FiredAlert;
use farthing_plan::{Objective, Severity, duration_text};

use super::{
    number::{duration, time},
    paint::{Colour, Paint, left, right},
};

/// The most lines.
const MOST: usize = 8;
/// An alert that fires again within this many milliseconds tells of the same thing.
const SAME: i64 = 12 * 3_600_000;

/// An alert that fired, once or several times in a row.
struct Spell<'a> {
    first: &'a FiredAlert,
    until_ms: Option<i64>,
    firing_ms: i64,
    times: usize,
    peak_burn: f64,
}

/// A line for each spell of an alert, the latest ones where there are too many.
pub(super) fn of(objective: &Objective, fired: &[&FiredAlert], paint: Paint) -> String {
    let name = |text: &str| paint.as_is(Colour::Dim, &right(text, 8));
    if fired.is_empty() {
        let none = if objective.alerts.is_empty() { "the policy has none" } else { "none fired" };
        return format!("  {}  {none}\n", name("alerts"));
    }
    let mut spells = spells(fired);
    let rest = spells.len().saturating_sub(MOST);
    spells.drain(..rest);
    let mut text = String::new();
    for (at, spell) in spells.iter().enumerate() {
        text.push_str(&format!("  {}  {}\n", name(if at == 0 { "alerts" } else { "" }), line(spell, paint)));
    }
    if rest > 0 {
        text.push_str(&format!("  {}  and {rest} before; --format json tells all\n", name("")));
    }
    text
}

/// Spells in the order in which they began.
fn spells<'a>(fired: &[&'a FiredAlert]) -> Vec<Spell<'a>> {
    let mut spells: Vec<Spell<'a>> = Vec::new();
    for &alert in fired {
        let same = |spell: &&mut Spell<'_>| {
            let of = spell.first;
            let one = (of.severity, of.long_s, of.short_s) == (alert.severity, alert.long_s, alert.short_s);
            one && spell.until_ms.is_none_or(|until| alert.from_ms - until <= SAME)
        };
        let firing_ms = alert.until_ms.map_or(0, |until| until - alert.from_ms);
        if let Some(spell) = spells.iter_mut().rev().find(same) {
            spell.until_ms = alert.until_ms;
            spell.firing_ms += firing_ms;
            spell.times += 1;
            spell.peak_burn = spell.peak_burn.max(alert.peak_burn);
        } else {
            let (until_ms, peak_burn) = (alert.until_ms, alert.peak_burn);
            spells.push(Spell { first: alert, until_ms, firing_ms, times: 1, peak_burn });
        }
    }
    spells.sort_by_key(|spell| (spell.first.from_ms, spell.first.severity, spell.first.long_s));
    spells
}

/// `page    Oct 9 15:23 to 18:02 (2 h 39 min)   burn 19.8 over 1h, limit 14.4`
fn line(spell: &Spell<'_>, paint: Paint) -> String {
    let alert = spell.first;
    let colour = match alert.severity {
        Severity::Page => Colour::Red,
        Severity::Ticket => Colour::Yellow,
    };
    let start = time(alert.from_ms, "%b %-d %H:%M");
    let when = match spell.until_ms {
        None => format!("{start}, still firing"),
        Some(until) => {
            let same_day = time(alert.from_ms, "%F") == time(until, "%F");
            let end = time(until, if same_day { "%H:%M" } else { "%b %-d %H:%M" });
            let length = duration(spell.firing_ms as f64 / 1_000.0);
            let times = if spell.times > 1 { format!(", {}×", spell.times) } else { String::new() };
            format!("{start} to {end} ({length}{times})")
        }
    };
    format!(
        "{}  {}  burn {} over {}, limit {}",
        paint.as_is(colour, &left(alert.severity.name(), 6)),
        left(&when, 46),
        rounded(spell.peak_burn),
        duration_text(alert.long_s),
        rounded(alert.factor),
    )
}

/// One digit after the point, none where it is 0.
fn rounded(rate: f64) -> String {
    let text = format!("{rate:.1}");
    text.strip_suffix(".0").map(String::from).unwrap_or(text)
}
