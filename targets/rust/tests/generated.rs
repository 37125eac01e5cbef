//! Generated modules compile without a warning, are as rustfmt leaves them, and work.
#![deny(warnings, missing_docs)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use farthing_compiler::{NoModules, Options, SourceFile, compile};
use farthing_plan::{FieldKind, Plan};

/// What `awkward.slo` becomes.
#[rustfmt::skip]
#[path = "generated/awkward.rs"]
pub mod awkward;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn plan_of(name: &str, text: String) -> Plan {
    let compilation = compile(vec![SourceFile { name: name.to_string(), text }], &NoModules, &Options::default());
    compilation.plan.unwrap_or_else(|| panic!("{name}: {:?}", compilation.diagnostics))
}

fn awkward_plan() -> Plan {
    let mut plan = plan_of("awkward.slo", fs::read_to_string(folder().join("awkward.slo")).unwrap());
    // A service called as an event is, from another file.
    let mut service = plan.services[0].clone();
    service.name = "type".to_string();
    plan.services.push(service);
    plan
}

/// What rustfmt makes of a text with its default settings.
fn formatted(text: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--config-path"])
        .arg(folder().join("generated/rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is there");
    let mut stdin = rustfmt.stdin.take().unwrap();
    let text = text.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = rustfmt.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// With `INSTA_UPDATE=always`, it is made so.
#[test]
fn the_module_beside_is_up_to_date() {
    let path = folder().join("generated/awkward.rs");
    let text = farthing_rust::module(&awkward_plan());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "run with INSTA_UPDATE=always");
}

#[test]
fn rustfmt_has_nothing_to_change() {
    let mut plans = vec![("awkward.slo".to_string(), awkward_plan())];
    for example in ["azure-trace", "agent-workflow"] {
        let path = folder().join("../../../examples").join(example).join("service.slo");
        let text = fs::read_to_string(path).unwrap();
        let prices = text.lines().any(|line| line.starts_with("use "));
        if !prices {
            plans.push((example.to_string(), plan_of(example, text)));
        }
    }
    let nothing = plan_of("nothing.slo", "unit thing\n".to_string());
    plans.push(("nothing".to_string(), nothing));
    assert!(plans.len() >= 3);
    for (name, plan) in plans {
        let text = farthing_rust::module(&plan);
        assert_eq!(formatted(&text), text, "{name}");
    }
}

#[test]
fn events_come_to_verdicts() {
    use awkward::{
        Slo,
        r#type::{OptionLabel, Type},
    };
    let slo = Slo::new().unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_044_800);
    let event = |self_field: f64, option: OptionLabel| Type {
        at: start,
        r#match: "x",
        self_field,
        Option: option,
        row: 100.0,
        evaluator: 1.0,
        share: 0.5,
    };
    slo.r#type.record(event(1.0, OptionLabel::Ok)).unwrap();
    slo.r#type.record(&event(3.0, OptionLabel::Ok)).unwrap();
    let outcome = slo.r#type.record_batch(&[event(1.0, OptionLabel::TimedOut), event(1.0, OptionLabel::Ok)]).unwrap();
    assert_eq!(outcome.recorded, 2);
    slo.crate_event
        .record_at(start, awkward::crate_event::Crate { outcome: awkward::crate_event::Outcome::Failed })
        .unwrap();
    let now = start + Duration::from_secs(600);
    let report = slo.Shared_service.self_objective.report_at(now);
    assert_eq!((report.verdicts[0].numerator, report.verdicts[0].denominator), (1.0, 3.0));
    // The record's field is in ms.
    let report = slo.Shared_service.whose_name_makes_its_line_too_long_for_rustfmt.report_at(now);
    assert_eq!(report.verdicts[0].met, Some(true));
    assert_eq!(slo.Shared_service.r#async.report_at(now).verdicts[0].met, Some(false));
    assert_eq!(slo.Shared_service.service_tradeoff.report_at(now).verdicts[0].met, Some(false));
    assert_eq!(slo.report_at(now).services.len(), 2);
    assert_eq!(slo.type_service.report_at(now).name, "type");
}

/// Each variant is the value of its place, whatever became of its name.
#[test]
fn variants_are_in_the_order_of_the_values() {
    let plan = awkward_plan();
    let FieldKind::Label { allowed } = &plan.events[0].fields[3].kind else { panic!("a label") };
    let text = farthing_rust::module(&plan);
    let body = text.split("pub enum OptionLabel {").nth(1).unwrap().split('}').next().unwrap();
    let values: Vec<String> =
        body.lines().filter_map(|line| line.trim().strip_prefix("/// ")).map(String::from).collect();
    let expected: Vec<String> = allowed.iter().map(|value| format!("`{value:?}`")).collect();
    assert_eq!(values, expected);
}
