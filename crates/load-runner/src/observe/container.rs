//! A container by its id: the files of its control group, version 2 (Linux, Documentation/admin-guide/cgroup-v2.rst).

use bench_host::Root;

use super::process;
use super::reading::Reading;

/// Where control groups are.
const GROUPS: &str = "sys/fs/cgroup";
/// How deep groups are searched, and how many of them at most.
const DEPTH: usize = 12;
const MOST: usize = 20_000;

/// Why a container cannot be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Missing {
    #[error("an id has letters, digits, `_`, `.` and `-` only")]
    Id,
    #[error("no control group (version 2) has this id in its name")]
    None,
    #[error("several containers' ids begin with this")]
    Several,
}

/// A container that is watched.
#[derive(Debug)]
pub(super) struct Container {
    id: String,
    folder: String,
    /// Its first process and when that started: another one is another life.
    main: Option<(u32, u64)>,
    gone: bool,
    restarts: u32,
}

impl Container {
    /// The container whose id is this or begins with this.
    pub(super) fn find(root: &Root, id: &str) -> Result<Self, Missing> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if id.is_empty() || !id.chars().all(fits) || id.contains("..") {
            return Err(Missing::Id);
        }
        let folder = locate(root, id)?;
        let main = main(root, &folder);
        Ok(Self { id: id.to_owned(), folder, main, gone: main.is_none(), restarts: 0 })
    }

    /// How often it was found gone, or begun anew, up to now.
    pub(super) const fn restarts(&self) -> u32 {
        self.restarts
    }

    /// What all its processes use; `None` while it is gone. Memory is what cannot be given back at once: `memory.current` without
    /// the inactive part of the page cache.
    pub(super) fn read(&mut self, root: &Root) -> Option<Reading> {
        let mut main = main(root, &self.folder);
        if main.is_none()
            && let Ok(folder) = locate(root, &self.id)
        {
            self.folder = folder;
            main = self::main(root, &self.folder);
        }
        let (was_gone, known) = (self.gone, self.main);
        self.gone = main.is_none();
        if !was_gone && (self.gone || main != known) {
            self.restarts = self.restarts.saturating_add(1);
        }
        let (first, _) = main?;
        self.main = main;
        let file = |name: &str| root.text(&format!("{}/{name}", self.folder));
        let number = |name: &str| file(name)?.parse::<u64>().ok();
        let idle = file("memory.stat").and_then(|text| keyed(&text, "inactive_file")).unwrap_or(0);
        Some(Reading {
            cpu: file("cpu.stat").and_then(|text| keyed(&text, "usage_usec")).map(|spent| spent as f64 / 1e6),
            memory: number("memory.current").map(|bytes| bytes.saturating_sub(idle)),
            descriptors: process::descriptors(root, processes(root, &self.folder).into_iter()),
            // What `pids` counts are threads.
            threads: number("pids.current"),
            net: process::net(root, first),
            io: file("io.stat").and_then(|text| disks(&text)),
        })
    }
}

/// The number behind a key, of lines such as `usage_usec 123`.
fn keyed(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Bytes read and written, summed over the devices of an `io.stat`.
fn disks(text: &str) -> Option<(u64, u64)> {
    let value = |line: &str, key: &str| {
        line.split_ascii_whitespace().find_map(|word| word.strip_prefix(key)?.parse::<u64>().ok())
    };
    let devices = text.lines().filter_map(|line| Some((value(line, "rbytes=")?, value(line, "wbytes=")?)));
    devices.fold(None, |sum, (read, written)| {
        let (all_read, all_written) = sum.unwrap_or((0_u64, 0_u64));
        Some((all_read.saturating_add(read), all_written.saturating_add(written)))
    })
}

/// Whether a group's name carries the id, as `<id>`, `docker-<id>.scope` or `cri-containerd-<id>.scope`. The group of the program
/// that only monitors a container (`libpod-conmon-<id>.scope`) carries it as well.
fn carries(name: &str, id: &str) -> bool {
    let bare = name.strip_suffix(".scope").unwrap_or(name);
    let last = bare.rsplit_once('-').map_or(bare, |(_, last)| last);
    (bare.starts_with(id) || last.starts_with(id)) && !bare.contains("conmon")
}

/// The one topmost group that carries the id.
fn locate(root: &Root, id: &str) -> Result<String, Missing> {
    let mut found = Vec::new();
    let (mut level, mut seen) = (vec![GROUPS.to_owned()], 0);
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for (folder, name) in
            level.iter().flat_map(|folder| root.names(folder).into_iter().map(move |name| (folder, name)))
        {
            let path = format!("{folder}/{name}");
            // Only folders of groups hold this file, and only those of version 2.
            if seen > MOST || !root.exists(&format!("{path}/cgroup.controllers")) {
                continue;
            }
            seen += 1;
            if carries(&name, id) { found.push(path) } else { below.push(path) }
        }
        level = below;
    }
    match found.as_slice() {
        [] => Err(Missing::None),
        [one] => Ok(one.clone()),
        [_, ..] => Err(Missing::Several),
    }
}

/// The processes of a group and the groups below it.
fn processes(root: &Root, folder: &str) -> Vec<u32> {
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![folder.to_owned()], 0);
    while let Some(folder) = waiting.pop() {
        seen += 1;
        let own = root.text(&format!("{folder}/cgroup.procs")).unwrap_or_default();
        found.extend(own.lines().filter_map(|line| line.trim().parse::<u32>().ok()).filter(|pid| *pid > 0));
        if seen < MOST {
            let below = root.names(&folder).into_iter().map(|name| format!("{folder}/{name}"));
            waiting.extend(below.filter(|path| root.exists(&format!("{path}/cgroup.controllers"))));
        }
    }
    found
}

/// The process that started first, and when it did.
fn main(root: &Root, folder: &str) -> Option<(u32, u64)> {
    let started = |pid| bench_host::proc::process(root, pid).filter(|stat| !stat.ended).map(|stat| (pid, stat.started));
    processes(root, folder).into_iter().filter_map(started).min_by_key(|(pid, started)| (*started, *pid))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    const ID: &str = "4f0e12ab34cd";

    fn group(root: &Path, path: &str, files: &[(&str, &str)]) {
        let folder = root.join("sys/fs/cgroup").join(path);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("cgroup.controllers"), "cpu io memory pids\n").unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn process(root: &Path, pid: u32, started: u64) {
        let folder = root.join(format!("proc/{pid}"));
        fs::create_dir_all(folder.join("fd")).unwrap();
        fs::write(folder.join("fd/0"), "").unwrap();
        let text = format!("{pid} (x) S 1 0 0 0 0 0 0 0 0 0 1 1 0 0 0 0 2 0 {started} 0 10 0");
        fs::write(folder.join("stat"), text).unwrap();
    }

    fn running(root: &Path) {
        group(root, "system.slice", &[]);
        let files = [
            ("cgroup.procs", "70\n71\n"),
            ("cpu.stat", "usage_usec 1500000\nuser_usec 1000000\n"),
            ("memory.current", "5000\n"),
            ("memory.stat", "anon 1\ninactive_file 1000\n"),
            ("io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2\n"),
            ("pids.current", "9\n"),
        ];
        group(root, &format!("system.slice/docker-{ID}.scope"), &files);
        process(root, 70, 100);
        process(root, 71, 200);
    }

    #[test]
    fn a_container_is_found_by_the_beginning_of_its_id_and_read() {
        let folder = tempfile::tempdir().unwrap();
        running(folder.path());
        group(folder.path(), &format!("system.slice/libpod-conmon-{ID}.scope"), &[]);
        let root = Root::new(folder.path());
        let reading = Container::find(&root, "4f0e12").unwrap().read(&root).unwrap();
        let expected = Reading {
            cpu: Some(1.5),
            memory: Some(4000),
            descriptors: Some(2),
            threads: Some(9),
            net: None,
            io: Some((11, 22)),
        };
        assert_eq!(reading, expected);
    }

    #[test]
    fn an_id_that_fits_none_or_several_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        running(folder.path());
        group(folder.path(), "kubepods", &[]);
        group(folder.path(), "kubepods/pod7", &[]);
        group(folder.path(), "kubepods/pod7/4f0e99", &[]);
        let root = Root::new(folder.path());
        let find = |id| Container::find(&root, id).map(|container| container.folder);
        assert_eq!(find("4f0e"), Err(Missing::Several));
        assert_eq!(find("4f0e99").unwrap(), "sys/fs/cgroup/kubepods/pod7/4f0e99");
        assert_eq!(find("dead"), Err(Missing::None));
        for id in ["", "../x", "a/b", ".."] {
            assert_eq!(find(id), Err(Missing::Id), "{id}");
        }
    }

    #[test]
    fn a_container_that_begins_anew_is_counted_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        running(folder.path());
        let root = Root::new(folder.path());
        let mut container = Container::find(&root, ID).unwrap();
        assert!(container.read(&root).is_some());
        assert_eq!(container.restarts(), 0);
        // Gone for two readings, then back with another first process.
        fs::remove_dir_all(folder.path().join(format!("sys/fs/cgroup/system.slice/docker-{ID}.scope"))).unwrap();
        for _ in 0..2 {
            assert_eq!(container.read(&root), None);
            assert_eq!(container.restarts(), 1);
        }
        running(folder.path());
        process(folder.path(), 70, 900);
        process(folder.path(), 71, 900);
        assert!(container.read(&root).is_some());
        assert_eq!(container.restarts(), 1);
        // And once between two readings.
        process(folder.path(), 70, 1900);
        process(folder.path(), 71, 1900);
        assert!(container.read(&root).is_some());
        assert_eq!(container.restarts(), 2);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "(?s).{0,200}") {
            let _ = (keyed(&text, "usage_usec"), disks(&text), carries(&text, "a"));
        }
    }
}
