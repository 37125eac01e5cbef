//! Why an event was refused, in words of Python.

use farthing_evaluator::{Evaluator, LabelId, MAX_LABEL_VALUES, RecordError};
use farthing_plan::{Event, FieldKind};

use crate::schema::Schema;

/// Gives the number of a label's value, or says why there is none.
pub(crate) fn label(
    evaluator: &mut Evaluator,
    schema: &Schema,
    event: &Event,
    label: usize,
    value: &str,
) -> Result<LabelId, String> {
    let field = schema.labels[label];
    evaluator.label(schema.id, field, value).map_err(|error| {
        let name = &event.fields[field].name;
        match (error, &event.fields[field].kind) {
            (RecordError::NotAllowed { .. }, FieldKind::Label { allowed }) => {
                let nearest = crate::schema::nearest(value, allowed.iter().map(String::as_str));
                let meant = nearest.map_or(".".to_string(), |nearest| format!("; did you mean {nearest:?}?"));
                let allowed: Vec<String> = allowed.iter().map(|value| format!("{value:?}")).collect();
                format!("{value:?} is no value of {name:?}{meant} It can be {}", allowed.join(", "))
            }
            (RecordError::TooManyValues { .. }, _) => format!(
                "{name:?} has {MAX_LABEL_VALUES} different values already: too many to break an objective down by"
            ),
            (error, _) => error.to_string(),
        }
    })
}
