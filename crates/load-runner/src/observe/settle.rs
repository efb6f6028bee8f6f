//! Waits for processes that were just started to come to rest. Must not know: what they are.

use std::path::Path;
use std::time::{Duration, Instant};

use bench_host::Root;

use super::process::Tree;

/// The pause between two looks. Processor time is counted in hundredths of a second.
const LOOK: Duration = Duration::from_millis(200);
/// Processors in use, all processes together, up to which they are at rest.
const REST: f64 = 0.1;

/// Waits until processes and their descendants do next to nothing, at most for `limit`, and not once `over`. Whether they came to rest.
pub(crate) fn settle(pids: &[u32], limit: Duration, over: impl Fn() -> bool) -> bool {
    let root = Root::new(Path::new("/"));
    let Ok(mut tree) = Tree::find(&root, pids) else { return false };
    let mut look = || Some((Instant::now(), tree.read(&root)?.cpu?));
    let begun = Instant::now();
    let mut before = look();
    while !over() && begun.elapsed() < limit {
        std::thread::sleep(LOOK);
        let after = look();
        let Some(((then, used), (now, more))) = before.zip(after) else { return false };
        if more - used <= REST * (now - then).as_secs_f64() {
            return true;
        }
        before = after;
    }
    false
}
