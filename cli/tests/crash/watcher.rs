//! A reader that asks for `/metrics` all the time, as a Prometheus would, only more often.

use std::{collections::HashMap, sync::Arc, thread, time::Duration};

use crate::{
    agent::{Connection, Metrics},
    ledger::Account,
    place::Place,
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(3);

/// Looks until all is over. No flow's total may ever be less than it was seen: a Prometheus would take it for a counter
/// that began anew, and count all of it again. Gives how often it looked.
pub fn watch(place: &Place, accounts: &[Arc<Account>]) -> u64 {
    let (mut process, mut looks) = (0, 0);
    let mut highest: HashMap<String, f64> = HashMap::new();
    while let Some((next, address, floor)) = place.after(process) {
        process = next;
        let Ok(mut connection) = Connection::open(address) else { continue };
        while let Ok(metrics) = Metrics::ask(&mut connection) {
            looks += 1;
            for (series, value) in metrics.of("farthing_flow_total") {
                let before = highest.entry(series.to_string()).or_default();
                assert!(value >= *before, "process {process}: {series} was {before} and is {value}");
                *before = value;
            }
            let shown = metrics.of("farthing_flow_total").count();
            assert!(shown >= highest.len(), "process {process}: a series is gone: {shown} of {highest:?}");
            for (account, floor) in accounts.iter().zip(&floor) {
                account.check(&metrics, *floor);
            }
            if place.is_over() {
                return looks;
            }
            thread::sleep(PAUSE);
        }
    }
    looks
}
