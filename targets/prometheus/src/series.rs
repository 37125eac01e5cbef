//! The recorded series: their names, and selectors of them.

use std::borrow::Cow;

use farthing_plan::{Labels, Objective};

use crate::{
    calendar::Calendar,
    duration::Window,
    selector::{label, push_string},
    slotted::FLOW_NAMES,
    window::RATE_WINDOW,
};

/// A flow's amount per second, averaged over 5 minutes, recorded every minute.
pub(crate) const RATE: &str = "farthing:flow:rate5m";
/// What a flow came to in a slot.
pub(crate) const SLOT: &str = "farthing:flow:slot10m";
/// The part of a slot, in seconds, in which an indicator was observed.
pub(crate) const OBSERVED_SLOT: &str = "farthing:flow:observed10m";
/// What a flow came to over a window, and the time in which it was observed; the window's name follows. Every minute.
pub(crate) const SUM: &str = "farthing:flow:sum";
pub(crate) const OBSERVED: &str = "farthing:flow:observed";
/// The observed time of long windows, as it is read from slots. Every five minutes.
pub(crate) const OBSERVED_SLOTS: &str = "farthing:flow:observed_slots";

/// The name of a series of a window: `farthing:flow:sum1h`.
pub(crate) fn named(prefix: &str, window: &Window) -> Cow<'static, str> {
    Cow::Owned([prefix, &window.name].concat())
}

/// The time over which a recorded series says what a flow came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'t> {
    /// A window that ends now; of the window that the rate covers, the rate.
    Window(&'t Window),
    /// The slot that has just ended. Has a sample at slots' ends only.
    Slot,
    /// The current period of a calendar.
    Calendar(&'t Calendar),
}

impl<'t> Span<'t> {
    /// The name of the series of what a flow came to, and the value of its label `calendar`, where it has that.
    pub(crate) fn series(self) -> (Cow<'static, str>, Option<&'t str>) {
        match self {
            Span::Window(window) if window.seconds == RATE_WINDOW => (RATE.into(), None),
            Span::Window(window) => (named(SUM, window), None),
            Span::Slot => (SLOT.into(), None),
            Span::Calendar(calendar) => (FLOW_NAMES.calendar_sum.into(), Some(&calendar.name)),
        }
    }

    /// Appends a selector of what a flow came to, of the groups with these labels only.
    pub(crate) fn push(self, out: &mut String, (flow, service): (&str, &str), only: &Labels) {
        match self {
            Span::Window(window) if only.is_empty() && window.seconds != RATE_WINDOW => {
                return push_flow(out, SUM, &window.name, flow, service);
            }
            _ => {}
        }
        let (name, calendar) = self.series();
        let calendar = calendar.map(|calendar| ("calendar", calendar));
        push_series(out, &name, only, calendar.into_iter().chain([("flow", flow), ("service", service)]));
    }
}

/// Appends `name{class="simple",flow="chat/gpu"}`, with the matchers in the order of their names.
pub(crate) fn push_series<'a>(
    out: &mut String,
    name: &str,
    only: &'a Labels,
    own: impl Iterator<Item = (&'a str, &'a str)>,
) {
    let mut matchers: Vec<(&str, &str)> = only.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    matchers.extend(own);
    matchers.sort_unstable();
    out.push_str(name);
    for (index, (name, value)) in matchers.into_iter().enumerate() {
        out.push(if index == 0 { '{' } else { ',' });
        out.push_str(&label(name));
        out.push('=');
        push_string(out, value);
    }
    out.push('}');
}

/// Appends `farthing:flow:sum1h{flow="chat/gpu",service="chat"}`.
pub(crate) fn push_flow(out: &mut String, prefix: &str, window: &str, flow: &str, service: &str) {
    out.push_str(prefix);
    out.push_str(window);
    out.push_str("{flow=");
    push_string(out, flow);
    out.push_str(",service=");
    push_string(out, service);
    out.push('}');
}

/// Appends `farthing:objective:burn_rate1h{objective="affordable",service="chat"}`, with what tells one of several of the
/// name from the others.
pub(crate) fn push_objective(out: &mut String, name: &str, window: &str, objective: &Objective, service: &str) {
    out.push_str("farthing:objective:");
    out.push_str(name);
    if !objective.only.is_empty() {
        let own = [("objective", objective.name.as_str()), ("service", service)];
        return push_series(out, window, &objective.only, own.into_iter());
    }
    out.push_str(window);
    out.push_str("{objective=");
    push_string(out, &objective.name);
    out.push_str(",service=");
    push_string(out, service);
    out.push('}');
}
