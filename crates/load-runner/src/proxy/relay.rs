//! One connection: bytes read on one side wait until they are due and are written on the other, in order. Reading does not wait for
//! writing, so that delay does not limit how much is under way; only memory does.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::Instant;

use super::late::Late;
use super::together::{First, both, first};
use super::{Cut, State};

/// What one read takes at most, in bytes: a chunk.
const CHUNK: usize = 16 << 10;
/// What may be under way in one direction of one connection, in bytes. With 150 ms, that is 28 MB/s at least.
const UNDER_WAY: usize = 4 << 20;

/// What happens to bytes in one direction.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) delay: Duration,
    pub(super) late: Late,
    pub(super) states: watch::Receiver<State>,
}

/// Something under way.
struct Sent {
    due: Instant,
    /// Empty for the end.
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

/// Relays until both sides have ended, one fails, or the path is cut. Whatever is not the ordinary end is a reset for both.
pub(super) async fn connection(
    mut client: TcpStream,
    to: SocketAddr,
    (up, down): (Path, Path),
    mut states: watch::Receiver<State>,
) {
    let ended = match first(TcpStream::connect(to), gone(&mut states)).await {
        First::First(Ok(mut server)) => {
            let ended = match first(relay(&mut client, &mut server, up, down), gone(&mut states)).await {
                First::First(ended) => ended.is_ok(),
                First::Second(()) => false,
            };
            reset_unless(ended, &server);
            ended
        }
        First::First(Err(_)) | First::Second(()) => false,
    };
    reset_unless(ended, &client);
}

/// Closed with no time to linger, a connection is reset.
fn reset_unless(ended: bool, stream: &TcpStream) {
    if !ended {
        drop(stream.set_zero_linger());
    }
}

/// Until the path is cut so that connections do not survive it.
async fn gone(states: &mut watch::Receiver<State>) {
    // An error means that the proxy itself is gone.
    drop(states.wait_for(|state| matches!(state, State::Cut(Cut::Refuse) | State::Ended)).await);
}

async fn relay(client: &mut TcpStream, server: &mut TcpStream, up: Path, down: Path) -> io::Result<()> {
    // What is due is not to be held back.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    both(direction(from_client, to_server, up), direction(from_server, to_client, down)).await
}

async fn direction(from: ReadHalf<'_>, to: WriteHalf<'_>, path: Path) -> io::Result<()> {
    let (send, receive) = mpsc::unbounded_channel();
    let Path { delay, late, states } = path;
    both(read(from, send, delay, late), write(to, receive, states)).await
}

async fn read(
    mut from: ReadHalf<'_>,
    send: mpsc::UnboundedSender<Sent>,
    delay: Duration,
    mut late: Late,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    let mut before = Instant::now();
    loop {
        let mut bytes = Vec::with_capacity(CHUNK);
        let length = from.read_buf(&mut bytes).await?;
        let arrived = Instant::now();
        // A late chunk holds up those behind it, as TCP delivers in order.
        let due = before.max(arrived + delay + late.next());
        before = due;
        let permits = u32::try_from(length).unwrap_or(u32::MAX);
        let room = Arc::clone(&room).acquire_many_owned(permits).await.ok();
        // Without a receiver the writer has failed, and that decides.
        if send.send(Sent { due, bytes, _room: room }).is_err() || length == 0 {
            return Ok(());
        }
    }
}

async fn write(
    mut to: WriteHalf<'_>,
    mut receive: mpsc::UnboundedReceiver<Sent>,
    mut states: watch::Receiver<State>,
) -> io::Result<()> {
    while let Some(sent) = receive.recv().await {
        if sent.due > Instant::now() {
            tokio::time::sleep_until(sent.due).await;
        }
        let open = states.wait_for(|state| !matches!(state, State::Cut(Cut::BlackHole))).await;
        drop(open.map_err(|_| io::ErrorKind::ConnectionAborted)?);
        if sent.bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&sent.bytes).await?;
    }
    Ok(())
}
