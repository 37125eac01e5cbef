//! The two formats, and the kinds of metrics.

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's text format 0.0.4: times in milliseconds.
    Text,
    /// OpenMetrics 1.0: times in seconds, `# EOF` at the end.
    OpenMetrics,
}

impl Format {
    /// The `Content-Type` of a text that is written so.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// What a `Content-Type` says; none where it says nothing of the two.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/openmetrics-text") {
            return Some(Format::OpenMetrics);
        }
        essence.eq_ignore_ascii_case("text/plain").then_some(Format::Text)
    }

    /// By looking: OpenMetrics ends in `# EOF`.
    pub fn guess(text: &[u8]) -> Self {
        match text.trim_ascii_end().strip_suffix(b"# EOF") {
            Some(before) if before.last().is_none_or(|byte| *byte == b'\n') => Format::OpenMetrics,
            _ => Format::Text,
        }
    }
}

/// What a `# TYPE` line says of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only rises; its samples end in `_total`.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Cumulative buckets, with a sum and a count.
    Histogram,
    /// A histogram whose buckets may fall.
    GaugeHistogram,
    /// Quantiles, with a sum and a count.
    Summary,
    /// Text as labels of a 1.
    Info,
    /// One of several states.
    StateSet,
    /// Nobody said.
    Unknown,
}

impl Kind {
    /// The word for it. `untyped` is what the older format has for what is unknown.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::Histogram,
            "gaugehistogram" => Kind::GaugeHistogram,
            "summary" => Kind::Summary,
            "info" => Kind::Info,
            "stateset" => Kind::StateSet,
            "unknown" | "untyped" => Kind::Unknown,
            _ => return None,
        })
    }

    /// The word for it in a format; the older one has fewer.
    pub(crate) fn word(self, format: Format) -> &'static str {
        match (self, format) {
            (Kind::Counter, _) => "counter",
            (Kind::Gauge, _) | (Kind::Info | Kind::StateSet, Format::Text) => "gauge",
            (Kind::Histogram, _) | (Kind::GaugeHistogram, Format::Text) => "histogram",
            (Kind::Summary, _) => "summary",
            (Kind::Unknown, Format::Text) => "untyped",
            (Kind::GaugeHistogram, Format::OpenMetrics) => "gaugehistogram",
            (Kind::Info, Format::OpenMetrics) => "info",
            (Kind::StateSet, Format::OpenMetrics) => "stateset",
            (Kind::Unknown, Format::OpenMetrics) => "unknown",
        }
    }

    /// Whether it begins at some time, which a series with `_created` may tell.
    pub(crate) fn begins(self) -> bool {
        matches!(self, Kind::Counter | Kind::Histogram | Kind::GaugeHistogram | Kind::Summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_type_or_their_end() {
        for format in [Format::Text, Format::OpenMetrics] {
            assert_eq!(Format::from_content_type(format.content_type()), Some(format));
        }
        assert_eq!(Format::from_content_type("Text/Plain"), Some(Format::Text));
        assert_eq!(Format::from_content_type("text/html"), None);
        assert_eq!(Format::from_content_type(""), None);
        for (text, format) in [
            ("a 1\n# EOF\n", Format::OpenMetrics),
            ("# EOF", Format::OpenMetrics),
            ("a 1\n", Format::Text),
            ("a{b=\"# EOF", Format::Text),
            ("", Format::Text),
        ] {
            assert_eq!(Format::guess(text.as_bytes()), format, "{text:?}");
        }
    }
}
