//! A server on loopback that answers everything alike, notes when each request arrived, and stands still when told to.
//! One thread for each connection: it has to be steady, not fast.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// When it stands still: for `lasts` seconds at the end of every `every`, beginning with the first request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stall {
    pub(crate) every: f64,
    pub(crate) lasts: f64,
}

/// Ends with its owner.
pub(crate) struct Server {
    pub(crate) url: String,
    arrivals: Arc<Mutex<Vec<f64>>>,
    over: Arc<AtomicBool>,
    address: std::net::SocketAddr,
}

impl Server {
    pub(crate) fn start(stall: Option<Stall>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&arrivals), Arc::clone(&over));
        std::thread::spawn(move || {
            keep_to(&processor());
            let first: Arc<Mutex<Option<Instant>>> = Arc::default();
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let (arrivals, first) = (Arc::clone(&shared), Arc::clone(&first));
                std::thread::spawn(move || drop(serve(stream, &arrivals, &first, stall)));
            }
        });
        Ok(Self { url: format!("http://{address}"), arrivals, over, address })
    }

    /// When requests arrived, in seconds since the first, ascending.
    pub(crate) fn arrivals(&self) -> Vec<f64> {
        let mut arrivals = self.arrivals.lock().map(|arrivals| arrivals.clone()).unwrap_or_default();
        arrivals.sort_by(f64::total_cmp);
        arrivals
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

/// The last processor: where servers run.
pub(crate) fn processor() -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (processors - 1).to_string()
}

/// The calling thread, and those that it will start, keep to a processor from here on, where the system can do that.
fn keep_to(processor: &str) {
    let thread = std::fs::read_link("/proc/thread-self");
    if let Some(thread) = thread.as_deref().ok().and_then(Path::file_name) {
        let _ = Command::new("taskset").args(["-cp", processor]).arg(thread).stdout(Stdio::null()).status();
    }
}

fn serve(
    stream: TcpStream,
    arrivals: &Mutex<Vec<f64>>,
    first: &Mutex<Option<Instant>>,
    stall: Option<Stall>,
) -> std::io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok";
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while request(&mut reader)? {
        let now = Instant::now();
        let began = match first.lock() {
            Ok(mut first) => *first.get_or_insert(now),
            Err(_) => now,
        };
        let at = now.saturating_duration_since(began).as_secs_f64();
        if let Ok(mut arrivals) = arrivals.lock() {
            arrivals.push(at);
        }
        if let Some(stall) = stall {
            let into = at % stall.every;
            let begins = stall.every - stall.lasts;
            if into >= begins {
                std::thread::sleep(Duration::from_secs_f64(stall.every - into));
            }
        }
        writer.write_all(ANSWER)?;
    }
    Ok(())
}

/// Reads up to the end of a request's head; `false` when the connection ended. Requests here have no bodies.
fn request(reader: &mut impl Read) -> std::io::Result<bool> {
    let mut last = [0_u8; 4];
    let mut byte = [0_u8];
    loop {
        if reader.read(&mut byte)? == 0 {
            return Ok(false);
        }
        last.rotate_left(1);
        if let (Some(end), [byte]) = (last.last_mut(), byte) {
            *end = byte;
        }
        if &last == b"\r\n\r\n" {
            return Ok(true);
        }
    }
}
