//! A server that speaks just enough HTTP and the OpenAI protocol, and says what a test wants, when it wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug)]
pub struct Received {
    pub line: String,
    pub headers: String,
    pub body: String,
}

/// Serves one connection after another with `answer`, on a free port, until the test ends.
pub fn serve(answer: impl Fn(&Received, &mut TcpStream) + Send + 'static) -> (String, mpsc::Receiver<Received>) {
    serve_while(move |request, stream| {
        answer(request, stream);
        true
    })
}

/// The same until `answer` returns false.
pub fn serve_while(
    answer: impl Fn(&Received, &mut TcpStream) -> bool + Send + 'static,
) -> (String, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_nodelay(true).unwrap();
            let Some(request) = read_request(&stream) else { continue };
            let goes_on = answer(&request, &mut stream);
            // Nobody may look at what arrived.
            let _ = seen.send(request);
            if !goes_on {
                break;
            }
        }
    });
    (url, received)
}

pub fn read_request(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let length =
        headers.lines().find_map(|header| header.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line, headers, body: String::from_utf8(body).ok()? })
}

pub fn send(stream: &mut TcpStream, status: &str, kind: &str, body: &str) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
    // The client may have gone away on purpose.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

pub fn frame(text: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
    )
}

pub fn finish(reason: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

/// A server whose one reply is handed out piece by piece by the test.
pub struct Gate {
    url: String,
    pieces: mpsc::Sender<String>,
    hung_up: mpsc::Receiver<()>,
    asked: mpsc::Receiver<String>,
}

impl Gate {
    pub fn open() -> Gate {
        let (pieces, waiting) = mpsc::channel::<String>();
        let (hang_up, hung_up) = mpsc::channel();
        let (ask, asked) = mpsc::channel();
        let (url, _) = serve_while(move |request, stream| {
            if request.line.starts_with("GET") {
                send(stream, "404 Not Found", "application/json", "{}");
                return true;
            }
            let _ = ask.send(request.body.clone());
            send(stream, "200 OK", "text/event-stream", ": begun\n\n");
            stream.set_nonblocking(true).unwrap();
            loop {
                match waiting.recv_timeout(Duration::from_millis(5)) {
                    Ok(piece) => {
                        stream.set_nonblocking(false).unwrap();
                        let _ = stream.write_all(piece.as_bytes());
                        stream.set_nonblocking(true).unwrap();
                    }
                    Err(mpsc::RecvTimeoutError::Disconnected) => return false,
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                }
                // End of file: the client closed the connection.
                if matches!(stream.read(&mut [0]), Ok(0)) {
                    let _ = hang_up.send(());
                    return true;
                }
            }
        });
        Gate { url, pieces, hung_up, asked }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn piece(&self, text: &str) {
        self.pieces.send(frame(text)).unwrap();
    }

    pub fn end(&self) {
        self.pieces.send(finish("stop")).unwrap();
    }

    /// Hands out a whole reply.
    pub fn reply(&self, text: &str) {
        self.piece(text);
        self.end();
    }

    /// Waits for the next question and returns the contents of its messages, in order.
    pub fn was_asked(&self) -> Vec<String> {
        self.was_asked_within(Duration::from_secs(30)).expect("a question")
    }

    /// The same, for at most `patience`.
    pub fn was_asked_within(&self, patience: Duration) -> Option<Vec<String>> {
        let body = self.asked.recv_timeout(patience).ok()?;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        Some(messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect())
    }

    /// Waits until the client has closed the connection.
    pub fn was_hung_up(&self) -> bool {
        self.hung_up.recv_timeout(Duration::from_secs(30)).is_ok()
    }
}
