//! A connection that can be closed by the server right after an answer, as a server does whose idle limit has passed: no
//! `Connection: close` says so before. For the fault `close_rate`.
//!
//! hyper closes a connection when reading it ends while no request is under way. So once the answer is written out, reading ends.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};

const OPEN: u8 = 0;
/// The next answer is the last.
const ARMED: u8 = 1;
/// Bytes of the last answer were given to the socket.
const WRITING: u8 = 2;
/// The last answer is written out.
const CLOSED: u8 = 3;

#[derive(Default)]
struct Shared {
    stage: AtomicU8,
    reader: Mutex<Option<Waker>>,
}

/// Tells a connection to close; found in the extensions of its requests.
#[derive(Clone, Default)]
pub(super) struct Closer(Arc<Shared>);

impl Closer {
    /// Closes the connection once the answer that comes next is written out.
    pub(super) fn close_after_answer(&self) {
        // A connection that is already closing stays so.
        let _ = self.0.stage.compare_exchange(OPEN, ARMED, Ordering::AcqRel, Ordering::Acquire);
    }

    fn is_closed(&self) -> bool {
        self.0.stage.load(Ordering::Acquire) == CLOSED
    }

    fn wrote(&self) {
        let _ = self.0.stage.compare_exchange(ARMED, WRITING, Ordering::AcqRel, Ordering::Acquire);
    }

    fn flushed(&self) {
        if self.0.stage.compare_exchange(WRITING, CLOSED, Ordering::AcqRel, Ordering::Acquire).is_ok()
            && let Some(reader) = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            reader.wake();
        }
    }
}

/// A stream under a [`Closer`].
pub(super) struct Closable<S> {
    stream: S,
    closer: Closer,
}

impl<S> Closable<S> {
    pub(super) fn new(stream: S, closer: Closer) -> Self {
        Self { stream, closer }
    }
}

impl<S: Read + Unpin> Read for Closable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closer.is_closed() {
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            *self.closer.0.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        }
        read
    }
}

impl<S: Write + Unpin> Write for Closable<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.closer.wrote();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.closer.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.closer.wrote();
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}
