//! A TCP relay that adds what a network adds: delay, late chunks, and cuts. Each proxy has a thread of its own.
//!
//! Owns: relaying, its control port. Must not know: what is relayed, or who asks for a cut.

mod control;
mod late;
mod port;
mod relay;
mod together;

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Error;
use crate::scenario::Region;
use late::Late;
use port::Port;
use relay::Path;
use together::{First, first};

/// What a proxy does to what it relays.
#[derive(Debug, Clone)]
pub(crate) struct ProxyOptions {
    /// Where it listens; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Where it relays to.
    pub(crate) to: SocketAddr,
    /// What is added to the round trip, half of it in each direction.
    pub(crate) delay: Duration,
    /// The share of chunks that are lost and arrive late, 0 to [`MOST_LOSS`].
    pub(crate) loss: f64,
    /// The seed of which chunks these are.
    pub(crate) seed: u64,
    /// Where `POST /cut` and `POST /heal` are taken, if anywhere.
    pub(crate) control: Option<SocketAddr>,
}

/// The largest share of chunks that may be lost.
pub(crate) const MOST_LOSS: f64 = 0.5;

/// How a path is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Connections are reset, new ones refused: the machine is there, the service is not.
    Refuse,
    /// Nothing moves, and nothing is told: the network is gone. What was sent meanwhile arrives after healing, as with TCP.
    BlackHole,
}

/// What the path is like now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Cut(Cut),
    /// The proxy ends.
    Ended,
}

/// A running proxy. Ends, with its connections, when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    control: Option<SocketAddr>,
    state: watch::Sender<State>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts one.
    ///
    /// # Errors
    /// An address cannot be listened on, or the loss is no share up to [`MOST_LOSS`].
    pub(crate) fn start(options: &ProxyOptions) -> Result<Self, Error> {
        if !(0.0..=MOST_LOSS).contains(&options.loss) {
            return Err(Error::Flag { flag: "loss", reason: format!("{} is not between 0 % and 50 %", options.loss) });
        }
        let (state, states) = watch::channel(State::Open);
        let (ready, is_ready) = mpsc::sync_channel(1);
        let (options, controlled) = (options.clone(), state.clone());
        let started = std::thread::Builder::new().name("proxy".into()).spawn(move || {
            let outcome = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .and_then(|runtime| runtime.block_on(run(&options, states, controlled, &ready)));
            if let Err(error) = outcome {
                drop(ready.send(Err(error)));
            }
        });
        let failed = |error: io::Error| Error::Load {
            what: format!("the proxy could not be started: {error}"),
            hint: "listen on a free port of this machine, such as 127.0.0.1:0".into(),
        };
        let thread = started.map_err(failed)?;
        let bound = is_ready.recv().unwrap_or_else(|_| Err(io::Error::other("its thread ended")));
        let (address, control) = bound.map_err(failed)?;
        Ok(Self { address, control, state, thread: Some(thread) })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is controlled, when it is.
    pub(crate) const fn control(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Cuts the path; one that is cut already is cut in the new way.
    pub(crate) fn cut(&self, how: Cut) {
        self.state.send_replace(State::Cut(how));
    }

    /// Heals the path.
    pub(crate) fn heal(&self) {
        self.state.send_replace(State::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.send_replace(State::Ended);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

type Bound = io::Result<(SocketAddr, Option<SocketAddr>)>;

/// Binds, says where, and serves until the end.
async fn run(
    options: &ProxyOptions,
    mut states: watch::Receiver<State>,
    state: watch::Sender<State>,
    ready: &mpsc::SyncSender<Bound>,
) -> io::Result<()> {
    let port = Port::reserve(options.listen)?;
    let mut listener = Some(port.listen()?);
    let control = match options.control {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let control_address = control.as_ref().map(TcpListener::local_addr).transpose()?;
    drop(ready.send(Ok((port.address(), control_address))));
    if let Some(control) = control {
        tokio::spawn(control::serve(control, state));
    }
    let (up, mut connections) = (options.delay / 2, 0_u64);
    loop {
        let now = *states.borrow_and_update();
        match now {
            State::Ended => return Ok(()),
            State::Cut(Cut::Refuse) => listener = None,
            // The system still takes connections while nobody accepts them: they hang.
            State::Cut(Cut::BlackHole) => {}
            State::Open if listener.is_none() => listener = Some(port.listen()?),
            State::Open => {}
        }
        let accepting = listener.as_ref().filter(|_| now == State::Open);
        let accepted = match accepting {
            Some(listener) => first(listener.accept(), states.changed()).await,
            None => First::Second(states.changed().await),
        };
        match accepted {
            First::First(Ok((client, _))) => {
                let path = |direction, delay| Path {
                    delay,
                    late: Late::new(options.loss, options.delay, options.seed, connections, direction),
                    states: states.clone(),
                };
                let paths = (path(0, up), path(1, options.delay - up));
                tokio::spawn(relay::connection(client, options.to, paths, states.clone()));
                connections += 1;
            }
            // Out of descriptors, say: those in use will be given back.
            First::First(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
            First::Second(Ok(())) => {}
            First::Second(Err(_)) => return Ok(()),
        }
    }
}

/// One proxy for each region.
#[derive(Debug)]
pub(crate) struct Regions(Vec<(String, Proxy)>);

impl Regions {
    /// Starts them, each on a free port of 127.0.0.1. A region without delay gets one, too: what the proxy costs is the same for all.
    ///
    /// # Errors
    /// As [`Proxy::start`].
    pub(crate) fn start(regions: &[Region], to: SocketAddr, seed: u64) -> Result<Self, Error> {
        let proxy = |(number, region): (u64, &Region)| {
            let (delay, loss, seed) = (region.delay, region.loss, seed.wrapping_add(number));
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            let proxy = Proxy::start(&ProxyOptions { listen, to, delay, loss, seed, control: None })?;
            Ok((region.name.clone(), proxy))
        };
        (0..).zip(regions).map(proxy).collect::<Result<_, Error>>().map(Self)
    }

    /// Regions and where each is reached, in the scenario's order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.0.iter().map(|(name, proxy)| (name.as_str(), proxy.address()))
    }
}

#[cfg(test)]
mod tests;
