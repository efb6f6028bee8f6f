//! Processes: some with everything below them, or one alone, read below a root folder.

use std::collections::BTreeMap;

use bench_host::Root;
use bench_host::proc::{Process, below, process, processes};

use super::proc;
use super::reading::Reading;

/// Processes that are watched with their descendants.
#[derive(Debug)]
pub(super) struct Tree {
    /// Each by its number and when it started.
    roots: Vec<(u32, u64)>,
    gone: bool,
}

impl Tree {
    /// The processes with these numbers.
    ///
    /// # Errors
    /// The first number that no process has, or one that has ended.
    pub(super) fn find(root: &Root, pids: &[u32]) -> Result<Self, u32> {
        let find = |pid: &u32| {
            let stat = process(root, *pid).filter(|stat| !stat.ended).ok_or(*pid)?;
            Ok((*pid, stat.started))
        };
        Ok(Self { roots: pids.iter().map(find).collect::<Result<_, u32>>()?, gone: false })
    }

    /// How often one of them was found gone: once, and then for good, because its number may come to belong to any other process.
    pub(super) fn restarts(&self) -> u32 {
        u32::from(self.gone)
    }

    /// What the processes and their descendants use together; `None` when one of them is gone. Pages that they share are counted for
    /// each.
    pub(super) fn read(&mut self, root: &Root) -> Option<Reading> {
        let all = processes(root);
        let is_gone =
            |(pid, started): &(u32, u64)| all.get(pid).is_none_or(|stat| stat.ended || stat.started != *started);
        self.gone |= self.roots.iter().any(is_gone);
        if self.gone {
            return None;
        }
        let members = below(&all, self.roots.iter().map(|(pid, _)| *pid));
        // Of children that were waited for, the time stays in the sum: it moves to the parent.
        let ticks = members.values().map(|stat| stat.own_ticks.saturating_add(stat.child_ticks));
        let cpu = seconds(ticks.fold(0, u64::saturating_add));
        let living: BTreeMap<u32, Process> = members.into_iter().filter(|(_, stat)| !stat.ended).collect();
        // Processes that one program has started share a network.
        let net = self.roots.first().and_then(|(pid, _)| net(root, *pid));
        Some(Reading { cpu: Some(cpu), net, ..of(root, &living) })
    }
}

/// What one process alone uses.
pub(super) fn alone(root: &Root, pid: u32) -> Option<Reading> {
    let stat = process(root, pid).filter(|stat| !stat.ended)?;
    Some(Reading {
        cpu: Some(seconds(stat.own_ticks)),
        net: net(root, pid),
        ..of(root, &BTreeMap::from([(pid, stat)]))
    })
}

/// Bytes received and sent by the network namespace of a process.
pub(super) fn net(root: &Root, pid: u32) -> Option<(u64, u64)> {
    proc::net_dev(&root.text(&format!("proc/{pid}/net/dev"))?)
}

/// Descriptors that processes have open together; `None` when one of them does not show its own.
pub(super) fn descriptors(root: &Root, pids: impl Iterator<Item = u32>) -> Option<u64> {
    let mut counts = pids.map(|pid| root.names(&format!("proc/{pid}/fd")).len() as u64);
    // A folder that may not be read has no names, as one without descriptors.
    counts.try_fold(0, |sum: u64, count| (count > 0).then(|| sum.saturating_add(count)))
}

fn of(root: &Root, living: &BTreeMap<u32, Process>) -> Reading {
    let sum = |value: fn(&Process) -> u64| living.values().map(value).fold(0, u64::saturating_add);
    let io = living.keys().map(|pid| proc::io(&root.text(&format!("proc/{pid}/io"))?)).try_fold(
        (0_u64, 0_u64),
        |(all_read, all_written), io| {
            let (read, written) = io?;
            Some((all_read.saturating_add(read), all_written.saturating_add(written)))
        },
    );
    Reading {
        cpu: None,
        memory: Some(sum(|stat| stat.pages).saturating_mul(rustix::param::page_size() as u64)),
        descriptors: descriptors(root, living.keys().copied()),
        threads: Some(sum(|stat| stat.threads)),
        net: None,
        io,
    }
}

fn seconds(ticks: u64) -> f64 {
    ticks as f64 / rustix::param::clock_ticks_per_second().max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn put(root: &Path, pid: u32, parent: u32, state: &str, ticks: u64, started: u64) {
        let folder = root.join(format!("proc/{pid}"));
        fs::create_dir_all(folder.join("fd")).unwrap();
        fs::write(folder.join("fd/0"), "").unwrap();
        let text = format!("{pid} (x) {state} {parent} 0 0 0 0 0 0 0 0 0 {ticks} 0 0 0 0 0 2 0 {started} 0 10 0");
        fs::write(folder.join("stat"), text).unwrap();
        fs::write(folder.join("io"), "read_bytes: 5\nwrite_bytes: 6\n").unwrap();
    }

    #[test]
    fn descendants_count_and_strangers_do_not() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), 10, 1, "S", 100, 7);
        put(folder.path(), 11, 10, "S", 100, 8);
        put(folder.path(), 5, 11, "S", 100, 9);
        put(folder.path(), 99, 1, "S", 100, 9);
        let root = Root::new(folder.path());
        let reading = Tree::find(&root, &[10]).unwrap().read(&root).unwrap();
        assert_eq!((reading.threads, reading.descriptors, reading.io), (Some(6), Some(3), Some((15, 18))));
        assert_eq!(reading.cpu, Some(seconds(300)));
        assert_eq!(reading.net, None);
        assert_eq!(alone(&root, 10).unwrap().threads, Some(2));
    }

    #[test]
    fn one_that_hides_its_descriptors_leaves_the_sum_unknown() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), 10, 1, "S", 1, 7);
        put(folder.path(), 11, 10, "S", 1, 8);
        fs::remove_dir_all(folder.path().join("proc/11/fd")).unwrap();
        fs::remove_file(folder.path().join("proc/11/io")).unwrap();
        let root = Root::new(folder.path());
        let reading = Tree::find(&root, &[10]).unwrap().read(&root).unwrap();
        assert_eq!((reading.descriptors, reading.io), (None, None));
        assert_eq!(reading.threads, Some(4));
    }

    #[test]
    fn a_process_that_ended_stays_gone_even_when_its_number_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        assert_eq!(Tree::find(&root, &[10]).unwrap_err(), 10);
        put(folder.path(), 10, 1, "S", 1, 7);
        let mut tree = Tree::find(&root, &[10]).unwrap();
        assert!(tree.read(&root).is_some());
        assert_eq!(tree.restarts(), 0);
        for (state, started) in [("Z", 7), ("S", 8)] {
            put(folder.path(), 10, 1, state, 1, started);
            assert_eq!(tree.read(&root), None);
            assert_eq!(tree.restarts(), 1);
        }
    }
}
