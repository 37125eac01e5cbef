//! Tables of prices: what a thing costs by the value of a label.

use std::{collections::HashMap, rc::Rc};

use farthing_grammar::{ItemKind, Span};
use farthing_plan::Exact;

use super::{Checker, Scope, limits};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::ItemId,
    reported::{Checked, Reported, reported},
    sources::Place,
    units::currency_of,
    value::{Constant, Linear, LinearTerm, Table, TableUse, Value},
};

/// How much of what a table is applied to may lack a price where the table does not say: one in a hundred.
const UNPRICED: i64 = 100;

impl<'w> Checker<'w> {
    /// The prices of a table. It is looked at once, however often it is used.
    pub(super) fn table(&self, id: ItemId) -> Checked<Rc<Table<'w>>> {
        if let Some(found) = self.tables.borrow().get(&id) {
            return found.clone();
        }
        let found = self.read_table(id).map(Rc::new);
        self.tables.borrow_mut().insert(id, found.clone());
        found
    }

    fn read_table(&self, id: ItemId) -> Checked<Table<'w>> {
        let ItemKind::PriceTable { name, label, entries, per, as_of, unpriced } = &self.world.item(id).kind else {
            return Err(Reported);
        };
        let declared_at = self.place(id.module, name.span);
        let scope = Scope::of_module(id.module);
        let per = per.as_ref().map(|unit| reported(self.units.expression(id.module, unit), &self.sink)).transpose()?;
        let unpriced = match unpriced {
            Some(share) => self.share_or(
                share,
                self.place(id.module, share.span),
                "write how much may lack a price: `unpriced up to 5%`",
            )?,
            None => Exact::fraction(1, UNPRICED).expect("100 is not 0"),
        };
        let mut table: Option<Table<'w>> = None;
        let mut failed = false;
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (value, price) in entries {
            let value_place = self.place(id.module, value.span);
            if let Some(first) = seen.get(value.value.as_str()) {
                self.report(
                    Diagnostic::error(
                        codes::PRICE_TABLE,
                        format!("{:?} has two prices", value.value),
                        value_place,
                        "stated again here",
                    )
                    .label(self.place(id.module, *first), "first stated here")
                    .help("keep the one that holds"),
                );
                failed = true;
                continue;
            }
            seen.insert(&value.value, value.span);
            let price_place = self.place(id.module, price.span);
            let constant = self.constant(&scope, price).and_then(|constant| match &per {
                None => Ok(Value::Constant(constant)),
                Some(per) => {
                    let per = Constant { amount: per.amount.clone(), unit: per.unit.clone() };
                    self.divided_by_constant(Value::Constant(constant), &per, price_place)
                }
            });
            let Ok(Value::Constant(constant)) = constant else {
                failed = true;
                continue;
            };
            if currency_of(&constant.unit).is_none() {
                self.report(
                    Diagnostic::error(
                        codes::NOT_MONEY,
                        format!("the price of {:?} is not money", value.value),
                        price_place,
                        format!("this is in {}", constant.unit),
                    )
                    .help(
                        "write what it costs, and behind the braces per what: `{ \"NVIDIA L4\": $0.71 } per gpu hour`",
                    ),
                );
                failed = true;
                continue;
            }
            let table = table.get_or_insert_with(|| Table {
                name,
                declared_at,
                label,
                entries: Vec::new(),
                unit: constant.unit.clone(),
                unpriced: unpriced.clone(),
            });
            match self.in_unit(&scope, &constant, &table.unit) {
                Some(amount) => table.entries.push((&value.value, amount)),
                None => {
                    self.report(
                        Diagnostic::error(
                            codes::PRICE_TABLE,
                            format!("the prices of `{}` are in different units", name.text),
                            price_place,
                            format!("this is in {}", constant.unit),
                        )
                        .label(self.place(id.module, entries[0].1.span), format!("this is in {}", table.unit))
                        .help("state all prices of a table per the same thing, and in one currency"),
                    );
                    failed = true;
                }
            }
        }
        if let Some(date) = as_of {
            failed |= self.check_age("price", &name.text, date, declared_at, id).is_err();
        }
        if failed {
            return Err(Reported);
        }
        table.ok_or_else(|| {
            self.report(
                Diagnostic::error(
                    codes::PRICE_TABLE,
                    format!("the table `{}` has no prices", name.text),
                    declared_at,
                    "nothing in its braces",
                )
                .help("list them by the label's values: `{ \"NVIDIA L4\": $0.71 } per gpu hour`"),
            )
        })
    }

    /// `dcgm::gpus * gpu_hour`: each part by its own price.
    pub(super) fn priced(
        &self,
        scope: &Scope<'_, 'w>,
        flow: Linear<'w>,
        table: &Rc<Table<'w>>,
        place: Place,
    ) -> Checked<Value<'w>> {
        let label = table.label;
        let cannot = |why: &str, help: &str| {
            self.report(
                Diagnostic::error(
                    codes::PRICE_TABLE,
                    format!("`{}` gives a price to each `{}`: {why}", table.name.text, label.text),
                    place,
                    "multiplied by the table here",
                )
                .label(table.declared_at, "the table")
                .help(help),
            )
        };
        if !flow.constants.is_empty() {
            return Err(cannot(
                "a fixed amount has none",
                "multiply what is measured by the table, and add the rest: `gpus * gpu_hour + $0.40 per hour`",
            ));
        }
        if !flow.tables.is_empty() || flow.terms.iter().any(|term| term.whole) {
            return Err(cannot(
                "what has a price or a weight already gets no other one",
                "multiply the metric itself by the table",
            ));
        }
        if flow.terms.len().saturating_mul(table.entries.len()) > limits::MAX_PARTS {
            return Err(self.report(limits::too_many_parts(place)));
        }
        let values: Vec<&str> = table.entries.iter().map(|(value, _)| *value).collect();
        let (mut terms, mut wholes, mut unpriced) = (Vec::new(), Vec::new(), Vec::new());
        for term in &flow.terms {
            self.check_has_label(scope, term, &label.text, place, "priced")?;
            self.check_prices(term, table, place)?;
            for (value, price) in &table.entries {
                if let Some(part) = self.part_of(&term.flow, &label.text, &[value], false)? {
                    terms.push(LinearTerm { factor: &term.factor * price, flow: Rc::new(part), ..term.clone() });
                }
            }
            if let Some(rest) = self.part_of(&term.flow, &label.text, &values, true)? {
                unpriced.push(LinearTerm { flow: Rc::new(rest), ..term.clone() });
            }
            wholes.push(LinearTerm { whole: true, ..term.clone() });
        }
        if terms.is_empty() {
            return Err(cannot(
                "none of what is selected is in it",
                "add a price for what is selected, or select something else",
            ));
        }
        // Where there is something, a kind of it without samples came to nothing; without anything, nothing is known.
        terms.extend(wholes.iter().map(|term| LinearTerm { factor: Exact::zero(), ..term.clone() }));
        let unit = self.units.reduced(flow.unit.times(&table.unit, 1));
        let tables = if unpriced.is_empty() {
            Vec::new()
        } else {
            vec![Rc::new(TableUse {
                table: table.clone(),
                whole: Linear { terms: wholes, ..flow.clone() },
                unpriced: Linear { terms: unpriced, ..flow.clone() },
                place,
                cost: None,
            })]
        };
        Ok(Value::Measured(Linear { terms, tables, unit, ..flow }))
    }

    /// A term of what is broken down. Where it stands for all that a table is applied to, it becomes what has a price: a
    /// group of which nothing has one is not known to be free.
    pub(crate) fn priced_groups(
        &self,
        term: &LinearTerm<'w>,
        tables: &[Rc<TableUse<'w>>],
    ) -> Checked<Vec<LinearTerm<'w>>> {
        let mut narrowed = Vec::new();
        if term.whole && term.factor.is_zero() {
            let is_it = |own: &LinearTerm<'w>| own.flow.source == term.flow.source;
            for TableUse { table, .. } in
                tables.iter().map(|used| &**used).filter(|used| used.whole.terms.iter().any(is_it))
            {
                let values: Vec<&str> = table.entries.iter().map(|(value, _)| *value).collect();
                if let Some(part) = self.part_of(&term.flow, &table.label.text, &values, false)? {
                    narrowed.push(LinearTerm { flow: Rc::new(part), priced: true, ..term.clone() });
                }
            }
        }
        Ok(if narrowed.is_empty() { vec![term.clone()] } else { narrowed })
    }

    /// A price for a value that the label never has is a slip.
    fn check_prices(&self, term: &LinearTerm<'w>, table: &Table<'w>, place: Place) -> Checked<()> {
        let Some(known) = self.values_of(&term.flow, &table.label.text) else { return Ok(()) };
        match table.entries.iter().find(|(value, _)| !known.iter().any(|own| own == value)) {
            None => Ok(()),
            Some((value, _)) => Err(self.report(
                Diagnostic::error(
                    codes::UNKNOWN_LABEL_VALUE,
                    format!("`{}` is never {value:?}", table.label.text),
                    table.declared_at,
                    "has a price for it",
                )
                .label(place, "applied to this")
                .help(format!("it is {}", suggest::one_of(&known))),
            )),
        }
    }

    /// A table is used in a cost, which is watched for what has no price.
    pub(crate) fn check_tables(&self, linear: &Linear<'w>) -> Checked<()> {
        match linear.tables.iter().find(|used| used.cost.is_none()) {
            None => Ok(()),
            Some(used) => {
                let name = &used.table.name.text;
                Err(self.report(
                    Diagnostic::error(
                        codes::PRICE_TABLE,
                        format!("the prices of `{name}` are used outside of a cost"),
                        used.place,
                        "nobody would be told of what has no price",
                    )
                    .label(used.table.declared_at, "the table")
                    .help(format!(
                        "declare a cost of the service, and use that: `cost gpu = {}`",
                        self.world.sources.line(used.place)
                    )),
                ))
            }
        }
    }

    /// A table with each price times a constant.
    pub(super) fn table_times(&self, table: &Table<'w>, by: &Constant) -> Table<'w> {
        Table {
            entries: table.entries.iter().map(|(value, price)| (*value, price * &by.amount)).collect(),
            unit: self.units.reduced(table.unit.times(&by.unit, 1)),
            ..table.clone()
        }
    }
}

/// Within an event's declaration, nothing knows an event's labels.
pub(super) fn table_in_an_event(table: &Table<'_>, place: Place) -> Diagnostic {
    let name = &table.name.text;
    Diagnostic::error(
        codes::EVENT_FIELD,
        format!("`{name}` has a price for each `{}`, and a field is computed from numbers", table.label.text),
        place,
        "a table of prices",
    )
    .help(format!("multiply the field outside of the event, in a cost: `cost api = requests.context * {name}`"))
}
