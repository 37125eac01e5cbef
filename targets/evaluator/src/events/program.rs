//! What the flows of one kind of event read, compiled once.

use farthing_plan::{Condition, Event, Exact, FieldKind, Polynomial, Source};

use super::{
    condition::NumberCondition,
    groups::Groups,
    labels::{LabelFields, LabelId},
    polynomial::{ExactPolynomial, FloatPolynomial},
};
use crate::{
    error::EvaluatorError,
    series::is_number,
    shape::{Shape, float, missing, position_or_push},
    store::Store,
    time::Minute,
};

/// What is read from one kind of event.
pub(crate) struct Program {
    /// The names of the number fields, in order: the columns of numbers.
    pub numbers: Vec<String>,
    /// The label fields, in order: the columns of labels.
    pub labels: LabelFields,
    /// The number columns that something reads.
    pub read: Vec<usize>,
    pub polynomials: Vec<FloatPolynomial>,
    pub conditions: Vec<EventCondition>,
    pub measures: Vec<Measure>,
    /// For each list of labels that measures are kept by.
    pub groups: Vec<Groups>,
    /// Scratch: which conditions hold for the event at hand.
    holding: Vec<bool>,
}

/// A condition on one event.
pub(crate) enum EventCondition {
    Number(NumberCondition),
    Label {
        column: usize,
        ids: Vec<u32>,
        negated: bool,
    },
    /// `pattern` is one of the column's patterns, by index.
    Pattern {
        column: usize,
        pattern: usize,
        negated: bool,
    },
}

/// A source of events: what is added up of which events.
pub(crate) struct Measure {
    /// Index into the shape's sources.
    pub source: usize,
    /// Index into [`Program::polynomials`]; none for a count.
    pub value: Option<usize>,
    /// Indices into [`Program::conditions`]; all hold.
    pub conditions: Vec<usize>,
}

impl Program {
    pub(super) fn new(event: &Event, shape: &Shape) -> Result<Program, EvaluatorError> {
        let sources: Vec<(usize, Option<&Polynomial>, &[Condition])> = shape
            .sources
            .iter()
            .enumerate()
            .filter_map(|(index, source)| match &source.source {
                Source::EventCount { event: of, conditions } if *of == event.name => {
                    Some((index, None, conditions.as_slice()))
                }
                Source::EventSum { event: of, value, conditions } if *of == event.name => {
                    Some((index, Some(value), conditions.as_slice()))
                }
                _ => None,
            })
            .collect();
        let numbers = event.fields.iter().filter(|field| matches!(field.kind, FieldKind::Number { .. }));
        let mut program = Program {
            numbers: numbers.map(|field| field.name.clone()).collect(),
            labels: LabelFields::new(event, sources.iter().flat_map(|source| source.2), shape)?,
            read: Vec::new(),
            polynomials: Vec::new(),
            conditions: Vec::new(),
            measures: Vec::new(),
            groups: Vec::new(),
            holding: Vec::new(),
        };
        let (mut values, mut conditions) = (Vec::new(), Vec::new());
        for (source, value, conditioned) in sources {
            let value = match value {
                Some(value) => Some(position_or_push(&mut values, &program.polynomial(event, value)?)),
                None => None,
            };
            let of = conditioned.iter().map(|condition| position_or_push(&mut conditions, condition)).collect();
            program.measures.push(Measure { source, value, conditions: of });
        }
        for value in &values {
            program.polynomials.push(FloatPolynomial::new(value, float)?);
        }
        for condition in &conditions {
            let compiled = program.condition(event, condition)?;
            program.conditions.push(compiled);
        }
        program.read.sort_unstable();
        program.read.dedup();
        program.holding = vec![false; program.conditions.len()];
        for (measure, of) in program.measures.iter().enumerate() {
            for &by in &shape.source_bys[of.source] {
                match program.groups.iter_mut().find(|groups| groups.by == by) {
                    Some(groups) => groups.measures.push(measure),
                    None => {
                        let columns = shape.bys[by].iter().map(|label| {
                            program.labels.column_named(label).ok_or_else(|| missing("field", label, &event.name))
                        });
                        program.groups.push(Groups::new(by, columns.collect::<Result<_, _>>()?, measure));
                    }
                }
            }
        }
        Ok(program)
    }

    /// A plan's polynomial on numbers as read.
    fn polynomial(&mut self, event: &Event, polynomial: &Polynomial) -> Result<ExactPolynomial, EvaluatorError> {
        let column = |index: usize| -> Result<(usize, Exact), EvaluatorError> {
            match event.fields.get(index) {
                Some(field) => match &field.kind {
                    FieldKind::Number { scale, .. } => {
                        let before = event.fields[..index].iter();
                        let column = before.filter(|field| matches!(field.kind, FieldKind::Number { .. })).count();
                        Ok((column, scale.clone()))
                    }
                    _ => Err(missing("field", &field.name, &event.name)),
                },
                None => Err(missing("field", &index.to_string(), &event.name)),
            }
        };
        let made = ExactPolynomial::new(polynomial, column)?;
        self.read.extend(made.terms.iter().flat_map(|(_, columns)| columns));
        Ok(made)
    }

    fn condition(&mut self, event: &Event, condition: &Condition) -> Result<EventCondition, EvaluatorError> {
        match condition {
            Condition::Label { field, values, negated } => {
                let column =
                    self.labels.column(*field).ok_or_else(|| missing("field", &field.to_string(), &event.name))?;
                let ids = values.iter().filter_map(|value| self.labels.id(column, value)).collect();
                Ok(EventCondition::Label { column, ids, negated: *negated })
            }
            Condition::Pattern { field, pattern, negated } => {
                let column =
                    self.labels.column(*field).ok_or_else(|| missing("field", &field.to_string(), &event.name))?;
                let pattern =
                    self.labels.pattern(column, pattern).ok_or_else(|| missing("pattern", pattern, &event.name))?;
                Ok(EventCondition::Pattern { column, pattern, negated: *negated })
            }
            Condition::Number { value, comparison, bound } => {
                let value = self.polynomial(event, value)?;
                Ok(EventCondition::Number(NumberCondition::new(value, *comparison, bound)?))
            }
        }
    }

    /// Whether all numbers that are read are such, and what they come to is; else the first column that is not.
    pub(super) fn check(&self, numbers: &[f64]) -> Result<(), usize> {
        if let Some(column) = self.read.iter().find(|column| !is_number(numbers[**column])) {
            return Err(*column);
        }
        let overflows = |polynomial: &&FloatPolynomial| !is_number(polynomial.value(numbers));
        match self.polynomials.iter().find(overflows) {
            Some(polynomial) => {
                Err(polynomial.terms.first().and_then(|(_, columns)| columns.first()).copied().unwrap_or(0))
            }
            None => Ok(()),
        }
    }

    /// Adds one event. INVARIANT: its numbers passed [`Program::check`], its labels [`LabelFields::check`].
    pub(super) fn record(&mut self, minute: Minute, numbers: &[f64], labels: &[LabelId], store: &mut Store) {
        for (holding, condition) in self.holding.iter_mut().zip(&self.conditions) {
            *holding = condition.holds(numbers, labels, &self.labels);
        }
        for groups in &mut self.groups {
            let Some(group) = groups.find(labels, minute, &self.measures, &self.labels, store) else {
                continue;
            };
            for (measure, stream) in groups.measures.iter().zip(groups.streams(group)) {
                let measure = &self.measures[*measure];
                if measure.conditions.iter().all(|condition| self.holding[*condition]) {
                    let amount = measure.value.map_or(1.0, |value| self.polynomials[value].value(numbers));
                    store.add(*stream, minute, amount);
                }
            }
        }
    }

    /// The bytes that it holds, without the text of labels.
    pub(crate) fn bytes(&self) -> usize {
        self.labels.bytes() + self.groups.iter().map(Groups::bytes).sum::<usize>()
    }
}

impl EventCondition {
    #[inline]
    pub(super) fn holds(&self, numbers: &[f64], labels: &[LabelId], fields: &LabelFields) -> bool {
        match self {
            EventCondition::Number(condition) => condition.holds(numbers),
            EventCondition::Label { column, ids, negated } => ids.contains(&labels[*column].0) != *negated,
            EventCondition::Pattern { column, pattern, negated } => {
                fields.matches(*column, labels[*column], *pattern) != *negated
            }
        }
    }
}
