//! What parsing costs beside only finding the lines: `cargo bench -p farthing-exposition`.
//!
//! The text is that of a vLLM server's histograms and DCGM's gauges, 10,000 series.

use std::{collections::HashMap, fmt::Write as _, hint::black_box};

use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};
use farthing_exposition::{Format, Limits, named, parse};

const SERIES: usize = 10_000;

fn main() {
    divan::main();
}

fn text() -> Vec<u8> {
    let mut text = String::from("# TYPE vllm:time_to_first_token_seconds histogram\n");
    for at in 0..SERIES / 2 {
        let (pod, le) = (at / 20, (at % 20) as f64 * 0.25);
        let _ = writeln!(
            text,
            "vllm:time_to_first_token_seconds_bucket{{engine=\"0\",le=\"{le}\",model_name=\"meta-llama/Llama-3.1-8B\",pod=\"chat-{pod}\"}} {}.0",
            at * 37
        );
    }
    text.push_str("# TYPE DCGM_FI_DEV_POWER_USAGE gauge\n");
    for at in 0..SERIES - SERIES / 2 {
        let _ = writeln!(
            text,
            "DCGM_FI_DEV_POWER_USAGE{{gpu=\"{}\",UUID=\"GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52\",device=\"nvidia0\",\
             modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"gpu-{}\"}} {}.123",
            at % 8,
            at / 8,
            60 + at % 600
        );
    }
    text.push_str("# EOF\n");
    text.into_bytes()
}

/// The limit: every line is found, and nothing is read.
#[divan::bench]
fn lines_only(bencher: Bencher) {
    let text = text();
    bencher
        .counter(BytesCount::of_slice(&text))
        .counter(ItemsCount::new(SERIES))
        .bench(|| black_box(&text).split(|byte| *byte == b'\n').filter(|line| line.last() != Some(&b'#')).count());
}

/// Every line's grammar and value, and nothing kept.
#[divan::bench(args = [Format::Text, Format::OpenMetrics])]
fn parsed(bencher: Bencher, format: Format) {
    let text = text();
    bencher.counter(BytesCount::of_slice(&text)).counter(ItemsCount::new(SERIES)).bench(|| {
        let mut sum = 0.0;
        let read = parse(black_box(&text), format, &Limits::default(), &mut |sample| {
            sum += sample.value;
            Ok(())
        });
        (read.expect("it parses"), sum)
    });
}

/// As a scraper does it: each sample finds what its series' text was found to be at the first scrape.
#[divan::bench]
fn parsed_and_known(bencher: Bencher) {
    let text = text();
    let mut known: HashMap<String, usize> = HashMap::new();
    let read = parse(&text, Format::OpenMetrics, &Limits::default(), &mut |sample| {
        let next = known.len();
        known.insert(sample.series.to_string(), next);
        Ok(())
    });
    read.expect("it parses");
    bencher.counter(BytesCount::of_slice(&text)).counter(ItemsCount::new(SERIES)).bench(|| {
        let mut samples = Vec::with_capacity(SERIES);
        let read = parse(black_box(&text), Format::OpenMetrics, &Limits::default(), &mut |sample| {
            samples.push((known[sample.series], sample.value));
            Ok(())
        });
        (read.expect("it parses"), samples)
    });
}

/// The first scrape: the labels of every series, too.
#[divan::bench]
fn parsed_and_new(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_slice(&text)).counter(ItemsCount::new(SERIES)).bench(|| {
        let mut known = HashMap::new();
        let read = parse(black_box(&text), Format::OpenMetrics, &Limits::default(), &mut |sample| {
            known.insert(sample.series, named(sample.series)?);
            Ok(())
        });
        (read.expect("it parses"), known)
    });
}
