//! What the service may use at most: processors, open files, address space.

use std::io;
use std::process::{Child, Command};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::scenario::Limits;

/// Starts a command on no more than so many processors.
///
/// The set of processors belongs to a thread and is handed on to what it starts. So it is set by a thread that does nothing else: the
/// service has it from its first instruction, and this program keeps its own.
pub(super) fn spawn(command: &mut Command, cpus: Option<u32>) -> io::Result<Child> {
    let Some(cpus) = cpus else { return command.spawn() };
    std::thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            sched_setaffinity(None, &last(&sched_getaffinity(None)?, cpus))?;
            command.spawn()
        });
        pinned.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it failed")))
    })
}

/// Sets the other limits on a process that has just been started: they hold for what it takes from now on.
pub(super) fn set(child: &Child, limits: &Limits) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("it has no process id"))?;
    for (resource, most) in [(Resource::Nofile, limits.descriptors), (Resource::As, limits.memory)] {
        if let Some(most) = most {
            prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
    }
    Ok(())
}

/// The last so many of a set's processors, since others begin with the first; all where there are no more.
fn last(all: &CpuSet, cpus: u32) -> CpuSet {
    let mut chosen = CpuSet::new();
    (0..CpuSet::MAX_CPU)
        .rev()
        .filter(|cpu| all.is_set(*cpu))
        .take(usize::try_from(cpus.max(1)).unwrap_or(usize::MAX))
        .for_each(|cpu| chosen.set(cpu));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_keeps_its_last_processors_and_never_none() {
        let mut all = CpuSet::new();
        [1, 4, 5].into_iter().for_each(|cpu| all.set(cpu));
        let chosen = |cpus| (0..8).filter(|cpu| last(&all, cpus).is_set(*cpu)).collect::<Vec<usize>>();
        assert_eq!((chosen(0), chosen(2), chosen(9)), (vec![5], vec![4, 5], vec![1, 4, 5]));
    }
}
