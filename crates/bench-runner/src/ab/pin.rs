//! Keeps a process on one core. Must not know: what it measures.

use rustix::process::Pid;

/// The cores that may be used.
#[derive(Debug)]
pub(super) struct Pin(Vec<usize>);

impl Pin {
    /// The cores that this process may use; `None` where the system does not tell, or where there is only one.
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> Option<Self> {
        let allowed = rustix::thread::sched_getaffinity(None).ok()?;
        let cores: Vec<usize> = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        (cores.len() > 1).then_some(Self(cores))
    }

    /// Only Linux lets a process be kept on a core.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> Option<Self> {
        None
    }

    /// Keeps a process that has just begun, and all its threads to come, on the core of this round: another one each round,
    /// the same one for both sides of a round.
    pub(super) fn to_core_of(&self, round: u32, pid: Pid) {
        #[cfg(target_os = "linux")]
        if let Some(core) = self.0.get(round as usize % self.0.len().max(1)) {
            let mut set = rustix::thread::CpuSet::new();
            set.set(*core);
            // One that ended already, or that may not be moved, runs as the system lets it.
            let _ = rustix::thread::sched_setaffinity(Some(pid), &set);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (round, pid);
    }
}
