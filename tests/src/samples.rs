//! Series of samples, as a scrape would have left them, and their text.

use std::fmt::Write;

use farthing_plan::Labels;

/// The bits of the float by which Prometheus marks the end of a series.
pub const STALE: u64 = 0x7ff0_0000_0000_0002;

/// One series: a name, labels, and samples in the order of time.
#[derive(Clone, Debug)]
pub struct Series {
    /// The metric's name as exposed.
    pub name: String,
    /// Its labels, without the name.
    pub labels: Labels,
    /// Milliseconds since the Unix epoch, strictly ascending, and the value. The bits of [`STALE`] end the series.
    pub samples: Vec<(i64, f64)>,
}

impl Series {
    /// A series without samples.
    pub fn new(name: &str, labels: &[(&str, &str)]) -> Self {
        let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Series { name: name.to_string(), labels, samples: Vec::new() }
    }
}

/// The series as OpenMetrics text with timestamps, without types: any name is then allowed for any series.
/// `promtool tsdb create-blocks-from openmetrics` reads it.
///
/// Stale markers are left out: no text says them. Where there are any, Prometheus must look back for little more than
/// the time between two scrapes, which ends a series about as soon as its marker would.
pub fn open_metrics(series: &[Series]) -> String {
    let mut text = String::new();
    for one in series {
        let mut key = one.name.clone();
        for (number, (name, value)) in one.labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let open = if number == 0 { "{" } else { "," };
            write!(key, "{open}{name}=\"{value}\"").expect("a String takes any text");
        }
        if !one.labels.is_empty() {
            key.push('}');
        }
        for (ms, value) in one.samples.iter().filter(|(_, value)| value.to_bits() != STALE) {
            // Seconds with three places name the millisecond exactly; the shortest text of a float names the float.
            let (seconds, rest) = (ms.div_euclid(1000), ms.rem_euclid(1000));
            writeln!(text, "{key} {value} {seconds}.{rest:03}").expect("a String takes any text");
        }
    }
    text.push_str("# EOF\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_each_sample_once_and_ends() {
        let mut series = Series::new("a:total", &[("x", "quo\"te"), ("y", "2")]);
        series.samples = vec![(1_500, 0.1), (61_000, 4e15), (62_000, f64::from_bits(STALE))];
        let bare = Series { samples: vec![(7, 1.0)], ..Series::new("b", &[]) };
        assert_eq!(
            open_metrics(&[series, bare]),
            "a:total{x=\"quo\\\"te\",y=\"2\"} 0.1 1.500\n\
             a:total{x=\"quo\\\"te\",y=\"2\"} 4000000000000000 61.000\n\
             b 1 0.007\n# EOF\n"
        );
    }
}
