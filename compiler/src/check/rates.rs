//! Rates of exchange: amounts in one currency become amounts in another where a file says what it is worth.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use farthing_grammar::{Date, Expr, ItemKind};
use farthing_plan::{Exact, Unit};

use super::{Checker, Scope};
use crate::{
    calendar::days,
    diagnostics::{Diagnostic, codes},
    modules::{Binding, ItemId, ModuleId},
    reported::{Checked, Reported},
    sources::Place,
    units::{currencies_in, currency_of},
    value::{Constant, Value},
};

/// What one currency was worth in another on a day.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    item: ItemId,
    from: String,
    to: String,
    /// One of `from` is so much of `to`.
    rate: Exact,
    /// The day in days since 1970-01-01; rates without one are older than all others.
    day: Option<i64>,
}

impl<'w> Checker<'w> {
    /// A constant by which an amount in one unit is multiplied to be in the currency of another; `None` where their
    /// currencies are the same, or where there is no rate.
    fn exchange(&self, module: ModuleId, unit: &Unit, wanted: &Unit) -> Option<Constant> {
        let (own, asked) = (currencies_in(unit), currencies_in(wanted));
        let ([(from, power)], [(to, other)]) = (own.as_slice(), asked.as_slice()) else {
            return None;
        };
        let ((from, power), (to, other)) = ((*from, *power), (*to, *other));
        if from == to || power != other || power.abs() != 1 {
            return None;
        }
        let rate = self.rate_between(module, from, to)?;
        let amount = if power == 1 { rate } else { rate.recip()? };
        Some(Constant { amount, unit: Unit::ratio().times(&Unit::base(to).times(&Unit::base(from), -1), power) })
    }

    /// A value in the currency of a unit, where there is a rate; else as it is.
    pub(super) fn exchanged(
        &self,
        scope: &Scope<'_, 'w>,
        value: Value<'w>,
        wanted: &Unit,
        place: Place,
    ) -> Checked<Value<'w>> {
        let known = matches!(
            value,
            Value::Constant(_) | Value::Measured(_) | Value::Ratio(_) | Value::Derived(_) | Value::PerEvent(_)
        );
        match self.exchange(scope.module, &self.unit_of(&value), wanted).filter(|_| known) {
            Some(rate) => self.times_constant(value, &rate, place),
            None => Ok(value),
        }
    }

    /// A constant in the currency of a unit, where there is a rate; else as it is.
    pub(crate) fn exchanged_constant(&self, scope: &Scope<'_, 'w>, constant: Constant, wanted: &Unit) -> Constant {
        match self.exchange(scope.module, &constant.unit, wanted) {
            Some(rate) => {
                Constant { amount: &constant.amount * &rate.amount, unit: constant.unit.times(&rate.unit, 1) }
            }
            None => constant,
        }
    }

    /// How much a constant is in a unit; `None` where it is none of it.
    pub(super) fn in_unit(&self, scope: &Scope<'_, 'w>, constant: &Constant, unit: &Unit) -> Option<Exact> {
        let constant = self.exchanged_constant(scope, constant.clone(), unit);
        (constant.unit == *unit).then_some(constant.amount)
    }

    /// How much of a currency one of another is, as a module knows it: by a rate between the two, or by two rates to a
    /// third one.
    fn rate_between(&self, module: ModuleId, from: &str, to: &str) -> Option<Exact> {
        let key = (module, from.to_string(), to.to_string());
        if let Some(found) = self.rates.borrow().get(&key) {
            return found.clone();
        }
        // While rates are read, none is known: a rate is no sum of others.
        self.rates.borrow_mut().insert(key.clone(), None);
        let known: Vec<Rc<[Rate]>> = self.modules_of(module).into_iter().map(|module| self.own_rates(module)).collect();
        let all = || known.iter().flat_map(|rates| rates.iter());
        let between = |from: &str, to: &str| {
            let rate = self.newest(module, all(), from, to)?;
            // Which of them is the newest one depends on the day: all of them are of use.
            for own in all().filter(|own| own.is_between(from, to)) {
                self.mark_rate(module, own.item);
            }
            if rate.from == from { Some(rate.rate.clone()) } else { rate.rate.recip() }
        };
        let found = between(from, to).or_else(|| {
            let third: BTreeSet<&str> = all().flat_map(|rate| [rate.from.as_str(), rate.to.as_str()]).collect();
            third.into_iter().find_map(|third| Some(&between(from, third)? * &between(third, to)?))
        });
        self.rates.borrow_mut().insert(key, found.clone());
        found
    }

    /// Of the rates between two currencies the newest one, of those not after the day that is asked for, if there are any. Of
    /// two that are as old, the module's own.
    fn newest<'r>(
        &self,
        module: ModuleId,
        rates: impl Iterator<Item = &'r Rate>,
        from: &str,
        to: &str,
    ) -> Option<&'r Rate> {
        let today = self.options.as_of.as_deref().and_then(days);
        let is_known = |rate: &Rate| today.is_none_or(|today| rate.day.is_none_or(|day| day <= today));
        rates
            .filter(|rate| rate.is_between(from, to))
            .max_by_key(|rate| (is_known(rate), rate.day, rate.item.module == module))
    }

    /// Remembers a rate, and what a module imports it by.
    fn mark_rate(&self, module: ModuleId, rate: ItemId) {
        self.used_rates.borrow_mut().insert(rate);
        if rate.module == module {
            return;
        }
        for (name, binding) in &self.world.module(module).names {
            let known = match binding {
                Binding::Module(inner) => *inner,
                Binding::Item(item) => item.module,
                Binding::Folder(_) | Binding::Failed => continue,
            };
            if known == rate.module {
                self.world.mark_used(module, name);
            }
        }
    }

    /// Whether an amount became one in another currency by a rate, or by one between the same two.
    pub(crate) fn is_used_rate(&self, rate: ItemId) -> bool {
        self.used_rates.borrow().contains(&rate)
    }

    /// A module and those that it imports.
    fn modules_of(&self, module: ModuleId) -> BTreeSet<ModuleId> {
        let imported = self.world.module(module).names.values().filter_map(|binding| match binding {
            Binding::Module(inner) => Some(*inner),
            Binding::Item(item) => Some(item.module),
            Binding::Folder(_) | Binding::Failed => None,
        });
        imported.chain([module]).collect()
    }

    /// The rates that a module declares.
    fn own_rates(&self, module: ModuleId) -> Rc<[Rate]> {
        if let Some(found) = self.own_rates.borrow().get(&module) {
            return found.clone();
        }
        let items = self.world.module(module).tree.items.iter().enumerate();
        let rates = items.filter_map(|(index, item)| match &item.kind {
            ItemKind::Rate { from, to, as_of } => {
                self.read_rate(ItemId { module, index }, from, to, as_of.as_ref()).ok()
            }
            _ => None,
        });
        let rates: Rc<[Rate]> = rates.collect();
        self.own_rates.borrow_mut().insert(module, rates.clone());
        rates
    }

    fn read_rate(&self, item: ItemId, from: &'w Expr, to: &'w Expr, as_of: Option<&Date>) -> Checked<Rate> {
        let scope = Scope::of_module(item.module);
        let (one, other) = (self.constant(&scope, from), self.constant(&scope, to));
        let (one, other) = (one?, other?);
        for (constant, expr) in [(&one, from), (&other, to)] {
            let is_money = currency_of(&constant.unit).is_some() && constant.unit.0.len() == 1;
            if is_money && constant.amount > Exact::zero() {
                continue;
            }
            return Err(self.report(
                Diagnostic::error(
                    codes::RATE,
                    "a rate says what an amount of one currency is in another",
                    self.place(item.module, expr.span),
                    if is_money { "not above 0".to_string() } else { format!("this is in {}", constant.unit) },
                )
                .help("write `rate 1 EUR = 1.08 USD as of 2026-11-01`"),
            ));
        }
        if one.unit == other.unit {
            return Err(self.report(
                Diagnostic::error(
                    codes::RATE,
                    format!("both sides of this rate are in {}", one.unit),
                    self.place(item.module, to.span),
                    "the same currency",
                )
                .help("write `rate 1 EUR = 1.08 USD as of 2026-11-01`"),
            ));
        }
        let day = match as_of {
            // Where there is no such day, that is told of where the declaration is checked.
            Some(date) => Some(days(&date.text).ok_or(Reported)?),
            None => None,
        };
        let rate = other.amount.checked_div(&one.amount).ok_or(Reported)?;
        let name = |unit: &Unit| unit.0.keys().next().cloned().unwrap_or_default();
        Ok(Rate { item, from: name(&one.unit), to: name(&other.unit), rate, day })
    }

    /// What is wrong with the rates of a module, whatever uses them, and which of them are old.
    pub(super) fn check_rates(&self, module: ModuleId) {
        let rates = self.own_rates(module);
        let mut first: HashMap<(&str, &str, Option<i64>), &Rate> = HashMap::new();
        let mut newest: HashMap<(&str, &str), Option<&Rate>> = HashMap::new();
        for (index, item) in self.world.module(module).tree.items.iter().enumerate() {
            let ItemKind::Rate { from, to, as_of } = &item.kind else { continue };
            let id = ItemId { module, index };
            let place = self.place(module, from.span.to(to.span));
            let age = |date: &Date| {
                let _ = self.check_age("rate", &self.world.sources.line(place), date, place, id);
            };
            if let Some(date) = as_of.as_ref().filter(|date| days(&date.text).is_none()) {
                age(date);
                continue;
            }
            let Ok(at) = rates.binary_search_by_key(&index, |rate| rate.item.index) else { continue };
            let rate = &rates[at];
            let (one, other) = rate.currencies();
            if let Some(earlier) = first.insert((one, other, rate.day), rate) {
                self.report(
                    Diagnostic::error(
                        codes::RATE,
                        format!("two rates between {} and {} are of the same day", rate.from, rate.to),
                        place,
                        "stated again here",
                    )
                    .label(self.place(module, self.world.item(earlier.item).span), "first stated here")
                    .help("keep one of them, or give each its day: `as of 2026-11-01`"),
                );
                continue;
            }
            // One that a newer one replaces may be as old as it is.
            let newest = newest.entry((one, other)).or_insert_with(|| self.newest(module, rates.iter(), one, other));
            if let Some(date) = as_of.as_ref().filter(|_| newest.is_some_and(|newest| newest.item == id)) {
                age(date);
            }
        }
    }
}

impl Rate {
    fn is_between(&self, one: &str, other: &str) -> bool {
        (self.from == one && self.to == other) || (self.from == other && self.to == one)
    }

    /// Both currencies, sorted.
    fn currencies(&self) -> (&str, &str) {
        if self.from < self.to { (&self.from, &self.to) } else { (&self.to, &self.from) }
    }
}
