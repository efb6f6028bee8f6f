//! The control port: `POST /cut`, `POST /cut?how=black-hole`, `POST /heal`, `GET /`, each answered with the state as JSON.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Cut, State};

/// The longest request read, in bytes, and how long it may take to arrive.
const LONGEST: usize = 8 << 10;
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes requests until the proxy ends.
pub(super) async fn serve(listener: TcpListener, state: watch::Sender<State>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let state = state.clone();
                tokio::spawn(async move { drop(tokio::time::timeout(PATIENCE, answer(stream, &state)).await) });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn answer(mut stream: TcpStream, state: &watch::Sender<State>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let (status, wanted) = asked(&head, *state.borrow());
    // A proxy that ends is not brought back by a request that came too late.
    state.send_if_modified(|now| {
        let changes = *now != State::Ended && *now != wanted;
        if changes {
            *now = wanted;
        }
        changes
    });
    let path = match *state.borrow() {
        State::Open => "open",
        State::Cut(Cut::Refuse) => "refuse",
        State::Cut(Cut::BlackHole) => "black-hole",
        State::Ended => "ended",
    };
    let body = format!("{{\"path\":\"{path}\"}}\n");
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// The status of the answer, and the state asked for.
fn asked(head: &[u8], now: State) -> (&'static str, State) {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        (b"POST", b"/cut" | b"/cut?how=refuse") => ("200 OK", State::Cut(Cut::Refuse)),
        (b"POST", b"/cut?how=black-hole") => ("200 OK", State::Cut(Cut::BlackHole)),
        (b"POST", b"/heal") => ("200 OK", State::Open),
        (b"GET", b"/") => ("200 OK", now),
        (_, b"/" | b"/cut" | b"/heal") => ("405 Method Not Allowed", now),
        (_, _) => ("404 Not Found", now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_documented_changes_the_path() {
        let cut = State::Cut(Cut::Refuse);
        let read = |line: &str, now| asked(format!("{line}\r\nhost: x\r\n\r\n").as_bytes(), now).1;
        assert_eq!(read("POST /cut HTTP/1.1", State::Open), cut);
        assert_eq!(read("POST /cut?how=black-hole HTTP/1.1", State::Open), State::Cut(Cut::BlackHole));
        assert_eq!(read("POST /heal HTTP/1.1", cut), State::Open);
        for line in
            ["GET /cut HTTP/1.1", "GET / HTTP/1.1", "POST /cutter HTTP/1.1", "", "POST", "POST /cut?how=x HTTP/1.1"]
        {
            assert_eq!(read(line, State::Open), State::Open, "{line}");
        }
    }
}
