//! Events: one record for each thing done, reported by the application itself.

use serde::{Deserialize, Serialize};

use crate::{Exact, Unit};

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its name, unique in the plan.
    pub name: String,
    /// The doc comment of its declaration.
    pub doc: Option<String>,
    /// In the order of the source. Indices of fields elsewhere count from 0 in this order.
    pub fields: Vec<Field>,
}

/// A field of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the language.
    pub name: String,
    /// The column or JSON key that it is read from; the name where nothing was stated. Not used by derived fields.
    pub column: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// When it happened. At most one; without it the time of arrival counts.
    Time,
    /// A text.
    Label {
        /// The only values allowed, sorted; empty when any is.
        allowed: Vec<String>,
    },
    /// A number as read, to be multiplied by `scale`.
    Number {
        /// Its canonical unit.
        unit: Unit,
        /// From the unit of the record to the canonical one: 0.001 for a field in `ms`.
        scale: Exact,
    },
    /// Computed from number fields.
    Derived {
        /// Its canonical unit.
        unit: Unit,
        /// Its value, in canonical units, of number fields in canonical units.
        value: Polynomial,
    },
}

/// A sum of monomials: `context * 0.000003 + generated * 0.000015`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Polynomial(pub Vec<Monomial>);

/// `factor` times the product of fields, each an index into the event's fields of a `Number`; none for a constant,
/// an index twice for a square.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Monomial {
    /// The exact factor.
    pub factor: Exact,
    /// Indices of number fields, never of derived ones, sorted.
    pub fields: Vec<usize>,
}

/// A condition on an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// A label field is one of these values, or none of them.
    Label {
        /// Index of a label field.
        field: usize,
        /// Sorted, at least one.
        values: Vec<String>,
        /// True: none of the values.
        negated: bool,
    },
    /// A label field matches a pattern, or does not.
    Pattern {
        /// Index of a label field.
        field: usize,
        /// An RE2 pattern that must match the whole value.
        pattern: String,
        /// True: does not match.
        negated: bool,
    },
    /// A number compares so with a bound, both in canonical units. Judged exactly: a cost of exactly $0.001 is not
    /// below $0.001, whatever floats say.
    Number {
        /// What is compared.
        value: Polynomial,
        /// How.
        comparison: Comparison,
        /// With what.
        bound: Exact,
    },
}

/// `<`, `<=`, `>` or `>=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
}

impl Comparison {
    /// As written, in the language and in PromQL alike.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        }
    }

    /// Whether a value compares so with a bound.
    #[inline]
    pub fn holds<T: PartialOrd>(self, value: &T, bound: &T) -> bool {
        match self {
            Comparison::Less => value < bound,
            Comparison::AtMost => value <= bound,
            Comparison::Greater => value > bound,
            Comparison::AtLeast => value >= bound,
        }
    }

    /// The comparison that holds exactly when this one does not.
    pub fn negated(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::AtLeast,
            Comparison::AtMost => Comparison::Greater,
            Comparison::Greater => Comparison::AtMost,
            Comparison::AtLeast => Comparison::Less,
        }
    }
}
