//! The load tools that are installed, each for the same closed loop, and how many requests each says it made.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bench_model::run::Run;

use crate::measure::Figure;

const K6: &str = "k6.json";
const LOCUST: &str = "locust.json";

/// A load tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    program: PathBuf,
}

impl Tool {
    /// Our own first, then those that are on the path; k6 and Locust also where PERFLEDGER_K6 and PERFLEDGER_LOCUST say.
    pub(crate) fn installed(ours: &Path) -> Vec<Self> {
        let mut tools = vec![Self { name: "ours", program: ours.to_path_buf() }];
        for (name, variable) in
            [("wrk", ""), ("oha", ""), ("hey", ""), ("k6", "PERFLEDGER_K6"), ("locust", "PERFLEDGER_LOCUST")]
        {
            let named = std::env::var_os(variable).map(PathBuf::from);
            let program = named.unwrap_or_else(|| PathBuf::from(name));
            // Every one of them answers this, and some with an error.
            let there = Command::new(&program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            match there {
                Ok(_) => tools.push(Self { name, program }),
                Err(_) => eprintln!("{name} is not installed, and is left out"),
            }
        }
        tools
    }

    /// What a closed loop costs, and how many requests it made.
    pub(crate) fn closed(
        &self,
        url: &str,
        connections: u32,
        seconds: u32,
        work: &Path,
    ) -> Result<(Figure, u64), Box<dyn Error>> {
        // What one repetition wrote must not count for the next.
        for file in [K6, LOCUST] {
            drop(std::fs::remove_file(work.join(file)));
        }
        // A tool that does not end by itself must not hold up the others.
        let mut command = Command::new("timeout");
        command.args(["60", "taskset", "-c", "0"]).arg(&self.program).current_dir(work);
        let (number, time) = (connections.to_string(), format!("{seconds}s"));
        match self.name {
            "wrk" => command.args(["-t", "1", "-c", &number, "-d", &time]).arg(format!("{url}/")),
            "oha" => command.args(["--no-tui", "--output-format", "json", "-c", &number, "-z", &time]).arg(url),
            "hey" => command.args(["-c", &number, "-z", &time]).arg(format!("{url}/")),
            "k6" => {
                let script = work.join("bench.js");
                let text = format!(
                    "import http from 'k6/http';\nexport const options = {{ vus: {connections}, duration: '{time}' }};\n\
                     export default () => http.get('{url}/');\n"
                );
                std::fs::write(&script, text)?;
                command.args(["run", "--quiet", "--address", "127.0.0.1:0", "--no-usage-report"]);
                command.arg("--summary-export").arg(work.join(K6)).arg(script)
            }
            "locust" => {
                let script = work.join("locustfile.py");
                std::fs::write(
                    &script,
                    "from locust import FastHttpUser, task\n\nclass U(FastHttpUser):\n    @task\n    def get(self):\n        self.client.get('/')\n",
                )?;
                command.args(["--headless", "--only-summary", "-u", &number, "-r", &number, "-t", &time, "-H", url]);
                // It adds the ending itself.
                command.arg("--json-file").arg(work.join(LOCUST).with_extension("")).arg("-f").arg(script)
            }
            _ => {
                let scenario = work.join("closed.toml");
                let text = format!(
                    "description = \"a benchmark\"\nbase_url = \"{url}\"\nconnections = {connections}\n\n[[request]]\nname = \"get\"\nget = \"/\"\n\n\
                     [[phase]]\nname = \"steady\"\nduration = \"{seconds} s\"\nusers = {connections}\n"
                );
                std::fs::write(&scenario, text)?;
                command.args(["run", "--quiet"]).arg(scenario).arg("--out").arg(work.join("closed.json"))
            }
        };
        let (figure, out) = crate::measure::captured(&mut command)?;
        Ok((figure, self.requests(&out, work)?))
    }

    fn requests(&self, out: &str, work: &Path) -> Result<u64, Box<dyn Error>> {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text);
        Ok(match self.name {
            "wrk" => word_before(out, " requests in"),
            "hey" => out.lines().filter_map(|line| word_before_in(line, " responses")).sum(),
            "oha" => {
                let statuses = json(out)?.get("statusCodeDistribution").cloned().unwrap_or_default();
                statuses.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
            }
            "k6" => {
                let summary = json(&std::fs::read_to_string(work.join(K6))?)?;
                summary.pointer("/metrics/http_reqs/count").and_then(serde_json::Value::as_u64).unwrap_or(0)
            }
            "locust" => {
                let entries = json(&std::fs::read_to_string(work.join(LOCUST))?)?;
                entries.pointer("/0/num_requests").and_then(serde_json::Value::as_u64).unwrap_or(0)
            }
            _ => {
                let run: Run = serde_json::from_slice(&std::fs::read(work.join("closed.json"))?)?;
                run.load.map_or(0, |load| load.series.iter().map(|series| series.completed).sum())
            }
        })
    }
}

fn word_before(text: &str, mark: &str) -> u64 {
    text.lines().find_map(|line| word_before_in(line, mark)).unwrap_or(0)
}

fn word_before_in(line: &str, mark: &str) -> Option<u64> {
    line.split_once(mark)?.0.split_whitespace().last()?.parse().ok()
}
