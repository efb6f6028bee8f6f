//! Resident memory of a process group and its descendants, sampled from `/proc`.
//! Where there is no `/proc` every sample is empty. Must not know: what is measured.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use bench_host::Root;
use bench_host::proc::{Process, below, processes};

/// The shortest pause between two samples.
const PAUSE: Duration = Duration::from_millis(5);
/// A sample may take one part in so many of the time.
const SHARE: u32 = 20;

/// Looks at a group again and again, and remembers the largest sum.
pub(super) struct Sampler {
    root: Root,
    page: u64,
    peak: u64,
}

impl Sampler {
    pub(super) fn new(root: Root) -> Self {
        Self { root, page: rustix::param::page_size() as u64, peak: 0 }
    }

    /// The largest sum seen, in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }

    /// Looks once and says how long to pause.
    pub(super) fn sample(&mut self, group: i32) -> Duration {
        let begun = Instant::now();
        let pages = members(&processes(&self.root), group);
        self.peak = self.peak.max(pages.saturating_mul(self.page));
        PAUSE.max(begun.elapsed() * (SHARE - 1))
    }
}

/// Pages of all members of a group and everything below them: descendants may have left the group.
fn members(all: &BTreeMap<u32, Process>, group: i32) -> u64 {
    let inside = all.iter().filter(|(id, process)| process.group == group || u32::try_from(group) == Ok(**id));
    let members = below(all, inside.map(|(id, _)| *id));
    members.values().map(|process| process.pages).fold(0, u64::saturating_add)
}

/// The most memory this process has held, in bytes: what a child's own report starts with. 0 where it is not shown.
pub(super) fn own_peak() -> u64 {
    Root::new(Path::new("/"))
        .field("proc/self/status", "VmHWM")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_group_and_descendants_that_left_it() {
        let stat = |parent, group, pages| Process {
            parent,
            group,
            ended: false,
            own_ticks: 0,
            child_ticks: 0,
            threads: 1,
            started: 0,
            pages,
        };
        let all = BTreeMap::from([
            (10, stat(1, 10, 1)),
            (11, stat(1, 10, 2)),
            (5, stat(11, 5, 4)),
            (3, stat(5, 3, 8)),
            (99, stat(1, 99, 16)),
        ]);
        assert_eq!(members(&all, 10), 15);
    }
}
