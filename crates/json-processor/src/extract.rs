//! `run.json` to `perf.json`: one metric for each thing measured, over rounds. Must not know floors or baselines.

mod evidence;
mod metrics;

use std::collections::BTreeMap;
use std::path::Path;

use bench_model::config::Settings;
use bench_model::perf::{self, Metric, Report};
use bench_model::run::{Benchmark, Run};
use bench_model::unit::WrittenUnit;
use bench_model::{Finite, MetricName};

use crate::input::{self, Head};
use crate::{Error, Problem, problem};
use evidence::{Evidence, Outcome, Proven};

/// The report of a run. `run_file` is only named in errors.
///
/// Values are in base units; a metric's value and interval come from rounds, at `settings.judge.confidence`
/// ([`bench_stats::summarise`]). With a single round the interval is the harness's own over samples.
///
/// # Errors
/// [`Error::Content`] (`CBKB002`) with the JSON pointer of a value that cannot be used, [`Error::Headline`]
/// (`CBKB101`) when a headline's unit does not fit its metric.
pub fn extract_performance_metrics(run_file: &Path, run: Run, settings: &Settings) -> Result<Report, Error> {
    let mut extraction = Extraction::new(run_file, settings);
    let Run { schema, run_id, provenance, plan, complete, warnings, errors, benchmarks, load, scale } = run;
    for (index, benchmark) in benchmarks.into_iter().enumerate() {
        extraction.add(index, &benchmark).map_err(|problem| Error::content(run_file, problem))?;
    }
    extraction.report(Head { schema, run_id, provenance, plan, complete, warnings, errors, load, scale })
}

/// The report of a run read from a file (`-`: standard input), each benchmark's samples let go before the next is read.
///
/// # Errors
/// As [`extract_performance_metrics`], and [`Error::File`] when the file cannot be read or is no run.
pub fn extract_from_file(run_file: &Path, settings: &Settings) -> Result<Extracted, Error> {
    let mut extraction = Extraction::new(run_file, settings);
    let head = input::read_run(run_file, |index, benchmark| extraction.add(index, &benchmark))?;
    let known = head.warnings.len();
    extraction.report(head).map(|report| Extracted { report, known })
}

/// A report, and which of its warnings the run did not hold yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The report.
    pub report: Report,
    known: usize,
}

impl Extracted {
    /// The warnings that came up in making the report; the others were shown when they did.
    pub fn new_warnings(&self) -> impl Iterator<Item = &String> {
        self.report.warnings.iter().skip(self.known)
    }
}

/// The headline values of any `perf.json`, ours or one with the specification's keys alone: every number at the top.
///
/// # Errors
/// [`Error::File`] (`CBKB002`) when it is not a JSON object, or holds a key twice.
pub fn headline_values(perf_file: &Path) -> Result<BTreeMap<String, Finite>, Error> {
    let document = input::read_value(perf_file)?;
    let Some(members) = document.as_object() else {
        return Err(Error::content(perf_file, Problem::at("", "expected an object")));
    };
    let number = |value: &serde_json::Value| value.as_f64().and_then(|value| Finite::try_from(value).ok());
    Ok(members.iter().filter_map(|(name, value)| Some((name.clone(), number(value)?))).collect())
}

struct Extraction<'s> {
    run_file: &'s Path,
    settings: &'s Settings,
    metrics: BTreeMap<MetricName, Metric>,
    /// How many rounds each benchmark was seen in, by its name.
    seen: BTreeMap<String, usize>,
    warnings: Vec<String>,
    evidence: Evidence,
}

impl<'s> Extraction<'s> {
    fn new(run_file: &'s Path, settings: &'s Settings) -> Self {
        let (metrics, seen, warnings) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { run_file, settings, metrics, seen, warnings, evidence: Evidence::default() }
    }

    fn add(&mut self, index: usize, benchmark: &Benchmark) -> Result<(), Problem> {
        let place = format!("/benchmarks/{index}");
        if let Some(problem) = problem::of_benchmark(benchmark).into_iter().next() {
            return Err(problem.below(&place));
        }
        let found = metrics::of(benchmark, self.settings.judge.confidence).map_err(|problem| problem.below(&place))?;
        self.seen.insert(benchmark.id.to_string(), benchmark.rounds.len());
        self.evidence.add(benchmark);
        self.warnings.extend(found.warnings);
        self.take(found.metrics).map_err(|problem| problem.below(&(place + "/id")))
    }

    fn take(&mut self, metrics: Vec<Metric>) -> Result<(), Problem> {
        for metric in metrics {
            if let Some(earlier) = self.metrics.insert(metric.name.clone(), metric) {
                return Err(Problem::at("", format!("metric `{}` exists twice in this run", earlier.name)));
            }
        }
        Ok(())
    }

    /// How many rounds were asked for and left nothing.
    fn lost(&self, head: &Head) -> usize {
        if head.plan.pairing.is_some() {
            return 0;
        }
        let asked = head.plan.rounds as usize;
        let of_those_seen: usize = self.seen.values().map(|seen| asked.saturating_sub(*seen)).sum();
        let never_seen = head.plan.asked.iter().filter(|name| !self.seen.contains_key(*name)).count();
        of_those_seen.saturating_add(never_seen.saturating_mul(asked))
    }

    fn report(mut self, head: Head) -> Result<Report, Error> {
        let asked = head.plan.rounds;
        let mut own = std::mem::take(&mut self.warnings);
        // A comparison stops measuring what is decided, and says itself what it lost.
        let fewer = |(_, seen): &(&String, &usize)| head.plan.pairing.is_none() && **seen < asked as usize;
        own.extend(self.seen.iter().filter(fewer).map(|(name, seen)| match seen {
            0 => format!("`{name}` reported in none of {asked} rounds"),
            seen => format!("`{name}` reported in {seen} of {asked} rounds"),
        }));
        own.sort();
        let load = match &head.load {
            Some(load) => Some(
                crate::load::summarise(load, &head.provenance.machine)
                    .map_err(|problem| Error::content(self.run_file, problem.below("/load")))?,
            ),
            None => None,
        };
        // A load run has a headline of its own, and the project's benchmarks are not expected in it.
        let (mut headline, mut expected) = (self.settings.headline.clone(), self.settings.expect.benchmarks.clone());
        let mut summary = None;
        if let Some(load) = load {
            (headline, expected) = (load.headline, Vec::new());
            own.extend(load.warnings);
            summary = Some(Box::new(load.summary));
            self.take(load.metrics).map_err(|problem| Error::content(self.run_file, problem.below("/load/series")))?;
        }
        let mut sizes = None;
        if let Some(scale) = &head.scale {
            let found = crate::scale::summarise(scale, self.settings.judge.confidence)
                .map_err(|problem| Error::content(self.run_file, problem.below("/scale")))?;
            (headline, expected) = (Vec::new(), Vec::new());
            own.extend(found.summary.notes.iter().cloned());
            self.take(found.metrics).map_err(|problem| Error::content(self.run_file, problem.below("/scale")))?;
            sizes = Some(Box::new(found.summary));
        }
        let evidence = std::mem::take(&mut self.evidence);
        if evidence.is_given() {
            // A proven job has metrics of its own, and the project's benchmarks are not expected in it.
            (headline, expected) = (Vec::new(), Vec::new());
        } else if self.metrics.is_empty() && !head.plan.asked.is_empty() {
            // Nor in a run that was to measure something else, and of which nothing came.
            headline = Vec::new();
            expected.retain(|name| head.plan.asked.contains(name));
        }
        let outcome = Outcome { measured: !self.metrics.is_empty(), lost: self.lost(&head), complete: head.complete };
        let Proven { level: evidence_level, proofs, warnings } = evidence.proven(outcome);
        own.extend(warnings);
        let scores = evidence::scores(&self.metrics, &proofs, evidence_level)
            .map_err(|problem| Error::content(self.run_file, problem))?;
        self.take(scores).map_err(|problem| Error::content(self.run_file, problem.below("/benchmarks")))?;
        let metrics = self.metrics;
        let mut headline_values = BTreeMap::new();
        for line in &headline {
            let Some(metric) = metrics.get(&line.metric) else {
                own.push(format!("`{}` was not measured: the run has no metric `{}`", line.name, line.metric));
                continue;
            };
            let value = match line.unit.parse::<WrittenUnit>() {
                Ok(unit) if unit.base() == metric.unit => Finite::try_from(metric.value.get() / unit.scale()).ok(),
                _ => None,
            };
            let Some(value) = value else {
                let (name, unit) = (line.name.clone(), line.unit.clone());
                return Err(Error::Headline { name, unit, metric: line.metric.clone(), found: metric.unit });
            };
            headline_values.insert(line.name.clone(), value);
        }
        Ok(Report {
            headline_values,
            warnings: head.warnings.into_iter().chain(own).collect(),
            errors: head.errors.iter().map(ToString::to_string).collect(),
            schema: perf::SCHEMA.to_owned(),
            run_id: head.run_id,
            evidence_level,
            complete: head.complete,
            plan: head.plan,
            headline,
            expected,
            provenance: head.provenance,
            metrics: metrics.into_values().collect(),
            load: summary,
            proofs,
            scale: sizes,
        })
    }
}
