//! Two futures in one task: until the first of them is done, or both.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;

/// Which one was done first.
#[derive(Debug)]
pub(super) enum First<A, B> {
    First(A),
    Second(B),
}

/// Until one of them is done; the other is dropped.
pub(super) async fn first<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> First<A, B> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(value) = one.as_mut().poll(context) {
            return Poll::Ready(First::First(value));
        }
        other.as_mut().poll(context).map(First::Second)
    })
    .await
}

/// Until both are done, or one fails; the other is dropped then.
pub(super) async fn both(
    one: impl Future<Output = io::Result<()>>,
    other: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut one_done, mut other_done) = (false, false);
    poll_fn(|context| {
        if !one_done && let Poll::Ready(outcome) = one.as_mut().poll(context) {
            one_done = true;
            if outcome.is_err() {
                return Poll::Ready(outcome);
            }
        }
        if !other_done && let Poll::Ready(outcome) = other.as_mut().poll(context) {
            other_done = true;
            if outcome.is_err() {
                return Poll::Ready(outcome);
            }
        }
        if one_done && other_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}
