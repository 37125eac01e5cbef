//! What can be wrong with a plan, a sample or an event.

use std::fmt;

/// Why a plan cannot be evaluated. Plans of the compiler have none of these.
#[derive(Clone, Debug, PartialEq)]
pub enum EvaluatorError {
    /// An objective or indicator names something that its service does not have.
    Missing {
        /// `indicator`, `flow`, `event`, `field`, `label`, `zone`, `objective` or `pattern`.
        what: &'static str,
        /// Its name.
        name: String,
        /// Who names it.
        by: String,
    },
    /// A matcher's pattern is no regular expression.
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A period or a window of no length, or beyond [`LONGEST_PERIOD`](crate::LONGEST_PERIOD).
    Length {
        /// The objective's id.
        objective: String,
        /// The length in seconds.
        seconds: u64,
    },
    /// An indicator that is derived from itself.
    Circular {
        /// Its id.
        indicator: String,
    },
    /// A factor whose absolute value is beyond 10^60: amounts could leave the range of floats.
    Factor {
        /// The factor.
        factor: String,
    },
}

impl fmt::Display for EvaluatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvaluatorError::Missing { what, name, by } => {
                write!(f, "{by} names the {what} {name}, which is not there")
            }
            EvaluatorError::Pattern { pattern, message } => {
                write!(f, "{pattern:?} is no pattern: {message}")
            }
            EvaluatorError::Length { objective, seconds } => {
                write!(
                    f,
                    "{objective} has a period or window of {seconds} s; it must be above 0 and at most five years"
                )
            }
            EvaluatorError::Circular { indicator } => write!(f, "{indicator} is derived from itself"),
            EvaluatorError::Factor { factor } => write!(f, "the factor {factor} is too large"),
        }
    }
}

impl std::error::Error for EvaluatorError {}

/// Why a sample was refused. A refused sample changes nothing but [`Health`](crate::Health).
#[derive(Clone, Debug, PartialEq)]
pub enum ObserveError {
    /// No such series: the handle is of another evaluator, or of a series that was silent and forgotten because there
    /// were [`MAX_SERIES`](crate::MAX_SERIES) others. Register it again.
    UnknownSeries,
    /// Not after the series' last sample, both in milliseconds since the epoch.
    OutOfOrder {
        /// The last sample's time.
        last_ms: i64,
        /// The refused one's.
        time_ms: i64,
    },
    /// A counter below 0.
    NegativeCounter {
        /// Its value.
        value: f64,
    },
    /// Before 1970 or after the year 9999.
    Time {
        /// The time in milliseconds.
        time_ms: i64,
    },
}

impl fmt::Display for ObserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObserveError::UnknownSeries => f.write_str("no such series; register it again"),
            ObserveError::OutOfOrder { last_ms, time_ms } => {
                write!(f, "out of order: a sample at {time_ms} ms after one at {last_ms} ms")
            }
            ObserveError::NegativeCounter { value } => write!(f, "a counter of {value}, below 0"),
            ObserveError::Time { time_ms } => {
                write!(f, "{time_ms} ms is no time between 1970 and 9999")
            }
        }
    }
}

impl std::error::Error for ObserveError {}

/// Why an event, a batch of them or a label value was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordError {
    /// No such kind of event: the handle is of another evaluator.
    UnknownEvent,
    /// The field is no label field of the event.
    NoLabelField {
        /// The index, in the event's fields.
        field: usize,
    },
    /// The field has a list of allowed values, and this is none of them.
    NotAllowed {
        /// The field's name.
        field: String,
        /// The value.
        value: String,
    },
    /// A field that objectives are broken down by has
    /// [`MAX_LABEL_VALUES`](crate::MAX_LABEL_VALUES) different values already.
    TooManyValues {
        /// The field's name.
        field: String,
    },
    /// A label that [`Evaluator::label`](crate::Evaluator::label) did not give for this field.
    UnknownLabel,
    /// Not one number for each number field and one label for each label field.
    Shape {
        /// How many numbers or columns of them there must be.
        numbers: usize,
        /// How many labels or columns of them there must be.
        labels: usize,
    },
    /// Columns of different lengths.
    Columns,
    /// A number that a flow reads is not a number, infinite or beyond 10^100.
    NotANumber {
        /// The field's name.
        field: String,
    },
    /// Before 1970 or after the year 9999.
    Time {
        /// The time in milliseconds.
        time_ms: i64,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::UnknownEvent => f.write_str("no such event"),
            RecordError::NoLabelField { field } => write!(f, "field {field} is no label"),
            RecordError::NotAllowed { field, value } => {
                write!(f, "{value:?} is no value of {field}")
            }
            RecordError::TooManyValues { field } => {
                write!(f, "too many different values of {field}")
            }
            RecordError::UnknownLabel => f.write_str("a label of another field"),
            RecordError::Shape { numbers, labels } => {
                write!(f, "this event has {numbers} numbers and {labels} labels")
            }
            RecordError::Columns => f.write_str("columns of different lengths"),
            RecordError::NotANumber { field } => write!(f, "{field} is not a number"),
            RecordError::Time { time_ms } => {
                write!(f, "{time_ms} ms is no time between 1970 and 9999")
            }
        }
    }
}

impl std::error::Error for RecordError {}
