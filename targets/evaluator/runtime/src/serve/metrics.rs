//! `GET /metrics`: what Prometheus reads of it.

use farthing_evaluator::{ObjectiveReport, Verdict};
use farthing_exposition::{Format, Kind, Writer};
use farthing_plan::{Labels as Group, Objective, duration_text};
use farthing_prometheus::EVENT_COUNTER;

use super::{Serving, histograms};
use crate::{engine::Snapshot, scrape};

type Labels<'a> = Vec<(&'a str, &'a str)>;

/// Writes a sample with the labels that farthing gives it and those of what it is broken down by. One of these that has a
/// name of farthing's own is called `exported_NAME`, as Prometheus does it.
pub(super) fn sample(writer: &mut Writer, suffix: &str, own: &[(&str, &str)], group: &Group, value: f64) {
    let names: Vec<String> = group
        .keys()
        .map(|name| {
            let mut shown = name.clone();
            while own.iter().any(|(own, _)| *own == shown) || (shown != *name && group.contains_key(&shown)) {
                shown = format!("exported_{shown}");
            }
            shown
        })
        .collect();
    let group = names.iter().map(String::as_str).zip(group.values().map(String::as_str));
    let labels: Labels<'_> = own.iter().copied().chain(group).collect();
    writer.sample(suffix, &labels, value);
}

/// All metrics as text.
pub(super) fn text(serving: &Serving, snapshot: &Snapshot, format: Format) -> String {
    let mut writer = Writer::new(format);
    write_flows(&mut writer, snapshot);
    histograms::write(&mut writer, &snapshot.plan, &snapshot.totals);
    objectives(&mut writer, snapshot);
    engine(&mut writer, snapshot);
    evaluator(&mut writer, snapshot);
    scrape::write_health(&serving.scraper.health(), &mut writer);
    if let Some(gpus) = &serving.gpus {
        self::gpus(&mut writer, &gpus.snapshot());
    }
    if let Some(notifier) = &serving.notifier {
        alerts(&mut writer, &notifier.health());
    }
    writer.finish()
}

/// Writes what each flow has come to, as counters.
pub fn write_flows(writer: &mut Writer, snapshot: &Snapshot) {
    let name = EVENT_COUNTER.trim_end_matches("_total");
    writer.family(name, Kind::Counter, "", "What a flow has come to, in its canonical unit.");
    for total in &snapshot.totals {
        let own = [("flow", total.flow.as_str()), ("service", &total.service)];
        sample(writer, "_total", &own, &total.labels, total.total);
    }
}

/// The verdicts of all objectives, with the labels of these.
fn verdicts(snapshot: &Snapshot) -> Vec<(Labels<'_>, &Objective, &Verdict)> {
    let services = snapshot.plan.services.iter().zip(&snapshot.report.services);
    let objectives = services.flat_map(|(service, report)| {
        let objectives = service.objectives.iter().zip(&report.objectives);
        objectives.map(move |(objective, report): (&Objective, &ObjectiveReport)| (service, objective, report))
    });
    objectives
        .flat_map(|(service, objective, report)| {
            report.verdicts.iter().map(move |verdict| {
                let labels: Labels<'_> = vec![("objective", &objective.name), ("service", &service.name)];
                (labels, objective, verdict)
            })
        })
        .collect()
}

fn objectives(writer: &mut Writer, snapshot: &Snapshot) {
    let verdicts = verdicts(snapshot);
    let mut gauge = |name: &str, unit: &str, help: &str, value: &dyn Fn(&Verdict) -> Option<f64>| {
        writer.family(name, Kind::Gauge, unit, help);
        for (labels, _, verdict) in &verdicts {
            if let Some(value) = value(verdict) {
                sample(writer, "", labels, &verdict.labels, value);
            }
        }
    };
    let met = |verdict: &Verdict| verdict.met.map(|met| f64::from(u8::from(met)));
    gauge("farthing_objective_met", "", "1 where the promise is kept over its period, 0 where it is not.", &met);
    gauge(
        "farthing_objective_measured",
        "",
        "What the indicator measured over the period, in its canonical unit.",
        &|verdict| verdict.measured,
    );
    gauge(
        "farthing_objective_budget_consumed_ratio",
        "ratio",
        "The share of the error budget that is consumed; below 0 where more was saved than spent.",
        &|verdict| verdict.consumed,
    );
    gauge(
        "farthing_objective_budget_left",
        "",
        "What is left of the budget, in its unit: dollars for costs.",
        &|verdict| verdict.left,
    );
    gauge(
        "farthing_objective_budget_exhaustion_seconds",
        "seconds",
        "The time in which the budget is gone at the last hour's pace.",
        &|verdict| verdict.exhaustion_s,
    );
    gauge("farthing_objective_observed_seconds", "seconds", "How much of the period was observed.", &|verdict| {
        Some(verdict.observed_s as f64)
    });
    writer.family(
        "farthing_objective_burn_rate",
        Kind::Gauge,
        "",
        "How fast the budget burns over a window; 1 spends it in exactly the period.",
    );
    for (labels, _, verdict) in &verdicts {
        for burn in &verdict.burn {
            let window = duration_text(burn.window_s);
            let mut labels = labels.clone();
            labels.push(("window", &window));
            if let Some(rate) = burn.rate {
                sample(writer, "", &labels, &verdict.labels, rate);
            }
        }
    }
    writer.family("farthing_alert_firing", Kind::Gauge, "", "1 while a burn-rate alert fires.");
    for (labels, objective, verdict) in &verdicts {
        for (alert, state) in objective.alerts.iter().zip(&verdict.alerts) {
            let (long, short) = (duration_text(alert.long), duration_text(alert.short));
            let mut labels = labels.clone();
            labels.extend([("severity", alert.severity.name()), ("long_window", &long), ("short_window", &short)]);
            sample(writer, "", &labels, &verdict.labels, f64::from(u8::from(state.firing)));
        }
    }
}

fn engine(writer: &mut Writer, snapshot: &Snapshot) {
    let health = &snapshot.health;
    writer.family("farthing_build", Kind::Info, "", "The version that runs.");
    writer.sample("_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    for (name, help, value) in [
        ("farthing_event_batches", "Batches of events that were taken.", health.batches),
        ("farthing_event_batches_again", "Batches that came again and were not counted again.", health.batches_again),
        ("farthing_event_batches_refused", "Batches of which nothing was taken.", health.batches_refused),
        ("farthing_events", "Events that were taken.", health.events),
        ("farthing_event_rows_refused", "Rows of events that were left out.", health.rows_refused),
        ("farthing_samples", "Samples of series that a flow reads.", health.samples),
        ("farthing_samples_refused", "Samples refused: out of order, or counters below 0.", health.samples_refused),
        ("farthing_reloads", "How often the files were read again.", health.reloads),
        ("farthing_clock_steps_back", "How often the machine's clock was set back.", health.clock_steps_back),
        ("farthing_clock_steps_ahead", "How often it went ahead by more than passed.", health.clock_steps_ahead),
    ] {
        writer.family(name, Kind::Counter, "", help);
        writer.sample("_total", &[], value as f64);
    }
    for (name, unit, help, value) in [
        (
            "farthing_clock_behind_seconds",
            "seconds",
            "How far the machine's clock was behind what was judged when it was set back.",
            health.clock_behind_ms as f64 / 1_000.0,
        ),
        (
            "farthing_state_bytes",
            "bytes",
            "About how much memory the evaluator's state takes.",
            snapshot.state_bytes as f64,
        ),
        ("farthing_state_file_bytes", "bytes", "How large the state file is.", snapshot.file_bytes as f64),
        (
            "farthing_state_writable",
            "",
            "1 where the state can be written, 0 where writing failed and is tried again.",
            f64::from(u8::from(snapshot.not_durable.is_none())),
        ),
        ("farthing_start_time_seconds", "seconds", "When it began, since 1970.", snapshot.started_ms as f64 / 1_000.0),
        (
            "farthing_evaluated_timestamp_seconds",
            "seconds",
            "The end of the last minute that was judged, since 1970.",
            snapshot.report.at_ms as f64 / 1_000.0,
        ),
    ] {
        writer.family(name, Kind::Gauge, unit, help);
        writer.sample("", &[], value);
    }
}

fn evaluator(writer: &mut Writer, snapshot: &Snapshot) {
    let health = &snapshot.report.health;
    writer.family(
        "farthing_evaluator_oddities",
        Kind::Counter,
        "",
        "What was odd about the data since the state began, by what it was.",
    );
    for (what, count) in [
        ("not_a_number", health.non_numbers),
        ("gap", health.gaps),
        ("reset", health.resets),
        ("negative_counter", health.negative_counters),
        ("sample_out_of_order", health.samples_out_of_order),
        ("sample_late", health.samples_late),
        ("series_refused", health.series_refused),
        ("group_refused", health.groups_refused),
        ("event_too_old", health.events_too_old),
        ("event_out_of_order", health.events_out_of_order),
        ("time_refused", health.times_refused),
    ] {
        writer.sample("_total", &[("what", what)], count as f64);
    }
}

fn gpus(writer: &mut Writer, samples: &[farthing_gpu::Sample]) {
    for metric in farthing_gpu::METRICS {
        let (name, kind, suffix) = match metric.kind {
            farthing_gpu::Kind::Counter => (metric.name.trim_end_matches("_total"), Kind::Counter, "_total"),
            farthing_gpu::Kind::Gauge => (metric.name, Kind::Gauge, ""),
        };
        let mut of = samples.iter().filter(|sample| sample.metric.name == metric.name).peekable();
        if of.peek().is_none() {
            continue;
        }
        writer.family(name, kind, "", metric.help);
        for sample in of {
            let labels: Labels<'_> = sample.labels.iter().map(|(name, value)| (*name, &**value)).collect();
            writer.sample(suffix, &labels, sample.value);
        }
    }
}

fn alerts(writer: &mut Writer, health: &[crate::alerts::DestinationHealth]) {
    for (name, help, value) in [
        (
            "farthing_alerts_sent",
            "Alerts that arrived, each time that one did.",
            (|of| of.sent) as fn(&crate::alerts::DestinationHealth) -> u64,
        ),
        ("farthing_alert_requests_failed", "Requests with alerts that failed or were refused.", |of| of.failed),
        ("farthing_alerts_dropped", "Alerts that were dropped: too many waited, or they were refused.", |of| {
            of.dropped
        }),
    ] {
        writer.family(name, Kind::Counter, "", help);
        for of in health {
            writer.sample("_total", &[("destination", &of.name)], value(of) as f64);
        }
    }
    writer.family("farthing_alerts_waiting", Kind::Gauge, "", "Alerts that wait to be sent.");
    for of in health {
        writer.sample("", &[("destination", &of.name)], of.queue as f64);
    }
}
