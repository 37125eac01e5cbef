//! What `/metrics` says.

use super::Connection;

/// All samples of one answer: the series as it is written, and its value.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Vec<(String, f64)>);

impl Metrics {
    /// # Errors
    /// Where the connection breaks. An answer that is not 200 is a failure of the test.
    pub fn ask(connection: &mut Connection) -> std::io::Result<Metrics> {
        let answer = connection.get("/metrics")?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Ok(Metrics::read(&answer.body))
    }

    fn read(text: &str) -> Metrics {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let sample = |line: &str| {
            let (series, value) = line.rsplit_once(' ').expect("a series and a value");
            (series.to_string(), value.parse().expect("a number"))
        };
        Metrics(lines.map(sample).collect())
    }

    /// Every series whose name begins so, with its value.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        let of = self.0.iter().filter(move |(series, _)| series.starts_with(name));
        of.map(|(series, value)| (series.as_str(), *value))
    }

    /// The sum of the series with this name that have all these pieces of text in their labels.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        self.of(name)
            .filter(|(series, _)| labels.iter().all(|label| series.contains(label)))
            .map(|(_, value)| value)
            .sum()
    }
}
