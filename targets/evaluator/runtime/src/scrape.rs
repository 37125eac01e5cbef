//! Asks exporters for their metrics.
