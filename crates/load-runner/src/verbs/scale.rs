//! `load-runner scale`: one scenario at several sizes of the service or of the load. Each size is measured several times, each time with a
//! new service, in an order that drift does not favour; users send as fast as they are answered, and what is compared is throughput.

mod figures;
mod order;
mod point;
mod sizes;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench_cli::{Context, Interrupt};
use bench_model::run::Mode;
use bench_model::scale::{Axis, Scale, ScalePoint};
use bench_model::words::count;
use bench_model::{Diagnostic, Exit, Failure as _};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::Error;
use crate::engine::permitted;
use crate::record::{Begun, FinishedScale, Output};
use crate::scenario::{Overrides, Scenario};
use crate::service::{Wanted, variable};
use crate::verbs::run::{find, pairs};
use point::{Measured, Setting};
use sizes::{AXES, Sizes};

/// The default service, beside this program.
const SERVICE: &str = "target-service";
/// The environment variable that the default service takes its database from.
const DATABASE: &str = "DATABASE_URL";

/// The arguments of `scale`.
#[derive(Debug, Args)]
pub(crate) struct ScaleArgs {
    /// A scenario file, or the name of one in the folder scenarios of the configuration: a warm-up and one measured phase, of users who
    /// do not think
    scenario: PathBuf,
    /// What is varied: processes of the service that share its address, threads of one, connections of it to its database, or
    /// connections of the load, each with one request at a time
    #[arg(long, value_parser = axis())]
    axis: Axis,
    /// The sizes
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_value = "1,2,3,5,10")]
    at: Vec<u32>,
    /// How many times each size is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: u32,
    /// The program that is started as the service for each point [default: target-service beside this program]
    #[arg(long, value_name = "PROGRAM")]
    service: Option<PathBuf>,
    /// Set a value of the scenario: timeout, connections, or one of its variables; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What the lengths of phases are multiplied with
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
    /// Print the order and the time it takes, and end
    #[arg(long)]
    dry_run: bool,
    /// The seed of every random choice
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Threads that send, each with a share of the users and of the connections
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    #[command(flatten)]
    output: Output,
}

fn axis() -> impl clap::builder::TypedValueParser<Value = Axis> {
    let named = |name: String| AXES.into_iter().find(|axis| axis.as_str() == name).ok_or("no axis");
    PossibleValuesParser::new(AXES.map(Axis::as_str)).try_map(named)
}

/// Runs the verb.
pub(crate) fn scale(args: &ScaleArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(&args.output.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let sizes = Sizes::new(args.axis, &args.at)?;
    let program = args.service.clone().unwrap_or_else(beside);
    let wanted = Wanted::new(&program)?;
    let path = find(&args.scenario, &context.config_folder(&args.output.project));
    let variable = |name: &str| variable(Some(&wanted), name);
    let overrides = Overrides { set: pairs("set", &args.set)?, time_scale: args.time_scale, variable: &variable };
    let scenario = Scenario::read(&path, &overrides)?;
    wanted.alone(&overrides)?;
    let order = order::rounds(sizes.at.len(), args.repeats);
    sizes::check(&scenario, sizes.at.len() * order.len())?;
    for at in &sizes.at {
        let (sized, _) = sizes::sized(&scenario, sizes.axis, *at);
        permitted(&sized, usize::from(args.threads))?;
        sizes::check_connections(&sized)?;
    }
    if args.dry_run {
        context.print(plan(&scenario, &sizes, &order)).map_err(Error::from)?;
        return Ok(Exit::Done);
    }
    sizes.fit_descriptors()?;
    let database = sizes::has_database(&scenario, std::env::var(DATABASE).ok().as_deref());
    if sizes.axis == Axis::Pool && !database {
        return Err(Error::Load {
            what: "the service has no database, and so no pool of connections to vary".into(),
            hint: format!("name PostgreSQL in {DATABASE}, or in the scenario's service.args with --database-url"),
        }
        .into());
    }
    let interrupt = Interrupt::install();
    let begun = Begun::new(&args.output, context)?;
    let setting = Setting {
        wanted: &wanted,
        scenario: &scenario,
        axis: sizes.axis,
        database,
        begun: &begun,
        seed: args.seed,
        threads: args.threads,
        interrupt: &interrupt,
    };
    let begin = Instant::now();
    let Course { points, whole, others, mut warnings, errors } = measure(&setting, &sizes, &order, context)?;
    warnings.extend(figures::others(&others, bench_host::cpus()));
    let finished = FinishedScale {
        mode: if scenario.time_scale < 1.0 { Mode::Quick } else { Mode::Full },
        time_scale: scenario.time_scale,
        sizes: sizes.text(),
        whole,
        duration: begin.elapsed(),
        warnings,
        errors,
        scale: Scale {
            scenario: scenario.name.clone(),
            plan_sha256: scenario.plan_sha256().map_err(no_digest)?,
            axis: sizes.axis,
            cores: bench_host::cpus(),
            repeats: args.repeats,
            points,
        },
    };
    begun.finish_scale(finished, context)
}

/// What came of all points.
#[derive(Default)]
struct Course {
    points: Vec<ScalePoint>,
    /// Whether all were measured.
    whole: bool,
    /// Processors that others kept busy meanwhile, at each point that tells.
    others: Vec<f64>,
    warnings: Vec<String>,
    errors: Vec<Diagnostic>,
}

/// Measures all points, or as many as can be: what was measured before an interrupt or an error is kept.
///
/// # Errors
/// The first point's, when nothing was measured.
fn measure(setting: &Setting<'_>, sizes: &Sizes, order: &[Vec<usize>], context: &Context) -> Result<Course, Error> {
    let mut course = Course::default();
    let all = sizes.at.len() * order.len();
    for (round, places) in (1..).zip(order) {
        for at in places.iter().filter_map(|place| sizes.at.get(*place).copied()) {
            let place = format!("{} {at}, round {round}", sizes.axis);
            if setting.interrupt.is_set() {
                return Ok(course);
            }
            match setting.measure(at, round) {
                Ok(None) => return Ok(course),
                Err(_) if setting.interrupt.is_set() => return Ok(course),
                Ok(Some(Measured { point, others, warnings })) => {
                    context.say(format!("{} of {all}: {place}: {}", course.points.len() + 1, figures::line(&point)));
                    course.warnings.extend(warnings.iter().map(|warning| format!("{place}: {warning}")));
                    course.points.push(point);
                    course.others.extend(others);
                }
                Err(error) if course.points.is_empty() => return Err(error),
                Err(error) => {
                    let diagnostic = error.diagnostic();
                    course
                        .errors
                        .push(Diagnostic { message: format!("{place}: {}", diagnostic.message), ..diagnostic });
                    return Ok(course);
                }
            }
        }
    }
    course.whole = true;
    Ok(course)
}

/// What a dry run prints.
fn plan(scenario: &Scenario, sizes: &Sizes, order: &[Vec<usize>]) -> String {
    let points = sizes.at.len() * order.len();
    let all = sizes::length(scenario) * u32::try_from(points).unwrap_or(u32::MAX);
    let mut lines = vec![
        format!("{}: {}", scenario.name, scenario.description),
        format!("{}: {}", sizes.axis, sizes.text()),
        format!(
            "{}, each with a new service: {} of load, and what services take to start and end",
            count(points, "point", "points"),
            length(all)
        ),
    ];
    for (round, places) in (1..).zip(order) {
        let at: Vec<String> = places.iter().filter_map(|place| sizes.at.get(*place)).map(ToString::to_string).collect();
        lines.push(format!("round {round}: {}", at.join(" ")));
    }
    lines.join("\n")
}

fn length(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// The default service; its bare name where this program's own place is not known.
fn beside() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.parent()
        .map(|folder| folder.join(SERVICE))
        .filter(|program| program.is_file())
        .unwrap_or_else(|| SERVICE.into())
}

fn no_digest(error: serde_json::Error) -> Error {
    Error::Load {
        what: format!("the scenario's plan cannot be written as JSON: {error}"),
        hint: "this is a fault of this program: please report it with the scenario".into(),
    }
}
