//! What a run shows while it lasts and when it is over, on standard error: lines that are written anew on a terminal, a line every ten
//! seconds elsewhere. Must not know: how load is sent, what passes.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use bench_cli::{Cell, Context, Table, Tone, printable, words};
use bench_model::load::{Distribution, Quantile, Series};
use bench_model::{Finite, Unit};

use crate::engine::{Glance, Outcome, Totals};
use crate::scenario::{Phase, Scenario};

/// The pause between two pictures on a terminal.
const PICTURE: Duration = Duration::from_millis(250);
/// The pause between two lines elsewhere.
const LINE: Duration = Duration::from_secs(10);
/// Rates are taken over this.
const RATE: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct View<'a> {
    context: &'a Context,
    scenario: &'a Scenario,
    terminal: bool,
    talks: bool,
    next: Duration,
    /// Where rates are counted from, and the rates counted last: due and sent, per second.
    from: (Duration, Totals),
    rates: (f64, f64),
    drawn: bool,
}

impl<'a> View<'a> {
    pub(crate) fn new(context: &'a Context, scenario: &'a Scenario) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let talks = !context.common().quiet && !context.json();
        let next = if terminal { Duration::ZERO } else { LINE };
        let from = (Duration::ZERO, Totals::default());
        Self { context, scenario, terminal, talks, next, from, rates: (0.0, 0.0), drawn: false }
    }

    /// Shows how far the run is, when it is time to.
    pub(crate) fn show(&mut self, glance: &Glance) {
        let (since, before) = self.from;
        let passed = glance.elapsed.saturating_sub(since);
        if passed >= RATE {
            let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / passed.as_secs_f64();
            self.rates = (rate(glance.totals.offered, before.offered), rate(glance.totals.sent, before.sent));
            self.from = (glance.elapsed, glance.totals);
        }
        if !self.talks || glance.elapsed < self.next {
            return;
        }
        self.next = glance.elapsed + if self.terminal { PICTURE } else { LINE };
        let [first, second] = picture(self.scenario, glance, self.rates);
        if self.terminal {
            let up = if self.drawn { "\x1b[2A" } else { "" };
            // A closed standard error must not end a measurement.
            drop(write!(std::io::stderr().lock(), "{up}\r\x1b[2K{first}\n\x1b[2K{second}\n"));
            self.drawn = true;
        } else {
            self.context.say(format!("{first}; {second}"));
        }
    }

    /// Shows what came out: per request, warm-up left out.
    pub(crate) fn finish(&self, outcome: &Outcome) {
        if self.talks {
            if self.drawn {
                drop(write!(std::io::stderr().lock(), "\x1b[2A\x1b[J"));
            }
            self.context.say(table(outcome, self.context.colour() && self.terminal));
        }
    }
}

/// Two lines of at most 80 columns.
fn picture(scenario: &Scenario, glance: &Glance, (due, sent): (f64, f64)) -> [String; 2] {
    let Glance { elapsed, phase, totals, latest } = glance;
    let phases = &scenario.phases;
    let before: Duration = phases.iter().take(phase.unwrap_or(0)).map(|phase| phase.duration).sum();
    let all: Duration = phases.iter().map(|phase| phase.duration).sum();
    let current = phase.and_then(|phase| phases.get(phase));
    let length = current.map_or(Duration::ZERO, |phase: &Phase| phase.duration);
    let name: String = printable(current.map_or("beginning", |phase| &phase.name)).chars().take(20).collect();
    let within = clock(elapsed.saturating_sub(before).min(length));
    let left = clock(all.saturating_sub(*elapsed));
    let errors = match totals.failed {
        0 => "no errors".to_owned(),
        failed => {
            let ended = totals.completed.max(failed);
            let share = words::unsigned_percent(failed as f64 / ended as f64);
            format!("{} ({share})", words::count(failed, "error", "errors"))
        }
    };
    let first = format!("{name} {within} of {}, {left} left; {} in flight; {errors}", clock(length), totals.in_flight);
    let rate = if due > 0.0 { format!("{sent:.0} of {due:.0} req/s") } else { format!("{sent:.0} req/s") };
    let latency =
        latest.as_ref().and_then(|figures| figures.percentiles).map_or_else(String::new, |[p50, p95, p99]| {
            format!("; p50 {}, p95 {}, p99 {}", time(p50 as f64), time(p95 as f64), time(p99 as f64))
        });
    [first.chars().take(79).collect(), format!("{rate}{latency}").chars().take(79).collect()]
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn time(nanos: f64) -> String {
    Finite::try_from(nanos).map_or_else(|_| "unknown".to_owned(), |nanos| words::amount(nanos, Unit::Nanoseconds))
}

fn table(outcome: &Outcome, colour: bool) -> String {
    let warm_ups: Vec<_> = outcome.phases.iter().filter(|phase| phase.warm_up).map(|phase| &phase.name).collect();
    let counted = |series: &&Series| series.phase.as_ref().is_none_or(|phase| !warm_ups.contains(&phase));
    let mut requests: BTreeMap<(&str, Option<&String>), Vec<&Series>> = BTreeMap::new();
    for series in outcome.series.iter().filter(counted) {
        requests.entry((&series.request, series.tags.get("region"))).or_default().push(series);
    }
    let mut table = Table::new(&["request", "sent", "failed", "p50", "p95", "p99", "max"], colour);
    for ((name, region), all) in requests {
        let sum = |figure: fn(&Series) -> u64| all.iter().map(|series| figure(series)).sum::<u64>();
        let latency = all.iter().filter_map(|series| match &series.latency {
            Some(Distribution::Buckets(buckets)) => Some(buckets.clone()),
            Some(Distribution::Summary(_)) | None => None,
        });
        let latency = latency.reduce(|all, next| all.merged(&next)).unwrap_or_default();
        let open = all.iter().filter_map(|series| series.open.clone()).reduce(|all, next| all.merged(&next));
        let at = |percent| match latency.percentile_beside(percent, open.as_ref()) {
            Some(Quantile::Known(value)) => Cell::from(time(value.get())),
            Some(Quantile::AtLeast(value)) => Cell::new(format!(">= {}", time(value.get())), Tone::Warn),
            None => Cell::new("none", Tone::Faint),
        };
        let failed = sum(|series| series.failed);
        let name = region.map_or_else(|| name.to_owned(), |region| format!("{name} ({region})"));
        table.row([
            name.chars().take(30).collect::<String>().into(),
            words::thousands(sum(|series| series.sent)).into(),
            Cell::new(words::thousands(failed), if failed > 0 { Tone::Bad } else { Tone::Plain }),
            at(50.0),
            at(95.0),
            at(99.0),
            at(100.0),
        ]);
    }
    table.render().trim_end().to_owned()
}
