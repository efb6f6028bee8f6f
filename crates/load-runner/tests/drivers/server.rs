//! A service: answers every request with its path and what it was sent, counts them, and keeps what they were.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The service; its threads end with the test.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<AtomicU64>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What a request was.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// The header `x-odd`, as UTF-8.
    pub(crate) odd: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&seen);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, keep) = (Arc::clone(&count), Arc::clone(&keep));
                std::thread::spawn(move || answer(&stream, &count, &keep));
            }
        });
        Self { address, seen, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Requests whose paths begin so.
    pub(crate) fn asked(&self, start: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path.starts_with(start)).cloned().collect()
    }
}

fn answer(stream: &TcpStream, count: &AtomicU64, keep: &Mutex<Vec<Asked>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let (mut length, mut key, mut odd) = (0_usize, false, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if let Some(value) = line.strip_prefix("x-odd: ").or_else(|| line.strip_prefix("X-Odd: ")) {
                odd = value.trim_end_matches(['\r', '\n']).to_owned();
            }
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            key |= line == "x-api-key: a-secret-of-the-test";
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let path = first.split(' ').nth(1)?.to_owned();
        keep.lock().unwrap().push(Asked { path: path.clone(), odd });
        let status = if !key {
            "401 Unauthorized"
        } else if path == "/away" {
            "302 Found"
        } else if path == "/broken" {
            "500 Broken"
        } else {
            "200 OK"
        };
        if path == "/slow" {
            std::thread::sleep(std::time::Duration::from_millis(2500));
        }
        let echo = if body.is_empty() { "null".to_owned() } else { String::from_utf8(body).ok()? };
        let text = format!("{{\"id\":{number},\"nothing\":null,\"list\":[1,2],\"path\":\"{path}\",\"echo\":{echo}}}");
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nlocation: /followed\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        (&mut &*stream).write_all((head + &text).as_bytes()).ok()?;
    }
}
