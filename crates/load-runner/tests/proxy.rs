//! `load-runner proxy`, as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Far more than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program, ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
    command.arg("proxy").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end, where it refuses its arguments.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = program(arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A server that answers each four bytes with the same.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    address
}

fn exchange(address: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"word")?;
    stream.read_exact(&mut [0; 4])
}

fn post(address: &str, path: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

fn until(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it never happened");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn relays_is_cut_and_healed_from_outside_and_ends_when_asked() {
    let to = echo().to_string();
    let started = program(&["--to", &to, "--delay", "20 ms", "--loss", "1 %", "--control", "127.0.0.1:0"]).spawn();
    let mut running = Running(started.unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.next().unwrap().strip_prefix("listening ").unwrap().to_owned();
    let control = lines.next().unwrap().strip_prefix("control http://").unwrap().to_owned();
    let begun = Instant::now();
    exchange(&address).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(20));
    post(&control, "/cut");
    until(|| exchange(&address).is_err());
    post(&control, "/heal");
    until(|| exchange(&address).is_ok());
    let pid = Pid::from_raw(i32::try_from(running.0.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn nothing_but_loopback_is_relayed_to_or_listened_on_unless_permitted() {
    for arguments in [
        ["--to", "192.0.2.1:80", "--listen", "127.0.0.1:0"],
        ["--to", "127.0.0.1:80", "--listen", "0.0.0.0:0"],
        ["--to", "127.0.0.1:80", "--control", "0.0.0.0:0"],
    ] {
        let (exit, text) = refused(&arguments);
        assert_eq!(exit, Some(2), "{text}");
        assert!(text.contains("CBKB101") && text.contains("--allow-remote"), "{text}");
    }
}

#[test]
fn amounts_without_a_unit_are_refused() {
    for (flag, value) in
        [("--delay", "80"), ("--delay", "80 MB"), ("--loss", "0.1"), ("--loss", "60 %"), ("--delay", "2 min")]
    {
        let (exit, text) = refused(&["--to", "127.0.0.1:80", flag, value]);
        assert_eq!(exit, Some(2), "{flag} {value}: {text}");
        assert!(text.contains("CBKB101") && text.contains(flag), "{flag} {value}: {text}");
    }
}
