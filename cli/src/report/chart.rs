//! The past of one objective as a chart of blocks: what was measured, the budget, and when alerts fired.

use farthing_evaluator::{FiredAlert, HistoryPoint};
use farthing_plan::Severity;

use super::{
    Note,
    number::{percent, time},
    paint::{Colour, Line, Paint, cut, left, right, width},
    promise::Promise,
};

/// Columns of a terminal that the bars may have.
const COLUMNS: i64 = 60;
/// Lines of the chart of what was measured.
const ROWS: usize = 5;
/// Columns before the bars.
const GUTTER: usize = 12;
/// The widest bar, for short histories.
const WIDEST: i64 = 4;
/// A value so many times the target reaches the top: one bad day shall not make all others look alike.
const TOP: f64 = 4.0;

const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const NUMBERS: [&str; 20] =
    ["①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨", "⑩", "⑪", "⑫", "⑬", "⑭", "⑮", "⑯", "⑰", "⑱", "⑲", "⑳"];

/// The sign of a note, from 0.
pub(super) fn sign(note: usize) -> &'static str {
    NUMBERS.get(note).unwrap_or(&"*")
}

/// A step of the chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bar {
    numerator: f64,
    denominator: f64,
    consumed: Option<f64>,
}

impl Bar {
    /// Flow over flow for the whole step, never a mean of ratios.
    fn value(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }
}

/// The history in equal steps.
struct Bars {
    /// Milliseconds of a step.
    step: i64,
    /// The number of the first step since the epoch.
    first: i64,
    bars: Vec<Bar>,
    /// Columns of a terminal for each.
    wide: usize,
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps that people count time in.
const STEPS: [i64; 18] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

impl Bars {
    /// None without a past.
    fn of(history: &[HistoryPoint]) -> Option<Bars> {
        let (first, last) = (history.first()?.at_ms, history.last()?.at_ms);
        let own = history.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms).min().unwrap_or(10 * MINUTE).max(MINUTE);
        let length = last - first + own;
        // Half days look like teeth: nights against days.
        let least = if length > 8 * DAY { DAY } else { own };
        let fits = |step: i64| step >= least && (step % own == 0 || step > 4 * own) && length / step <= COLUMNS - 2;
        let step =
            STEPS.into_iter().find(|step| fits(*step)).unwrap_or_else(|| (length / (COLUMNS - 2) / own + 1) * own);
        // A step ends at a multiple of its length, and a point is named by its end.
        let index = |at_ms: i64| (at_ms - 1).div_euclid(step);
        let mut bars = vec![Bar::default(); (index(last) - index(first) + 1) as usize];
        for point in history {
            let bar = &mut bars[(index(point.at_ms) - index(first)) as usize];
            bar.numerator += point.numerator;
            bar.denominator += point.denominator;
            bar.consumed = point.consumed;
        }
        let wide = (COLUMNS / bars.len() as i64).clamp(1, WIDEST) as usize;
        Some(Bars { step, first: index(first), bars, wide })
    }

    /// The bar that a time lies in, within the chart.
    fn position(&self, ms: i64) -> Option<usize> {
        usize::try_from(ms.div_euclid(self.step) - self.first).ok().filter(|at| *at < self.bars.len())
    }

    fn start_ms(&self, bar: usize) -> i64 {
        (self.first + bar as i64) * self.step
    }

    fn columns(&self) -> usize {
        self.bars.len() * self.wide
    }
}

/// Draws the chart; nothing where there is no past.
pub(super) fn draw(
    promise: &Promise<'_>,
    history: &[HistoryPoint],
    alerts: &[&FiredAlert],
    notes: &[Note],
    paint: Paint,
) -> Vec<String> {
    let Some(bars) = Bars::of(history) else {
        return Vec::new();
    };
    let mut lines = measured(promise, &bars, paint);
    lines.extend(axis(&bars, paint));
    lines.push(budget(&bars, paint));
    if !alerts.is_empty() {
        lines.push(fired(&bars, alerts, paint));
    }
    if notes.iter().any(|note| bars.position(note.at_ms).is_some()) {
        lines.push(noted(&bars, notes, paint));
    }
    lines
}

/// The bars of what was measured with the line of the target.
fn measured(promise: &Promise<'_>, bars: &Bars, paint: Paint) -> Vec<String> {
    // A target of nothing at all has no scale of its own.
    let limit = Some(promise.limit()).filter(|limit| limit.is_finite() && *limit > 0.0).unwrap_or_default();
    let values: Vec<Option<f64>> = bars.bars.iter().map(Bar::value).collect();
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    // The line has room above it, and what is far above it is cut.
    let top = if limit > 0.0 { largest.clamp(limit * 1.25, limit * TOP) } else { largest };
    let top = if top > 0.0 { top } else { 1.0 };
    let levels = (ROWS * 8) as f64;
    let line = (limit / top * ROWS as f64).ceil().clamp(1.0, ROWS as f64) as usize - 1;
    let heights: Vec<Option<usize>> = values
        .iter()
        .map(|value| value.map(|value| ((value / top * levels).round().clamp(0.0, levels) as usize).max(1)))
        .collect();
    let mut lines = vec![caption(promise, bars, largest > top * 1.001, paint)];
    for row in (0..ROWS).rev() {
        let label = match row {
            _ if row == line => promise.short(limit),
            _ if row == ROWS - 1 && line < ROWS - 2 => promise.short(top),
            _ => String::new(),
        };
        let edge = if label.is_empty() { "│" } else { "┤" };
        let mut text = Line::new(paint);
        text.push(Colour::Dim, &format!("{} {edge}", right(&cut(&label, GUTTER - 2), GUTTER - 2)));
        for (value, height) in values.iter().zip(&heights) {
            let cut_off = row == ROWS - 1 && value.is_some_and(|value| value > top * 1.001);
            let block = if cut_off { "↑" } else { BLOCKS[height.unwrap_or(0).saturating_sub(row * 8).min(8)] };
            let bad = value.is_some_and(|value| promise.is_bad(value));
            let (colour, block) = match block {
                " " if row == line => (Colour::Dim, "┄"),
                " " if row == 0 && value.is_none() => (Colour::Dim, "·"),
                block => (if bad { Colour::Red } else { Colour::Green }, block),
            };
            text.push(colour, &block.repeat(bars.wide));
        }
        lines.push(text.end());
    }
    lines
}

/// What the bars show, and which way is good.
fn caption(promise: &Promise<'_>, bars: &Bars, is_cut: bool, paint: Paint) -> String {
    let each = match bars.step {
        MINUTE => "each minute".to_string(),
        HOUR => "each hour".to_string(),
        DAY => "each day".to_string(),
        step => format!("every {}", super::number::period((step / 1_000) as u64)),
    };
    let side = if promise.lower_is_better() { "below" } else { "above" };
    let mut text = format!("{}{} {each}; good is {side} the line", " ".repeat(GUTTER), promise.charted());
    if is_cut {
        text.push_str(", ↑ is beyond the chart");
    }
    paint.as_is(Colour::Dim, &text)
}

/// The line of time with its dates.
fn axis(bars: &Bars, paint: Paint) -> [String; 2] {
    let format = if bars.step >= DAY { "%b %-d" } else { "%H:%M" };
    // The first label stands at a round time, the others as far apart as they need.
    let widest = 8;
    let every = widest_step(bars.step, widest.max(bars.wide).div_ceil(bars.wide) as i64);
    let (mut line, mut labels) = (String::new(), String::new());
    let mut midnight = None;
    for at in 0..bars.bars.len() {
        let start = bars.start_ms(at);
        let ticked = (start / bars.step - offset(bars, every)).rem_euclid(every) == 0;
        line.push_str(if ticked { "┬" } else { "─" });
        line.push_str(&"─".repeat(bars.wide - 1));
        if ticked && width(&labels) <= at * bars.wide {
            labels = left(&labels, at * bars.wide) + &time(start, format);
            // Hours need their day, once.
            if bars.step < DAY && midnight.is_none() {
                midnight = Some(time(start, "%b %-d"));
            }
        }
    }
    let indent = " ".repeat(GUTTER - 1);
    let day = midnight.map_or(indent.clone(), |day| format!("{} ", right(&day, GUTTER - 2)));
    [
        paint.as_is(Colour::Dim, &format!("{}0 └{line}", " ".repeat(GUTTER - 3))),
        paint.as_is(Colour::Dim, format!("{day} {labels}").trim_end()),
    ]
}

/// How many steps lie between two labels, at least `least`: a number that people count time in.
fn widest_step(step: i64, least: i64) -> i64 {
    let nice = [1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 15, 20, 24, 30, 60];
    let is_round = |count: i64| step >= DAY || DAY % (count * step) == 0;
    nice.into_iter().find(|count| *count >= least && is_round(*count)).unwrap_or(least)
}

/// Where labels begin: days at the first bar, hours at midnight.
fn offset(bars: &Bars, every: i64) -> i64 {
    if bars.step >= DAY { bars.first.rem_euclid(every) } else { 0 }
}

/// The share of the budget consumed so far.
fn budget(bars: &Bars, paint: Paint) -> String {
    let mut text = Line::new(paint);
    text.push(Colour::Dim, &format!("{}  ", right("budget", GUTTER - 2)));
    let mut last = None;
    for bar in &bars.bars {
        last = bar.consumed.or(last);
        let (block, colour) = match bar.consumed {
            None => (" ", Colour::Dim),
            Some(consumed) => {
                let level = (consumed * 8.0).ceil().clamp(1.0, 8.0) as usize;
                let colour = match consumed {
                    _ if consumed > 1.0 => Colour::Red,
                    _ if consumed >= super::Standing::NEARLY => Colour::Yellow,
                    _ => Colour::Green,
                };
                (BLOCKS[level], colour)
            }
        };
        text.push(colour, &block.repeat(bars.wide));
    }
    if let Some(last) = last {
        text.push(Colour::Dim, &format!(" {} consumed", percent(last)));
    }
    text.end()
}

/// When alerts fired.
fn fired(bars: &Bars, alerts: &[&FiredAlert], paint: Paint) -> String {
    let mut text = Line::new(paint);
    text.push(Colour::Dim, &format!("{}  ", right("alerts", GUTTER - 2)));
    for at in 0..bars.bars.len() {
        let (from, to) = (bars.start_ms(at), bars.start_ms(at + 1));
        let here = |severity| {
            alerts.iter().any(|alert| {
                let within = alert.from_ms < to && alert.until_ms.is_none_or(|until| until > from);
                alert.severity == severity && within
            })
        };
        let (sign, colour) = match () {
            () if here(Severity::Page) => ("▲", Colour::Red),
            () if here(Severity::Ticket) => ("△", Colour::Yellow),
            () => (" ", Colour::Dim),
        };
        text.push(colour, &left(sign, bars.wide));
    }
    text.push(Colour::Dim, " ▲ page, △ ticket");
    text.end()
}

/// Where notes stand.
fn noted(bars: &Bars, notes: &[Note], paint: Paint) -> String {
    let mut cells = vec![" ".to_string(); bars.columns()];
    for (number, note) in notes.iter().enumerate() {
        // Two notes in one step stand side by side.
        let place = bars.position(note.at_ms).map(|at| at * bars.wide);
        let free = place.and_then(|place| (place..cells.len()).find(|at| cells[*at] == " "));
        if let Some(free) = free {
            cells[free] = sign(number).to_string();
        }
    }
    let label = paint.as_is(Colour::Dim, &format!("{} ", right("story", GUTTER - 2)));
    format!("{label} {}", cells.concat()).trim_end().to_string()
}
