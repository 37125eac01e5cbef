//! The report for programs: what the evaluator says, beside what was promised.

use farthing_evaluator::{FiredAlert, Health, TradeoffVerdict, Verdict};
use farthing_plan::{Alert, Form, Period, Role, Shown, Spending, Unit};
use serde::Serialize;

use super::Reported;

/// The version of the shape; it changes with it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    /// The digest of the sources that the plan is made of.
    digest: &'a str,
    /// The end of the last minute judged, in milliseconds since the epoch, and as RFC 3339.
    at_ms: i64,
    at: String,
    first_ms: Option<i64>,
    services: Vec<Service<'a>>,
    alerts_fired: &'a [FiredAlert],
    alerts_dropped: u64,
    health: &'a Health,
    rows_skipped: u64,
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Service<'a> {
    name: &'a str,
    title: &'a str,
    owner: Option<&'a str>,
    objectives: Vec<Objective<'a>>,
    tradeoffs: Vec<Tradeoff<'a>>,
}

#[derive(Serialize)]
struct Objective<'a> {
    id: &'a str,
    name: &'a str,
    title: &'a str,
    statement: &'a str,
    form: &'a Form,
    budget_unit: &'a Unit,
    budget_shown: &'a Shown,
    period_s: u64,
    period: &'a Period,
    by: &'a [String],
    role: &'a Role,
    policy: &'a [Alert],
    spendings: &'a [Spending],
    verdicts: &'a [Verdict],
    /// Why there are none.
    not_judged: Option<&'a str>,
}

#[derive(Serialize)]
struct Tradeoff<'a> {
    id: &'a str,
    name: &'a str,
    title: &'a str,
    verdicts: &'a [TradeoffVerdict],
    /// Why there are none.
    not_judged: Option<&'a str>,
}

#[derive(Serialize)]
struct Note<'a> {
    at_ms: i64,
    text: &'a str,
}

/// The report as JSON, with a line's end.
pub(crate) fn json(reported: &Reported<'_>) -> String {
    let report = reported.report;
    let services = reported.services().map(|(service, objectives, tradeoffs)| Service {
        name: &service.name,
        title: &service.title,
        owner: service.owner.as_deref(),
        objectives: objectives
            .into_iter()
            .map(|(objective, verdicts)| Objective {
                id: &objective.id,
                name: &objective.name,
                title: &objective.title,
                statement: &objective.statement,
                form: &objective.form,
                budget_unit: &objective.budget_unit,
                budget_shown: &objective.budget_shown,
                period_s: objective.period.seconds(),
                period: &objective.period,
                by: &objective.by,
                role: &objective.role,
                policy: &objective.alerts,
                spendings: &objective.spendings,
                verdicts: &verdicts.verdicts,
                not_judged: verdicts.not_judged.as_deref(),
            })
            .collect(),
        tradeoffs: service
            .tradeoffs
            .iter()
            .zip(tradeoffs)
            .map(|(tradeoff, report)| Tradeoff {
                id: &tradeoff.id,
                name: &tradeoff.name,
                title: &tradeoff.title,
                verdicts: &report.verdicts,
                not_judged: report.not_judged.as_deref(),
            })
            .collect(),
    });
    let document = Document {
        version: VERSION,
        digest: &reported.plan.digest,
        at_ms: report.at_ms,
        at: super::number::time(report.at_ms, "%Y-%m-%dT%H:%M:%SZ"),
        first_ms: report.first_ms,
        services: services.collect(),
        alerts_fired: &report.alerts_fired,
        alerts_dropped: report.alerts_dropped,
        health: &report.health,
        rows_skipped: reported.skipped,
        notes: reported.notes.iter().map(|note| Note { at_ms: note.at_ms, text: &note.text }).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("INVARIANT: all keys are strings");
    text.push('\n');
    text
}
