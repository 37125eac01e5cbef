//! Units: names to dimensions and scales.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use farthing_grammar::{Expr, ExprKind, ItemKind, Name, Number, Path, UnitExpr};
use farthing_plan::{Exact, MAX_BITS, Unit};

use crate::{
    check::limits,
    diagnostics::{Diagnostic, codes},
    modules::{Binding, ItemId, ModuleId, World, is_private},
    sources::Place,
};

/// One of a unit: how much it is in canonical units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantity {
    pub amount: Exact,
    pub unit: Unit,
}

impl Quantity {
    pub fn one() -> Self {
        Quantity { amount: Exact::one(), unit: Unit::ratio() }
    }
}

/// The currency of a sign.
pub(crate) fn currency(sign: char) -> &'static str {
    match sign {
        '€' => "EUR",
        '£' => "GBP",
        '¥' => "JPY",
        _ => "USD",
    }
}

/// The sign of a currency that has one.
pub(crate) fn sign(currency: &str) -> Option<&'static str> {
    match currency {
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "JPY" => Some("¥"),
        _ => None,
    }
}

/// The currency codes that are currencies to the checker.
const CURRENCIES: [&str; 5] = ["USD", "EUR", "GBP", "JPY", "CHF"];

/// The currency that a unit is an amount of, perhaps for each of something: dollars times dollars are no money.
pub(crate) fn currency_of(unit: &Unit) -> Option<&str> {
    let mut currencies = unit.0.iter().filter(|(name, _)| CURRENCIES.contains(&name.as_str()));
    match (currencies.next(), currencies.next()) {
        (Some((name, 1)), None) => Some(name),
        _ => None,
    }
}

/// The currencies in a unit, with their powers.
pub(crate) fn currencies_in(unit: &Unit) -> Vec<(&str, i32)> {
    let currencies = unit.0.iter().filter(|(name, _)| CURRENCIES.contains(&name.as_str()));
    currencies.map(|(name, power)| (name.as_str(), *power)).collect()
}

/// What the digits, the scale and the percent sign say; the currency is not looked at.
pub(crate) fn number(number: &Number, place: Place) -> Result<Exact, Box<Diagnostic>> {
    let amount: Exact = number.digits.parse().map_err(|error| {
        let message = format!("`{}` is no number: {error}", number.digits);
        let help = "write digits with at most one point, such as 0.01, 1_000 or 1e6";
        Box::new(Diagnostic::error(codes::NUMBER, message, place, "this number").help(help))
    })?;
    let scale = match (number.scale, number.percent) {
        (None, false) => return Ok(amount),
        (None, true) => Exact::fraction(1, 100).expect("100 is not 0"),
        (Some('k'), _) => Exact::from(1_000),
        (Some('M'), _) => Exact::from(1_000_000),
        (Some('G' | 'B'), _) => Exact::from(1_000_000_000),
        (Some(_), _) => Exact::from(1_000_000_000_000),
    };
    Ok(amount * scale)
}

/// Units in terms of units in terms of units: more levels would not fit the stack.
const MAX_NESTED: usize = 100;

/// A quantity, or what is wrong with it. A unit that cannot be is told of with the same words wherever it is used: what is
/// said twice in the same words is shown once.
type Found = Result<Quantity, Box<Diagnostic>>;

/// Why an expression is no quantity.
enum NoQuantity {
    /// It is made of other things than numbers and units.
    OtherThings,
    /// What is wrong with it.
    Wrong(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for NoQuantity {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        NoQuantity::Wrong(diagnostic)
    }
}

/// Finds units by name and remembers what it found.
pub(crate) struct Units<'w> {
    world: &'w World,
    found: RefCell<HashMap<ItemId, Found>>,
    parents: RefCell<HashMap<String, String>>,
    /// How many declarations are being read, each for the one before.
    open: Cell<usize>,
}

impl<'w> Units<'w> {
    pub fn new(world: &'w World) -> Self {
        let units = Units { world, found: RefCell::default(), parents: RefCell::default(), open: Cell::new(0) };
        // The kinds of the prelude are known from the start: sums of tokens need them.
        for name in world.names_in(world.prelude) {
            units.named(world.prelude, name);
        }
        units
    }

    /// The unit with this name as seen from a module, the plural understood.
    pub fn named(&self, module: ModuleId, name: &str) -> Option<Quantity> {
        self.at_name(module, name)?.ok()
    }

    fn at_name(&self, module: ModuleId, name: &str) -> Option<Found> {
        if name == "ratio" {
            return Some(Ok(Quantity::one()));
        }
        let singular = [
            name.strip_suffix("ies").map(|stem| format!("{stem}y")),
            name.strip_suffix("es").map(str::to_string),
            name.strip_suffix('s').map(str::to_string),
        ];
        let names = std::iter::once(name.to_string()).chain(singular.into_iter().flatten());
        Some(self.declared(names.into_iter().find_map(|name| self.find(module, &name))?))
    }

    /// The declaration of the unit with exactly this name.
    fn find(&self, module: ModuleId, name: &str) -> Option<ItemId> {
        match self.world.module(module).names.get(name) {
            Some(Binding::Item(item)) if self.is_unit(*item) => {
                self.world.binding(module, name);
                Some(*item)
            }
            _ => self.world.item_in(self.world.prelude, name).filter(|item| self.is_unit(*item)),
        }
    }

    fn is_unit(&self, item: ItemId) -> bool {
        matches!(self.world.item(item).kind, ItemKind::Unit { .. })
    }

    /// What a `unit` declaration says, or what is wrong with it.
    pub fn declared(&self, id: ItemId) -> Found {
        if let Some(found) = self.found.borrow().get(&id) {
            return found.clone();
        }
        let ItemKind::Unit { name, kind_of, equals } = &self.world.item(id).kind else {
            unreachable!("INVARIANT: only units are looked up here");
        };
        let place = Place { file: self.world.module(id.module).file, span: name.span };
        if self.open.get() == MAX_NESTED {
            return Err(Box::new(too_deep(&name.text, place)));
        }
        self.found.borrow_mut().insert(id, Err(Box::new(defined_by_itself(&name.text, place))));
        self.open.set(self.open.get() + 1);
        let found = self.read(id, name, kind_of.as_ref(), equals.as_ref());
        self.open.set(self.open.get() - 1);
        self.found.borrow_mut().insert(id, found.clone());
        found
    }

    fn read(&self, id: ItemId, name: &Name, kind_of: Option<&UnitExpr>, equals: Option<&Expr>) -> Found {
        let file = self.world.module(id.module).file;
        let own = Quantity { amount: Exact::one(), unit: Unit::base(&name.text) };
        match (kind_of, equals) {
            (Some(kind), Some(_)) => {
                let message = format!("`{}` is either a kind of a thing or a number of other units", name.text);
                let place = Place { file, span: kind.span };
                Err(Box::new(
                    Diagnostic::error(codes::UNKNOWN_UNIT, message, place, "a kind, beside a number").help(format!(
                        "leave out what stands behind the colon, or declare two: a `unit {}` of this kind and one that is a number of them",
                        name.text
                    )),
                ))
            }
            (None, Some(expr)) => self.evaluated(id.module, expr).map_err(|wrong| match wrong {
                NoQuantity::Wrong(diagnostic) => diagnostic,
                NoQuantity::OtherThings => {
                    let (own, value) = (Place { file, span: name.span }, Place { file, span: expr.span });
                    let message = "a unit is a number of other units";
                    Box::new(
                        Diagnostic::error(codes::UNKNOWN_UNIT, message, value, "not such a thing")
                            .label(own, "this unit")
                            .help("write `unit megapixel = 1e6 pixel`, or `unit megapixel` for a thing of its own"),
                    )
                }
            }),
            (Some(kind), None) => {
                let parent = self.expression(id.module, kind)?;
                let mut bases = parent.unit.0.iter();
                match (bases.next(), bases.next()) {
                    (Some((base, 1)), None) if parent.amount.is_one() => {
                        self.parents.borrow_mut().insert(name.text.clone(), base.clone());
                        Ok(own)
                    }
                    (base, other) => {
                        Err(Box::new(no_kind(name, base, other.is_none(), Place { file, span: kind.span })))
                    }
                }
            }
            (None, None) => Ok(own),
        }
    }

    /// An expression of numbers and units only: `0.001 s`, `1 joule per s`, `USD/(gpu*h)`. `None` for any other.
    pub fn quantity(&self, module: ModuleId, expr: &Expr) -> Option<Quantity> {
        self.evaluated(module, expr).ok()
    }

    fn evaluated(&self, module: ModuleId, expr: &Expr) -> Result<Quantity, NoQuantity> {
        use farthing_grammar::BinaryOp::{Divide, Multiply};
        let place = Place { file: self.world.module(module).file, span: expr.span };
        let found = match &expr.kind {
            ExprKind::Number(written) => {
                let unit = written.currency.map_or(Unit::ratio(), |sign| Unit::base(currency(sign)));
                Quantity { amount: number(written, place)?, unit }
            }
            ExprKind::Quantity(written, unit) => {
                let unit = self.expression(module, unit)?;
                Quantity { amount: &number(written, place)? * &unit.amount, unit: unit.unit }
            }
            ExprKind::Path(path) => self.at_path(module, path).ok_or(NoQuantity::OtherThings)??,
            ExprKind::Paren(inner) => return self.evaluated(module, inner),
            ExprKind::Per { value, unit } => {
                quotient(self.evaluated(module, value)?, &self.expression(module, unit)?, place)?
            }
            ExprKind::Binary { op: Multiply, left, right } => {
                let (left, right) = (self.evaluated(module, left)?, self.evaluated(module, right)?);
                Quantity { amount: &left.amount * &right.amount, unit: left.unit.times(&right.unit, 1) }
            }
            ExprKind::Binary { op: Divide, left, right } => {
                quotient(self.evaluated(module, left)?, &self.evaluated(module, right)?, place)?
            }
            _ => return Err(NoQuantity::OtherThings),
        };
        match limits::quantity(&found.amount, &found.unit, place) {
            None => Ok(found),
            Some(diagnostic) => Err(NoQuantity::Wrong(Box::new(diagnostic))),
        }
    }

    fn at_path(&self, module: ModuleId, path: &Path) -> Option<Found> {
        match path.segments.as_slice() {
            [name] => self.at_name(module, &name.text),
            [outer, name] => match self.world.binding(module, &outer.text)? {
                Binding::Module(inner) => {
                    let item = self.world.item_in(*inner, &name.text).filter(|item| self.is_unit(*item))?;
                    if is_private(&name.text) && *inner != module {
                        let place = Place { file: self.world.module(module).file, span: name.span };
                        return Some(Err(Box::new(self.world.private(item, place))));
                    }
                    Some(self.declared(item))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a unit expression says; a diagnostic for a name that is no unit.
    pub fn expression(&self, module: ModuleId, expr: &UnitExpr) -> Found {
        let file = self.world.module(module).file;
        let place = Place { file, span: expr.span };
        let mut product = Quantity::one();
        for factor in &expr.factors {
            let Some(found) = self.at_path(module, &factor.name) else {
                return Err(Box::new(self.unknown(module, factor.name.last(), Place { file, span: factor.name.span })));
            };
            let mut one = found?;
            if let Some(count) = &factor.count {
                let place = Place { file, span: count.span };
                one.amount = one.amount * number(count, place)?;
            }
            // Reckoned out, it would be nearly so long.
            if one.amount.bits().saturating_mul(factor.power.unsigned_abs().into()) > 2 * MAX_BITS {
                return Err(Box::new(limits::too_long(place)));
            }
            let Some(amount) = one.amount.pow(factor.power) else {
                return Err(Box::new(size_of_zero(place)));
            };
            product.amount = product.amount * amount;
            product.unit = product.unit.times(&one.unit, factor.power);
            if let Some(diagnostic) = limits::quantity(&product.amount, &product.unit, place) {
                return Err(Box::new(diagnostic));
            }
        }
        Ok(product)
    }

    fn unknown(&self, module: ModuleId, name: &Name, place: Place) -> Diagnostic {
        let known = || {
            let own = self.world.names_in(module).into_iter().filter(|own| self.find(module, own).is_some());
            self.world.names_in(self.world.prelude).into_iter().chain(own)
        };
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_UNIT, format!("there is no unit `{}`", name.text), place, "not a unit");
        let singular = name.text.strip_suffix('s').unwrap_or(&name.text);
        match singular {
            "month" | "quarter" | "year" => {
                return diagnostic.help("months and years differ in length: divide, and say `per day` or `per hour`; as a period, `over calendar month`");
            }
            "thousand" | "million" | "billion" => {
                return diagnostic.help("write the number with its scale: `1k`, `1M`, `1G`");
            }
            _ => {}
        }
        if let Some(meant) = spelt_otherwise(singular) {
            return diagnostic.help(format!("write `{meant}`"));
        }
        let near = self.world.nearest(&name.text, known).or_else(|| self.world.nearest(singular, known));
        match near.filter(|near| is_slip(&name.text, near)) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic.help(format!("declare it with `unit {singular}` if it is something that you count")),
        }
    }

    /// The unit of a sum: equal units, or kinds of one thing give that thing (input and output tokens are tokens).
    pub fn sum(&self, left: &Unit, right: &Unit) -> Option<Unit> {
        if left == right {
            return Some(left.clone());
        }
        let (mut rest_left, mut rest_right) = (left.clone(), right.clone());
        rest_left.0.retain(|name, power| right.0.get(name) != Some(power));
        rest_right.0.retain(|name, power| left.0.get(name) != Some(power));
        let (mut a, mut b) = (rest_left.0.iter(), rest_right.0.iter());
        let (Some((a, pa)), None, Some((b, pb)), None) = (a.next(), a.next(), b.next(), b.next()) else {
            return None;
        };
        if pa != pb {
            return None;
        }
        let ancestors = self.ancestors(a);
        let common = self.ancestors(b).into_iter().find(|name| ancestors.contains(name))?;
        let mut unit = left.clone();
        unit.0.remove(a);
        Some(unit.times(&Unit::base(&common), *pa))
    }

    /// A kind of a thing over that thing is a plain share: input tokens are tokens, so that input tokens at $3 per million
    /// tokens are dollars.
    pub fn reduced(&self, mut unit: Unit) -> Unit {
        while let Some((kind, thing)) = self.kind_over_thing(&unit) {
            unit = unit.times(&Unit::base(&kind), -1).times(&Unit::base(&thing), 1);
        }
        unit
    }

    fn kind_over_thing(&self, unit: &Unit) -> Option<(String, String)> {
        unit.0.iter().filter(|(_, power)| **power > 0).find_map(|(kind, _)| {
            let mut ancestors = self.ancestors(kind).into_iter().skip(1);
            let thing = ancestors.find(|thing| unit.0.get(thing).is_some_and(|power| *power < 0))?;
            Some((kind.clone(), thing))
        })
    }

    /// Whether a value in one unit may stand where another is asked for: the same, or a kind of it.
    pub fn fits(&self, value: &Unit, asked: &Unit) -> bool {
        self.sum(value, asked).as_ref() == Some(asked)
    }

    /// Whether one of these can be one of another thing, as a request can be a transaction: nothing that has kinds, is a
    /// kind, or comes in multiples, such as tokens, bytes and pixels.
    pub fn is_counted_singly(&self, base: &str) -> bool {
        let parents = self.parents.borrow();
        let has_kinds = parents.contains_key(base) || parents.values().any(|parent| parent == base);
        let unit = Unit::base(base);
        let has_multiples = || {
            let names = self.world.names_in(self.world.prelude);
            names.into_iter().any(|name| {
                self.named(self.world.prelude, name)
                    .is_some_and(|quantity| quantity.unit == unit && !quantity.amount.is_one())
            })
        };
        !has_kinds && !has_multiples()
    }

    fn ancestors(&self, base: &str) -> Vec<String> {
        let parents = self.parents.borrow();
        let mut line = vec![base.to_string()];
        while let Some(parent) = parents.get(line.last().expect("it begins with one")) {
            if line.contains(parent) {
                break;
            }
            line.push(parent.clone());
        }
        line
    }
}

fn quotient(of: Quantity, by: &Quantity, place: Place) -> Found {
    match of.amount.checked_div(&by.amount) {
        Some(amount) => Ok(Quantity { amount, unit: of.unit.times(&by.unit, -1) }),
        None => Err(Box::new(size_of_zero(place))),
    }
}

fn size_of_zero(place: Place) -> Diagnostic {
    Diagnostic::error(codes::DIVISION_BY_ZERO, "a unit of size 0 cannot divide", place, "0 here")
}

fn defined_by_itself(name: &str, place: Place) -> Diagnostic {
    Diagnostic::error(codes::CYCLE, format!("the unit `{name}` is defined by itself"), place, "needs its own size")
        .help("write it in terms of other units, or nothing behind its name for a thing of its own")
}

fn too_deep(name: &str, place: Place) -> Diagnostic {
    let message = format!("the unit `{name}` lies more than {MAX_NESTED} units deep");
    Diagnostic::error(codes::TOO_DEEP, message, place, "here it becomes too much")
        .help("declare units in terms of a few basic ones")
}

/// What a unit cannot be a kind of: anything but one thing.
fn no_kind(name: &Name, base: Option<(&String, &i32)>, alone: bool, place: Place) -> Diagnostic {
    let message = format!("`{}` can only be a kind of one thing", name.text);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_UNIT, message, place, "not one thing");
    match base {
        Some((base, 1)) if alone => {
            diagnostic.help(format!("this is a number of {base}: write `unit {}: {base}`", name.text))
        }
        _ => diagnostic.help(format!("write a number of units with `=`: `unit {} = 1 request/s`", name.text)),
    }
}

/// Whether one unit's name is a slip for another's. In short ones a letter makes another unit: `GWh` is no slip for `kWh`.
fn is_slip(name: &str, near: &str) -> bool {
    let alike = name.len() == near.len() && name.chars().next() == near.chars().next();
    name.len() > 3 || name.eq_ignore_ascii_case(near) || name.len() == 3 && alike
}

/// Units that are known by another name.
fn spelt_otherwise(name: &str) -> Option<&'static str> {
    Some(match name {
        "dollar" | "usd" => "USD`, or `$` before the number, as in `$0.40",
        "euro" | "eur" => "EUR`, or `€` before the number, as in `€0.40",
        "pound" | "gbp" => "GBP`, or `£` before the number, as in `£0.40",
        "millisecond" | "milli" | "msec" => "ms",
        "sec" => "s",
        "min" => "m` or `minute",
        "hr" => "h` or `hour",
        "percent" => "5%",
        "str" => "string",
        "duration" | "time" => "s",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn short_names_are_not_guessed_at() {
        for (name, near) in [("GWh", "kWh"), ("MWh", "Wh"), ("K", "J"), ("M", "m2")] {
            assert!(!is_slip(name, near), "{name}");
        }
        for (name, near) in [("usd", "USD"), ("gup", "gpu"), ("huor", "hour")] {
            assert!(is_slip(name, near), "{name}");
        }
    }
}
