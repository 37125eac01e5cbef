//! What holds of any bytes. The fuzzer and the tests share it.

use farthing_exposition::{Format, Limits, named, parse, recorded};

/// Reads a text in every way, and panics where something does not hold.
pub fn hold(text: &[u8]) {
    for format in [Format::Text, Format::OpenMetrics] {
        let mut samples = 0;
        let parsed = parse(text, format, &Limits::default(), &mut |sample| {
            samples += 1;
            // What the one reads as a series, the other takes apart, unless a label is there twice.
            match named(sample.series) {
                Ok((name, _)) => assert_eq!(name, sample.name()),
                Err(why) => assert!(why.ends_with("is there twice"), "{}: {why}", sample.series),
            }
            let _ = (sample.creates(), sample.created_ms());
            Ok(())
        });
        match parsed {
            Ok(summary) => assert_eq!(summary.samples, samples),
            Err(error) => {
                let lines = text.split(|byte| *byte == b'\n').count() + 1;
                assert!((1..=lines).contains(&error.line) && error.column >= 1, "{error}");
            }
        }
    }
    let _ = Format::guess(text);
    for line in String::from_utf8_lossy(text).lines() {
        if let Ok(recorded::Line::Sample(sample)) = recorded::parse(line.trim()) {
            let _ = named(sample.series);
        }
    }
}
