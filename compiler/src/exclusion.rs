//! Time that counts for nothing: days, and the time for which a gauge compares so.

use farthing_grammar::{Exclude, Text};
use farthing_plan::Exclusion;

use crate::{
    check::{
        Checker,
        condition::{comparison, single},
        time_share::Asked,
    },
    diagnostics::codes,
    flows::FlowTable,
    reported::{Checked, Reported},
    service::Service,
};

impl<'w> Service<'_, 'w> {
    /// What the `exclude` statements of the service become: those of its template first.
    pub fn own_exclusions(&self, checker: &Checker<'w>, flows: &mut FlowTable) -> Checked<Vec<Exclusion>> {
        let mut found = Vec::new();
        let mut failed = false;
        for (home, statement) in &self.exclusions {
            match self.seen_from(*home).exclusion(checker, statement, flows) {
                Ok(exclusion) => found.push(exclusion),
                Err(Reported) => failed = true,
            }
        }
        if failed { Err(Reported) } else { Ok(found) }
    }

    /// What `exclude` statements become, in their order.
    pub fn exclusions(
        &self,
        checker: &Checker<'w>,
        statements: &[&'w Exclude],
        flows: &mut FlowTable,
    ) -> Checked<Vec<Exclusion>> {
        let mut found = Vec::new();
        let mut failed = false;
        for statement in statements {
            match self.exclusion(checker, statement, flows) {
                Ok(exclusion) => found.push(exclusion),
                Err(Reported) => failed = true,
            }
        }
        if failed { Err(Reported) } else { Ok(found) }
    }

    fn exclusion(&self, checker: &Checker<'w>, statement: &'w Exclude, flows: &mut FlowTable) -> Checked<Exclusion> {
        let scope = self.scope();
        let text = |because: &Option<Text>| because.as_ref().map(|text| scope.filled(text));
        match statement {
            Exclude::Dates { from, to, zone, because } => {
                let zone = checker.zone(self.module, zone.as_ref())?;
                let (from, until) = checker.days(self.module, from, to.as_ref(), &zone)?;
                Ok(Exclusion::Dates { from, until, because: text(because) })
            }
            Exclude::When { left, op, right, because } => {
                let asked = Asked {
                    code: codes::EXCLUSION,
                    message: "time is excluded by one gauge",
                    help: "name a `gauge` and a constant: `exclude when deploys::running > 0`; days stand alone: \
                           `exclude 2026-12-24 to 2026-12-26`",
                };
                let gauge = checker.gauge_time(&scope, left, right, &asked)?;
                // A flow of its own, for it is never broken down.
                let flow = gauge.flow("excluded", Some((comparison(*op), gauge.bound.clone())));
                let time = single(flow, checker.place(self.module, left.span));
                let flow = time.terms.first().map(|term| flows.flow(term, &[])).ok_or(Reported)?;
                Ok(Exclusion::When { flow, because: text(because) })
            }
        }
    }
}
