//! The flags of `compare` and `detect`.

use std::path::PathBuf;

use bench_model::{Quantity, Unit};
use clap::{Args, ValueEnum};

const COMPARE_HELP: &str = r#"Examples:
  echo '{"baseline":[10,10.1,9.9,10,10.1],"candidate":[11,11.1,11,11.2,11]}' |
    slo-validator compare
  paste old-times.txt new-times.txt |
    slo-validator compare --paired --min-effect "2 %"

Input, by --input or by how it looks:
  jsonl    {"id","baseline":[[samples of a run],...],"candidate":[[...],...],
           "paired":bool,"higher_is_better":bool}
           A number in place of a list is a run of one sample; null and "NaN"
           are missing; id, paired and higher_is_better may be left out.
  csv      A header with side (baseline or candidate) and value, and perhaps
           id, run, paired, higher_is_better. Rows of one id, side and run
           are samples of one run; without run, each row is a run.
  columns  Two numbers per line: run i of the baseline and of the candidate.

Output, JSON Lines whatever --format says, in the order of the input:
  {"id","verdict":"regressed|improved|unchanged|inconclusive","change",
   "ci":[low,high],"p","runs":[n,m],"why","more_runs"}
  change is candidate / baseline - 1, ci its 95 % interval; more_runs is how
  many further runs of each side would settle it. A bad line is answered by
  {"line","error"}, and the exit is 2 at the end."#;

const DETECT_HELP: &str = r#"Examples:
  echo '{"values":[10,10.1,9.9,10,10.1,10,12,12.1,11.9,12,12.1,12]}' |
    slo-validator detect
  cut -d' ' -f2 nightly.log |
    slo-validator detect --higher-is-better

Input, by --input or by how it looks:
  jsonl    {"id","values":[oldest first,...],"higher_is_better":bool,
           "groups":[machine of each value,...],"commits":[...]}
           null and "NaN" are missing; all but values may be left out.
  csv      A header with id and value: rows of one id are one history. Or
           else every column of numbers is a history by its name. Columns
           named group (or machine) and commit belong to the values.
  columns  One number per line: one history. Two columns: id and value, or
           a label and a value where the first is a number.

Output, JSON Lines whatever --format says, in the order of the input:
  {"id","change_points":[{"index","between":[a,b],"change","ci":[low,high],
   "strength","verdict","commit"},...],"drift","suspect","noise","skipped"}
  index is the first value of the new level, from 0; change is new / old - 1.
  A bad line is answered by {"line","error"}, and the exit is 2 at the end."#;

#[derive(Debug, Args)]
#[command(after_help = COMPARE_HELP)]
pub(crate) struct CompareArgs {
    /// The least change that counts as regressed or improved
    #[arg(long, value_name = "RATIO", default_value = "0 %", value_parser = ratio)]
    pub(super) min_effect: f64,
    /// The change that is as good as none: `unchanged` when the 95 % interval lies inside [default: 3 %, or the
    /// --min-effect where that is larger]
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub(super) margin: Option<f64>,
    /// The confidence of a verdict: the interval of this level has to exclude zero
    #[arg(long, value_name = "LEVEL", default_value = "0.99", value_parser = level)]
    pub(super) confidence: f64,
    /// Runs of both sides were measured in turns, so that run i of one belongs to run i of the other; for lines that
    /// do not say
    #[arg(long)]
    pub(super) paired: bool,
    #[command(flatten)]
    pub(super) stream: StreamArgs,
}

#[derive(Debug, Args)]
#[command(after_help = DETECT_HELP)]
pub(crate) struct DetectArgs {
    #[command(flatten)]
    pub(super) stream: StreamArgs,
}

/// What both verbs understand.
#[derive(Debug, Args)]
pub(super) struct StreamArgs {
    /// The data (- is standard input)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(super) file: PathBuf,
    /// The shape of the input
    #[arg(long, value_enum, default_value_t = Input::Auto)]
    pub(super) input: Input,
    /// Stop at the first bad line, instead of answering it with an error and going on
    #[arg(long)]
    pub(super) strict: bool,
    /// A larger value is better; for lines that do not say
    #[arg(long)]
    pub(super) higher_is_better: bool,
}

/// The shape of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Input {
    /// jsonl where a line starts with {, else csv where the first line has a comma, else columns
    Auto,
    /// One JSON object per line; read and answered as it comes
    Jsonl,
    /// A table with a header, separated by commas; read whole
    Csv,
    /// Columns separated by white space; read whole
    Columns,
}

/// A ratio, from `3 %`, `3%`, `0.03 ratio` or `0.03`. A bare number from 1 on is refused: it could mean percents.
fn ratio(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(bare) if (0.0..1.0).contains(&bare) => Ok(bare + 0.0),
        Ok(bare) if bare >= 1.0 => Err(format!("`{text}` could be percents or a ratio; write \"{text} %\"")),
        Ok(_) => Err(format!("`{text}` is not from 0 up; write it as \"3 %\" or 0.03")),
        Err(_) => Quantity::parse_as(text, Unit::Ratio).map(|quantity| quantity.value).map_err(|e| e.to_string()),
    }
}

/// A level of confidence between 50 % and 100 %, both excluded.
fn level(text: &str) -> Result<f64, String> {
    let level = ratio(text)?;
    if level > 0.5 && level < 1.0 {
        Ok(level)
    } else {
        Err(format!("`{text}` is not between 50 % and 100 %; write it as \"99 %\" or 0.99"))
    }
}
