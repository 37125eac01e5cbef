//! A client that sends batches with keys all the time, each until it is acknowledged.

use std::{
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::agent::{Connection, lock};

/// Events of a batch.
const EVENTS: usize = 100;
/// Between two batches, and before one is sent again.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Now {
    address: Option<SocketAddr>,
    over: bool,
    acknowledged: u64,
    refused: u64,
}

/// The client.
pub struct Load {
    now: Arc<(Mutex<Now>, Condvar)>,
    thread: JoinHandle<()>,
}

impl Load {
    pub fn start(address: SocketAddr) -> Load {
        let now = Now { address: Some(address), ..Now::default() };
        let now = Arc::new((Mutex::new(now), Condvar::new()));
        let shared = now.clone();
        Load { now, thread: thread::spawn(move || run(&shared)) }
    }

    /// There is no process now.
    pub fn gone(&self) {
        lock(&self.now.0).address = None;
    }

    /// The process is here now.
    pub fn moves(&self, address: SocketAddr) {
        lock(&self.now.0).address = Some(address);
        self.now.1.notify_all();
    }

    /// Batches that were acknowledged, and answers that refused one.
    pub fn counts(&self) -> [u64; 2] {
        let now = lock(&self.now.0);
        [now.acknowledged, now.refused]
    }

    /// Waits for the last answer; gives the batches and events that were acknowledged.
    pub fn finish(self) -> (u64, u64) {
        lock(&self.now.0).over = true;
        self.thread.join().expect("the client fails by its own message");
        let batches = lock(&self.now.0).acknowledged;
        (batches, batches * EVENTS as u64)
    }
}

fn run(shared: &(Mutex<Now>, Condvar)) {
    let body = "{\"sender\":\"soak\",\"generated\":5}\n".repeat(EVENTS);
    let (mut number, mut acknowledged) = (0, true);
    let mut connection: Option<Connection> = None;
    loop {
        let address = {
            let now = lock(&shared.0);
            if now.over && acknowledged {
                return;
            }
            let now = shared.1.wait_while(now, |now| now.address.is_none()).expect("no panic while it is held");
            now.address.expect("it was waited for")
        };
        number += u64::from(acknowledged);
        acknowledged = false;
        if connection.is_none() {
            connection = Connection::open(address).ok();
        }
        let key = format!("soak-{number}");
        let sent = connection.as_mut().map(|connection| {
            connection.ask("POST", "/api/v1/events/requests", &[("Idempotency-Key", &key)], body.as_bytes())
        });
        match sent {
            Some(Ok(answer)) => {
                acknowledged = answer.status == 200;
                assert!(acknowledged || answer.status == 503, "{answer:?}");
                let mut now = lock(&shared.0);
                now.acknowledged += u64::from(acknowledged);
                now.refused += u64::from(!acknowledged);
            }
            _ => connection = None,
        }
        thread::sleep(PAUSE);
    }
}
