//! The command line: flags to settings, and the two verbs.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::governance;
use crate::operations::{self, OperationsError, Wanted};
use crate::serve::{ServeError, serve};
use crate::settings::{Data, Settings};

/// Exit code of a service or corpus that could not do what was asked.
const COULD_NOT: u8 = 2;
/// The longest time for one operation.
const MOST_OPERATION: Duration = Duration::from_secs(60);
/// Reviews one reviewer does in an hour unless the command line says otherwise: 165, so 21.8 s each.
const REVIEW_TIME: &str = "21.8 s";

/// The service that load scenarios run against by default.
#[derive(Debug, Parser)]
#[command(name = "target-service", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve until SIGTERM or SIGINT; prints `listening http://ADDRESS` when connections are accepted
    Serve(Box<ServeArgs>),
    /// Write labelled documents with personal data as JSON Lines
    Corpus(CorpusArgs),
    /// Measure single operations of a Redis and a PostgreSQL, on data of its own that is removed: a JSON line for each metric
    Operations(OperationsArgs),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))]
    listen: SocketAddr,
    /// Allow an address other than loopback
    #[arg(long)]
    allow_remote: bool,
    /// Directory for the rows and the signing key, or `memory` for rows that end with the process
    #[arg(long, value_name = "DIR|memory", default_value = "memory")]
    data: String,
    /// PostgreSQL for the rows, instead of the embedded SQLite
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Redis for counters and cache, instead of the process itself
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// Key demanded in the header x-api-key on /api/*; without it none is asked
    #[arg(long, value_name = "KEY", env = "TARGET_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Plugins in the marketplace catalogue
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    plugins: u32,
    /// Requests to /api/* worked on at once; more are answered with 429
    #[arg(long, value_name = "N", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..))]
    max_in_flight: u32,
    /// Reviewers taking reviews off the queue
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    reviewers: u32,
    /// Time one review takes, such as `20 s` or `50ms`
    #[arg(long, value_name = "TIME", default_value = REVIEW_TIME, value_parser = duration)]
    review_time: Duration,
    /// Another target-service that evaluates policies for this one, as http://ADDRESS:PORT
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Let faults be switched on through /faults
    #[arg(long)]
    allow_faults: bool,
    /// Milliseconds after the start in which the service is not ready
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow_start: u64,
    /// Threads that answer requests [default: as many as processors, 2 to 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    threads: Option<u32>,
    /// Connections to PostgreSQL at most [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pool: Option<u32>,
    /// Share the address with other processes: the system deals out connections. Each has rows and counters of its own, unless they share
    /// PostgreSQL and Redis
    #[arg(long)]
    reuse_port: bool,
}

#[derive(Debug, Args)]
struct CorpusArgs {
    /// Seed; equal seeds give equal documents
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Number of documents
    #[arg(long, value_name = "N", default_value_t = 200)]
    documents: u32,
    /// Length of each, bytes
    #[arg(long, value_name = "N", default_value_t = 10_240)]
    bytes: u32,
}

#[derive(Debug, Args)]
struct OperationsArgs {
    /// A Redis; without one it is not measured
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    redis: Option<String>,
    /// A PostgreSQL database in which tables may be made; without one it is not measured
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// Time for each operation, such as `1 s`, at most 60 s
    #[arg(long, value_name = "TIME", default_value = "1 s", value_parser = operation_time)]
    seconds: Duration,
    /// Connections of what is measured with several at once; 1 leaves it out
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Allow a server that is not on a loopback address
    #[arg(long)]
    allow_remote: bool,
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{0} is not a loopback address")]
    Remote(SocketAddr),
    #[error("--pool has no database whose connections it could limit")]
    NoDatabase,
    #[error("--reuse-port is for several processes, and the folder of --data belongs to one")]
    OneFolder,
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("the output could not be written: {0}")]
    Output(#[source] std::io::Error),
    #[error(transparent)]
    Operations(#[from] OperationsError),
}

impl CliError {
    /// The code in the project's list of errors.
    fn code(&self) -> &'static str {
        match self {
            Self::Remote(_) | Self::NoDatabase | Self::OneFolder | Self::Serve(ServeError::Upstream(_)) => "CBKB101",
            Self::Serve(_) => "CBKB105",
            Self::Output(_) => "CBKB102",
            Self::Operations(error) => error.code(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Remote(_) => "listen on 127.0.0.1, or allow others with --allow-remote",
            Self::NoDatabase => "name PostgreSQL with --database-url or DATABASE_URL",
            Self::OneFolder => "leave --data out, or let all of them share PostgreSQL with --database-url",
            Self::Serve(error) => error.hint(),
            Self::Operations(error) => error.hint(),
            Self::Output(_) => "check that the output can take all of it",
        }
    }
}

/// The program: reads the command line, does what it says, and gives the exit code (0 done, 2 could not).
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, the rest are usage errors; clap knows where each is printed.
            let code = if error.use_stderr() { ExitCode::from(COULD_NOT) } else { ExitCode::SUCCESS };
            drop(error.print());
            return code;
        }
    };
    let outcome = match cli.verb {
        Verb::Serve(args) => start(*args),
        Verb::Corpus(args) => corpus(&args),
        Verb::Operations(args) => measure_operations(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut err = std::io::stderr().lock();
            drop(writeln!(err, "error[{}]: {error}\n  next:  {}", error.code(), error.hint()));
            ExitCode::from(COULD_NOT)
        }
    }
}

fn start(args: ServeArgs) -> Result<(), CliError> {
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        return Err(CliError::Remote(args.listen));
    }
    let data = if args.data == "memory" { Data::Memory } else { Data::Directory(PathBuf::from(args.data)) };
    let database_url = args.database_url.filter(|url| !url.is_empty());
    match (&database_url, &data) {
        (None, _) if args.pool.is_some() => return Err(CliError::NoDatabase),
        (None, Data::Directory(_)) if args.reuse_port => return Err(CliError::OneFolder),
        (None | Some(_), Data::Memory | Data::Directory(_)) => {}
    }
    Ok(serve(Settings {
        listen: args.listen,
        data,
        database_url,
        redis_url: args.redis_url.filter(|url| !url.is_empty()),
        api_key: args.api_key.filter(|key| !key.is_empty()),
        plugins: args.plugins,
        max_in_flight: args.max_in_flight,
        reviewers: args.reviewers,
        review_time: args.review_time,
        upstream: args.upstream,
        allow_faults: args.allow_faults,
        slow_start: Duration::from_millis(args.slow_start),
        threads: args.threads,
        pool: args.pool,
        reuse_port: args.reuse_port,
    })?)
}

fn corpus(args: &CorpusArgs) -> Result<(), CliError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = governance::corpus_lines(args.seed, args.documents, args.bytes, &mut out).and_then(|()| out.flush());
    taken(written)
}

/// Writes the figures: lines for programs on standard output, a table for people on standard error.
fn measure_operations(args: OperationsArgs) -> Result<(), CliError> {
    let given = |url: Option<String>| url.filter(|url| !url.is_empty());
    let figures = operations::measure(&Wanted {
        redis: given(args.redis),
        postgres: given(args.postgres),
        time: args.seconds,
        connections: args.connections,
        allow_remote: args.allow_remote,
    })?;
    drop(write!(std::io::stderr().lock(), "{}", operations::table(&figures)));
    let mut out = std::io::stdout().lock();
    taken(out.write_all(operations::lines(&figures).as_bytes()).and_then(|()| out.flush()))
}

/// A reader that has seen enough, as `head` does, is no error.
fn taken(written: std::io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CliError::Output),
    }
}

/// As [`duration`], at most [`MOST_OPERATION`].
fn operation_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    let most = MOST_OPERATION.as_secs();
    if time <= MOST_OPERATION { Ok(time) } else { Err(format!("an operation is measured for at most {most} s")) }
}

/// A number and a unit: ms, s, min or h; a number alone is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.strip_prefix(number).unwrap_or_default() {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        unit => return Err(format!("unknown unit {unit:?}: use ms, s, min or h")),
    };
    let value: f64 = number.trim().parse().map_err(|_| format!("{number:?} is not a number"))?;
    match Duration::try_from_secs_f64(value * factor) {
        Ok(time) if time > Duration::ZERO && time <= Duration::from_secs(86_400) => Ok(time),
        Ok(_) | Err(_) => Err("a time is more than 0 and at most 24 h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, millis) in [("20 s", 20_000), ("50ms", 50), ("21.8 s", 21_800), ("2", 2000), (" 1 min ", 60_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for wrong in ["", "s", "-1 s", "0 s", "1 week", "NaN s", "inf", "1e300 h", "25 h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_operation_is_measured_for_a_minute_at_most() {
        assert_eq!(operation_time("60 s"), Ok(Duration::from_secs(60)));
        assert!(operation_time("61 s").is_err() && operation_time("0").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
