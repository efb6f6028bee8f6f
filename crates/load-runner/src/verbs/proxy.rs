//! `load-runner proxy`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use bench_cli::{Context, Interrupt};
use bench_model::{Exit, Quantity, Unit};
use clap::Args;

use crate::Error;
use crate::proxy::{Proxy, ProxyOptions};

/// How often the wish to stop is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The arguments of `proxy`.
#[derive(Debug, Args)]
pub(crate) struct ProxyArgs {
    /// Where to relay to
    #[arg(long, value_name = "HOST:PORT")]
    to: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// What to add to the round trip, half in each direction, such as "80 ms"
    #[arg(long, value_name = "TIME")]
    delay: Option<String>,
    /// The share of chunks that are lost and arrive late, such as "1 %"
    #[arg(long, value_name = "SHARE")]
    loss: Option<String>,
    /// The seed of which chunks are lost
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Where to take POST /cut, POST /cut?how=black-hole and POST /heal
    #[arg(long, value_name = "HOST:PORT")]
    control: Option<String>,
    /// Permit addresses that are not this machine's loopback
    #[arg(long)]
    allow_remote: bool,
}

/// Runs the verb.
pub(crate) fn proxy(args: &ProxyArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let options = options(args)?;
    let interrupt = Interrupt::install();
    let proxy = Proxy::start(&options)?;
    let mut lines = format!("listening {}\n", proxy.address());
    if let Some(control) = proxy.control() {
        lines.push_str(&format!("control http://{control}\n"));
    }
    context.print(lines)?;
    while !interrupt.is_set() {
        std::thread::sleep(LOOK);
    }
    Ok(Exit::Done)
}

fn options(args: &ProxyArgs) -> Result<ProxyOptions, Error> {
    let address = |flag, text: &str| address(flag, text, args.allow_remote);
    let amount = |flag: &'static str, text: &Option<String>, unit| match text {
        Some(text) => Quantity::parse_as(text, unit)
            .map(|quantity| quantity.value)
            .map_err(|error| Error::Flag { flag, reason: error.to_string() }),
        None => Ok(0.0),
    };
    let delay = amount("delay", &args.delay, Unit::Nanoseconds)?;
    if delay > 60e9 {
        return Err(Error::Flag { flag: "delay", reason: "more than a minute is no network".into() });
    }
    Ok(ProxyOptions {
        listen: address("listen", &args.listen)?,
        to: address("to", &args.to)?,
        delay: Duration::from_nanos(delay as u64),
        loss: amount("loss", &args.loss, Unit::Ratio)?,
        seed: args.seed,
        control: args.control.as_deref().map(|text| address("control", text)).transpose()?,
    })
}

/// The first address of a host and port, which must be loopback unless remote ones are permitted.
fn address(flag: &'static str, text: &str, allow_remote: bool) -> Result<SocketAddr, Error> {
    let refuse = |reason: String| Error::Flag { flag, reason };
    let mut addresses = text.to_socket_addrs().map_err(|error| refuse(format!("`{text}`: {error}")))?;
    let address = addresses.next().ok_or_else(|| refuse(format!("`{text}` has no address")))?;
    if !allow_remote && !address.ip().is_loopback() {
        return Err(refuse(format!("`{text}` is not on this machine's loopback; --allow-remote permits it")));
    }
    Ok(address)
}
