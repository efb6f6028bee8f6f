//! The locustfile: the plan as a literal, and the same program for every scenario after it. Must not know: how it is run.

use crate::script::{Script, python};

const HEAD: &str = "# Written by load-runner from a scenario; change that, not this.\n";
const PROGRAM: &str = concat!(
    include_str!("runtime/measure.py"),
    "\n\n",
    include_str!("runtime/schedule.py"),
    "\n\n",
    include_str!("runtime/placeholders.py"),
    "\n\n",
    include_str!("runtime/worker.py"),
    "\n\n",
    include_str!("runtime/user.py"),
    "\n\n",
    include_str!("runtime/master.py"),
    "\n\n",
    include_str!("runtime/hooks.py"),
);

/// The text of the locustfile.
pub(crate) fn locustfile(script: &Script) -> String {
    format!("{HEAD}PLAN = {}\n\n{PROGRAM}", python(&script.plan))
}
