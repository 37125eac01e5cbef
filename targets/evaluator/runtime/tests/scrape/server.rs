//! An exporter that does what a test says.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// A server on a free port. It ends with the process.
pub struct Server {
    pub address: SocketAddr,
}

impl Server {
    /// Answers each connection as told: given the stream, the lines of the request, and how many came before.
    pub fn start(answer: impl Fn(TcpStream, Vec<String>, usize) + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", answer).expect("a free port")
    }

    pub fn start_at(
        address: &str,
        answer: impl Fn(TcpStream, Vec<String>, usize) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for (count, stream) in listener.incoming().flatten().enumerate() {
                let answer = answer.clone();
                thread::spawn(move || {
                    let lines = request(&stream);
                    answer(stream, lines, count);
                });
            }
        });
        Ok(Server { address })
    }

    /// Answers with texts, one after the other; the last one again and again. An empty one is the status 500.
    pub fn texts(texts: Vec<String>) -> Self {
        Self::start(move |stream, _, count| {
            let text = &texts[count.min(texts.len() - 1)];
            if text.is_empty() {
                respond(stream, "500 Internal Server Error", &[], b"broken");
            } else {
                respond(stream, "200 OK", &[], text.as_bytes());
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }
}

fn request(stream: &TcpStream) -> Vec<String> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).map(|line| line.to_ascii_lowercase()).collect()
}

/// A whole answer. Whether anybody takes it is not this server's concern.
pub fn respond(mut stream: TcpStream, status: &str, headers: &[&str], body: &[u8]) {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
}
