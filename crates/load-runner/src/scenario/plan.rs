//! A scenario's plan as text, before any load. Must not know: how load is sent, or what thresholds decide.

use std::time::Duration;

use bench_model::load::{Limit, Threshold, ThresholdText};
use bench_model::words::{amount, count, thousands, unsigned_percent};
use bench_model::{Finite, Unit};

use super::{Action, Model, Phase, Protocol, Request, Scenario, Spacing};

const COLUMNS: usize = 80;
/// Requests per second that one core sends at most: about 20 µs of processor time for each on one connection, 13 µs on 50
/// (measured with plain hyper connections against a 612-byte file), with room left so that the generator is never the limit.
const PER_CORE: f64 = 35_000.0;
const GUARDS: &str = "answers were counted; at least 99 % of what was offered was sent; nothing due was left unsent or \
                      unanswered without being counted; the generator's own delay is small against the latencies \
                      reported; the service was there, and no worker was lost. A run that misses one is not evaluable";

impl Scenario {
    /// The plan in at most 80 columns: phases, requests with expected counts, what one machine of so many cores can send, thresholds
    /// and guards. Nothing of headers and bodies is shown.
    pub fn plan_text(&self, cores: usize) -> String {
        let mut text = Text::default();
        text.wrapped("", &format!("{}: {}", self.name, self.description));
        let protocol = match self.protocol {
            Protocol::Http1 => "HTTP/1.1",
            Protocol::Http2 => "HTTP/2",
        };
        let connections = count(self.connections, "connection", "connections");
        let to = format!("to {} by {protocol}, at most {connections}, timeout {}", self.base_url, length(self.timeout));
        text.wrapped("  ", &to);
        if (self.time_scale - 1.0).abs() > f64::EPSILON {
            text.wrapped("  ", &format!("lengths multiplied by {}, rates as they are", self.time_scale));
        }
        self.phases_text(&mut text);
        self.requests_text(&mut text);
        self.capacity_text(&mut text, cores.max(1));
        self.surroundings_text(&mut text);
        text.heading("thresholds");
        self.thresholds.iter().for_each(|threshold| text.wrapped("  ", &words(threshold)));
        if self.thresholds.is_empty() {
            text.wrapped("  ", "none: the run can only be compared");
        }
        text.heading("guards");
        text.wrapped("  ", GUARDS);
        text.0
    }

    fn phases_text(&self, text: &mut Text) {
        text.heading("phases");
        let width = self.phases.iter().map(|phase| phase.name.chars().count()).max().unwrap_or(0).clamp(3, 24);
        for phase in &self.phases {
            let warm_up = if phase.warm_up { "; warm-up" } else { "" };
            let row = format!("{:width$}  {:>8}  {}{warm_up}", phase.name, length(phase.duration), load(phase));
            text.wrapped("  ", &row);
        }
        let total: Duration = self.phases.iter().map(|phase| phase.duration).sum();
        let sent = match self.offered() {
            Some(offered) => format!("about {} requests", thousands(offered.round() as u64)),
            None => "requests as users send them".to_owned(),
        };
        text.wrapped("  ", &format!("{:width$}  {:>8}  {sent}", "all", length(total)));
    }

    fn requests_text(&self, text: &mut Text) {
        text.heading("requests");
        let width = self.requests.iter().map(|request| request.name.chars().count()).max().unwrap_or(0).clamp(3, 24);
        for request in &self.requests {
            let expected = match self.expected(request) {
                Some(expected) => thousands(expected.round() as u64),
                None => String::new(),
            };
            let path = shortened(&request.path.to_string(), COLUMNS.saturating_sub(width + 34));
            let row = format!(
                "{:width$}  {:>11}  {expected:>10}  {} {path}",
                request.name,
                self.shares(request),
                request.method
            );
            text.wrapped("  ", &row);
        }
    }

    /// Requests of all phases together; `None` when some are sent by users.
    pub fn offered(&self) -> Option<f64> {
        self.phases.iter().map(Phase::offered).sum()
    }

    /// How often a request is expected; `None` when it is sent by users.
    fn expected(&self, request: &Request) -> Option<f64> {
        let part = |phase: &Phase| Some(phase.offered()? * phase.share(request, &self.requests));
        self.phases.iter().map(part).sum()
    }

    /// A request's share: `20 %`, or `0-80 %` where phases differ.
    fn shares(&self, request: &Request) -> String {
        let shares = self.phases.iter().map(|phase| phase.share(request, &self.requests));
        let (low, high) = shares.fold((f64::MAX, 0.0_f64), |(low, high), share| (low.min(share), high.max(share)));
        match unsigned_percent(low) == unsigned_percent(high) {
            true => unsigned_percent(low),
            false => format!("{}-{}", unsigned_percent(low).trim_end_matches(" %"), unsigned_percent(high)),
        }
    }

    fn capacity_text(&self, text: &mut Text, cores: usize) {
        text.heading("this machine");
        let can = PER_CORE * cores as f64;
        let cores = count(cores, "core", "cores");
        let peak = self.phases.iter().filter_map(|phase| match phase.model {
            Model::Open(arrivals) => Some(arrivals.from.max(arrivals.to)),
            Model::Closed(users) => users.fastest(),
        });
        let peak = peak.fold(0.0, f64::max);
        let unbounded =
            self.phases.iter().any(|phase| matches!(phase.model, Model::Closed(users) if users.fastest().is_none()));
        let room = format!("sends about {} req/s with {cores}", thousands(can as u64));
        if peak > can {
            let more = "more than one machine is needed: `load-runner locust --workers N`, or `load-runner k6`";
            text.wrapped(
                "  ",
                &format!("warning: {room}, and the peak is {} req/s; {more}", thousands(peak.round() as u64)),
            );
        } else if peak > 0.0 {
            let share = unsigned_percent(peak / can);
            text.wrapped(
                "  ",
                &format!("{room}; the peak of {} req/s is {share} of that", thousands(peak.round() as u64)),
            );
        }
        if unbounded {
            let users = "users without think time send as fast as they are answered";
            text.wrapped("  ", &format!("{users}; this machine {room} at most"));
        }
    }

    fn surroundings_text(&self, text: &mut Text) {
        if !self.regions.is_empty() {
            text.heading("regions, each with series of its own");
            for region in &self.regions {
                let delay = length(region.delay);
                text.wrapped("  ", &format!("{}: {delay} longer, {} lost", region.name, unsigned_percent(region.loss)));
            }
        }
        if !self.events.is_empty() {
            text.heading("events");
            for event in &self.events {
                let action = match &event.action {
                    Action::Post(path, body) => format!("posts {body} to {path}"),
                    Action::CutDependency => "cuts the service's dependency".to_owned(),
                    Action::HealDependency => "heals the service's dependency".to_owned(),
                };
                text.wrapped("  ", &format!("{} begins: {action}", event.phase));
            }
        }
    }
}

impl Phase {
    /// Requests that are due in it; `None` when users send them.
    pub fn offered(&self) -> Option<f64> {
        match self.model {
            Model::Open(arrivals) => Some((arrivals.from + arrivals.to) / 2.0 * self.duration.as_secs_f64()),
            Model::Closed(_) => None,
        }
    }
}

impl super::Users {
    /// Requests per second at most, if answers took no time; `None` without think time.
    pub fn fastest(&self) -> Option<f64> {
        let think = (self.think_time.0 + self.think_time.1).as_secs_f64() / 2.0;
        (think > 0.0).then(|| f64::from(self.from.max(self.to)) / think)
    }
}

/// `1000 req/s`, `10 to 100 users`, …
fn load(phase: &Phase) -> String {
    match phase.model {
        Model::Open(arrivals) => {
            let spacing = match arrivals.spacing {
                Spacing::Even => "evenly",
                Spacing::Poisson => "Poisson arrivals",
            };
            format!("{} req/s, {spacing}", range(arrivals.from, arrivals.to))
        }
        Model::Closed(users) => {
            let think = match users.think_time {
                (from, to) if to.is_zero() && from.is_zero() => "no think time".to_owned(),
                (from, to) if from == to => format!("think time {}", length(to)),
                (from, to) => format!("think time {} to {}", length(from), length(to)),
            };
            let most =
                users.iterations.map(|most| format!(", at most {} requests", thousands(most))).unwrap_or_default();
            format!("{} users, {think}{most}", range(f64::from(users.from), f64::from(users.to)))
        }
    }
}

fn range(from: f64, to: f64) -> String {
    let one = |value: f64| if value.fract() == 0.0 { thousands(value as u64) } else { format!("{value:.1}") };
    if (from - to).abs() < f64::EPSILON { one(from) } else { format!("{} to {}", one(from), one(to)) }
}

/// `30 s`, `10 min`, `2 h`.
fn length(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let (value, unit) = match seconds {
        _ if seconds >= 3600.0 && (seconds / 36.0).fract() == 0.0 => (seconds / 3600.0, "h"),
        _ if seconds >= 120.0 && (seconds / 6.0).fract() == 0.0 => (seconds / 60.0, "min"),
        _ if (60.0 - seconds).abs() < f64::EPSILON => (1.0, "min"),
        _ if seconds >= 1.0 || seconds == 0.0 => (seconds, "s"),
        _ => (seconds * 1e3, "ms"),
    };
    format!("{} {unit}", (value * 1000.0).round() / 1000.0)
}

/// A threshold as people say it: `p95 of http_req_duration, phase:steady < 200 ms`.
fn words(text: &ThresholdText) -> String {
    let Ok(threshold) = Threshold::parse(text) else { return format!("{} of {}", text.expression, text.metric) };
    let metric = text.metric.split('{').next().unwrap_or_default().trim();
    let of = if matches!(metric, "" | "all") { String::new() } else { format!(" of {metric}") };
    let tags = match threshold.selector.tags_text() {
        tags if tags.is_empty() => String::new(),
        tags => format!(" in {tags}"),
    };
    let limit = match (threshold.unit(), &threshold.limit) {
        (_, Limit::OfBaseline(share)) => format!("{} of the baseline", unsigned_percent(*share)),
        (_, Limit::OfPhase(of)) => {
            let or = of.or.map_or_else(String::new, |(limit, unit)| format!(" or {}", limit_text(limit, unit)));
            format!("{} of that in phase:{}{or}", unsigned_percent(of.share), of.phase)
        }
        (Some(unit), _) => threshold.limit_in(unit).map_or_else(String::new, |limit| limit_text(limit, unit)),
        (None, Limit::Number(number)) => number.to_string(),
        (None, Limit::Quantity(value, unit)) => limit_text(*value, *unit),
    };
    format!("{}{of}{tags} {} {limit}", threshold.statistic, threshold.operator)
}

fn limit_text(limit: f64, unit: Unit) -> String {
    match (Finite::try_from(limit), unit) {
        (Err(_), _) => limit.to_string(),
        (Ok(_), Unit::Count) => limit.to_string(),
        (Ok(_), Unit::PerSecond) => format!("{limit} /s"),
        (Ok(_), Unit::Ratio) => format!("{} %", (limit * 1e6).round() / 1e4),
        (Ok(_), Unit::Nanoseconds) if limit >= 1e6 => length(Duration::from_nanos(limit as u64)),
        (Ok(limit), Unit::Nanoseconds | Unit::Bytes | Unit::BytesPerSecond | Unit::BitsPerSecond) => {
            amount(limit, unit)
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Lines of at most [`COLUMNS`] characters.
#[derive(Default)]
struct Text(String);

impl Text {
    fn heading(&mut self, text: &str) {
        self.0.push('\n');
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Breaks at blanks; further lines are indented by two more. Runs of blanks stay, so that columns do.
    fn wrapped(&mut self, indent: &str, text: &str) {
        let mut line = indent.to_owned();
        let mut width = indent.chars().count();
        for word in text.split_inclusive(' ') {
            let length = word.trim_end().chars().count();
            if width + length > COLUMNS && !line.trim().is_empty() {
                self.0.push_str(line.trim_end());
                self.0.push('\n');
                line = format!("{indent}  ");
                width = line.chars().count();
            }
            line.push_str(word);
            width += word.chars().count();
        }
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}
