//! What has no price: a watch of the compiler's own for each cost that uses a table of prices.

use farthing_plan::{
    Alert, BudgetMode, BurnBasis, BurnForm, Exact, Form, Labels, Linear as Weights, Objective, Period, Role, Severity,
};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes},
    flows::{FlowTable, IndicatorDraft},
    reported::{Checked, Reported},
    service::Service,
    shown,
    value::{Linear, Ratio, TableUse},
};

/// Over which time the share without a price is judged, in seconds.
const PERIOD: u64 = 30 * 86_400;

/// The windows of its one alert, in seconds.
const WINDOWS: (u64, u64) = (3_600, 300);

impl<'c, 'w> Service<'c, 'w> {
    /// The watches of the service's costs. What is wrong with a cost is told of where it is used.
    pub fn watches(&self, checker: &Checker<'w>, flows: &mut FlowTable) -> Vec<Objective> {
        let mut watches = Vec::new();
        for (name, linear, place) in self.costs() {
            let own = linear.tables.iter().filter(|used| used.cost.as_deref() == Some(name));
            let uses: Vec<&TableUse<'w>> = own.map(|used| &**used).collect();
            let Some(first) = uses.first() else { continue };
            let watch_name = watch_name(name);
            if let Some(taken) = self.declared_at(&watch_name) {
                checker.report(
                    Diagnostic::error(
                        codes::DUPLICATE_NAME,
                        format!("`{watch_name}` is what watches for series without a price in the cost `{name}`"),
                        taken,
                        "declared here as something else",
                    )
                    .label(place, "this cost uses a table of prices")
                    .help("give one of them another name"),
                );
                continue;
            }
            if let Ok(ratio) = self.unpriced(checker, &uses) {
                watches.push(self.watch(name, first, ratio, flows));
            }
        }
        watches
    }

    /// What has no price, over all that should have one.
    fn unpriced(&self, checker: &Checker<'w>, uses: &[&TableUse<'w>]) -> Checked<Ratio<'w>> {
        let (first, others) = uses.split_first().ok_or(Reported)?;
        let mut ratio = Ratio { numerator: first.unpriced.clone(), denominator: first.whole.clone() };
        for used in others {
            if used.whole.unit != first.whole.unit || used.table.declared_at != first.table.declared_at {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::PRICE_TABLE,
                        "one cost uses two tables of prices, or one for two units",
                        used.place,
                        format!("`{}` in {}", used.table.name.text, used.whole.seen_unit()),
                    )
                    .label(first.place, format!("`{}` in {}", first.table.name.text, first.whole.seen_unit()))
                    .help("declare a cost for each, and a third that adds them"),
                ));
            }
            let both = |one: Linear<'w>, other: &Linear<'w>| {
                let mut terms = one.terms;
                terms.extend(other.terms.iter().cloned());
                Linear { terms, ..one }
            };
            ratio = Ratio {
                numerator: both(ratio.numerator, &used.unpriced),
                denominator: both(ratio.denominator, &used.whole),
            };
        }
        Ok(ratio)
    }

    fn watch(&self, cost: &str, used: &TableUse<'w>, ratio: Ratio<'w>, flows: &mut FlowTable) -> Objective {
        let (table, limit) = (&used.table.name.text, &used.table.unpriced);
        let name = watch_name(cost);
        let (zero, one) = (Exact::zero(), Exact::one());
        let budget_unit = ratio.denominator.unit.clone();
        let doc =
            format!("How much of the cost `{cost}` has a price in the table `{table}`. What has none is in no sum.");
        let draft =
            IndicatorDraft { name: &name, doc: Some(doc.clone()), by: Vec::new(), ratio, exclusions: Vec::new() };
        let indicator = flows.indicator(draft);
        let share = &one - limit;
        let percent = &share * &Exact::from(100);
        let percent = percent.decimal().unwrap_or_else(|| percent.to_f64().to_string());
        let (long, short) = WINDOWS;
        Objective {
            id: format!("{}/{name}", self.name.text),
            name,
            title: format!("Prices of {cost}"),
            doc: Some(doc),
            indicator,
            statement: format!("{percent}% of {cost} has a price in {table}"),
            form: Form::Share { share, of: cost.to_string(), good: format!("has a price in {table}") },
            excess: Weights { numerator: one, denominator: zero.clone() },
            allowance: Weights { numerator: zero, denominator: limit.clone() },
            budget_shown: shown::of_unit(&budget_unit),
            budget_unit,
            period: Period::rolling(PERIOD),
            by: Vec::new(),
            only: Labels::new(),
            budget_mode: BudgetMode::Net,
            burn_form: BurnForm::Paced,
            guards: Vec::new(),
            spendings: Vec::new(),
            equality: None,
            role: Role::Priced { table: table.clone(), cost: cost.to_string() },
            alerts: vec![Alert {
                severity: Severity::Ticket,
                long,
                short,
                factor: Exact::one(),
                basis: BurnBasis::Stated,
                highest: limit.recip(),
            }],
            labels: self.alert_labels(),
            annotations: self.about.annotations.clone(),
            runbook: self.about.runbook.clone(),
        }
    }
}

/// What the watch of a cost is called.
fn watch_name(cost: &str) -> String {
    format!("{cost}_priced")
}
