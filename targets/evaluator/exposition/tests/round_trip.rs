//! What the writer writes, the parser reads.

mod common;

use common::read;
use farthing_exposition::{Format, Kind, Writer, named};
use proptest::prelude::*;

/// A written family: its name, and samples of labels, value and time.
type Family = (String, Vec<(Vec<(String, String)>, f64, Option<i64>)>);

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_][a-z0-9_]{0,8}", any::<String>().prop_filter("names have characters", |name| !name.is_empty())]
}

fn labels() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::btree_map(name(), any::<String>(), 0..5).prop_map(|labels| labels.into_iter().collect())
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), any::<u32>().prop_map(f64::from), any::<u64>().prop_map(f64::from_bits)]
}

fn families() -> impl Strategy<Value = Vec<Family>> {
    let time = proptest::option::of(-1_000_000_000_000i64..10_000_000_000_000);
    let samples = proptest::collection::vec((labels(), value(), time), 0..5);
    proptest::collection::vec((name(), samples), 0..4)
}

proptest! {
    #[test]
    fn any_series_comes_back(families in families(), help in any::<String>()) {
        for format in [Format::Text, Format::OpenMetrics] {
            let mut writer = Writer::new(format);
            for (name, samples) in &families {
                writer.family(name, Kind::Gauge, "", &help);
                for (labels, value, time_ms) in samples {
                    let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
                    writer.sample_at("", &labels, *value, *time_ms);
                }
            }
            let text = writer.finish();
            prop_assert_eq!(Format::guess(text.as_bytes()), format);
            let read = read(&text, format);
            let written: Vec<_> = families.iter().flat_map(|(name, samples)| samples.iter().map(move |sample| (name, sample))).collect();
            prop_assert_eq!(read.len(), written.len());
            for (read, (name, (labels, value, time_ms))) in read.iter().zip(written) {
                prop_assert_eq!(&read.name, name);
                prop_assert_eq!(named(&read.series), Ok((name.clone(), labels.clone())));
                prop_assert!(read.value == *value || (read.value.is_nan() && value.is_nan()), "{} {}", read.value, value);
                prop_assert_eq!(read.time_ms, *time_ms);
            }
        }
    }
}

#[test]
fn both_formats_look_as_their_readers_expect() {
    let write = |format| {
        let mut writer = Writer::new(format);
        writer.family("requests", Kind::Counter, "", "All \"requests\".\nReally \\ all.");
        writer.sample("_total", &[("code", "200"), ("path", "a\"b\\c\nd")], 1e15);
        writer.created(&[("code", "200"), ("path", "a\"b\\c\nd")], 1_790_812_800_250);
        writer.family("latency_seconds", Kind::Histogram, "seconds", "");
        writer.sample("_bucket", &[("le", "0.5")], 1.0);
        writer.sample("_bucket", &[("le", "+Inf")], 2.0);
        writer.sample("_sum", &[], 0.75);
        writer.sample("_count", &[], 2.0);
        writer.family("my.metric", Kind::Unknown, "", "");
        writer.sample_at("", &[("a.b", "c")], f64::NAN, Some(-1_500));
        writer.finish()
    };
    assert_eq!(
        write(Format::Text),
        "# HELP requests_total All \"requests\".\\nReally \\\\ all.\n# TYPE requests_total counter\n\
         requests_total{code=\"200\",path=\"a\\\"b\\\\c\\nd\"} 1e15\n# TYPE latency_seconds histogram\n\
         latency_seconds_bucket{le=\"0.5\"} 1\nlatency_seconds_bucket{le=\"+Inf\"} 2\nlatency_seconds_sum 0.75\n\
         latency_seconds_count 2\n# TYPE \"my.metric\" untyped\n{\"my.metric\",\"a.b\"=\"c\"} NaN -1500\n"
    );
    assert_eq!(
        write(Format::OpenMetrics),
        "# HELP requests All \\\"requests\\\".\\nReally \\\\ all.\n# TYPE requests counter\n\
         requests_total{code=\"200\",path=\"a\\\"b\\\\c\\nd\"} 1e15\n\
         requests_created{code=\"200\",path=\"a\\\"b\\\\c\\nd\"} 1790812800.25\n# TYPE latency_seconds histogram\n\
         # UNIT latency_seconds seconds\nlatency_seconds_bucket{le=\"0.5\"} 1\nlatency_seconds_bucket{le=\"+Inf\"} 2\n\
         latency_seconds_sum 0.75\nlatency_seconds_count 2\n# TYPE \"my.metric\" unknown\n\
         {\"my.metric\",\"a.b\"=\"c\"} NaN -1.500\n# EOF\n"
    );
}

#[test]
fn promtool_finds_nothing_to_say() {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };
    let mut writer = Writer::new(Format::Text);
    writer.family("farthing_scrapes", Kind::Counter, "", "Scrapes \"begun\" \\ all.");
    writer.sample("_total", &[("instance", "gpu\"\\\n:9400")], 3.0);
    writer.family("farthing_scrape_duration_seconds", Kind::Gauge, "seconds", "How long the last one took.");
    writer.sample("", &[], 1e-20);
    writer.family("farthing_latency_seconds", Kind::Histogram, "seconds", "Latency.");
    writer.sample("_bucket", &[("le", "0.5")], 1.0);
    writer.sample("_bucket", &[("le", "+Inf")], 2.0);
    writer.sample("_sum", &[], 0.75);
    writer.sample("_count", &[], 2.0);
    let text = writer.finish();
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is there: scripts/test installs it");
    promtool.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("promtool reads");
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.trim().is_empty(), "{text}{said}");
}
