//! The recorded series: their names, and selectors of them.

use std::borrow::Cow;

use crate::{duration::Window, selector::push_string};

/// A flow's amount per second, averaged over 5 minutes, recorded every minute.
pub(crate) const RATE: &str = "farthing:flow:rate5m";
/// What a flow came to in a slot.
pub(crate) const SLOT: &str = "farthing:flow:slot10m";
/// The part of a slot, in seconds, in which an indicator was observed.
pub(crate) const OBSERVED_SLOT: &str = "farthing:flow:observed10m";
/// What a flow came to over a window, and the time in which it was observed; the window's name follows. Every minute.
pub(crate) const SUM: &str = "farthing:flow:sum";
pub(crate) const OBSERVED: &str = "farthing:flow:observed";
/// The same of long windows, as they are read from slots. Every five minutes.
pub(crate) const SLOTS: &str = "farthing:flow:slots";
pub(crate) const OBSERVED_SLOTS: &str = "farthing:flow:observed_slots";

/// The name of a series of a window: `farthing:flow:sum1h`.
pub(crate) fn named(prefix: &str, window: &Window) -> Cow<'static, str> {
    Cow::Owned([prefix, &window.name].concat())
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

/// Appends `farthing:objective:burn_rate1h{objective="affordable",service="chat"}`.
pub(crate) fn push_objective(out: &mut String, name: &str, window: &str, objective: &str, service: &str) {
    out.push_str("farthing:objective:");
    out.push_str(name);
    out.push_str(window);
    out.push_str("{objective=");
    push_string(out, objective);
    out.push_str(",service=");
    push_string(out, service);
    out.push('}');
}
