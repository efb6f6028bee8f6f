//! Services that tests talk to, started for a test run and ended with it: PostgreSQL and Redis from Debian. Each on a free loopback port, with
//! its data in a folder that goes with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::tools;
use crate::process::{Failed, command, status};

/// A service, ended with its owner.
pub(super) struct Service {
    child: Child,
    /// How clients name it.
    pub(super) url: String,
    /// Where its data is.
    data: Option<tempfile::TempDir>,
}

impl Drop for Service {
    fn drop(&mut self) {
        // PostgreSQL ends its own processes on this one, and on none that it cannot see.
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // One that has ended already needs no signal.
            rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap_or_default();
        }
        drop(self.child.wait());
        drop(self.data.take());
    }
}

/// Redis, or `None` where it cannot be installed.
pub(super) fn redis() -> Result<Option<Service>, Failed> {
    if !tools::debian("redis-server", "redis-server")? {
        return Ok(None);
    }
    let port = free_port();
    let mut server = command("redis-server", &["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
    let child = server.arg(port.to_string()).stdout(Stdio::null()).spawn();
    let url = format!("redis://127.0.0.1:{port}/");
    Ok(child.ok().map(|child| Service { child, url, data: None }).filter(|_| listens(port)))
}

/// PostgreSQL with an empty database, or `None` where it cannot be installed.
pub(super) fn postgres() -> Result<Option<Service>, Failed> {
    if programs().is_none() {
        tools::debian("pg_ctlcluster", "postgresql")?;
    }
    let Some(programs) = programs() else { return Ok(None) };
    // Its own user must be able to reach it, which is not said of the folder of a checkout.
    let Ok(data) = tempfile::Builder::new().prefix("perfledger-postgres-").tempdir() else { return Ok(None) };
    let folder = data.path().to_path_buf();
    // It refuses to run as root, and its package comes with a user.
    let owner = "postgres";
    let is_root = rustix::process::getuid().is_root();
    if is_root && status(&mut command("chown", &[owner, &folder.display().to_string()]))? != 0 {
        return Ok(None);
    }
    let as_owner = |program: &str| {
        let path = programs.join(program);
        if is_root {
            let mut call = command("setpriv", &["--reuid", owner, "--regid", owner, "--clear-groups", "--"]);
            call.arg(path);
            call
        } else {
            Command::new(path)
        }
    };
    let mut make = as_owner("initdb");
    make.args(["--auth=trust", "--username=perfledger", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
    if status(make.arg(&folder).current_dir("/").stdout(Stdio::null()))? != 0 {
        return Ok(None);
    }
    let port = free_port();
    let mut server = as_owner("postgres");
    server.arg("-D").arg(&folder).args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c"]);
    server.arg(format!("unix_socket_directories={}", folder.display())).args(["-p", &port.to_string()]);
    let child = server.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let url = format!("postgres://perfledger@127.0.0.1:{port}/postgres");
    let data = Some(data);
    Ok(child.ok().map(|child| Service { child, url, data }).filter(|_| listens(port)))
}

/// Debian keeps each version's programs in a folder of their own.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
    versions.filter(|bin| bin.join("initdb").is_file()).max()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_or(0, |address| address.port())
}

/// Whether something listens there, after up to half a minute.
fn listens(port: u16) -> bool {
    (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    })
}
