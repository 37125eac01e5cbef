//! What an expression is worth: its instrument, its unit and where it is read.

use std::{collections::BTreeMap, rc::Rc};

use farthing_grammar::{Instrument, LabelDeclaration, Name};
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
    /// What follows from several ratios.
    Derived(Rc<Derived<'w>>),
    /// Prices by the values of a label.
    Table(Rc<Table<'w>>),
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
            Value::Derived(derived) => match derived.kind {
                DerivedKind::Standardized { .. } => "a standardized ratio",
                DerivedKind::Relative { .. } => "a ratio of ratios",
                DerivedKind::Peak { .. } => "a peak",
            },
            Value::Table(_) => "a table of prices",
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
    /// Amounts per second.
    pub constants: Vec<Fixed<'w>>,
    /// The tables of prices that are in it.
    pub tables: Vec<Rc<TableUse<'w>>>,
    /// The unit of the amount that accumulates: of a level of `gpu` it is `gpu*s`.
    pub unit: Unit,
    /// Whether it is a level that became a flow by integration over time.
    pub level: bool,
}

impl<'w> Linear<'w> {
    /// One flow alone.
    pub fn single(flow: BaseFlow<'w>, place: Place, level: bool) -> Self {
        let unit = flow.unit.clone();
        let term = LinearTerm {
            factor: Exact::one(),
            flow: Rc::new(flow),
            place,
            allocation: None,
            whole: false,
            priced: false,
        };
        Linear { terms: vec![term], constants: Vec::new(), tables: Vec::new(), unit, level }
    }

    /// The unit that people think of: a level's own, not its integral's.
    pub fn seen_unit(&self) -> Unit {
        if self.level { self.unit.times(&Unit::base("s"), -1) } else { self.unit.clone() }
    }

    /// The amount per second that is not measured, in canonical units.
    pub fn constant(&self) -> Exact {
        self.constants.iter().fold(Exact::zero(), |sum, fixed| &sum + &fixed.amount)
    }

    /// Whether it is 0 whatever is measured.
    pub fn is_nothing(&self) -> bool {
        self.constant().is_zero() && self.terms.iter().all(|term| term.factor.is_zero())
    }

    /// Multiplied by a constant; the unit is left alone.
    pub fn scaled(mut self, factor: &Exact) -> Self {
        for term in &mut self.terms {
            term.factor = &term.factor * factor;
        }
        for fixed in &mut self.constants {
            fixed.amount = &fixed.amount * factor;
        }
        self
    }
}

/// An amount per second that is not measured.
#[derive(Clone, Debug)]
pub(crate) struct Fixed<'w> {
    /// In canonical units.
    pub amount: Exact,
    /// Where it was written.
    pub place: Place,
    /// The name of the cost or volume that declares it.
    pub declared: Option<String>,
    /// How it is divided among the values of labels.
    pub allocation: Option<Rc<Allocation<'w>>>,
}

/// How what lacks a label is divided among the label's values.
#[derive(Debug)]
pub(crate) struct Allocation<'w> {
    /// In proportion to what.
    pub key: Linear<'w>,
    /// Where the key was written.
    pub place: Place,
    /// Over which labels; none for any.
    pub over: Vec<String>,
}

/// Whether two amounts are divided in the same way.
pub(crate) fn same_allocation(one: &Option<Rc<Allocation<'_>>>, other: &Option<Rc<Allocation<'_>>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.place == other.place,
        _ => false,
    }
}

/// One flow of a combination.
#[derive(Clone, Debug)]
pub(crate) struct LinearTerm<'w> {
    pub factor: Exact,
    pub flow: Rc<BaseFlow<'w>>,
    /// Where it was written.
    pub place: Place,
    /// How it is divided among the values of labels that it lacks.
    pub allocation: Option<Rc<Allocation<'w>>>,
    /// Whether others select parts of it: where it has samples and they have none, they came to nothing. With the factor
    /// 0 it stands for nothing else.
    pub whole: bool,
    /// Whether a group without it is one of which nothing has a price: unknown, and not free.
    pub priced: bool,
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
    Series {
        declared: &'w [LabelDeclaration],
        /// What the language calls some of the labels, and what the series do.
        renamed: Renames,
    },
    /// Those that a query declares, and no others.
    Query(&'w [LabelDeclaration]),
    /// The label fields of an event.
    Event(ItemId),
}

/// New names of labels, and the series' own.
pub(crate) type Renames = Rc<BTreeMap<String, String>>;

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

/// What follows from several ratios.
#[derive(Clone, Debug)]
pub(crate) struct Derived<'w> {
    /// The ratio that it is about.
    pub of: Ratio<'w>,
    pub kind: DerivedKind<'w>,
}

/// How it follows.
#[derive(Clone, Debug)]
pub(crate) enum DerivedKind<'w> {
    /// At a fixed mix of classes.
    Standardized {
        label: &'w Name,
        label_place: Place,
        /// Values and shares, which add up to 1.
        mix: BTreeMap<String, Exact>,
    },
    /// Compared with another one.
    Relative { to: Ratio<'w> },
    /// Where it was highest while a promise held.
    Peak {
        /// The objective's name.
        name: &'w str,
        /// What was bad, over all.
        promise: Ratio<'w>,
        /// The share that may be bad.
        limit: Exact,
    },
}

impl<'w> Derived<'w> {
    /// The unit of what is measured.
    pub fn unit(&self) -> Unit {
        match &self.kind {
            DerivedKind::Relative { to } => self.of.unit().times(&to.unit(), -1),
            DerivedKind::Standardized { .. } | DerivedKind::Peak { .. } => self.of.unit(),
        }
    }

    /// The ratio that it is about, with the units of the numerator and the denominator that come out.
    pub fn as_ratio(&self) -> Ratio<'w> {
        let mut ratio = self.of.clone();
        match &self.kind {
            DerivedKind::Relative { to } => ratio.denominator.unit = ratio.denominator.unit.times(&to.unit(), 1),
            DerivedKind::Peak { .. } => {
                ratio.numerator.unit = self.of.unit();
                ratio.denominator.unit = Unit::ratio();
            }
            DerivedKind::Standardized { .. } => {}
        }
        ratio
    }

    /// All ratios that are broken down as it is.
    pub fn ratios(&self) -> Vec<&Ratio<'w>> {
        match &self.kind {
            DerivedKind::Relative { to } => vec![&self.of, to],
            DerivedKind::Peak { promise, .. } => vec![&self.of, promise],
            DerivedKind::Standardized { .. } => vec![&self.of],
        }
    }
}

/// Prices by the values of a label.
#[derive(Clone, Debug)]
pub(crate) struct Table<'w> {
    pub name: &'w Name,
    pub declared_at: Place,
    pub label: &'w Name,
    /// The label's values and their prices, in canonical units.
    pub entries: Vec<(&'w str, Exact)>,
    /// The canonical unit of the prices.
    pub unit: Unit,
    /// The share of what it is applied to that may lack a price.
    pub unpriced: Exact,
}

/// A table of prices, applied to what is measured.
#[derive(Clone, Debug)]
pub(crate) struct TableUse<'w> {
    pub table: Rc<Table<'w>>,
    /// What it is applied to.
    pub whole: Linear<'w>,
    /// That, where the table has no price for it.
    pub unpriced: Linear<'w>,
    /// What was written.
    pub place: Place,
    /// The cost that it is in.
    pub cost: Option<String>,
}

impl TableUse<'_> {
    /// Whether two uses are watched as one.
    pub fn is_same(&self, other: &Self) -> bool {
        let (own, others) = (&self.whole.terms, &other.whole.terms);
        let mut both = own.iter().zip(others);
        self.place == other.place
            && self.cost == other.cost
            && own.len() == others.len()
            && both.all(|(own, other)| own.flow.source == other.flow.source)
    }
}

/// A histogram, perhaps some of its series only.
#[derive(Clone, Debug)]
pub(crate) struct Histogram<'w> {
    pub instrument: &'w Instrument,
    /// What some of its labels are called.
    pub renamed: Renames,
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
