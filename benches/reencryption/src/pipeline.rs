//! Work on blocks by several threads, with results in the blocks' order. Must not know what a block or a result is.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Blocks that may wait before and after each worker. More would only take memory.
const WAITING: usize = 2;

/// Reads items by `next` in a thread of its own, works on each in one of `threads` workers, and gives the results to `take`
/// in the calling thread, in the order in which the items were read. The first error, in that order, ends everything.
///
/// Items are dealt out in turns and results are collected in the same turns, so no result is ever held back for another.
///
/// # Errors
/// What `next` or `take` return.
pub(crate) fn in_order<I: Send, O: Send, E: Send>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<I>, E> + Send,
    work: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let mut inputs: Vec<SyncSender<Result<I, E>>> = Vec::new();
        let mut outputs: Vec<Receiver<Result<O, E>>> = Vec::new();
        for _ in 0..threads.max(1) {
            let (to_worker, input) = sync_channel::<Result<I, E>>(WAITING);
            let (output, from_worker) = sync_channel(WAITING);
            let work = &work;
            scope.spawn(move || {
                for item in input {
                    // Nobody takes results any more: the job ended early.
                    if output.send(item.map(work)).is_err() {
                        break;
                    }
                }
            });
            inputs.push(to_worker);
            outputs.push(from_worker);
        }
        scope.spawn(move || {
            for to_worker in inputs.iter().cycle() {
                let (item, last) = match next() {
                    Ok(Some(item)) => (Ok(item), false),
                    Ok(None) => break,
                    Err(error) => (Err(error), true),
                };
                if to_worker.send(item).is_err() || last {
                    break;
                }
            }
        });
        // A worker that panicked looks like the end here; the scope then panics as well, and nothing is finished.
        for from_worker in outputs.iter().cycle() {
            let Ok(result) = from_worker.recv() else { break };
            take(result?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whoever_is_faster() {
        for threads in [1, 2, 5] {
            let mut items = 0..1000_u64;
            let mut taken = Vec::new();
            let slow = |n: u64| {
                if n.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                n * 2
            };
            let result: Result<(), ()> = in_order(
                threads,
                || Ok(items.next()),
                slow,
                |n| {
                    taken.push(n);
                    Ok(())
                },
            );
            assert_eq!(result, Ok(()));
            assert_eq!(taken, (0..1000).map(|n| n * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let mut items = 0..;
        let mut taken = 0;
        let next = || items.next().map(Some).ok_or("never");
        let result = in_order(
            3,
            next,
            |n: u32| n,
            |n| {
                taken = n;
                if n == 50 { Err("fifty") } else { Ok(()) }
            },
        );
        assert_eq!((result, taken), (Err("fifty"), 50));
        let mut items = 0..20;
        let mut taken = 0;
        let result = in_order(
            3,
            || items.next().map(Some).ok_or("unreadable"),
            |n: u32| n,
            |_| {
                taken += 1;
                Ok(())
            },
        );
        assert_eq!((result, taken), (Err("unreadable"), 20));
    }
}
