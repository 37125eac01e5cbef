//! The smallest HTTP that tests need: one request for each connection, and a server of what it is told to answer.

use std::{
    io::{self, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// What a slow machine is given.
pub const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The field `error` of what it says.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_else(|| panic!("no error: {self:?}")).to_string()
    }
}

/// Asks, or says why nothing was answered.
pub fn try_ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut writer = &stream;
    writer.write_all(format!("{head}\r\n").as_bytes())?;
    // A body that is too large is refused before it is read to its end.
    let _ = writer.write_all(body);
    let mut reader = BufReader::new(&stream);
    let (first, headers) = head_of(&mut reader)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status in {first:?}")))?;
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
        }
        None => drop(reader.read_to_end(&mut body)?),
    }
    Ok(Answer { status, headers, body: String::from_utf8(body).map_err(io::Error::other)? })
}

fn head_of(reader: &mut impl io::BufRead) -> io::Result<(String, Vec<(String, String)>)> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_string()));
    }
    Ok((first.trim_end().to_string(), headers))
}

/// Answers every request with the same text, which may change, and hands on what it was sent.
pub struct Stub {
    pub address: String,
    pub text: Arc<Mutex<String>>,
    /// The bodies of the requests.
    pub bodies: mpsc::Receiver<String>,
}

impl Stub {
    pub fn new(text: &str) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let text = Arc::new(Mutex::new(text.to_string()));
        let (sender, bodies) = mpsc::channel();
        let shown = text.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let text = shown.lock().expect("no test panics with it").clone();
                if let Ok(body) = answer(&stream, &text) {
                    let _ = sender.send(body);
                }
            }
        });
        Stub { address, text, bodies }
    }

    pub fn say(&self, text: &str) {
        *self.text.lock().expect("no test panics with it") = text.to_string();
    }
}

fn answer(stream: &TcpStream, text: &str) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let (_, headers) = head_of(&mut reader)?;
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )?;
    String::from_utf8(body).map_err(io::Error::other)
}
