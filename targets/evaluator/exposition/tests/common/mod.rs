//! Owned samples, for tests.
#![allow(dead_code)]

use farthing_exposition::{Format, Limits, ParseError, Sample, parse};

#[derive(Debug)]
pub struct Read {
    pub series: String,
    pub name: String,
    pub value: f64,
    pub time_ms: Option<i64>,
    pub creates: bool,
    pub created_ms: Option<i64>,
}

pub fn try_read(text: &[u8], format: Format) -> Result<Vec<Read>, ParseError> {
    let mut samples = Vec::new();
    let mut take = |sample: Sample<'_>| {
        samples.push(Read {
            series: sample.series.to_string(),
            name: sample.name().into_owned(),
            value: sample.value,
            time_ms: sample.time_ms,
            creates: sample.creates(),
            created_ms: sample.created_ms(),
        });
        Ok(())
    };
    let summary = parse(text, format, &Limits::default(), &mut take)?;
    assert_eq!(summary.samples, samples.len());
    Ok(samples)
}

pub fn read(text: &str, format: Format) -> Vec<Read> {
    try_read(text.as_bytes(), format).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

pub fn why(text: &str, format: Format) -> ParseError {
    try_read(text.as_bytes(), format).expect_err(text)
}
