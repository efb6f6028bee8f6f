//! How much memory the load generator takes at most, for few requests and for very many. Must not know: what it measures.

use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use wait4::Wait4;

use super::{Quick, command, record};
use crate::{Outcome, measure};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(20);

/// Peak memory of 50,000 requests and of 10 million: of the program alone, and of it or the largest that it started. It starts a few at its
/// beginning, to say what machine and compiler it ran with, and those are larger.
pub(crate) fn run(program: &Path, work: &Path) -> Outcome {
    let server = Quick::start(work)?;
    for (name, iterations) in [("few", 50_000), ("many", 10_000_000)] {
        let phase = format!("name = \"steady\"\nduration = \"3600 s\"\nusers = 50\niterations = {iterations}");
        let child = command(program, work, server.url(), &phase, 50)?.stdout(Stdio::null()).spawn()?;
        let id = child.id();
        let looking = thread::spawn(move || peak(id));
        let used = child.wait4()?;
        let own = looking.join().map_err(|_| "nobody looked at the memory")?;
        if !used.status.success() {
            return Err(format!("{name}: the run ended with {}", used.status).into());
        }
        let requests: u64 = record(work)?.series.iter().map(|series| series.completed).sum();
        measure::metric(&format!("load_requests_{name}"), requests as f64, "count")?;
        measure::metric(&format!("load_peak_rss_tree_{name}"), used.rusage.maxrss as f64, "B")?;
        if let Some(own) = own {
            measure::metric(&format!("load_peak_rss_{name}"), own as f64, "B")?;
        }
    }
    Ok(())
}

/// The peak that the system has noted of a process, in bytes, when it was looked at last before its end; `None` where the system tells none.
fn peak(process: u32) -> Option<u64> {
    let mut last = None;
    // A process that ended has no memory.
    while let Some(peak) = noted(process) {
        last = Some(peak);
        thread::sleep(LOOK);
    }
    last
}

fn noted(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
