//! What generated modules rely on.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use farthing_compiler::{NoModules, Options, SourceFile, compile};
use farthing_plan::Plan;

use super::*;

const FILE: &str = r#"
event requests {
  model:   label
  at:      time
  spent:   USD
  outcome: label in { "ok", "failed" }
  steps:   ratio
}
service chat {
  objective cheap    { 99% of requests have spent < $0.01  over 30d  by model }
  objective answered { 99% of requests have outcome = "ok"  over 30d }
  tradeoff both { cost answered  quality answered2 }
  objective answered2 { 99% of requests have outcome = "ok"  over 30d }
}
"#;

#[derive(Clone, Copy)]
struct Request<'a> {
    at: Option<SystemTime>,
    model: &'a str,
    spent: f64,
    outcome: usize,
}

impl Event for Request<'_> {
    type Kind = Request<'static>;
    const NAME: &'static str = "requests";

    fn time(&self) -> Option<SystemTime> {
        self.at
    }

    fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError> {
        row.text(self.model)?;
        row.number(self.spent);
        row.listed(self.outcome)?;
        row.number(f64::NAN);
        Ok(())
    }
}

/// The index of `ok` among the listed values, which are sorted.
const OK: usize = 1;

fn plan() -> Plan {
    let file = SourceFile { name: "chat.slo".into(), text: FILE.into() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    compilation.plan.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_044_800)
}

fn request(model: &str) -> Request<'_> {
    Request { at: Some(start()), model, spent: 0.001, outcome: OK }
}

#[test]
fn threads_and_clones_share_one_evaluator() {
    let shared = Shared::new(&plan()).unwrap();
    let requests = shared.recorder::<Request<'static>>().unwrap();
    thread::scope(|threads| {
        for model in ["a", "b", "a", "b"] {
            let requests = requests.clone();
            threads.spawn(move || (0..250).for_each(|_| requests.record(request(model)).unwrap()));
        }
    });
    let report = shared.clone().objective("chat/cheap").unwrap().report_at(start() + Duration::from_secs(600));
    let groups: Vec<f64> = report.verdicts.iter().map(|verdict| verdict.denominator).collect();
    assert_eq!(groups, [500.0, 500.0]);
    assert_eq!(shared.tradeoff("chat/both").unwrap().report_at(start()).verdicts[0].met, Some(true));
    assert_eq!(shared.service("chat").unwrap().report_at(start()).objectives.len(), 3);
}

#[test]
fn a_batch_is_as_one_by_one() {
    let (one, many) = (Shared::new(&plan()).unwrap(), Shared::new(&plan()).unwrap());
    let (each, all) = (one.recorder().unwrap(), many.recorder().unwrap());
    let batch: Vec<Request<'_>> = (0..5_000)
        .map(|number| Request {
            at: Some(start() + Duration::from_millis(number * 100)),
            model: if number % 3 == 0 { "a" } else { "b" },
            spent: number as f64 * 4e-6,
            outcome: usize::from(number % 7 != 0),
        })
        .collect();
    batch.iter().for_each(|request| each.record(request).unwrap());
    let outcome = all.record_batch(&batch).unwrap();
    assert_eq!(outcome, BatchOutcome { recorded: 5_000, ..BatchOutcome::default() });
    let now = start() + Duration::from_secs(1_200);
    assert_eq!(one.report_at(now).services, many.report_at(now).services);
}

#[test]
fn an_event_without_a_time_is_recorded_now() {
    let shared = Shared::new(&plan()).unwrap();
    let requests = shared.recorder().unwrap();
    let before = clock::millis(SystemTime::now());
    requests.record(Request { at: None, ..request("a") }).unwrap();
    requests.record_batch(&[Request { at: None, ..request("a") }]).unwrap();
    let first = shared.report().first_ms.unwrap();
    assert!((before..=clock::millis(SystemTime::now())).contains(&first));
    // A time that is given is above all.
    requests.record_at(start(), Request { at: None, ..request("a") }).unwrap();
    assert_eq!(shared.report().first_ms, Some(clock::millis(start())));
}

#[test]
fn what_is_refused_counts_for_nothing() {
    let shared = Shared::new(&plan()).unwrap();
    let requests = shared.recorder().unwrap();
    let nan = Request { spent: f64::NAN, ..request("a") };
    assert_eq!(requests.record(nan), Err(RecordError::NotANumber { field: "spent".into() }));
    assert_eq!(requests.record(Request { outcome: 2, ..request("a") }), Err(RecordError::UnknownLabel));
    let early = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert!(matches!(requests.record_at(early, request("a")), Err(RecordError::Time { .. })));
    // Of a batch, what has a bad number is left out; a bad label is of a program that is wrong.
    assert_eq!(requests.record_batch(&[request("a"), nan]).unwrap().non_numbers, 1);
    assert!(requests.record_batch(&[request("a"), Request { outcome: 9, ..request("a") }]).is_err());
    let report = shared.report_at(start() + Duration::from_secs(600));
    assert_eq!(report.services[0].objectives[1].verdicts[0].denominator, 1.0);
}

/// A struct that is not of the plan: of an older module, say.
struct Short;

impl Event for Short {
    type Kind = Short;
    const NAME: &'static str = "requests";

    fn time(&self) -> Option<SystemTime> {
        None
    }

    fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError> {
        row.number(1.0);
        row.text("a")?;
        row.listed(0)?;
        row.text("there is no third label")
    }
}

#[test]
fn what_is_not_of_the_plan_is_refused() {
    let shared = Shared::new(&plan()).unwrap();
    let short = shared.recorder::<Short>().unwrap();
    assert!(matches!(short.record(Short), Err(RecordError::Shape { .. })));
    assert!(matches!(short.record_batch(&[Short]), Err(RecordError::Shape { .. })));
    let error = shared.objective("chat/chep").unwrap_err();
    assert_eq!(error.to_string(), "the plan has no objective chat/chep; compile the .slo files again");
    assert!(shared.tradeoff("chat/cheap").is_err() && shared.service("chats").is_err());
    assert!(matches!(Shared::from_json("{}"), Err(OpenError::Plan(_))));
}

#[test]
fn a_panic_in_one_thread_leaves_the_others_their_evaluator() {
    let shared = Shared::new(&plan()).unwrap();
    let other = shared.clone();
    let panicked = thread::spawn(move || other.with(|_| panic!("as it may happen"))).join();
    assert!(panicked.is_err());
    shared.recorder().unwrap().record(request("a")).unwrap();
    assert_eq!(shared.report().health.events, 1);
}
