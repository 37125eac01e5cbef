use std::sync::mpsc;

use super::*;
use crate::scrape::Options;

const WAIT: Duration = Duration::from_secs(60);

/// A name whose addresses the test says, one answer for each look.
fn name(answers: mpsc::Receiver<io::Result<Vec<SocketAddr>>>) -> (Name, mpsc::Receiver<crate::scrape::Scrape>) {
    let (sender, scrapes) = mpsc::channel();
    let shared = Shared::new(Arc::new(|_: &str| true), move |scrape| {
        let _ = sender.send(scrape);
    });
    let spec = TargetSpec::parse("dns+http://name:1/metrics", &Options::default()).expect("a URL");
    let answers = Mutex::new(answers);
    let lookup: Lookup = Arc::new(move |host, port| {
        assert_eq!((host, port), ("name", 1));
        lock(&answers).recv().unwrap_or_else(|_| Err(io::Error::other("the test is over")))
    });
    (Name::start_with(spec, &shared, lookup, Duration::ZERO), scrapes)
}

fn addresses(last: &[u8]) -> Vec<SocketAddr> {
    last.iter().map(|last| SocketAddr::from(([127, 0, 0, *last], 1))).collect()
}

fn ids(name: &Name) -> Vec<(String, u64)> {
    let workers = lock(&name.workers);
    let instance = |worker: &Worker| worker.target.labels[0].1.clone();
    workers.iter().map(|worker| (instance(worker), worker.target.id)).collect()
}

#[test]
fn targets_come_and_go_with_their_addresses() {
    // No room: an answer is taken by the look that comes after all is done that the one before asked for.
    let (answer, answers) = mpsc::sync_channel(0);
    let (name, scrapes) = name(answers);
    let say = |found: io::Result<Vec<SocketAddr>>| answer.send(found).expect("a look");
    say(Ok(addresses(&[2, 3, 3])));
    say(Ok(addresses(&[2, 3])));
    let first = ids(&name);
    assert_eq!(first.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["127.0.0.2:1", "127.0.0.3:1"]);

    say(Err(io::Error::other("no name server answers")));
    say(Ok(addresses(&[3, 4])));
    say(Ok(addresses(&[3, 4])));
    let second = ids(&name);
    assert_eq!(second.len(), 2);
    assert_eq!(second[0], first[1], "what stays is the same target");
    assert_eq!(second[1].0, "127.0.0.4:1");
    // The one that went is told of.
    let gone = std::iter::from_fn(|| scrapes.recv_timeout(WAIT).ok())
        .find(|scrape| scrape.result.as_ref().is_err_and(|error| error.reason == Reason::Removed));
    assert_eq!(gone.map(|scrape| scrape.target.id), Some(first[0].1));

    say(Err(io::Error::other("no name server answers")));
    say(Err(io::Error::other("no name server answers")));
    assert_eq!(ids(&name), second, "a failing name server ends nothing");
    let health = lock(&name.health).clone().expect("a problem");
    assert_eq!(health.last_error.as_deref(), Some("no name server answers"));

    say(Ok(addresses(&[])));
    say(Ok(addresses(&[])));
    assert!(ids(&name).is_empty());
    assert!(
        lock(&name.health)
            .as_ref()
            .is_some_and(|health| health.last_error.as_deref() == Some("no address has this name"))
    );
    name.end(End::Removed);
}
