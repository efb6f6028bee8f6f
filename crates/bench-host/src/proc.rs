//! Processes, as Linux tells them below `/proc`, and which of them belong together. Where there is no `/proc` there are none.
//! Must not know: what is watched, or why.

use std::collections::{BTreeMap, BTreeSet};

use crate::Root;

/// A process, from its `stat` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its parent.
    pub parent: u32,
    /// Its group; -1 where it has left every one.
    pub group: i32,
    /// Whether it has ended, and only its number is left.
    pub ended: bool,
    /// Its own processor time, in ticks.
    pub own_ticks: u64,
    /// That of children it has waited for, in ticks.
    pub child_ticks: u64,
    /// Threads.
    pub threads: u64,
    /// When it started, in ticks since the system did: with its number, its identity.
    pub started: u64,
    /// Resident pages.
    pub pages: u64,
}

impl Process {
    /// Reads a `stat` file: fields 3 to 5, 14 to 17, 20, 22 and 24 of `proc_pid_stat(5)`, counted behind the name, which may hold
    /// anything. `None` for what does not look so.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, behind) = text.rsplit_once(')')?;
        let fields: Vec<&str> = behind.split_ascii_whitespace().take(22).collect();
        let field = |number: usize| fields.get(number - 3).copied();
        let whole = |number: usize| field(number)?.parse::<u64>().ok();
        Some(Self {
            parent: field(4)?.parse().ok()?,
            group: field(5)?.parse().ok()?,
            ended: matches!(field(3)?, "Z" | "X" | "x"),
            own_ticks: whole(14)?.checked_add(whole(15)?)?,
            child_ticks: whole(16)?.checked_add(whole(17)?)?,
            threads: whole(20)?,
            started: whole(22)?,
            pages: whole(24)?,
        })
    }
}

/// A process by its number.
pub fn process(root: &Root, pid: u32) -> Option<Process> {
    Process::parse(&root.text(&format!("proc/{pid}/stat"))?)
}

/// Every process by its number. Not every kernel tells a process's children, so all are asked for their parents.
pub fn processes(root: &Root) -> BTreeMap<u32, Process> {
    let pids = root.names("proc").into_iter().filter_map(|name| name.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, process(root, pid)?))).collect()
}

/// These processes and everything below them.
pub fn below(all: &BTreeMap<u32, Process>, these: impl IntoIterator<Item = u32>) -> BTreeMap<u32, Process> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (child, process) in all {
        children.entry(process.parent).or_default().push(*child);
    }
    let (mut inside, mut waiting) = (BTreeSet::new(), these.into_iter().collect::<Vec<_>>());
    while let Some(next) = waiting.pop() {
        // Read one after the other, parents may seem to form a ring.
        if inside.insert(next) {
            waiting.extend(children.get(&next).into_iter().flatten());
        }
    }
    inside.into_iter().filter_map(|pid| Some((pid, *all.get(&pid)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "42 (a) Z (1 2 3) S 7 40 40 0 -1 4194560 1 2 3 4 50 6 70 8 20 0 9 0 99 1000000 321 18446744073709551615";

    #[test]
    fn a_process_whose_name_looks_like_fields_is_read() {
        let expected = Process {
            parent: 7,
            group: 40,
            ended: false,
            own_ticks: 56,
            child_ticks: 78,
            threads: 9,
            started: 99,
            pages: 321,
        };
        assert_eq!(Process::parse(TEXT), Some(expected));
        assert!(Process::parse(&TEXT.replace(") S", ") Z")).unwrap().ended);
        // One that is ending has left its group.
        assert_eq!(Process::parse(&TEXT.replace("S 7 40", "S 0 -1")).map(|process| process.group), Some(-1));
    }

    #[test]
    fn a_text_that_ends_early_or_holds_no_numbers_is_no_process() {
        let last = TEXT.rfind(" 321").unwrap();
        for end in 0..last {
            assert_eq!(Process::parse(&TEXT[..end]), None, "{}", &TEXT[..end]);
        }
        assert_eq!(Process::parse(&TEXT.replace("50", "18446744073709551615")), None);
        assert_eq!(Process::parse(&TEXT.replace("321", "-1")), None);
    }

    #[test]
    fn all_below_some_belong_to_them_and_a_ring_has_an_end() {
        let process = |parent| Process { parent, ..Process::parse(TEXT).unwrap() };
        let all = BTreeMap::from([(10, process(1)), (11, process(10)), (3, process(11)), (99, process(1))]);
        let of = |these: &[u32]| below(&all, these.iter().copied()).into_keys().collect::<Vec<_>>();
        assert_eq!(of(&[10]), [3, 10, 11]);
        assert_eq!(of(&[3, 99]), [3, 99]);
        assert_eq!(of(&[12]), [0; 0]);
        let ring = BTreeMap::from([(1, process(2)), (2, process(1))]);
        assert_eq!(below(&ring, [1]).len(), 2);
    }
}
