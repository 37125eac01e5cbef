//! Series: from neighbouring samples to amounts in minutes.

mod one;
mod table;

pub(crate) use one::SeriesState;
pub(crate) use table::{Change, SeriesTable};
pub use table::{MAX_SERIES, SeriesId};

/// What a sample says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleValue {
    /// The series has this value. What is not a number, or infinite, is no sample.
    Number(f64),
    /// The series has ended here: Prometheus's stale marker.
    Stale,
}

impl SampleValue {
    /// The bits of the float by which Prometheus marks the end of a series.
    pub const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;
}

impl From<f64> for SampleValue {
    /// A value as Prometheus stores it, in which one particular not-a-number is the stale marker.
    fn from(value: f64) -> Self {
        if value.to_bits() == Self::STALE_BITS { SampleValue::Stale } else { SampleValue::Number(value) }
    }
}

/// Beyond this a number is taken for a mistake: sums of such could leave the range of floats.
pub(crate) const LARGEST_NUMBER: f64 = 1e100;

/// Whether a float is a number that can be added up.
#[inline]
pub(crate) fn is_number(value: f64) -> bool {
    // False for what is not a number as well.
    value.abs() <= LARGEST_NUMBER
}
