//! What becomes of rows when the GPUs are listed again.

use std::sync::Arc;

use super::Sampling;
use crate::{
    row::Row,
    source::{Fault, FaultKind, GpuSource, Listing, Part, Unit},
};

impl<S: GpuSource> Sampling<S> {
    /// Takes a listing. A GPU that was there stays, for it is still paid for; an instance that was removed goes.
    pub(super) fn merge(&mut self, listing: Listing) {
        let Listing { units, silent } = listing;
        for row in &mut self.rows {
            row.place = None;
        }
        for (place, unit) in units.into_iter().enumerate() {
            match self.rows.iter_mut().find(|row| row.is(&unit)) {
                Some(row) => renew(row, unit, place, self.node.as_ref()),
                None => self.rows.push(Row::new(unit, Some(place), self.node.as_ref())),
            }
        }
        self.denied = silent.iter().filter(|(_, fault)| fault.kind == FaultKind::Denied).count();
        for (index, fault) in silent {
            self.silence(index, &fault);
        }
        self.rows.retain(|row| row.place.is_some() || row.instance().is_none());
        for row in self.rows.iter_mut().filter(|row| row.place.is_none() && row.lost.is_none()) {
            row.lose("the driver does not list it any more".into());
        }
        self.rows.sort_by(|a, b| (a.unit.index, a.instance()).cmp(&(b.unit.index, b.instance())));
    }

    /// A GPU is there and does not answer.
    fn silence(&mut self, index: u32, fault: &Fault) {
        let mut known = false;
        for row in self.rows.iter_mut().filter(|row| row.unit.index == index) {
            row.lose(fault.to_string());
            known = true;
        }
        // One that this user may not read may be another's; any other is here, whoever it is.
        if !known && fault.kind != FaultKind::Denied {
            let (uuid, model) = (String::new(), String::new());
            let unit = Unit { index, uuid, model, part: Part::Whole, monitoring: false };
            let mut row = Row::new(unit, None, self.node.as_ref());
            row.lose(fault.to_string());
            self.rows.push(row);
        }
    }
}

/// A unit is listed again: it may have another number, or be divided now.
fn renew(row: &mut Row, unit: Unit, place: usize, node: Option<&Arc<str>>) {
    row.place = Some(place);
    row.lost = None;
    if row.unit != unit {
        let fresh = Row::new(unit, Some(place), node);
        let divided = row.unit.part != fresh.unit.part;
        row.labels = fresh.labels;
        row.unit = fresh.unit;
        if divided {
            (row.busy, row.outcomes) = (None, fresh.outcomes);
            row.monitored.clear();
            row.processes = fresh.processes;
        }
    }
}
