//! nginx with one worker on the last processor, where it is installed: the server that load tools are compared against elsewhere.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends with its owner.
pub(crate) struct Nginx {
    pub(crate) url: String,
    child: Child,
}

impl Nginx {
    /// `None` where it is not installed.
    pub(crate) fn start(work: &Path) -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let folder = work.join("nginx");
        std::fs::create_dir_all(folder.join("www"))?;
        // The size of the page that nginx comes with.
        std::fs::write(folder.join("www/index.html"), "x".repeat(612))?;
        // Free a moment ago; nothing else here asks for ports.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let root = folder.display();
        let text = format!(
            "worker_processes 1;\ndaemon off;\nmaster_process off;\npid {root}/pid;\nerror_log stderr;\nevents {{ worker_connections 4096; }}\n\
             http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {root}/b; proxy_temp_path {root}/p; \
             fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
             server {{ listen 127.0.0.1:{port}; root {root}/www; }} }}\n"
        );
        let config = folder.join("nginx.conf");
        std::fs::write(&config, text)?;
        let started = Command::new("taskset")
            .args(["-c", &super::server::processor(), "nginx", "-c"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else { return Ok(None) };
        for _ in 0..100 {
            if child.try_wait()?.is_some() {
                return Ok(None);
            }
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Some(Self { url: format!("http://127.0.0.1:{port}"), child }));
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        drop(child.kill());
        Ok(None)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
