//! A small HTTP server that answers as a test says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use serde_json::Value;

/// A request.
#[derive(Debug)]
pub struct Got {
    pub path: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    pub body: Value,
}

/// What is answered: a status, and more headers. None: nothing, ever.
pub type Answer = Option<(u16, &'static str)>;

/// Answers with these, one after the other, and then always with the last; tells what it was asked.
pub fn serve(answers: Vec<Answer>) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut held = Vec::new();
        let mut answered = 0;
        for stream in listener.incoming() {
            // One connection for each request: the answer closes it.
            let Some(stream) = stream.ok().and_then(|stream| answer(stream, &answers, &mut answered, &tell)) else {
                continue;
            };
            held.push(stream);
        }
    });
    (url, told)
}

/// Gives back the stream where nothing was answered.
fn answer(stream: TcpStream, answers: &[Answer], answered: &mut usize, tell: &Sender<Got>) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_string();
    let (mut length, mut authorization) = (0, None);
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = Some(value.trim().to_string()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = answers[(*answered).min(answers.len() - 1)];
    *answered += 1;
    let mut stream = reader.into_inner();
    let left = match answer {
        None => Some(stream),
        Some((status, headers)) => {
            let text = "some words";
            let length = text.len();
            let head =
                format!("HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
            stream.write_all(format!("{head}{text}").as_bytes()).ok()?;
            None
        }
    };
    // Told last: whoever hears of the request knows that it was answered.
    let _ = tell.send(Got { path, authorization, body: serde_json::from_slice(&body).unwrap_or_default() });
    left
}
