//! `export`: every value of a ledger, for spreadsheets and programs.
//! Must not know: how lines are checked.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::file::{FileError, write_with};
use bench_model::ledger::ReadLedger;
use bench_model::time::Month;
use bench_model::{Exit, MetricName};
use clap::Args;

use super::audit::month;
use crate::export::{ExportAs, Wanted};
use crate::{Error, export_historical_metrics};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The ledger's lines: a file as `baseline-manager export` writes it, a folder of segments, or `-`
    #[arg(long, value_name = "PATH")]
    ledger: PathBuf,
    /// One metric, by its full name [default: all]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<MetricName>)]
    metric: Option<MetricName>,
    /// The first month [default: the ledger's]
    #[arg(long, value_name = "MONTH", value_parser = month)]
    from: Option<Month>,
    /// The last month [default: the ledger's]
    #[arg(long, value_name = "MONTH", value_parser = month)]
    to: Option<Month>,
    /// How
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    form: ExportAs,
    /// Where to, or `-`
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

pub(crate) fn export(args: &ExportArgs, context: &Context) -> Result<Exit, Error> {
    let ExportArgs { ledger, metric, from, to, form, out } = args;
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Error::Flag { flag: "to", reason: format!("{to} lies before {from}: a period ends with --to") });
    }
    let wanted = Wanted { metric: metric.clone(), first: *from, last: *to };
    let (mut read, mut values) = (None, 0);
    let mut fill = |sink: &mut dyn Write| -> io::Result<()> {
        let mut sink = BufWriter::with_capacity(1 << 16, sink);
        let (result, written) = export_historical_metrics(ledger, &wanted, *form, &mut sink)?;
        // A file is only replaced when the ledger could be read.
        let unread = result.is_err().then(|| io::Error::other("the ledger cannot be read"));
        (read, values) = (Some(result), written);
        unread.map_or_else(|| sink.flush(), Err)
    };
    let filled = if out == Path::new("-") {
        fill(&mut io::stdout().lock()).map_err(|source| FileError::Write { path: out.clone(), source })
    } else {
        write_with(out, fill)
    };
    let read: Option<ReadLedger> = read.transpose()?;
    filled?;
    let broken = read.and_then(|read| read.broken);
    if let Some(metric) = metric
        && values == 0
    {
        context.warn(format!("the ledger holds no value of `{}` there", bench_cli::printable(metric.as_str())));
    }
    match broken {
        Some(broken) => {
            context.report(&broken.diagnostic());
            Ok(Exit::No)
        }
        None => Ok(Exit::Done),
    }
}
