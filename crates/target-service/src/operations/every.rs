//! Waiting for several futures at once, on one thread: how a batch is under way before its first answer is there.
//! Must not know: what they do.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// The outcomes in order, once all are there or the first has failed.
///
/// # Errors
/// The first error.
pub(super) async fn every<'a, T, E>(
    futures: impl IntoIterator<Item = impl Future<Output = Result<T, E>> + 'a>,
) -> Result<Vec<T>, E>
where
    T: 'a,
    E: 'a,
{
    enum Slot<'a, T, E> {
        Waiting(Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>),
        Done(T),
    }
    let mut slots: Vec<Slot<'a, T, E>> = futures.into_iter().map(|future| Slot::Waiting(Box::pin(future))).collect();
    poll_fn(|context| {
        let mut waits = false;
        for slot in &mut slots {
            if let Slot::Waiting(future) = slot {
                match future.as_mut().poll(context) {
                    Poll::Ready(Ok(value)) => *slot = Slot::Done(value),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await?;
    let done = |slot| match slot {
        Slot::Done(value) => Some(value),
        Slot::Waiting(_) => None,
    };
    Ok(slots.into_iter().filter_map(done).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_are_under_way_at_once_and_come_back_in_order() {
        let barrier = tokio::sync::Barrier::new(3);
        let meet = |number: u32| {
            let barrier = &barrier;
            async move {
                // Nobody gets past it before all three are there.
                barrier.wait().await;
                Ok::<_, ()>(number)
            }
        };
        assert_eq!(every([meet(1), meet(2), meet(3)]).await, Ok(vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn the_first_error_ends_it() {
        let outcomes = [Ok(1), Err("no"), Ok(3)].map(|outcome| async move { outcome });
        assert_eq!(every(outcomes).await, Err("no"));
    }
}
