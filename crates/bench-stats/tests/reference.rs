//! The same answers as others give: mpmath 1.3 at 50 digits (the numbers below), and SciPy, which is run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io::Write};

use bench_stats::{
    Contrasted, Design, benjamini_hochberg, contrast, further_runs, mann_kendall, robust_spread, summarise, theil_sen,
    typical,
};
use serde_json::{Value, json};

const PINS: &str = "numpy==2.3.5 scipy==1.16.3";
const BASELINE: [f64; 5] = [101.2, 99.8, 100.5, 100.1, 103.9];
const HEAD: [f64; 5] = [96.1, 95.2, 97.7, 94.9, 95.6];

fn close(found: f64, expected: f64) {
    let error = (found - expected).abs();
    assert!(error <= 1e-9 * expected.abs().max(1e-3), "found {found:e}, expected {expected:e}");
}

#[test]
fn summarises_as_mpmath_does() {
    let summary = summarise(&BASELINE, 0.95).unwrap();
    close(summary.value, 101.089_336_978_469_17);
    let (lower, upper) = summary.interval.unwrap();
    close(lower, 99.076_989_757_664_35);
    close(upper, 103.142_556_871_596_65);
    assert_eq!(summary.n, 5);
}

#[test]
fn summarises_values_below_zero_as_they_are() {
    let summary = summarise(&[-1.0, 0.0, 2.5, 4.0], 0.9).unwrap();
    close(summary.value, 1.375);
    let (lower, upper) = summary.interval.unwrap();
    close(lower, -1.315_761_764_354_007);
    close(upper, 4.065_761_764_354_007);
}

/// Two rounds have one degree of freedom, a million have nearly the normal quantile.
#[test]
fn takes_the_quantile_of_student_at_both_ends() {
    let e = std::f64::consts::E;
    let (lower, upper) = summarise(&[1.0, e * e], 0.95).unwrap().interval.unwrap();
    close((upper / lower).ln() / 2.0, 12.706_204_736_174_705);
    let many: Vec<f64> = (0..1_000_001).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
    let (lower, upper) = summarise(&many, 0.95).unwrap().interval.unwrap();
    // Half of them 1 and half -1: the variance of the mean is 1 / (n - 1).
    close((upper - lower) / 2.0 * 1_000_000_f64.sqrt(), 1.959_966_356_814_107);
}

/// Between the interval of one run less and the one asked for, with the spread held.
#[test]
fn estimates_further_runs_from_the_width_of_the_interval() {
    let wide = further_runs(&BASELINE, &HEAD, Design::Independent, 0.95, 0.05);
    assert_eq!(wide, Some(0));
    let Contrasted::Estimate(estimate) = contrast(&BASELINE, &HEAD, Design::Independent) else { panic!("none") };
    let (lower, upper) = estimate.interval(0.95).unwrap();
    let half = (upper.ln_1p() - lower.ln_1p()) / 2.0;
    // A hundredth of the width takes somewhat less than 10,000 times the runs, as Student's quantile shrinks.
    let more = further_runs(&BASELINE, &HEAD, Design::Independent, 0.95, (half / 100.0).exp_m1()).unwrap();
    assert!((25_000..50_000).contains(&more), "{more}");
}

#[test]
fn agrees_with_scipy() {
    let cases = cases();
    let answers = match scipy(&cases) {
        Ok(answers) => answers,
        Err(reason) => {
            assert!(env::var_os("CI").is_none_or(|ci| ci.is_empty()), "no SciPy: {reason}");
            eprintln!("skipped: no SciPy: {reason}");
            return;
        }
    };
    let pairs = |name: &str, input: &str| -> Vec<(Value, Value)> {
        let (input, answers) = (cases[input].as_array().unwrap(), answers[name].as_array().unwrap());
        assert!(!input.is_empty() && input.len() == answers.len());
        input.iter().cloned().zip(answers.iter().cloned()).collect()
    };
    for (case, answer) in pairs("contrasts", "contrasts") {
        let design = if case["paired"] == true { Design::Paired } else { Design::Independent };
        let Contrasted::Estimate(found) = contrast(&numbers(&case["baseline"]), &numbers(&case["head"]), design) else {
            panic!("no estimate of {case}");
        };
        let (lower, upper) = found.interval(0.95).unwrap();
        all_close(&[found.change(), lower, upper, found.p()], &answer);
    }
    for (samples, answer) in pairs("typical", "samples") {
        close(typical(&numbers(&samples)).unwrap(), answer.as_f64().unwrap());
    }
    for (values, answer) in pairs("series", "series") {
        let values = numbers(&values);
        let (slope, trend) = (theil_sen(&values).unwrap(), mann_kendall(&values).unwrap());
        let spread = robust_spread(&values).unwrap();
        let line = [slope.per_point, slope.lower, slope.upper];
        all_close(&[&line[..], &[trend.s as f64, trend.tau, trend.z, trend.p, spread]].concat(), &answer);
    }
    for (p, answer) in pairs("discoveries", "p") {
        assert_eq!(json!(benjamini_hochberg(&numbers(&p), 0.1)), answer);
    }
}

fn all_close(found: &[f64], expected: &Value) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(found, expected)| close(*found, expected));
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Numbers that look random and are the same everywhere.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn values(&mut self, n: usize, level: f64, spread: f64) -> Vec<f64> {
        (0..n).map(|_| level * (1.0 + spread * self.bell())).collect()
    }
}

fn cases() -> Value {
    let mut noise = Noise(20_261_107);
    let mut contrasts = Vec::new();
    for (n, m) in [(5, 5), (5, 30), (9, 10), (10, 19), (20, 20), (31, 12), (100, 64)] {
        let (baseline, head) = (noise.values(n, 100.0, 0.01), noise.values(m, 101.5, 0.03));
        contrasts.push(json!({"paired": false, "baseline": baseline, "head": head}));
        let (baseline, head) = (noise.values(m, 3e-7, 0.02), noise.values(m, 3.1e-7, 0.01));
        contrasts.push(json!({"paired": true, "baseline": baseline, "head": head}));
        // A third of the runs on a machine that is 5 % slower.
        let slower = |values: Vec<f64>| -> Vec<f64> {
            values.into_iter().enumerate().map(|(i, value)| if i % 3 == 1 { 1.05 * value } else { value }).collect()
        };
        let (baseline, head) = (slower(noise.values(n, 50.0, 0.002)), slower(noise.values(m, 50.1, 0.003)));
        contrasts.push(json!({"paired": false, "baseline": baseline, "head": head}));
    }
    let samples: Vec<_> = [1, 2, 4, 5, 9, 10, 33, 100].map(|n| noise.values(n, 1e5, 0.2)).into();
    let mut series = Vec::new();
    for n in [10, 11, 60, 301] {
        let rising: Vec<f64> = (0..).zip(noise.values(n, 100.0, 0.01)).map(|(i, v)| v + 0.01 * f64::from(i)).collect();
        series.push(rising.iter().map(|value| (2.0 * value).round()).collect());
        series.push(rising);
    }
    series.push(vec![3.0, 1.0, 4.0]);
    series.push(vec![2.0, 7.0, 1.0, 8.0]);
    series.push(vec![2.0, 7.0, 1.0, 8.0, 2.5, 8.5]);
    let p: Vec<Vec<f64>> = [1, 5, 40, 200].map(|n| (0..n).map(|_| noise.uniform().powi(4)).collect()).into();
    json!({"contrasts": contrasts, "samples": samples, "series": series, "p": p})
}

fn scipy(cases: &Value) -> Result<Value, String> {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    child.stdin.take().unwrap().write_all(cases.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    // From here on SciPy is there, and a script that fails is a failure.
    assert!(output.status.success(), "reference.py failed");
    Ok(serde_json::from_slice(&output.stdout).unwrap())
}

/// A Python of its own below the target folder, with SciPy; made once.
fn python() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let home = target.join("python");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let marker = home.join("pins");
    if fs::read_to_string(&marker).is_ok_and(|pins| pins == PINS) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
    run(Command::new(&python).args(quiet).args(PINS.split(' ')))?;
    fs::write(marker, PINS).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
