//! Targets and filters that change while it runs.

use std::{collections::BTreeSet, sync::Arc};

use farthing_runtime::scrape::{Reason, Scrape};

use crate::{WAIT, all, server::Server, spec, start};

#[test]
fn targets_that_stay_are_not_disturbed() {
    let servers = ["a 1\n", "b 1\n", "c 1\n"].map(|text| Server::texts(vec![text.to_string()]));
    let specs = servers.each_ref().map(|server| format!("{};;interval=1s", server.url()));
    let (scraper, scrapes) = start(&specs[..2], all());
    let next = |wanted: &dyn Fn(&Scrape) -> bool| loop {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        if wanted(&scrape) {
            return scrape;
        }
    };
    let is = |at: usize| {
        let url = servers[at].url();
        move |scrape: &Scrape| scrape.target.url == url && scrape.result.is_ok()
    };
    let stays = next(&is(0)).target.id;
    let goes = next(&is(1)).target.id;
    // A target that is there twice is asked once.
    scraper.set_targets([&specs[2], &specs[0], &specs[0]].map(|text| spec(text)).to_vec());
    assert_eq!(scraper.health().len(), 2);
    let removed = next(&|scrape| scrape.result.as_ref().is_err_and(|error| error.reason == Reason::Removed));
    assert_eq!((removed.target.id, removed.ended), (goes, vec![0]));
    assert_eq!(next(&is(0)).target.id, stays);
    next(&is(2));
    // Another option is another target.
    scraper.set_targets(vec![spec(&format!("{};;interval=2s", servers[0].url()))]);
    assert_ne!(next(&|scrape| is(0)(scrape) && scrape.target.id != stays).target.id, stays);
}

#[test]
fn what_is_read_may_change() {
    let server = Server::texts(vec!["a 1\nb 2\n".to_string()]);
    let only = |wanted: &'static str| Arc::new(move |name: &str| name == wanted);
    let (scraper, scrapes) = start(&[format!("{};;interval=50ms,timeout=50ms", server.url())], only("a"));
    let mut names = BTreeSet::new();
    let mut next = || loop {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        names.extend(scrape.series.added.iter().map(|series| series.name.clone()));
        if let Ok(batch) = &scrape.result {
            let values: Vec<f64> = batch.samples.iter().map(|sample| sample.value).collect();
            return (values, names.clone());
        }
    };
    assert_eq!(next(), (vec![1.0], BTreeSet::from(["a".to_string()])));
    scraper.set_filter(only("b"));
    // The scrape that was under way may have the filter of before.
    let after = std::iter::from_fn(|| Some(next())).find(|(values, _)| *values == [2.0]).expect("b");
    assert_eq!(after.1, BTreeSet::from(["a".to_string(), "b".to_string()]));
}
