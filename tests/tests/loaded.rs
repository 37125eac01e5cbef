//! A real Prometheus loads the generated files as anybody's would, and evaluates every rule without an error.

use std::{
    fs,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use farthing_tests::{Directory, Length, Server, blocks, scenarios};

/// How long the first evaluation may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many seconds ago the samples end: a server takes no sample older than its newest block, and rules record now.
const BEFORE: i64 = 5;

#[test]
fn every_rule_is_healthy_in_a_running_server() {
    let folder = Directory::new("loaded").unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    // Of every form: a mean by label, a share, a quantile, a share of time, a mean of gauges and counters.
    let scenarios = [
        scenarios::by_model(Length::Days),
        scenarios::share(Length::Days),
        scenarios::quantile(Length::Days),
        scenarios::time_share(Length::Days),
        scenarios::azure_trace(Length::Days),
    ];
    let (mut series, mut expected) = (Vec::new(), 0);
    for scenario in scenarios.map(Result::unwrap) {
        let shift = now - BEFORE - scenario.clock.end;
        for mut one in scenario.series {
            one.samples.iter_mut().for_each(|(time, _)| *time += shift * 1000);
            one.labels.insert("scenario".to_string(), scenario.name.to_string());
            series.push(one);
        }
        for file in farthing_prometheus::rules(&scenario.plan) {
            // Nobody waits for five minutes: everything but the groups' intervals is as generated.
            let text = file.text.replace("    interval: 1m\n", "    interval: 1s\n");
            let text = text.replace("    interval: 5m\n", "    interval: 1s\n");
            expected += text.matches("      - record: ").count() + text.matches("      - alert: ").count();
            fs::write(folder.path().join("rules").join(&file.name), text).unwrap();
        }
    }
    blocks(folder.path(), &series).unwrap();
    let config = format!("rule_files: ['{}/rules/*.yml']\n", folder.path().display());
    let server = Server::configured(folder.path(), &folder.path().join("data"), 300, &config).unwrap();
    let began = Instant::now();
    let rules = loop {
        let rules = server.rules().unwrap();
        assert_eq!(rules.len(), expected, "rules that Prometheus has loaded");
        if rules.iter().all(|(_, health, _)| health != "unknown") {
            break rules;
        }
        assert!(began.elapsed() < PATIENCE, "not evaluated after {PATIENCE:?}: {rules:?}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let ill: Vec<_> = rules.iter().filter(|(_, health, error)| health != "ok" || !error.is_empty()).collect();
    assert!(ill.is_empty(), "{ill:?}");
    // Healthy, and not for want of samples.
    let flows = server.instant("count by (service) (farthing:flow:rate5m)", now + 60).unwrap();
    let services: Vec<&str> = flows.iter().map(|flow| flow.labels["service"].as_str()).collect();
    assert_eq!(services, ["azure", "cache", "failures", "latency", "models"]);
}
