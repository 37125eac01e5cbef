//! Clients that send batches, and send them again where no answer came.

use std::{io::Write as _, net::SocketAddr, ops::Range, sync::Arc};

use flate2::{Compression, write::GzEncoder};

use crate::{
    agent::{Answer, Connection, Random},
    ledger::{Account, Count},
    place::Place,
};

/// How a client sends.
#[derive(Clone)]
pub struct Manner {
    pub name: &'static str,
    /// Whether its batches have keys.
    pub keyed: bool,
    /// How many events a batch has.
    pub events: Range<u64>,
    pub gzip: bool,
    /// Whether it sends a batch by two connections at once, and at times one again that was acknowledged.
    pub impatient: bool,
}

struct Batch {
    key: Option<String>,
    body: Vec<u8>,
    count: Count,
    gzip: bool,
}

/// A client.
pub struct Sender {
    pub manner: Manner,
    pub account: Arc<Account>,
    pub place: Arc<Place>,
    pub random: Random,
}

impl Sender {
    /// Sends batch after batch until all is over.
    pub fn run(mut self) {
        let (mut process, mut number) = (0, 0);
        let mut batch: Option<Batch> = None;
        while let Some((next, address, _)) = self.place.after(process) {
            process = next;
            let Ok(mut connections) = self.connect(address) else { continue };
            loop {
                let unanswered = match batch.take() {
                    Some(unanswered) => unanswered,
                    None if self.place.is_over() => return,
                    None => {
                        number += 1;
                        let new = self.batch(number);
                        self.account.sends(new.count);
                        new
                    }
                };
                if !self.send(&mut connections, &unanswered) {
                    // Without a key nobody knows whether it counts: it is sent no more.
                    batch = unanswered.key.is_some().then_some(unanswered);
                    break;
                }
            }
        }
        assert!(batch.is_none(), "{}: a batch was left without an answer", self.manner.name);
    }

    fn connect(&self, address: SocketAddr) -> std::io::Result<Vec<Connection>> {
        let connections = if self.manner.impatient { 2 } else { 1 };
        (0..connections).map(|_| Connection::open(address)).collect()
    }

    fn batch(&mut self, number: u64) -> Batch {
        let (mut text, mut count) = (String::new(), [0, 0]);
        for _ in 0..self.random.between(self.manner.events.start, self.manner.events.end) {
            let generated = self.random.between(1, 12);
            text.push_str(&format!("{{\"sender\":\"{}\",\"generated\":{generated}}}\n", self.manner.name));
            count = [count[0] + 1, count[1] + generated];
        }
        let gzip = self.manner.gzip;
        let body = if gzip { compressed(text.as_bytes()) } else { text.into_bytes() };
        let key = self.manner.keyed.then(|| format!("{}-{number}", self.manner.name));
        Batch { key, body, count, gzip }
    }

    /// Whether the batch was acknowledged.
    fn send(&mut self, connections: &mut [Connection], batch: &Batch) -> bool {
        let mut headers = vec![("Content-Type", "application/x-ndjson")];
        headers.extend(batch.key.as_deref().map(|key| ("Idempotency-Key", key)));
        headers.extend(batch.gzip.then_some(("Content-Encoding", "gzip")));
        for connection in &mut *connections {
            // What cannot be sent has no answer either.
            let _ = connection.send("POST", "/api/v1/events/requests", &headers, &batch.body);
        }
        let answers: Vec<Answer> = connections.iter_mut().filter_map(|of| of.answer().ok()).collect();
        let new = answers.iter().filter(|answer| !self.was_known(answer, batch)).count();
        assert!(new <= 1, "{:?} counted twice: {answers:?}", batch.key);
        if answers.is_empty() {
            return false;
        }
        self.account.acknowledged(batch.count);
        if self.manner.impatient && answers.len() == connections.len() && self.random.unit() < 0.1 {
            let path = "/api/v1/events/requests";
            if let Ok(answer) = connections[0].ask("POST", path, &headers, &batch.body) {
                assert!(self.was_known(&answer, batch), "{:?} counted again: {answer:?}", batch.key);
            }
        }
        true
    }

    /// Whether this is the answer to a batch that came again. Every answer is of the whole batch.
    fn was_known(&self, answer: &Answer, batch: &Batch) -> bool {
        assert_eq!(answer.status, 200, "{}: {answer:?}", self.manner.name);
        let said: serde_json::Value = serde_json::from_str(&answer.body).expect("answers are JSON");
        assert_eq!(said["taken"], batch.count[0], "{}: {answer:?}", self.manner.name);
        let known = said["again"] == true;
        if known {
            self.account.was_known();
        }
        known
    }
}

fn compressed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
