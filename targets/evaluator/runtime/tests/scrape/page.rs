//! The page about scraping says what is there.

use std::{collections::BTreeMap, fs, time::Duration};

use farthing_exposition::{Format, Writer};
use farthing_runtime::scrape::{Options, Reason, TargetHealth, TargetSpec, write_health};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/src/reference/scraping.md");
    fs::read_to_string(path).expect("the page")
}

#[test]
fn its_targets_can_be_written_so() {
    let page = page();
    let targets = page.lines().filter_map(|line| line.strip_prefix("farthing run service.slo --scrape "));
    let mut specs = 0;
    for target in targets {
        let target = target.trim_matches('\'');
        TargetSpec::parse(target, &Options::default()).unwrap_or_else(|why| panic!("{target}: {why}"));
        specs += 1;
    }
    assert!(specs >= 5, "{specs}");
    let options = page.split("| option |").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a table");
    let options: Vec<&str> = options.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let unknown = TargetSpec::parse("http://h;;no=1", &Options::default()).expect_err("no such option");
    assert_eq!(options.len(), 7);
    assert!(options.iter().all(|option| unknown.contains(option)), "{unknown}");
}

#[test]
fn its_metrics_and_reasons_are_all() {
    let page = page();
    let health = TargetHealth {
        url: "http://h/".to_string(),
        labels: vec![("instance".to_string(), "h:80".to_string()), ("url".to_string(), "mine".to_string())],
        up: Some(true),
        last_ms: Some(0),
        duration: Duration::from_millis(1_500),
        samples_read: 3,
        samples_kept: 2,
        duplicates: 1,
        last_error: None,
        consecutive_failures: 0,
        errors: Reason::ALL.map(|reason| (reason, 1)).into_iter().collect::<BTreeMap<_, _>>(),
    };
    let mut writer = Writer::new(Format::OpenMetrics);
    write_health(&[health], &mut writer);
    let text = writer.finish();
    let mut samples = 0;
    let read = farthing_exposition::parse(text.as_bytes(), Format::OpenMetrics, &Default::default(), &mut |sample| {
        samples += 1;
        assert!(page.contains(&format!("| `{}` |", sample.name())), "{}", sample.name());
        let (_, labels) = farthing_exposition::named(sample.series)?;
        assert_eq!(labels[0], ("url".to_string(), "http://h/".to_string()));
        Ok(())
    });
    read.expect("metrics");
    assert_eq!(samples, 5 + Reason::ALL.len());
    for reason in Reason::ALL {
        assert!(page.contains(&format!("| `{}` |", reason.as_str())), "{reason:?}");
    }
    assert!(text.contains("farthing_scrape_duration_seconds{url=\"http://h/\",instance=\"h:80\"} 1.5\n"), "{text}");
}
