//! The machinery of the tests, tested: blocks and rules reach a real Prometheus and come back.

use farthing_tests::{Rules, Series, backfill};

#[test]
fn samples_and_the_results_of_rules_come_back() {
    let start = 1_767_225_600;
    let mut requests = Series::new("requests_total", &[("pod", "a")]);
    requests.samples = (0..2_880).map(|n| ((start + n * 30) * 1_000, n as f64 * 30.0)).collect();
    let rules = Rules::parse(
        r#"
groups:
  - name: first
    interval: 1m
    rules:
      - {record: "t:rate5m", expr: 'sum(rate(requests_total[5m]))', labels: {flow: a}}
      - {record: "t:sum1h", expr: 'sum_over_time(t:rate5m{flow="a"}[1h]) * 60', labels: {flow: a}}
"#,
    )
    .unwrap();
    let prometheus = backfill("machinery", &[requests], 300, &rules, (start, start + 86_400)).unwrap();
    let raw = prometheus.server.instant("requests_total", start + 3_600).unwrap();
    assert_eq!(raw.len(), 1);
    assert_eq!(raw[0].values[0].1, 3_600.0);
    assert_eq!(raw[0].labels["pod"], "a");
    let hours = prometheus
        .server
        .range("last_over_time(t:sum1h[1m])", (start + 7_200) * 1_000, (start + 86_340) * 1_000, 60_000)
        .unwrap();
    assert_eq!(hours.len(), 1);
    assert_eq!(hours[0].labels["flow"], "a");
    assert_eq!(hours[0].values.len(), 1_320);
    assert!(hours[0].values.iter().all(|(_, value)| (3_600.0..3_661.0).contains(value)), "{:?}", hours[0].values);
    let error = prometheus.server.instant("sum(", start).unwrap_err();
    assert!(error.to_string().contains("bad_data"), "{error}");
}
