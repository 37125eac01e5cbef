//! Other files while it runs, and how it ends.

use crate::{REQUESTS, ROW, SLO, process::Farthing, scratch::Scratch};

/// As [`SLO`], with another objective on requests, and one less.
fn other() -> String {
    let without = SLO.lines().filter(|line| !line.contains("objective fast")).collect::<Vec<_>>().join("\n");
    without.replace(
        "objective cheap",
        "objective quick      { 95% of requests have latency < 250 ms  over 1d }\n  objective cheap",
    )
}

fn objectives(farthing: &Farthing) -> Vec<String> {
    let report = farthing.get("/api/v1/report").json();
    let objectives = report["services"][0]["objectives"].as_array().expect("objectives").iter();
    objectives.map(|objective| objective["name"].as_str().expect("a name").to_string()).collect()
}

#[test]
fn other_files_keep_the_history_of_what_is_the_same() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    assert_eq!(farthing.send(&[], ROW.repeat(5)).status, 200);
    assert_eq!(objectives(&farthing), ["affordable", "fast", "cheap"]);
    scratch.file("a.slo", other());
    let said = farthing.ask("POST", "/-/reload", &[], "");
    assert_eq!((said.status, said.body.as_str()), (200, "the files were read again\n"));
    assert_eq!(objectives(&farthing), ["affordable", "quick", "cheap"]);
    farthing.shows(REQUESTS, 5.0);
    assert_eq!(farthing.send(&[], ROW).status, 200);
    farthing.shows(REQUESTS, 6.0);
    // By a signal, too.
    scratch.file("a.slo", SLO);
    farthing.signal("HUP");
    farthing.says("info run: the files were read again");
    assert_eq!(objectives(&farthing), ["affordable", "fast", "cheap"]);
    farthing.shows(REQUESTS, 6.0);
    farthing.shows("farthing_reloads_total", 2.0);
}

#[test]
fn broken_files_change_nothing() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    assert_eq!(farthing.send(&[], ROW.repeat(5)).status, 200);
    scratch.file("a.slo", SLO.replace("500 ms", "500 tokens"));
    let said = farthing.ask("POST", "/-/reload", &[], "");
    assert_eq!(said.status, 400);
    assert!(said.error().starts_with('F'), "{said:?}");
    // Whoever looks at the process sees the place.
    farthing.says("a.slo:");
    farthing.signal("HUP");
    farthing.says("error run: the files are not taken: F");
    std::fs::remove_file(scratch.path().join("a.slo")).expect("the file");
    let said = farthing.ask("POST", "/-/reload", &[], "");
    assert!(said.status == 400 && said.error().contains("a.slo"), "{said:?}");
    assert_eq!(objectives(&farthing), ["affordable", "fast", "cheap"]);
    assert_eq!(farthing.send(&[], ROW).status, 200);
    farthing.shows(REQUESTS, 6.0);
    farthing.shows("farthing_reloads_total", 0.0);
}

#[test]
fn sigterm_ends_it_and_loses_nothing() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    for _ in 0..5 {
        assert_eq!(farthing.send(&[], ROW).status, 200);
    }
    let (code, said) = farthing.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.trim_end().ends_with(" info run: stopping"), "{said}");
    assert!(said.lines().all(|line| line.contains(" info ")), "a warning where all is well: {said}");
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    farthing.shows(REQUESTS, 5.0);
    let (code, _) = farthing.stop();
    assert_eq!(code, Some(0));
}

#[test]
fn without_a_state_it_says_what_that_means() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    farthing.says("warn state: without --state DIR everything that is counted is lost at the end");
    assert_eq!(farthing.send(&[], ROW).status, 200);
    farthing.kill();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    assert_eq!(farthing.metric(REQUESTS), None);
}
