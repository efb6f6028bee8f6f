//! What a tool's exit status says about its results. Must not know: files.

use bench_model::load::{Cut, Load};

use super::draft::finite;

/// The end of a run, in seconds since it began; 0 when that is not known.
pub(super) fn at_s(load: &Load) -> f64 {
    let phases = load.phases.iter().map(|phase| phase.start_s.get() + phase.measured_s.get());
    phases.fold(0.0, f64::max)
}

/// Notes a status that means that the run did not end as planned. A file is there all the same, and looks whole.
pub(super) fn note(code: u8, load: &mut Load) {
    let reason = match (load.engine.name.as_str(), code) {
        // 99 and 110 are verdicts, not ends.
        (_, 0) | ("k6", 99 | 110) => return,
        ("k6", 97 | 98) => "k6 lost its cloud run",
        ("k6", 100) => "k6's setup ran out of time",
        ("k6", 101) => "k6's teardown ran out of time",
        ("k6", 102) => "k6 ran out of time",
        ("k6", 103) => "k6 was stopped through its REST interface",
        ("k6", 104) => "k6 refused its configuration",
        ("k6", 105) => "k6 was ended by a signal",
        ("k6", 106) => "k6 could not listen on its REST port",
        ("k6", 107) => "the script of k6 threw an exception",
        ("k6", 108) => "the script of k6 aborted the test",
        ("k6", 109) => "k6 crashed",
        // Locust's answer to any failed request.
        ("locust", 1) => return,
        ("locust", 2) => "Locust ended by an exception that nothing handled",
        _ => "the tool reported a failure",
    };
    let at_s = load.cut.as_ref().map_or_else(|| finite(at_s(load)), |cut| cut.at_s);
    load.doubts.push(format!("{reason} (exit {code}): what it would have measured afterwards is missing"));
    load.cut = Some(Cut { at_s, reason: format!("{reason} (exit {code})") });
}
