//! Units: names to dimensions and scales.

use std::{cell::RefCell, collections::HashMap};

use farthing_grammar::{Expr, ExprKind, ItemKind, Name, Number, Path, UnitExpr};
use farthing_plan::{Exact, Unit};

use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::{Binding, ItemId, ModuleId, World},
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

/// The currency in a unit, if there is one.
pub(crate) fn currency_of(unit: &Unit) -> Option<&str> {
    unit.0.keys().map(String::as_str).find(|name| CURRENCIES.contains(name))
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

/// Finds units by name and remembers what it found.
pub(crate) struct Units<'w> {
    world: &'w World,
    found: RefCell<HashMap<ItemId, Option<Quantity>>>,
    parents: RefCell<HashMap<String, String>>,
}

impl<'w> Units<'w> {
    pub fn new(world: &'w World) -> Self {
        let units = Units { world, found: RefCell::default(), parents: RefCell::default() };
        // The kinds of the prelude are known from the start: sums of tokens need them.
        for name in world.names_in(world.prelude) {
            units.named(world.prelude, name);
        }
        units
    }

    /// The unit with this name as seen from a module, the plural understood.
    pub fn named(&self, module: ModuleId, name: &str) -> Option<Quantity> {
        if name == "ratio" {
            return Some(Quantity::one());
        }
        let singular = [
            name.strip_suffix("ies").map(|stem| format!("{stem}y")),
            name.strip_suffix("es").map(str::to_string),
            name.strip_suffix('s').map(str::to_string),
        ];
        std::iter::once(name.to_string())
            .chain(singular.into_iter().flatten())
            .find_map(|name| self.find(module, &name))
    }

    fn find(&self, module: ModuleId, name: &str) -> Option<Quantity> {
        let binding = self.world.module(module).names.get(name);
        let item = match binding {
            Some(Binding::Item(item)) if self.is_unit(*item) => Some(*item),
            _ => self.world.item_in(self.world.prelude, name).filter(|item| self.is_unit(*item)),
        };
        self.declared(item?)
    }

    fn is_unit(&self, item: ItemId) -> bool {
        matches!(self.world.item(item).kind, ItemKind::Unit { .. })
    }

    /// What a `unit` declaration says. A declaration in terms of itself is none.
    pub fn declared(&self, id: ItemId) -> Option<Quantity> {
        if let Some(found) = self.found.borrow().get(&id) {
            return found.clone();
        }
        self.found.borrow_mut().insert(id, None);
        let ItemKind::Unit { name, kind_of, equals } = &self.world.item(id).kind else {
            return None;
        };
        let found = match (kind_of, equals) {
            (_, Some(expr)) => self.quantity(id.module, expr),
            (Some(parent), None) => {
                let parent = self.expression(id.module, parent).ok()?;
                let mut bases = parent.unit.0.keys();
                if let (Some(base), None) = (bases.next(), bases.next()) {
                    self.parents.borrow_mut().insert(name.text.clone(), base.clone());
                }
                Some(Quantity { amount: Exact::one(), unit: Unit::base(&name.text) })
            }
            (None, None) => Some(Quantity { amount: Exact::one(), unit: Unit::base(&name.text) }),
        };
        self.found.borrow_mut().insert(id, found.clone());
        found
    }

    /// An expression of numbers and units only: `0.001 s`, `1 joule per s`, `USD/(gpu*h)`. `None` for any other.
    pub fn quantity(&self, module: ModuleId, expr: &Expr) -> Option<Quantity> {
        let place = Place { file: self.world.module(module).file, span: expr.span };
        match &expr.kind {
            ExprKind::Number(written) => {
                let unit = written.currency.map_or(Unit::ratio(), |sign| Unit::base(currency(sign)));
                Some(Quantity { amount: number(written, place).ok()?, unit })
            }
            ExprKind::Quantity(written, unit) => {
                let unit = self.expression(module, unit).ok()?;
                Some(Quantity { amount: &number(written, place).ok()? * &unit.amount, unit: unit.unit })
            }
            ExprKind::Path(path) => self.at_path(module, path),
            ExprKind::Paren(inner) => self.quantity(module, inner),
            ExprKind::Per { value, unit } => {
                let (value, unit) = (self.quantity(module, value)?, self.expression(module, unit).ok()?);
                Some(Quantity {
                    amount: value.amount.checked_div(&unit.amount)?,
                    unit: value.unit.times(&unit.unit, -1),
                })
            }
            ExprKind::Binary { op, left, right } => {
                use farthing_grammar::BinaryOp::{Divide, Multiply};
                let (left, right) = (self.quantity(module, left)?, self.quantity(module, right)?);
                match op {
                    Multiply => {
                        Some(Quantity { amount: &left.amount * &right.amount, unit: left.unit.times(&right.unit, 1) })
                    }
                    Divide => Some(Quantity {
                        amount: left.amount.checked_div(&right.amount)?,
                        unit: left.unit.times(&right.unit, -1),
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn at_path(&self, module: ModuleId, path: &Path) -> Option<Quantity> {
        match path.segments.as_slice() {
            [name] => self.named(module, &name.text),
            [outer, name] => match self.world.module(module).names.get(&outer.text)? {
                Binding::Module(inner) => {
                    let item = self.world.item_in(*inner, &name.text).filter(|item| self.is_unit(*item))?;
                    self.declared(item)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a unit expression says; a diagnostic for a name that is no unit.
    pub fn expression(&self, module: ModuleId, expr: &UnitExpr) -> Result<Quantity, Box<Diagnostic>> {
        let file = self.world.module(module).file;
        let mut product = Quantity::one();
        for factor in &expr.factors {
            let Some(mut one) = self.at_path(module, &factor.name) else {
                return Err(Box::new(self.unknown(module, factor.name.last(), Place { file, span: factor.name.span })));
            };
            if let Some(count) = &factor.count {
                let place = Place { file, span: count.span };
                one.amount = one.amount * number(count, place)?;
            }
            let Some(amount) = one.amount.pow(factor.power) else {
                let place = Place { file, span: expr.span };
                let message = "a unit of size 0 cannot divide";
                return Err(Box::new(Diagnostic::error(codes::DIVISION_BY_ZERO, message, place, "0 here")));
            };
            product.amount = product.amount * amount;
            product.unit = product.unit.times(&one.unit, factor.power);
        }
        Ok(product)
    }

    fn unknown(&self, module: ModuleId, name: &Name, place: Place) -> Diagnostic {
        let mut known: Vec<&str> = self.world.names_in(self.world.prelude);
        known.extend(self.world.names_in(module).into_iter().filter(|own| self.find(module, own).is_some()));
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_UNIT, format!("there is no unit `{}`", name.text), place, "not a unit");
        let singular = name.text.strip_suffix('s').unwrap_or(&name.text);
        match suggest::nearest(&name.text, known.iter().copied()).or_else(|| suggest::nearest(singular, known)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(place, near),
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
                self.find(self.world.prelude, name)
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
