//! A run of events in one minute, measure by measure instead of event by event.

use super::{
    batch::Scratch,
    condition::{NumberCondition, PolynomialCondition},
    labels::{LabelFields, LabelId},
    polynomial::FloatPolynomial,
    program::{EventCondition, Measure, Program},
};
use crate::{store::Store, time::Minute};

impl Program {
    /// Adds `count` events of one minute, at most as many as the scratch holds, whose numbers were checked and whose
    /// columns are summed in the scratch.
    pub(super) fn record_run(
        &mut self,
        minute: Minute,
        run: &[&[f64]],
        labels: &[&[LabelId]],
        count: usize,
        scratch: &mut Scratch,
        store: &mut Store,
    ) {
        for (at, condition) in self.conditions.iter().enumerate() {
            let mut mask = std::mem::take(&mut scratch.masks[at]);
            condition.mask(run, labels, &self.labels, &mut mask[..count], scratch);
            scratch.masks[at] = mask;
        }
        for groups in &mut self.groups {
            if groups.columns.is_empty() {
                let Some(group) = groups.find(&[], minute, &self.measures, &self.labels, store) else {
                    continue;
                };
                for (measure, stream) in groups.measures.iter().zip(groups.streams(group)) {
                    let amount = self.measures[*measure].over_run(&self.polynomials, run, count, scratch);
                    store.add(*stream, minute, amount);
                }
                continue;
            }
            for at in 0..count {
                for (number, column) in scratch.numbers.iter_mut().zip(run) {
                    *number = column[at];
                }
                for (label, column) in scratch.labels.iter_mut().zip(labels) {
                    *label = column[at];
                }
                let Some(group) = groups.find(&scratch.labels, minute, &self.measures, &self.labels, store) else {
                    continue;
                };
                for (measure, stream) in groups.measures.iter().zip(groups.streams(group)) {
                    let measure = &self.measures[*measure];
                    if measure.conditions.iter().all(|condition| scratch.masks[*condition][at] != 0.0) {
                        let value = |value: usize| self.polynomials[value].value(&scratch.numbers);
                        store.add(*stream, minute, measure.value.map_or(1.0, value));
                    }
                }
            }
        }
    }
}

impl Measure {
    /// What it adds up over a run.
    fn over_run(&self, polynomials: &[FloatPolynomial], run: &[&[f64]], count: usize, scratch: &mut Scratch) -> f64 {
        let mask: Option<&[f64]> = match self.conditions.as_slice() {
            [] => None,
            [one] => Some(&scratch.masks[*one][..count]),
            [first, others @ ..] => {
                scratch.mask[..count].copy_from_slice(&scratch.masks[*first][..count]);
                for other in others {
                    for (mask, factor) in scratch.mask[..count].iter_mut().zip(&scratch.masks[*other]) {
                        *mask *= factor;
                    }
                }
                Some(&scratch.mask[..count])
            }
        };
        match (self.value.map(|value| &polynomials[value]), mask) {
            (None, None) => count as f64,
            (None, Some(mask)) => sum(mask.iter().copied()),
            (Some(value), None) if value.is_linear() => {
                let terms =
                    value.terms.iter().map(|(factor, of)| factor * of.iter().map(|at| scratch.sums[*at]).sum::<f64>());
                terms.sum::<f64>() + value.constant * count as f64
            }
            (Some(value), mask) => {
                let values = &mut scratch.values[..count];
                values.fill(0.0);
                value.add_values(run, values, None);
                match mask {
                    None => sum(values.iter().copied()),
                    Some(mask) => sum(values.iter().zip(mask).map(|(value, mask)| value * mask)),
                }
            }
        }
    }
}

impl EventCondition {
    /// For each event of a run, 1.0 where it holds, else 0.0.
    fn mask(
        &self,
        run: &[&[f64]],
        labels: &[&[LabelId]],
        fields: &LabelFields,
        mask: &mut [f64],
        scratch: &mut Scratch,
    ) {
        match self {
            EventCondition::Label { column, ids, negated } => {
                for (mask, label) in mask.iter_mut().zip(labels[*column]) {
                    *mask = flag(ids.contains(&label.0) != *negated);
                }
            }
            EventCondition::Pattern { column, pattern, negated } => {
                for (mask, label) in mask.iter_mut().zip(labels[*column]) {
                    *mask = flag(fields.matches(*column, *label, *pattern) != *negated);
                }
            }
            EventCondition::Number(NumberCondition::Always(holds)) => mask.fill(flag(*holds)),
            EventCondition::Number(NumberCondition::Threshold { column, threshold, negated }) => {
                for (mask, number) in mask.iter_mut().zip(run[*column]) {
                    *mask = flag((number < threshold) != *negated);
                }
            }
            EventCondition::Number(NumberCondition::Polynomial(condition)) => condition.mask(run, mask, scratch),
        }
    }
}

impl PolynomialCondition {
    fn mask(&self, run: &[&[f64]], mask: &mut [f64], scratch: &mut Scratch) {
        let count = mask.len();
        let (values, sizes) = (&mut scratch.values[..count], &mut scratch.sizes[..count]);
        values.fill(0.0);
        sizes.fill(0.0);
        self.value.add_values(run, values, Some(&mut *sizes));
        let mut near = false;
        for ((mask, value), size) in mask.iter_mut().zip(values.iter()).zip(sizes.iter()) {
            *mask = flag(self.comparison.holds(value, &self.bound));
            near |= self.is_near(*value, *size);
        }
        if near {
            for at in 0..count {
                if self.is_near(values[at], sizes[at]) {
                    for (number, column) in scratch.numbers.iter_mut().zip(run) {
                        *number = column[at];
                    }
                    mask[at] = flag(self.decide(values[at], sizes[at], &scratch.numbers));
                }
            }
        }
    }
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// A sum in eight lanes: wide, and with shorter chains of rounding.
fn sum(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let mut lanes = [0.0; 8];
    for (at, value) in values.enumerate() {
        lanes[at % 8] += value;
    }
    lanes.iter().sum()
}
