//! Reads what exporters expose: Prometheus text and OpenMetrics.
