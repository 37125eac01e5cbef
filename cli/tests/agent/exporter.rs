//! An exporter with one counter, which a test moves, hangs and lets go.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::lock;

/// A server of `NAME VALUE`. Its threads end with the process.
#[derive(Clone)]
pub struct Exporter {
    address: SocketAddr,
    played: Arc<Played>,
}

struct Played {
    metric: &'static str,
    value: AtomicU64,
    /// By how much each scrape finds it more than the one before.
    step: AtomicU64,
    hangs: (Mutex<bool>, Condvar),
}

impl Exporter {
    /// Begins with a counter at 1000, which each scrape finds higher by `step`.
    pub fn start(metric: &'static str, step: u64) -> Exporter {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (value, step) = (AtomicU64::new(1_000), AtomicU64::new(step));
        let played = Arc::new(Played { metric, value, step, hangs: Default::default() });
        let exporter = Exporter { address, played: played.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let played = played.clone();
                thread::spawn(move || played.serve(stream));
            }
        });
        exporter
    }

    /// What to give to `--scrape`.
    pub fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    /// What the counter is.
    pub fn value(&self) -> u64 {
        self.played.value.load(Ordering::SeqCst)
    }

    /// From now on each scrape finds it higher by so much.
    pub fn step(&self, step: u64) {
        self.played.step.store(step, Ordering::SeqCst);
    }

    /// Whether it answers not at all.
    pub fn hang(&self, hangs: bool) {
        *lock(&self.played.hangs.0) = hangs;
        self.played.hangs.1.notify_all();
    }
}

impl Played {
    /// Answers as long as somebody asks; where the connection breaks, the other side is gone.
    fn serve(&self, mut stream: TcpStream) {
        let Ok(reader) = stream.try_clone() else { return };
        let mut lines = BufReader::new(reader).lines();
        while let Some(Ok(line)) = lines.next() {
            if !line.is_empty() {
                continue;
            }
            drop(self.hangs.1.wait_while(lock(&self.hangs.0), |hangs| *hangs));
            let value = self.value.fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst);
            let body = format!("# TYPE {0} counter\n{0} {value}\n", self.metric);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n";
            if write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).is_err() {
                return;
            }
        }
    }
}
