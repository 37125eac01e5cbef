//! How large results may become. A few lines of text can ask for a number, a unit or a sum of any size.

use farthing_plan::{Exact, MAX_POWER, Unit};

use super::Checker;
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::Checked,
    sources::Place,
    value::{Linear, MAX_FIELDS, MAX_PRODUCTS, PerEvent, Value},
};

/// Expressions within expressions, through names: more than this would not fit the stack.
pub(super) const MAX_NESTED: usize = 512;

/// The flows that one may become: by weights or prices each is as many as there are values.
pub(super) const MAX_PARTS: usize = 2_000;

/// The calls that one call may come to: slis that call others twice double them with each level.
pub(super) const MAX_CALLS: usize = 10_000;

impl<'w> Checker<'w> {
    /// The value itself, or a diagnostic where it is too large to go on with.
    pub(super) fn within_limits(&self, value: Value<'w>, place: Place) -> Checked<Value<'w>> {
        let found = match &value {
            Value::Constant(constant) => quantity(&constant.amount, &constant.unit, place),
            Value::Measured(linear) => combination(linear, place),
            Value::Ratio(ratio) => {
                combination(&ratio.numerator, place).or_else(|| combination(&ratio.denominator, place))
            }
            Value::Field(field) => per_event(&field.value, place),
            Value::PerEvent(value) => per_event(value, place),
            Value::Derived(derived) => derived.ratios().into_iter().find_map(|ratio| {
                combination(&ratio.numerator, place).or_else(|| combination(&ratio.denominator, place))
            }),
            Value::Table(table) => table.entries.iter().find_map(|(_, price)| quantity(price, &table.unit, place)),
            Value::Histogram(_) | Value::Events(_) => None,
        };
        match found {
            None => Ok(value),
            Some(diagnostic) => Err(self.report(diagnostic)),
        }
    }
}

/// What is wrong with the size of a quantity.
pub(crate) fn quantity(amount: &Exact, unit: &Unit, place: Place) -> Option<Diagnostic> {
    if amount.is_too_long() {
        return Some(too_long(place));
    }
    unit.is_too_high().then(|| too_high(place))
}

fn combination(linear: &Linear<'_>, place: Place) -> Option<Diagnostic> {
    if linear.terms.iter().any(|term| term.factor.is_too_long()) {
        return Some(too_long(place));
    }
    quantity(&linear.constant(), &linear.unit, place)
}

fn per_event(value: &PerEvent, place: Place) -> Option<Diagnostic> {
    let sum = &value.value.0;
    if sum.len() > MAX_PRODUCTS || sum.iter().any(|product| product.fields.len() > MAX_FIELDS) {
        let message = "too much has to be computed for each event";
        return Some(Diagnostic::error(codes::EVENT_FIELD, message, place, "here it becomes too much").help(format!(
            "written out, a field is a sum of at most {MAX_PRODUCTS} products of at most {MAX_FIELDS} fields each"
        )));
    }
    if sum.iter().any(|product| product.factor.is_too_long()) {
        return Some(too_long(place));
    }
    value.unit.is_too_high().then(|| too_high(place))
}

/// A number that no float could hold.
pub(crate) fn too_long(place: Place) -> Diagnostic {
    Diagnostic::error(codes::NUMBER, "a number of more than 300 digits comes out here", place, "too long to be kept")
        .help("look for a factor that is multiplied by itself")
}

fn too_high(place: Place) -> Diagnostic {
    let message = format!("a unit comes out here that is more than the {MAX_POWER}th power of another");
    Diagnostic::error(codes::NUMBER, message, place, "too high to be kept")
        .help("look for a unit that is multiplied by itself")
}

/// One flow becomes as many as there are values of a label.
pub(super) fn too_many_parts(place: Place) -> Diagnostic {
    let message = format!("more than {MAX_PARTS} flows come out here");
    Diagnostic::error(codes::TOO_DEEP, message, place, "each flow by each value of the label")
        .help("weight or price fewer flows at once, or fewer values")
}

pub(super) fn too_deep(place: Place) -> Diagnostic {
    let message = "names lead to names, and those to others, about a hundred times";
    Diagnostic::error(codes::TOO_DEEP, message, place, "here it becomes too much")
        .help("declare what is used first, and use it in fewer steps")
}

pub(super) fn too_many_calls(place: Place) -> Diagnostic {
    let message = format!("one call comes to more than {MAX_CALLS} others");
    Diagnostic::error(codes::TOO_DEEP, message, place, "here it becomes too much")
        .help("give what is called twice a name of its own, without parameters, and use that")
}
