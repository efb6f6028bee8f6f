//! How fast verdicts are: the functions in this process, and the program that answers a stream of questions.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use bench_stats::{Design, Series, contrast, detect, typical};

use crate::Outcome;
use crate::measure::{measured, median};
use crate::quality::noise::Noise;
use crate::random::Random;

/// How long a question is repeated in this process, and how often at least.
const LONG_ENOUGH: Duration = Duration::from_secs(3);
const OFTEN_ENOUGH: usize = 11;
/// How often the program is run in each way.
const RUNS: usize = 5;
/// What the program is asked: so many histories of so many points.
const HISTORIES: u64 = 10_000;
const POINTS: usize = 500;

/// Prints the machine, and medians over repetitions.
pub(crate) fn run(programs: &Path, work: &Path) -> Outcome {
    let cores = available_parallelism()?.get();
    let mut out = io::stdout().lock();
    writeln!(out, "{}, {cores} cores for this process\n", processor())?;

    let short = stepped(1_000, 500);
    let long = stepped(100_000, 500);
    let [short, long] = [("1,000", short), ("100,000", long)].map(|(points, values)| {
        let timed = repeated(|| detect(Series { values: black_box(&values), groups: None }));
        (format!("history of {points} points, a 5 % step every 500"), timed)
    });
    let (baseline, candidate) = (runs(1, 30, 100), runs(2, 30, 100));
    let pair = repeated(|| {
        let typicals = |runs: &[Vec<f64>]| -> Vec<f64> { runs.iter().filter_map(|run| typical(run)).collect() };
        contrast(&typicals(black_box(&baseline)), &typicals(black_box(&candidate)), Design::Independent)
    });
    let per_point = long.1.median / short.1.median / 100.0;
    for (name, timed) in [short, long, ("pair of 30 x 100 samples a side".into(), pair)] {
        writeln!(out, "{name:<48}{:>14} {:>16}", seconds(timed.median), format!("({} times)", timed.times))?;
    }
    writeln!(out, "{:<48}{per_point:>14.2}\n", "time per point, 100,000 against 1,000 points")?;

    let file = work.join("histories.jsonl");
    write_histories(&file)?;
    let plain = Command::new(programs.join("slo-validator"));
    let mut bound = Command::new("taskset");
    bound.args(["-c", "0"]).arg(programs.join("slo-validator"));
    let can_bind = Command::new("taskset").arg("-V").output().is_ok_and(|said| said.status.success());
    let ways = if can_bind { vec![plain, bound] } else { vec![plain] };
    let medians = alternated(ways, &file)?;
    let mut row = |name: &str, value: String, remark: &str| {
        writeln!(out, "{}", format!("{name:<48}{value:>14} {remark:>16}").trim_end())
    };
    if let Some(all) = medians.first() {
        let name = format!("slo-validator detect, {HISTORIES} histories of {POINTS}");
        row(&name, seconds(*all), &format!("({RUNS} times)"))?;
        row("  histories per second", format!("{:.0}", HISTORIES as f64 / all), "")?;
        if let Some(one) = medians.get(1) {
            row("  the same, bound to one core", seconds(*one), "")?;
            row(&format!("  {cores} cores against one, times as fast"), format!("{:.2}", one / all), "")?;
        } else {
            row("  on one core", "not measured".into(), "(no taskset)")?;
        }
    }
    Ok(())
}

/// The processor as the system names it.
fn processor() -> String {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "a processor without a name".into(), |(_, name)| name.trim().into())
}

struct Timed {
    /// In seconds.
    median: f64,
    times: usize,
}

fn repeated<T>(mut ask: impl FnMut() -> T) -> Timed {
    black_box(ask());
    let began = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < OFTEN_ENOUGH || began.elapsed() < LONG_ENOUGH {
        let asked = Instant::now();
        black_box(ask());
        seconds.push(asked.elapsed().as_secs_f64());
    }
    Timed { median: median(&seconds), times: seconds.len() }
}

/// The median wall time of `slo-validator detect` on a file, in seconds, for each way to start it. They take turns, so
/// that whatever else the machine does meets all of them.
fn alternated(mut ways: Vec<Command>, file: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut times = vec![Vec::new(); ways.len()];
    for way in &mut ways {
        way.arg("detect").arg(file);
    }
    for _ in 0..RUNS {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            times.push(measured(way)?.seconds);
        }
    }
    Ok(times.iter().map(|times| median(times)).collect())
}

/// Points with noise of 1 % whose level goes up by 5 % and down again, every so many points.
fn stepped(points: usize, every: usize) -> Vec<f64> {
    let mut random = Random::new(1);
    let level = |at: usize| if (at / every).is_multiple_of(2) { 100.0 } else { 105.0 };
    (0..points).map(|at| level(at) * (0.01 * random.normal()).exp()).collect()
}

fn runs(seed: u64, runs: usize, samples: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    (0..runs)
        .map(|_| {
            let level = 100.0 * (0.01 * random.normal()).exp();
            (0..samples).map(|_| level * (0.02 * random.normal()).exp()).collect()
        })
        .collect()
}

/// Histories with every kind of noise in turn; every other one has a step of 5 % in the middle.
fn write_histories(file: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for (item, noise) in (0..HISTORIES).zip(Noise::ALL.into_iter().cycle()) {
        let standard = noise.standard(POINTS, &mut Random::of_item(1, 1, item));
        let step = if item % 2 == 0 { 1.0 } else { 1.05 };
        write!(out, "{{\"id\":{item},\"values\":[")?;
        for (at, disturbance) in standard.into_iter().enumerate() {
            let level = if at < POINTS / 2 { 100.0 } else { 100.0 * step };
            let comma = if at == 0 { "" } else { "," };
            write!(out, "{comma}{:.5}", level * (0.01 * disturbance).exp())?;
        }
        writeln!(out, "]}}")?;
    }
    out.flush()
}

fn seconds(seconds: f64) -> String {
    match seconds {
        long if long >= 1.0 => format!("{long:.2} s"),
        short if short >= 1e-3 => format!("{:.2} ms", 1e3 * short),
        shortest => format!("{:.1} us", 1e6 * shortest),
    }
}
