//! What an expression is worth: its instrument, its unit and where it is read.

use std::rc::Rc;

use farthing_grammar::{Instrument, LabelDeclaration};
use farthing_plan::{Condition, Exact, Matcher, Monomial, Polynomial, Source, Unit};

use crate::{modules::ItemId, sources::Place};

/// The value of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Value<'w> {
    /// A number with a unit.
    Constant(Constant),
    /// A linear combination of flows.
    Measured(Linear<'w>),
    /// Flow over flow.
    Ratio(Ratio<'w>),
    /// A distribution, known by its buckets.
    Histogram(Histogram<'w>),
    /// Events, perhaps some of them only.
    Events(Events),
    /// A field of events.
    Field(EventField),
    /// A number that is computed for each event, within an event's declaration.
    PerEvent(PerEvent),
}

impl Value<'_> {
    /// With its article, for messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Value::Constant(_) => "a constant",
            Value::Measured(linear) if linear.level => "a level (a gauge)",
            Value::Measured(_) => "a flow",
            Value::Ratio(_) => "a ratio of flows",
            Value::Histogram(_) => "a histogram",
            Value::Events(_) => "events",
            Value::Field(_) => "a field of events",
            Value::PerEvent(_) => "a number of one event",
        }
    }
}

/// A number with a unit, in canonical units.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub amount: Exact,
    pub unit: Unit,
}

/// `sum of factor * flow + constant * time`.
#[derive(Clone, Debug)]
pub(crate) struct Linear<'w> {
    /// In the order of the source.
    pub terms: Vec<LinearTerm<'w>>,
    /// An amount per second, in canonical units.
    pub constant: Exact,
    /// Where the constant was written, if there is one.
    pub constant_place: Option<Place>,
    /// The unit of the amount that accumulates: of a level of `gpu` it is `gpu*s`.
    pub unit: Unit,
    /// Whether it is a level that became a flow by integration over time.
    pub level: bool,
}

impl Linear<'_> {
    /// The unit that people think of: a level's own, not its integral's.
    pub fn seen_unit(&self) -> Unit {
        if self.level { self.unit.times(&Unit::base("s"), -1) } else { self.unit.clone() }
    }

    /// Whether it is 0 whatever is measured.
    pub fn is_nothing(&self) -> bool {
        self.constant.is_zero() && self.terms.iter().all(|term| term.factor.is_zero())
    }

    /// Multiplied by a constant; the unit is left alone.
    pub fn scaled(mut self, factor: &Exact) -> Self {
        for term in &mut self.terms {
            term.factor = &term.factor * factor;
        }
        self.constant = &self.constant * factor;
        self
    }
}

/// One flow of a combination.
#[derive(Clone, Debug)]
pub(crate) struct LinearTerm<'w> {
    pub factor: Exact,
    pub flow: Rc<BaseFlow<'w>>,
    /// Where it was written.
    pub place: Place,
}

/// A flow that is read from one source.
#[derive(Clone, Debug)]
pub(crate) struct BaseFlow<'w> {
    /// The name of the cost or volume that declares it; `None` where an instrument is used directly.
    pub declared: Option<String>,
    /// What it reads, in a few words that depend on nothing else: `rag_queries_total:outcome=ok`.
    pub hint: String,
    pub doc: Option<String>,
    pub unit: Unit,
    pub source: Source,
    /// Which labels it has.
    pub labels: LabelSet<'w>,
}

/// The labels that a source has.
#[derive(Clone, Debug)]
pub(crate) enum LabelSet<'w> {
    /// Those that its instrument declares, and those that scraping adds to every series.
    Series(&'w [LabelDeclaration]),
    /// The label fields of an event.
    Event(ItemId),
}

/// Flow over flow.
#[derive(Clone, Debug)]
pub(crate) struct Ratio<'w> {
    pub numerator: Linear<'w>,
    pub denominator: Linear<'w>,
}

impl Ratio<'_> {
    pub fn unit(&self) -> Unit {
        self.numerator.unit.times(&self.denominator.unit, -1)
    }
}

/// A histogram, perhaps some of its series only.
#[derive(Clone, Debug)]
pub(crate) struct Histogram<'w> {
    pub instrument: &'w Instrument,
    pub declared_at: Place,
    /// As [`BaseFlow::hint`].
    pub hint: String,
    pub matchers: Vec<Matcher>,
    /// The upper bounds of its buckets in its exposed unit, as declared; none where they are not declared.
    pub bounds: Rc<[Exact]>,
    /// The canonical unit of its values.
    pub unit: Unit,
    /// From the exposed to the canonical unit.
    pub scale: Exact,
}

/// Events of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    pub event: ItemId,
    pub conditions: Vec<Condition>,
}

/// A number field of events.
#[derive(Clone, Debug)]
pub(crate) struct EventField {
    pub events: Events,
    pub name: String,
    pub value: PerEvent,
}

/// The most products of fields in the number of an event.
pub(crate) const MAX_PRODUCTS: usize = 200;

/// The most fields in one product.
pub(crate) const MAX_FIELDS: usize = 32;

/// A number that each event has.
#[derive(Clone, Debug)]
pub(crate) struct PerEvent {
    pub value: Polynomial,
    pub unit: Unit,
}

impl PerEvent {
    pub fn constant(amount: Exact, unit: Unit) -> Self {
        PerEvent { value: Polynomial(vec![Monomial { factor: amount, fields: Vec::new() }]), unit }
    }

    pub fn scaled(mut self, factor: &Exact) -> Self {
        for monomial in &mut self.value.0 {
            monomial.factor = &monomial.factor * factor;
        }
        self
    }

    /// The product. It stops growing beyond [`MAX_PRODUCTS`]: what is that long is refused.
    pub fn times(&self, other: &PerEvent) -> Self {
        let mut product: Vec<Monomial> = Vec::new();
        for left in &self.value.0 {
            for right in &other.value.0 {
                if product.len() > MAX_PRODUCTS {
                    break;
                }
                let mut fields = left.fields.clone();
                fields.extend(&right.fields);
                fields.sort_unstable();
                add(&mut product, Monomial { factor: &left.factor * &right.factor, fields });
            }
        }
        PerEvent { value: Polynomial(product), unit: self.unit.times(&other.unit, 1) }
    }

    pub fn plus(mut self, other: PerEvent, unit: Unit) -> Self {
        for monomial in other.value.0 {
            add(&mut self.value.0, monomial);
        }
        PerEvent { value: self.value, unit }
    }
}

/// Adds a monomial to a sum in which each product of fields stands once.
fn add(sum: &mut Vec<Monomial>, monomial: Monomial) {
    match sum.iter_mut().find(|own| own.fields == monomial.fields) {
        Some(own) => own.factor = &own.factor + &monomial.factor,
        None => sum.push(monomial),
    }
}
