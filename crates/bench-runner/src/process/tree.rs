//! Resident memory of a process group and its descendants, sampled from `/proc`.
//! Where there is no `/proc` every sample is empty. Must not know: what is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The shortest pause between two samples.
const PAUSE: Duration = Duration::from_millis(5);
/// A sample may take one part in so many of the time.
const SHARE: u32 = 20;

/// Looks at a group again and again, and remembers the largest sum.
pub(super) struct Sampler {
    proc: PathBuf,
    page: u64,
    peak: u64,
}

/// One process, from the fields of its `stat` file that are needed.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    group: i32,
    pages: u64,
}

impl Sampler {
    pub(super) fn new(proc: &Path) -> Self {
        Self { proc: proc.to_path_buf(), page: rustix::param::page_size() as u64, peak: 0 }
    }

    /// The largest sum seen, in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }

    /// Looks once and says how long to pause.
    pub(super) fn sample(&mut self, group: i32) -> Duration {
        let begun = Instant::now();
        let pages = members(&self.all(), group);
        self.peak = self.peak.max(pages.saturating_mul(self.page));
        PAUSE.max(begun.elapsed() * (SHARE - 1))
    }

    fn all(&self) -> BTreeMap<i32, Stat> {
        let entries = std::fs::read_dir(&self.proc).into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        ids.filter_map(|id| {
            let text = std::fs::read(self.proc.join(id.to_string()).join("stat")).ok()?;
            Some((id, parse(&String::from_utf8_lossy(&text))?))
        })
        .collect()
    }
}

/// Pages of all members of a group and everything below them.
fn members(all: &BTreeMap<i32, Stat>, group: i32) -> u64 {
    let mut inside: BTreeSet<i32> =
        all.iter().filter(|(id, stat)| stat.group == group || **id == group).map(|(id, _)| *id).collect();
    // Descendants may have left the group. Numbers do not grow from parent to child for ever, so repeat until stable.
    loop {
        let more: Vec<i32> = all
            .iter()
            .filter(|(id, stat)| !inside.contains(id) && inside.contains(&stat.parent))
            .map(|(id, _)| *id)
            .collect();
        if more.is_empty() {
            break;
        }
        inside.extend(more);
    }
    inside.iter().filter_map(|id| all.get(id)).map(|stat| stat.pages).fold(0, u64::saturating_add)
}

/// Fields 4, 5 and 24 of `proc_pid_stat(5)`, counted behind the name, which may hold anything.
fn parse(text: &str) -> Option<Stat> {
    let (_, behind) = text.rsplit_once(')')?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3);
    Some(Stat { parent: number(4)?.parse().ok()?, group: number(5)?.parse().ok()?, pages: number(24)?.parse().ok()? })
}

/// The most memory this process has held, in bytes: what a child's own report starts with. 0 where it is not shown.
pub(super) fn own_peak() -> u64 {
    bench_host::Root::new(Path::new("/"))
        .field("proc/self/status", "VmHWM")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_process_whose_name_looks_like_fields() {
        let text =
            "42 (a) b (1 2 3) S 7 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1000000 321 18446744073709551615";
        assert_eq!(parse(text), Some(Stat { parent: 7, group: 40, pages: 321 }));
        assert_eq!(parse("42 (x"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn counts_the_group_and_descendants_that_left_it() {
        let stat = |parent, group, pages| Stat { parent, group, pages };
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
