//! What indicators are derived from.

use farthing_plan::{Derivation, Indicator};

use super::{Shape, float, indicator::Indicators, missing};
use crate::error::EvaluatorError;

/// How an indicator follows from others.
pub(crate) struct DerivedShape {
    pub form: DerivedForm,
    /// In the order that the form says.
    pub parts: Vec<PartShape>,
}

/// How the parts are put together.
pub(crate) enum DerivedForm {
    /// Each part is the indicator within one class; their shares, in the same order.
    Standardized { shares: Vec<f64> },
    /// The first part has the labels; then come pairs, each of what is shared and of its key.
    Allocated,
    /// The first part beside the second.
    Relative,
    /// The first part's ratio, while of the second at most this share is bad.
    Peak { limit: f64 },
}

/// A part, within the group of what is derived from it.
pub(crate) struct PartShape {
    /// Index into [`Shape::indicators`].
    pub indicator: usize,
    /// Where the values of its labels come from, in the order of its label list.
    key: Vec<Key>,
    /// Whether it has all labels of what is derived from it, so that its groups say which groups there are.
    complete: bool,
}

enum Key {
    /// The value of the derived indicator's label, by index.
    Label(usize),
    /// A class.
    Class(String),
}

impl PartShape {
    /// The part's group within a group of what is derived from it, both as values in the order of their label lists.
    pub(crate) fn group(&self, derived: &[String]) -> Vec<String> {
        self.key
            .iter()
            .map(|key| match key {
                Key::Label(at) => derived[*at].clone(),
                Key::Class(class) => class.clone(),
            })
            .collect()
    }

    /// Whether a group of the part belongs to a group of what is derived from it.
    pub(crate) fn belongs(&self, own: &[String], derived: &[String]) -> bool {
        self.key.iter().zip(own).all(|(key, value)| match key {
            Key::Label(at) => derived[*at] == *value,
            Key::Class(class) => class == value,
        })
    }

    /// The group of what is derived that a group of the part makes there be; none where it has not all its labels, or is
    /// of another class.
    pub(crate) fn derived_group(&self, own: &[String], labels: usize) -> Option<Vec<String>> {
        if !self.complete {
            return None;
        }
        let mut values = vec![String::new(); labels];
        for (key, value) in self.key.iter().zip(own) {
            match key {
                Key::Label(at) => values[*at].clone_from(value),
                Key::Class(class) if class == value => {}
                Key::Class(_) => return None,
            }
        }
        Some(values)
    }
}

impl Shape {
    pub(super) fn derived<'p>(
        &mut self,
        indicators: &mut Indicators<'p>,
        indicator: &'p Indicator,
        derivation: &Derivation,
        by: usize,
    ) -> Result<DerivedShape, EvaluatorError> {
        let labels = self.bys[by].clone();
        let mut part = |id: &str, class: Option<(&str, &str)>| -> Result<PartShape, EvaluatorError> {
            let named = indicators.service.indicator(id).ok_or_else(|| missing("indicator", id, &indicator.id))?;
            let key = named.by.iter().map(|label| match class {
                Some((of, class)) if of == label => Ok(Key::Class(class.to_string())),
                _ => labels
                    .iter()
                    .position(|known| known == label)
                    .map(Key::Label)
                    .ok_or_else(|| missing("label", label, &indicator.id)),
            });
            let key: Vec<Key> = key.collect::<Result<_, _>>()?;
            if let Some((label, _)) = class.filter(|(label, _)| !named.by.iter().any(|known| known == label)) {
                return Err(missing("label", label, id));
            }
            let has = |at: usize| key.iter().any(|key| matches!(key, Key::Label(of) if *of == at));
            let complete = (0..labels.len()).all(has);
            let made = self.indicator(indicators, id, &named.by, &indicator.id)?;
            Ok(PartShape { indicator: made, key, complete })
        };
        Ok(match derivation {
            Derivation::Standardized { of, label, mix } => DerivedShape {
                parts: mix.keys().map(|class| part(of, Some((label, class)))).collect::<Result<_, _>>()?,
                form: DerivedForm::Standardized { shares: mix.values().map(float).collect::<Result<_, _>>()? },
            },
            Derivation::Allocated { .. } | Derivation::Relative { .. } => DerivedShape {
                parts: derivation.parts().into_iter().map(|id| part(id, None)).collect::<Result<_, _>>()?,
                form: match derivation {
                    Derivation::Allocated { .. } => DerivedForm::Allocated,
                    _ => DerivedForm::Relative,
                },
            },
            Derivation::Peak { of, while_indicator, limit } => DerivedShape {
                parts: vec![part(of, None)?, part(while_indicator, None)?],
                form: DerivedForm::Peak { limit: float(limit)? },
            },
        })
    }
}
