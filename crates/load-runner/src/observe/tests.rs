//! Watching real processes and real sockets.
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bench_model::load::Source;

use super::*;
use crate::scenario::ScrapeExpression;

/// A shell that does something at each line it is told. Ended with the test.
struct Shell(Child);

impl Shell {
    fn start(script: &str) -> Self {
        let mut command = Command::new("sh");
        Self(command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// Tells it to go on, and waits until it says that it did.
    fn step(&mut self) {
        writeln!(self.0.stdin.as_mut().unwrap(), "go").unwrap();
        let mut line = Vec::new();
        let mut out = self.0.stdout.as_mut().unwrap();
        // Unbuffered, so that nothing of the next answer is lost.
        let mut byte = [0; 1];
        while std::io::Read::read(&mut out, &mut byte).unwrap() == 1 && byte != [b'\n'] {
            line.extend(byte);
        }
        assert_eq!(line, b"done");
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A server that gives each request the next answer, the last one for ever.
fn serve(answers: Vec<String>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let served = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut head = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while head.read_line(&mut line).is_ok_and(|length| length > 2) {
                line.clear();
            }
            let number = served.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            drop((&stream).write_all(answers.get(number).unwrap().as_bytes()));
        }
    });
    (address, count)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn sample(name: &str, text: &str) -> Scrape {
    Scrape { name: name.into(), expression: ScrapeExpression::Sample(text.into()) }
}

fn hourly() -> ObserveOptions {
    ObserveOptions { interval: Duration::from_secs(3600), ..ObserveOptions::default() }
}

/// Waits for something that will happen.
fn until(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The readings of the service.
fn of_service(seen: &Observed) -> Vec<Usage> {
    seen.usage.iter().filter(|usage| usage.of == Source::Service).cloned().collect()
}

#[test]
fn a_real_process_shows_its_memory_and_its_time() {
    // At each step: about 20 MB more held, and some time spent.
    let grow = "x=aaaaaaaaaaaaaaaa; while read line; do i=0; while [ $i -lt 20 ]; do x=$x$x; i=$((i + 1)); done; y=$y$x; x=aaaaaaaaaaaaaaaa; echo done; done";
    let mut shell = Shell::start(grow);
    shell.step();
    let root = Root::new(Path::new("/"));
    let mut sampler = Sampler::new(
        root.clone(),
        Some(Service::Process(Tree::find(&root, &[shell.0.id()]).unwrap())),
        std::process::id(),
    );
    let at = |seconds: f64| bench_model::Finite::try_from(seconds).unwrap();
    let first = sampler.sample(at(0.0)).remove(0);
    for _ in 0..3 {
        shell.step();
    }
    let second = sampler.sample(at(1.0)).remove(0);
    assert_eq!((first.of, first.cpu, first.restarts), (Source::Service, None, Some(0)));
    assert!(second.memory.unwrap() > first.memory.unwrap() + (30 << 20), "{first:?} {second:?}");
    assert!(second.cpu.unwrap().get() > 0.0);
    // Standard input, output and error at least; one thread; a network namespace.
    assert!(first.descriptors.unwrap() >= 3);
    assert_eq!(first.threads, Some(1));
    assert!(second.received.is_some() && second.transmitted.is_some());
}

#[test]
fn children_of_the_service_count_until_they_end() {
    let mut shell =
        Shell::start("read line; sleep 1000 & echo done; read line; kill $!; wait $!; echo done; read line");
    let root = Root::new(Path::new("/"));
    let mut tree = Tree::find(&root, &[shell.0.id()]).unwrap();
    let mut threads = || tree.read(&root).unwrap().threads;
    assert_eq!(threads(), Some(1));
    shell.step();
    assert_eq!(threads(), Some(2));
    shell.step();
    assert_eq!(threads(), Some(1));
}

#[test]
fn a_service_that_ends_is_told_and_is_not_zero() {
    let mut shell = Shell::start("read line");
    let options = ObserveOptions {
        service_pids: vec![shell.0.id()],
        interval: Duration::from_millis(1),
        ..ObserveOptions::default()
    };
    let observer = Observer::start(&options, Instant::now()).unwrap();
    drop(shell.0.stdin.take());
    // Ended and not waited for: only its number is left.
    let stat = Root::new(Path::new("/"));
    until(|| bench_host::proc::process(&stat, shell.0.id()).is_none_or(|stat| stat.ended));
    let seen = observer.stop(&[]);
    let last = of_service(&seen).pop().unwrap();
    assert_eq!(last.restarts, Some(1));
    assert_eq!((last.memory, last.cpu, last.threads, last.descriptors, last.received), (None, None, None, None, None));
    assert!(seen.warnings.iter().any(|warning| warning.contains("restarted or ended")), "{:?}", seen.warnings);
    // The others are still there.
    for of in [Source::Generator, Source::Machine] {
        assert!(seen.usage.iter().rev().find(|usage| usage.of == of).unwrap().memory.is_some());
    }
    assert!(seen.usage.is_sorted_by_key(|usage| usage.at_s.get()));
}

#[test]
fn what_cannot_be_watched_is_refused_before_the_load() {
    let refused =
        |options: ObserveOptions| Observer::start(&options, Instant::now()).map(drop).unwrap_err().to_string();
    let cases = [
        (ObserveOptions { service_pids: vec![u32::MAX], ..hourly() }, "no process"),
        (ObserveOptions { container: Some("../x".into()), ..hourly() }, "letters"),
        (ObserveOptions { service_pids: vec![1], container: Some("ab".into()), ..hourly() }, "not both"),
        (ObserveOptions { scrape: Some("metrics".into()), ..hourly() }, "no address"),
        (ObserveOptions { scrape: Some("ftp://127.0.0.1/".into()), ..hourly() }, "no address"),
        (ObserveOptions { scrape: Some("http://me:secret@127.0.0.1/".into()), ..hourly() }, "credentials"),
        (ObserveOptions { prometheus: Some(("http://127.0.0.1/?x".into(), Vec::new())), ..hourly() }, "before any"),
        (
            ObserveOptions { scrape: Some("http://127.0.0.1/".into()), samples: vec![sample("x", "a b")], ..hourly() },
            "selects no sample",
        ),
    ];
    for (options, expected) in cases {
        let error = refused(options);
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
    }
}

#[test]
fn metrics_become_gauges_over_time() {
    let scrape = |hits: u32| ok(&format!("# TYPE hits counter\nhits {hits}\n# TYPE depth gauge\ndepth {}\n", hits / 2));
    let (address, count) = serve(vec![scrape(10), scrape(20)]);
    let options = ObserveOptions {
        scrape: Some(format!("http://{address}/metrics")),
        samples: vec![sample("hits", "hits"), sample("depth", "depth"), sample("lost", "lost")],
        ..hourly()
    };
    let observer = Observer::start(&options, Instant::now()).unwrap();
    until(|| count.load(Ordering::SeqCst) == 1);
    let seen = observer.stop(&[]);
    let told: Vec<_> = seen
        .gauges
        .iter()
        .map(|gauge| (gauge.name.as_str(), gauge.counter, gauge.points.iter().map(|(_, value)| value.get()).collect()))
        .collect();
    assert_eq!(told, [("hits", true, vec![10.0, 20.0]), ("depth", false, vec![5.0, 10.0])]);
    assert_eq!(seen.warnings, ["`lost` has no value: 2 scrapes, none of them told lost"]);
}

#[test]
fn scrapes_that_fail_are_counted_and_name_no_host() {
    let (address, count) = serve(vec![ok("up 1\n"), "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".into()]);
    let options = ObserveOptions {
        scrape: Some(format!("http://{address}/metrics")),
        samples: vec![sample("up", "up")],
        ..hourly()
    };
    let observer = Observer::start(&options, Instant::now()).unwrap();
    until(|| count.load(Ordering::SeqCst) == 1);
    let seen = observer.stop(&[]);
    assert_eq!(seen.gauges.first().unwrap().points.len(), 1);
    let expected = "the service's metrics: 1 of 2 readings failed, the first because the answer was 503";
    assert_eq!(seen.warnings, [expected]);
}

#[test]
fn an_answer_without_end_is_given_up() {
    // Bytes without end at any speed: the limit on time or on length ends it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
            while stream.write_all(&[b'a'; 1 << 16]).is_ok() {}
        }
    });
    let fetcher = fetch::Fetcher::new(Duration::from_secs(60));
    assert_eq!(fetcher.get(&format!("http://{address}/")), Err(fetch::NoAnswer::Large));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let fetcher = fetch::Fetcher::new(Duration::from_millis(50));
    let answer = fetcher.get(&format!("http://{}/", silent.local_addr().unwrap()));
    assert_eq!(answer, Err(fetch::NoAnswer::Timeout));
}

#[test]
fn a_redirect_is_no_answer_and_is_not_followed() {
    let (elsewhere, followed) = serve(vec![ok("up 1\n")]);
    let (address, _) =
        serve(vec![format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n")]);
    let (status, _) = fetch::Fetcher::new(Duration::from_secs(60)).get(&format!("http://{address}/")).unwrap();
    assert_eq!((status, followed.load(Ordering::SeqCst)), (302, 0));
}

#[test]
fn a_prometheus_server_answers_queries() {
    let vector =
        |inside: &str| ok(&format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{inside}]}}}}"#));
    let one = r#"{"metric":{},"value":[1,"0.5"]}"#;
    // Two queries, two looks: 0.5 and nothing, then 0.5 and two series.
    let (address, count) = serve(vec![vector(one), vector(""), vector(one), vector(&format!("{one},{one}"))]);
    let queries = vec![("pool".to_owned(), "avg(pool{a=\"b\"})".to_owned()), ("lost".to_owned(), "lost".to_owned())];
    let options = ObserveOptions { prometheus: Some((format!("http://{address}"), queries)), ..hourly() };
    let observer = Observer::start(&options, Instant::now()).unwrap();
    until(|| count.load(Ordering::SeqCst) == 2);
    let seen = observer.stop(&[]);
    let [gauge] = seen.gauges.as_slice() else { panic!("{seen:?}") };
    assert_eq!((gauge.name.as_str(), gauge.from.as_str(), gauge.points.len()), ("pool", "avg(pool{a=\"b\"})", 2));
    assert_eq!(
        seen.warnings,
        ["`lost`: 1 of 2 readings failed, the first because 2 series answer it; make them one, as with sum(…)"]
    );
}
