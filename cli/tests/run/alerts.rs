//! Alerts of a farthing that runs.

use serde_json::Value;

use crate::{
    http::{PATIENCE, Stub},
    process::Farthing,
    scratch::Scratch,
};

/// Every request costs more than it may, and a burn of an hour is enough.
const SLO: &str = r#"
event requests {
  at:     time
  tokens: output_token
  cost = tokens * $10.00 per 1M output_token
}

service chat {
  policy { page when burning 25% over 2h and 10m }
  sli cost_per_request = requests.cost / requests
  objective affordable { cost_per_request <= $0.002 per request  budget 10% over 1d }
}
"#;

#[test]
fn an_alert_is_sent_and_shown() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO);
    let (manager, hook) = (Stub::new("{}"), Stub::new("{}"));
    let (to_manager, to_hook) = (format!("http://{}", manager.address), format!("http://{}/hook", hook.address));
    let farthing = Farthing::start(
        &scratch,
        &["--no-gpu", "--state", "state", "--alertmanager", &to_manager, "--alert-webhook", &to_hook],
    );
    // Two hours that cost ten times what they may, up to now.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let rows: String =
        (0..=120).map(|minute| format!("{{\"at\": {}, \"tokens\": 2000}}\n", now - 7_200 + 60 * minute)).collect();
    let said = farthing.send(&[], rows);
    assert_eq!((said.status, &said.json()["taken"]), (200, &121.into()), "{said:?}");
    // The clock of the machine goes to the next minute.
    let sent: Value = serde_json::from_str(&manager.bodies.recv_timeout(PATIENCE).expect("an alert")).expect("JSON");
    let labels = &sent[0]["labels"];
    assert_eq!(labels["alertname"], "ErrorBudgetBurn", "{sent}");
    assert_eq!((&labels["objective"], &labels["severity"]), (&"affordable".into(), &"page".into()), "{sent}");
    let told: Value = serde_json::from_str(&hook.bodies.recv_timeout(PATIENCE).expect("a message")).expect("JSON");
    assert_eq!((&told["status"], &told["alerts"][0]["labels"]), (&"firing".into(), labels), "{told}");
    let firing = "farthing_alert_firing{objective=\"affordable\",service=\"chat\",severity=\"page\",long_window=\"2h\",\
                  short_window=\"10m\"}";
    farthing.shows(firing, 1.0);
    farthing.shows(&format!("farthing_alerts_sent_total{{destination=\"{to_manager}\"}}"), 1.0);
    let (code, said) = farthing.stop();
    assert_eq!(code, Some(0), "{said}");
}
