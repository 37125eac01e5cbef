//! Indicators that follow from the windows of others.

use crate::{
    amounts::{Amounts, nearly_at_most},
    nodes::{State, View},
    shape::{DerivedForm, DerivedShape, IndicatorShape, Kind, Span},
    slots::{Slot, Slots},
};

/// What is kept of a derived indicator within a group.
pub(crate) struct Derived {
    /// The node of each part; none where it has no such group yet.
    pub parts: Vec<Option<usize>>,
    /// Of a peak, the ratio of each slot in which the promise held, over 1.
    peaks: Slots,
}

impl Derived {
    pub(crate) fn new(shape: &DerivedShape, slots: usize) -> Derived {
        Derived { parts: vec![None; shape.parts.len()], peaks: Slots::new(slots) }
    }

    pub(crate) fn restart(&mut self) {
        self.peaks.clear();
    }

    /// Sets the ratio of a slot; none where it does not qualify.
    pub(crate) fn set_slot(&mut self, slot: i64, ratio: Option<f64>) {
        let denominator = f64::from(u8::from(ratio.is_some()));
        self.peaks.set(slot, Slot { numerator: ratio.unwrap_or_default(), denominator, counted: 0 });
    }

    pub(crate) fn settle(&mut self) {
        self.peaks.settle();
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Derived>() + self.parts.capacity() * size_of::<Option<usize>>() + self.peaks.bytes()
    }
}

impl IndicatorShape {
    /// Of a peak, the share that may be bad.
    pub(crate) fn peak_limit(&self) -> Option<f64> {
        match &self.kind {
            Kind::Derived(DerivedShape { form: DerivedForm::Peak { limit }, .. }) => Some(*limit),
            _ => None,
        }
    }
}

impl View<'_> {
    /// What a window of a derived indicator amounts to.
    pub(crate) fn derived(&self, indicator: usize, derived: &Derived, span: Span) -> Amounts {
        let Kind::Derived(shape) = &self.shape.indicators[indicator].kind else {
            return Amounts::default();
        };
        let of_part = |part: &Option<usize>| part.map_or_else(Amounts::default, |node| self.amounts(node, span));
        let parts: Vec<Amounts> = derived.parts.iter().map(of_part).collect();
        let minutes = parts.iter().map(|part| part.minutes).max().unwrap_or_default();
        let ratio = match &shape.form {
            DerivedForm::Standardized { shares } => {
                let (mut all, mut share, mut sum) = (0.0, 0.0, 0.0);
                for (of, class) in shares.iter().zip(&parts) {
                    all += class.denominator;
                    if class.denominator > 0.0 {
                        share += of;
                        sum += of * class.numerator / class.denominator;
                    }
                }
                (share > 0.0).then(|| (all * sum / share, all))
            }
            DerivedForm::Allocated => self.allocated(shape, &parts, span),
            DerivedForm::Relative => {
                let (of, to) = (parts[0], parts[1]);
                let sound = !of.lacking && to.denominator > 0.0;
                sound.then(|| (of.numerator, of.denominator * to.numerator / to.denominator))
            }
            DerivedForm::Peak { .. } if !span.long => None,
            DerivedForm::Peak { .. } => derived.peaks.greatest(span.last, span.steps).map(|greatest| (greatest, 1.0)),
        };
        match ratio {
            Some((numerator, denominator)) => Amounts { numerator, denominator, minutes, lacking: false },
            None => Amounts { minutes, lacking: true, ..Amounts::default() },
        }
    }

    fn allocated(&self, shape: &DerivedShape, parts: &[Amounts], span: Span) -> Option<(f64, f64)> {
        let of = parts[0];
        if of.lacking {
            return None;
        }
        let mut numerator = of.numerator;
        for at in (1..shape.parts.len()).step_by(2) {
            let (amount, key) = (parts[at], parts[at + 1]);
            let all = self.total(shape.parts[at + 1].indicator, span);
            if amount.lacking || all <= 0.0 {
                return None;
            }
            numerator += amount.numerator * key.numerator / all;
        }
        Some((numerator, of.denominator))
    }

    /// The numerator of a window of an indicator, of all groups.
    fn total(&self, indicator: usize, span: Span) -> f64 {
        if let Some(total) = self.totals.borrow().get(&(indicator, span)) {
            return *total;
        }
        let total = self.nodes.of[indicator].iter().map(|&node| self.amounts(node, span).numerator).sum();
        self.totals.borrow_mut().insert((indicator, span), total);
        total
    }

    /// Of a standardized indicator, the share of the mix that has volume in a window.
    pub(crate) fn mix_seen(&self, node: usize, span: Span) -> Option<f64> {
        let node = &self.nodes.all[node];
        let (State::Derived(derived), Kind::Derived(shape)) =
            (&node.state, &self.shape.indicators[node.indicator].kind)
        else {
            return None;
        };
        let DerivedForm::Standardized { shares } = &shape.form else {
            return None;
        };
        let seen = |part: &Option<usize>| part.is_some_and(|node| self.amounts(node, span).denominator > 0.0);
        // 0 first: the sum of no floats is -0.
        Some(shares.iter().zip(&derived.parts).filter(|(_, part)| seen(part)).fold(0.0, |sum, (share, _)| sum + share))
    }

    /// Of a peak, the ratio of one slot, if the promise held in it.
    pub(crate) fn slot_ratio(&self, node: usize, limit: f64, slot: i64) -> Option<f64> {
        let State::Derived(derived) = &self.nodes.all[node].state else {
            return None;
        };
        let part = |at: usize| derived.parts[at].map(|node| self.amounts(node, Span::slot(slot)));
        let (of, promise) = (part(0)?, part(1)?);
        let held = promise.denominator > 0.0 && nearly_at_most(promise.numerator, limit * promise.denominator);
        (held && of.denominator > 0.0).then(|| of.numerator / of.denominator)
    }
}
