//! What people see of a load run: its page, its pictures, its comment, and the issue about runs that fail. The records in `run` are those of
//! a k6 run whose names are hostile, imported, made into figures and judged by the real programs; tests change single values of them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

mod alert;
mod comment;
mod page;
mod pictures;

use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::Judgement;
use serde_json::Value;

/// A name in the fixture, and what stands for it in HTML.
pub(crate) const PHASE: &str = "<script>alert('phase')</script> \u{202e}|`";
pub(crate) const KIND: &str = "<script>alert('kind')</script>|`";

/// The files of a run, as values to change.
pub(crate) struct Files {
    pub(crate) perf: Value,
    pub(crate) verdict: Value,
    pub(crate) run: Value,
}

impl Files {
    /// With a hostile phase and a hostile kind of failure, which an import never has.
    pub(crate) fn hostile() -> Self {
        let read = |text: &str| {
            let quoted = |name: &str| serde_json::to_string(name).unwrap();
            let text = text.replace("\"run\",\"start_s\"", &format!("{},\"start_s\"", quoted(PHASE)));
            let text = text.replace("\"phase\":\"run\"", &format!("\"phase\":{}", quoted(PHASE)));
            serde_json::from_str(&text.replace("\"other\":", &format!("{}:", quoted(KIND)))).unwrap()
        };
        Self {
            perf: read(include_str!("run/perf.json")),
            verdict: read(include_str!("run/verdict.json")),
            run: read(include_str!("run/run.json")),
        }
    }

    /// Without regions, which keep latencies apart.
    pub(crate) fn plain() -> Self {
        let mut files = Self::hostile();
        for series in files.run["load"]["series"].as_array_mut().unwrap() {
            series["tags"].as_object_mut().unwrap().remove("region");
        }
        let windows = files.run["load"]["windows"].as_array_mut().unwrap();
        windows.retain(|window| window["region"].as_str().is_some_and(|region| region.starts_with("eu/")));
        windows.iter_mut().for_each(|window| drop(window.as_object_mut().unwrap().remove("region")));
        files
    }

    pub(crate) fn report(&self) -> Report {
        serde_json::from_value(self.perf.clone()).unwrap()
    }

    pub(crate) fn judgement(&self) -> Judgement {
        serde_json::from_value(self.verdict.clone()).unwrap()
    }

    pub(crate) fn run(&self) -> Run {
        serde_json::from_value(self.run.clone()).unwrap()
    }
}
