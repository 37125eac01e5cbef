//! Why a plan cannot be embedded.

use std::fmt;

use farthing_plan::PlanError;

use crate::EvaluatorError;

/// Why an evaluator cannot be made of a plan, or has no such handle. A generated module that was compiled with the
/// farthing that made it has none of these.
#[derive(Debug)]
pub enum OpenError {
    /// The text is no plan, or one of another version.
    Plan(PlanError),
    /// The plan cannot be evaluated.
    Evaluator(EvaluatorError),
    /// The plan has nothing of this name.
    Unknown {
        /// What was asked for: `event`, `objective`.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Plan(error) => error.fmt(f),
            OpenError::Evaluator(error) => error.fmt(f),
            OpenError::Unknown { what, name } => {
                write!(f, "the plan has no {what} {name}; compile the .slo files again")
            }
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Plan(error) => Some(error),
            OpenError::Evaluator(error) => Some(error),
            OpenError::Unknown { .. } => None,
        }
    }
}

impl From<PlanError> for OpenError {
    fn from(error: PlanError) -> Self {
        OpenError::Plan(error)
    }
}

impl From<EvaluatorError> for OpenError {
    fn from(error: EvaluatorError) -> Self {
        OpenError::Evaluator(error)
    }
}
