//! Writes metrics as exporters expose them.

use std::fmt::Write as _;

use crate::{Format, Kind};

/// From here on, and below its inverse, numbers have an exponent.
const LONG: f64 = 1e15;

/// Writes families of metrics, each with its samples after it.
///
/// ```
/// use farthing_exposition::{Format, Kind, Writer};
///
/// let mut writer = Writer::new(Format::Text);
/// writer.family("farthing_scrapes", Kind::Counter, "", "Scrapes begun.");
/// writer.sample("_total", &[("instance", "gpu-1:9400")], 3.0);
/// let text = "# HELP farthing_scrapes_total Scrapes begun.\n# TYPE farthing_scrapes_total counter\n\
///     farthing_scrapes_total{instance=\"gpu-1:9400\"} 3\n";
/// assert_eq!(writer.finish(), text);
/// ```
#[derive(Debug)]
pub struct Writer {
    format: Format,
    text: String,
    family: String,
}

impl Writer {
    /// With nothing written.
    pub fn new(format: Format) -> Self {
        Writer { format, text: String::new(), family: String::new() }
    }

    /// The lines before a family's samples.
    ///
    /// A counter's name is given without `_total`. A unit must end the name, such as `seconds`; empty is none.
    pub fn family(&mut self, name: &str, kind: Kind, unit: &str, help: &str) {
        name.clone_into(&mut self.family);
        // The older format calls a counter as its samples, and an info likewise.
        let suffix = match (self.format, kind) {
            (Format::Text, Kind::Counter) => "_total",
            (Format::Text, Kind::Info) => "_info",
            _ => "",
        };
        for (keyword, text) in [("HELP", help), ("TYPE", kind.word(self.format)), ("UNIT", unit)] {
            if text.is_empty() || (keyword == "UNIT" && self.format == Format::Text) {
                continue;
            }
            let _ = write!(self.text, "# {keyword} ");
            if plain(name, true) {
                self.text.extend([name, suffix]);
            } else {
                self.quoted(&[name, suffix]);
            }
            self.text.push(' ');
            // Help has no quotes around it, so that the older format does not escape those in it.
            self.escaped(text, self.format == Format::OpenMetrics);
            self.text.push('\n');
        }
    }

    /// A sample of the family that was begun last. `suffix` is what follows the family's name: `_total` for counters,
    /// `_bucket`, `_sum` and `_count` for histograms, empty for gauges.
    pub fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        self.sample_at(suffix, labels, value, None);
    }

    /// A sample with its time, in milliseconds since 1970.
    pub fn sample_at(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64, time_ms: Option<i64>) {
        let family = std::mem::take(&mut self.family);
        let quoted = !plain(&family, true);
        if !quoted {
            self.text.extend([family.as_str(), suffix]);
        }
        if quoted || !labels.is_empty() {
            self.text.push('{');
            if quoted {
                self.quoted(&[&family, suffix]);
            }
            for (at, (name, value)) in labels.iter().enumerate() {
                if at > 0 || quoted {
                    self.text.push(',');
                }
                if plain(name, false) {
                    self.text.push_str(name);
                } else {
                    self.quoted(&[name]);
                }
                self.text.push('=');
                self.quoted(&[value]);
            }
            self.text.push('}');
        }
        self.family = family;
        self.text.push(' ');
        self.number(value);
        if let Some(time_ms) = time_ms {
            let _ = match self.format {
                Format::Text => write!(self.text, " {time_ms}"),
                Format::OpenMetrics => {
                    let sign = if time_ms < 0 { "-" } else { "" };
                    let size = time_ms.unsigned_abs();
                    write!(self.text, " {sign}{}.{:03}", size / 1_000, size % 1_000)
                }
            };
        }
        self.text.push('\n');
    }

    /// When the counter, histogram or summary of these labels began, in milliseconds since 1970. The older format has
    /// no place for it, and is given none.
    pub fn created(&mut self, labels: &[(&str, &str)], created_ms: i64) {
        if self.format == Format::OpenMetrics {
            self.sample("_created", labels, created_ms as f64 / 1_000.0);
        }
    }

    /// The text, with its end.
    pub fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn quoted(&mut self, parts: &[&str]) {
        self.text.push('"');
        for part in parts {
            self.escaped(part, true);
        }
        self.text.push('"');
    }

    fn escaped(&mut self, text: &str, quotes: bool) {
        for char in text.chars() {
            match char {
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '"' if quotes => self.text.push_str("\\\""),
                char => self.text.push(char),
            }
        }
    }

    fn number(&mut self, value: f64) {
        let size = value.abs();
        let _ = match value {
            _ if value.is_nan() => write!(self.text, "NaN"),
            f64::INFINITY => write!(self.text, "+Inf"),
            f64::NEG_INFINITY => write!(self.text, "-Inf"),
            _ if size != 0.0 && !(1.0 / LONG..LONG).contains(&size) => write!(self.text, "{value:e}"),
            _ => write!(self.text, "{value}"),
        };
    }
}

/// Whether a name needs no quotes.
fn plain(name: &str, colons: bool) -> bool {
    let fits = |(at, byte): (usize, u8)| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => true,
        b'0'..=b'9' => at > 0,
        b':' => colons,
        _ => false,
    };
    !name.is_empty() && name.bytes().enumerate().all(fits)
}
