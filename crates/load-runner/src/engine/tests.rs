//! The whole engine against services that behave in known ways. Nothing here depends on how fast the machine is: counts are exact, and
//! latencies are held against what the service made them last at least.

mod server;

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use bench_model::load::{Distribution, Quantile};

use super::*;
use crate::scenario::Overrides;
use server::{Behaviour, Service};

/// A scenario with one request, `GET /`, and further lines.
fn scenario(base_url: &str, connections: u32, phases: &str, top: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.toml");
    let mut text =
        format!("description = \"A test\"\nbase_url = \"{base_url}\"\nconnections = {connections}\n{top}\n{phases}\n");
    if !top.contains("[[request]]") {
        write!(text, "[[request]]\nname = \"root\"\nget = \"/\"\n").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    Scenario::read(&path, &Overrides { set: Vec::new(), time_scale: 1.0, variable: &|_| None }).unwrap()
}

fn open(rate: u32, ms: u32) -> String {
    format!("[[phase]]\nname = \"steady\"\nduration = \"{ms} ms\"\nrate = \"{rate} req/s\"\n")
}

fn closed(users: u32, ms: u32, more: &str) -> String {
    format!("[[phase]]\nname = \"steady\"\nduration = \"{ms} ms\"\nusers = {users}\n{more}\n")
}

fn engine(scenario: Scenario, threads: usize) -> Engine {
    let permit = Permit { remote: false, insecure: scenario.base_url.starts_with("https") };
    let target = Arc::new(Target::new(&scenario.base_url, scenario.protocol, permit).unwrap());
    let exchanges = Exchanges::new(&scenario, 1, Default::default()).unwrap();
    Engine { scenario, exchanges, targets: vec![target], seed: 1, threads, interrupt: Interrupt::default() }
}

fn run(engine: Engine) -> Outcome {
    engine.run(Box::new(|_| ()), |_| Ok(()), |_| ()).unwrap()
}

fn only(outcome: &Outcome) -> &Series {
    assert_eq!(outcome.series.len(), 1);
    outcome.series.first().unwrap()
}

fn percentile(series: &Series, percent: f64) -> Quantile {
    series.latency.as_ref().unwrap().percentile(percent, series.open.as_ref()).unwrap()
}

/// What must add up in every run.
fn adds_up(outcome: &Outcome) {
    for series in &outcome.series {
        let unanswered: u64 = series
            .errors
            .iter()
            .filter(|(kind, _)| !["status", "check", "too_large"].contains(&kind.as_str()))
            .map(|(_, n)| n)
            .sum();
        assert_eq!(series.sent, series.completed + unanswered + series.in_flight, "{series:?}");
        if let Some(offered) = series.offered {
            assert_eq!(offered, series.sent + series.unsent);
            assert_eq!(series.lag.as_ref().map_or(0, |lag| lag.count()), series.sent);
        }
        assert_eq!(series.latency.as_ref().and_then(Distribution::count).unwrap_or(0), series.completed);
        let open = series.unsent + series.in_flight + series.errors.get("timeout").unwrap_or(&0);
        assert_eq!(series.open.as_ref().map_or(0, |open| open.count()), open);
    }
    let series = |figure: fn(&Series) -> u64| outcome.series.iter().map(figure).sum::<u64>();
    let windows = |figure: fn(&Window) -> u64| outcome.windows.iter().map(figure).sum::<u64>();
    assert_eq!(windows(|window| window.sent), series(|series| series.sent));
    assert_eq!(windows(|window| window.completed), series(|series| series.completed));
    assert_eq!(windows(|window| window.failed), series(|series| series.failed));
    assert_eq!(windows(|window| window.offered.unwrap_or(0)), series(|series| series.offered.unwrap_or(0)));
}

#[test]
fn as_many_requests_are_sent_as_the_schedule_says_and_each_is_counted_once() {
    let service = Service::start(Behaviour::default());
    let phases = open(400, 500)
        + "[[phase]]\nname = \"ramp\"\nduration = \"500 ms\"\nrate = { from = \"400 req/s\", to = \"800 req/s\" }\n";
    for threads in [1, 3] {
        let before = service.requests();
        let outcome = run(engine(scenario(&service.base_url("http"), 40, &phases, ""), threads));
        adds_up(&outcome);
        let offered: Vec<_> = outcome.phases.iter().map(|phase| phase.offered.unwrap()).collect();
        assert_eq!(offered, [200, 300]);
        assert_eq!(service.requests() - before, 500);
        let series: Vec<_> =
            outcome.series.iter().map(|series| (series.phase.as_deref().unwrap(), series.completed)).collect();
        assert_eq!(series, [("steady", 200), ("ramp", 300)]);
        assert!(outcome.series.iter().all(|series| series.failed == 0 && series.statuses["200"] == series.sent));
        assert_eq!(outcome.tick_lag.unwrap().count(), 500);
    }
}

#[test]
fn the_parts_of_a_request_and_the_stages_of_the_service_are_told_apart() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(20), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 4, &open(50, 400), ""), 1));
    let series = only(&outcome);
    let least = |name: &str| series.parts[name].min.unwrap();
    assert!(least("first_byte") >= 20_000_000);
    // Opening the connection is no part of it.
    assert!(series.parts["first_byte"].count() == 20);
    assert_eq!(series.parts["connect"].count(), service.seen.connections.load(Ordering::SeqCst));
    // The address is a number, and nothing is encrypted.
    assert!(!series.parts.contains_key("dns") && !series.parts.contains_key("tls"));
    assert_eq!((series.operations["evaluation"].count(), series.operations["evaluation"].min), (20, Some(500_000)));
    assert_eq!(series.received_bytes, Some(20 * 11));
}

#[test]
fn a_stall_of_the_service_is_told_in_full_however_few_connections_there_are() {
    // A third of the time nothing is answered: of the 30 % that were due then, waits are even from 0 to 300 ms.
    let (stall, every) = (Duration::from_millis(300), Duration::from_secs(1));
    for connections in [5, 20, 200] {
        let service = Service::start(Behaviour { stall: Some((stall, every)), ..Behaviour::default() });
        let outcome = run(engine(scenario(&service.base_url("http"), connections, &open(300, 2_000), ""), 1));
        adds_up(&outcome);
        let series = only(&outcome);
        assert_eq!((series.sent, series.completed), (600, 600));
        for (percent, truth) in [(75.0, 50e6), (95.0, 250e6), (99.0, 290e6)] {
            let found = percentile(series, percent).known().unwrap();
            assert!(found >= truth * 0.9, "p{percent} at {connections} connections: {found} instead of {truth}");
        }
        // From the send alone, few connections would hide it.
        if connections == 5 {
            assert!(
                series.service.as_ref().unwrap().percentile(75.0).unwrap() < 50e6 || series.parts.contains_key("queue")
            );
            assert!(series.parts["queue"].max.unwrap() >= 200_000_000);
        }
    }
}

#[test]
fn a_service_that_closes_idle_connections_has_not_failed() {
    let service = Service::closing();
    let outcome = run(engine(scenario(&service.base_url("http"), 4, &open(100, 400), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (40, 0));
    // Each of the four lanes has one connection that was its first.
    assert!((36..=40).contains(&outcome.totals.reconnects), "{}", outcome.totals.reconnects);
}

#[test]
fn a_service_that_works_and_then_closes_without_an_answer_has_failed() {
    let service = Service::crashing(Duration::from_millis(200));
    let phases = closed(1, 600_000, "iterations = 6");
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &phases, ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    // Every second request is the second of its connection.
    assert_eq!((series.completed, series.failed, series.errors.get("closed")), (3, 3, Some(&3)), "{series:?}");
    assert_eq!(outcome.totals.reconnects, 0);
    assert_eq!(service.requests(), 6, "none was sent twice");
}

#[test]
fn a_dead_port_fails_every_request_and_answers_none() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = run(engine(scenario(&format!("http://127.0.0.1:{port}"), 10, &open(100, 300), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.sent, series.completed, series.failed, series.errors["connect"]), (30, 0, 30, 30));
    assert_eq!((&series.latency, &series.open), (&None, &None));
    assert!(outcome.windows.iter().all(|window| window.p95.is_none()));
}

#[test]
fn fast_answers_that_all_fail_are_answered_and_failed() {
    let service = Service::start(Behaviour { status: 503, ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 10, &open(200, 300), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (60, 60));
    assert_eq!((series.statuses["503"], series.errors["status"]), (60, 60));
    let windows: u64 = outcome.windows.iter().filter_map(|window| window.statuses.get("503")).sum();
    assert_eq!(windows, 60);
}

#[test]
fn answers_that_never_come_are_bounded_from_below() {
    let service = Service::start(Behaviour { slow: Duration::from_secs(3_600), ..Behaviour::default() });
    // Ten connections are taken by the first ten requests until those run into the timeout.
    let outcome = run(engine(scenario(&service.base_url("http"), 10, &open(100, 400), "timeout = \"250 ms\""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.offered, series.completed), (Some(40), 0));
    assert!(series.errors["timeout"] >= 10);
    assert!(series.in_flight + series.unsent > 0, "{series:?}");
    let shortest = series.open.as_ref().unwrap().min.unwrap();
    assert!(shortest > 0);
    assert!(series.latency.is_none());
}

#[test]
fn a_timeout_counts_as_at_least_its_length_in_its_window() {
    let service = Service::start(Behaviour { slow: Duration::from_secs(3_600), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 100, &open(50, 200), "timeout = \"100 ms\""), 1));
    adds_up(&outcome);
    let p50 = outcome.windows.iter().find_map(|window| window.p50).unwrap();
    assert!(p50.get() >= 100e6);
}

#[test]
fn a_generator_that_is_kept_from_its_work_says_so() {
    let service = Service::start(Behaviour::default());
    let phases = open(200, 600) + "[[phase]]\nname = \"late\"\nduration = \"400 ms\"\nrate = \"200 req/s\"\n";
    let engine = engine(scenario(&service.base_url("http"), 10, &phases, ""), 1);
    // The sending thread does nothing for 300 ms when the second phase begins.
    let starve: Begins = Box::new(|phase| {
        if phase == 1 {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    let outcome = engine.run(starve, |_| Ok(()), |_| ()).unwrap();
    adds_up(&outcome);
    let late = outcome.series.iter().find(|series| series.phase.as_deref() == Some("late")).unwrap();
    assert_eq!(late.sent, 80, "what is late is sent, not left out");
    assert!(late.lag.as_ref().unwrap().percentile(50.0).unwrap() >= 50e6);
    assert!(percentile(late, 50.0).known().unwrap() >= 50e6, "and its lateness is part of its latency");
    assert!(outcome.tick_lag.unwrap().max.unwrap() >= 290_000_000);
}

#[test]
fn users_wait_for_answers_and_nothing_is_due() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(20), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 5, &closed(5, 400, ""), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    // Five users, each at most one request in 20 ms.
    assert!(series.sent >= 5 && series.sent <= 5 * 20, "{}", series.sent);
    assert_eq!((series.offered, &series.lag, outcome.phases[0].offered), (None, &None, None));
    assert_eq!(outcome.tick_lag, None);
    assert!(outcome.windows.iter().any(|window| window.users == Some(5)));
}

#[test]
fn what_a_user_waits_for_a_connection_is_part_of_its_latency() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(50), ..Behaviour::default() });
    let phases = closed(4, 600_000, "iterations = 16");
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &phases, ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!(series.completed, 16);
    // Four users take turns: but for the first, each waits for the three before it.
    assert!(percentile(series, 90.0).known().unwrap() >= 195e6, "{series:?}");
    assert!(series.service.as_ref().unwrap().min.unwrap() < 195_000_000);
    assert!(series.parts["queue"].max.unwrap() >= 145_000_000 && series.parts["queue"].count() >= 12);
}

#[test]
fn windows_tell_the_users_that_are_about_and_not_those_planned() {
    let service = Service::start(Behaviour::default());
    // There are fewer iterations than users: all leave long before the phase was planned to end.
    let phases = closed(5, 600_000, "iterations = 2") + &closed(3, 500, "").replace("steady", "next");
    let outcome = run(engine(scenario(&service.base_url("http"), 5, &phases, ""), 1));
    adds_up(&outcome);
    let users = |name: &str| {
        let of = outcome.windows.iter().filter(|window| window.phase.as_deref() == Some(name));
        of.map(|window| window.users.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(users("steady").last(), Some(&0), "nobody is about when all iterations are done");
    assert!(users("next").contains(&3), "{:?}", outcome.windows);
}

#[test]
fn iterations_that_are_left_when_all_users_have_gone_do_not_end_the_phase() {
    let service = Service::start(Behaviour::default());
    // The last of two users leaves after three quarters of the phase.
    let phases = closed(2, 400, "iterations = 1000000\nthink_time = \"5 ms\"")
        .replace("users = 2", "users = { from = 2, to = 0 }");
    let outcome = run(engine(scenario(&service.base_url("http"), 2, &phases, ""), 1));
    assert_eq!(outcome.phases[0].measured_s.get(), 0.4);
    assert_eq!(outcome.cut, None);
}

#[test]
fn iterations_are_shared_by_all_users_of_all_threads_and_end_the_phase() {
    let service = Service::start(Behaviour::default());
    let phases =
        closed(4, 600_000, "iterations = 101\nthink_time = \"1 ms\"") + &open(100, 200).replace("steady", "next");
    for threads in [1, 2] {
        let outcome = run(engine(scenario(&service.base_url("http"), 8, &phases, ""), threads));
        adds_up(&outcome);
        let sent: Vec<_> =
            outcome.series.iter().map(|series| (series.phase.as_deref().unwrap(), series.sent)).collect();
        assert_eq!(sent, [("steady", 101), ("next", 20)]);
        let [first, next] = &outcome.phases[..] else { panic!("two phases") };
        assert!(first.measured_s.get() < 600.0);
        assert_eq!(next.start_s, first.measured_s);
    }
}

#[test]
fn an_interrupt_ends_the_run_and_everything_is_still_told() {
    let service = Service::start(Behaviour::default());
    let phases = open(100, 600_000) + &open(100, 1_000).replace("steady", "next");
    let engine = engine(scenario(&service.base_url("http"), 10, &phases, ""), 2);
    let interrupt = engine.interrupt.clone();
    let outcome = engine
        .run(
            Box::new(|_| ()),
            |_| Ok(()),
            |glance| {
                if glance.totals.completed >= 20 {
                    interrupt.set();
                }
            },
        )
        .unwrap();
    adds_up(&outcome);
    let cut = outcome.cut.as_ref().unwrap();
    assert!(cut.at_s.get() < 600.0);
    assert_eq!(outcome.phases.len(), 1, "the second phase never began");
    assert!(only(&outcome).completed >= 20);
}

#[test]
fn an_interrupt_is_heeded_by_a_generator_that_is_behind() {
    let service = Service::start(Behaviour { slow: Duration::from_secs(3_600), ..Behaviour::default() });
    // More than any machine can keep up with: the generator never comes to wait.
    let phases = open(1_000_000, 3_600_000);
    let engine = engine(scenario(&service.base_url("http"), 2, &phases, ""), 1);
    let interrupt = engine.interrupt.clone();
    let begins: Begins = Box::new(|_| std::thread::sleep(Duration::from_millis(300)));
    let watch = |glance: &Glance| {
        if glance.totals.offered > 150_000 {
            interrupt.set();
        }
    };
    let outcome = engine.run(begins, |_| Ok(()), watch).unwrap();
    adds_up(&outcome);
    let series = only(&outcome);
    assert!(outcome.cut.is_some());
    // Two had a connection, 100,000 waited, and those beyond were turned away.
    assert_eq!(series.sent, 2);
    assert!(series.unsent > 100_000);
}

#[test]
fn nothing_is_lost_at_the_end_however_short_the_run() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(2), ..Behaviour::default() });
    for round in 0..40 {
        let top = "timeout = \"1 ms\"";
        let outcome = run(engine(scenario(&service.base_url("http"), 70, &open(20_000 + round, 5), top), 1));
        adds_up(&outcome);
        assert_eq!(only(&outcome).offered, Some(100 + u64::from(round > 0)));
    }
}

#[test]
fn an_answer_that_is_too_long_to_be_checked_is_told_from_one_that_is_wrong() {
    let service = Service::start(Behaviour { large: 9 << 20, ..Behaviour::default() });
    let request = "[[request]]\nname = \"big\"\nget = \"/\"\nchecks = [{ exists = \"/ok\" }]\n";
    let phases = closed(1, 600_000, "iterations = 2");
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &phases, request), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.errors.get("too_large"), series.errors.get("check")), (2, Some(&2), None));
    assert!(series.received_bytes.unwrap() > 2 * (9 << 20));
}

#[test]
fn one_connection_of_http_2_carries_many_requests_at_a_time() {
    let service = Service::start(Behaviour { http2: true, slow: Duration::from_millis(100), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &open(200, 300), "protocol = \"http2\""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (60, 0), "{series:?}");
    assert_eq!(service.seen.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn tls_is_spoken_in_both_versions_of_http_and_its_handshake_is_timed_apart() {
    for (http2, top) in [(false, ""), (true, "protocol = \"http2\"")] {
        let service = Service::start(Behaviour { http2, tls: true, ..Behaviour::default() });
        let outcome = run(engine(scenario(&service.base_url("https"), 2, &open(100, 200), top), 1));
        adds_up(&outcome);
        let series = only(&outcome);
        assert_eq!((series.completed, series.failed), (20, 0), "{series:?}");
        assert_eq!(series.parts["tls"].count(), service.seen.connections.load(Ordering::SeqCst));
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let service = Service::start(Behaviour { tls: true, ..Behaviour::default() });
    let scenario = scenario(&service.base_url("https"), 2, &open(50, 200), "");
    // A machine without roots of trust cannot begin at all.
    let Ok(target) = Target::new(&scenario.base_url, scenario.protocol, Permit::default()) else { return };
    let engine = Engine { targets: vec![Arc::new(target)], ..engine(scenario, 1) };
    let outcome = run(engine);
    let series = only(&outcome);
    assert_eq!((series.completed, series.errors["tls"]), (0, 10));
    assert_eq!(service.requests(), 0);
}

#[test]
fn regions_are_sent_from_in_turn_and_never_pooled() {
    let service = Service::start(Behaviour::default());
    let regions = "[[region]]\nname = \"near\"\n[[region]]\nname = \"far\"\ndelay = \"1 ms\"\n";
    let scenario = scenario(&service.base_url("http"), 10, &open(100, 300), regions);
    let mut engine = engine(scenario, 1);
    engine.targets = vec![Arc::new(engine.targets[0].via(service.address)), Arc::clone(&engine.targets[0])];
    let outcome = run(engine);
    adds_up(&outcome);
    let series: Vec<_> = outcome.series.iter().map(|series| (series.tags["region"].as_str(), series.sent)).collect();
    assert_eq!(series, [("near", 15), ("far", 15)]);
    assert!(outcome.windows.iter().all(|window| window.region.is_some()));
}

#[test]
fn every_thread_meets_every_region_and_connections_stay_within_their_number() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(30), ..Behaviour::default() });
    let regions = "[[region]]\nname = \"near\"\n[[region]]\nname = \"far\"\n";
    let scenario = scenario(&service.base_url("http"), 5, &open(400, 300), regions);
    for threads in [1, 2] {
        let mut engine = engine(scenario.clone(), threads);
        engine.targets = vec![Arc::clone(&engine.targets[0]), Arc::clone(&engine.targets[0])];
        let shards = Arc::new(engine);
        let shards: Vec<_> = (0..threads)
            .map(|index| Shard::new(&shards, Clock::starting_in(Duration::ZERO), index, 1_000_000_000))
            .collect();
        for shard in &shards {
            let mine = (0..100).filter(|number| shard.is_mine(*number));
            let met: std::collections::BTreeSet<_> = mine.map(|number| shard.place(0, number).region).collect();
            assert_eq!(met.len(), 2);
        }
        for number in 0..100 {
            assert_eq!(shards.iter().filter(|shard| shard.is_mine(number)).count(), 1);
        }
    }
    let before = service.seen.connections.load(Ordering::SeqCst);
    let mut engine = engine(scenario.clone(), 2);
    engine.targets = vec![Arc::clone(&engine.targets[0]), Arc::clone(&engine.targets[0])];
    let outcome = run(engine);
    adds_up(&outcome);
    // All that is permitted is used: 120 requests of 30 ms in 300 ms are more than five connections can take.
    assert_eq!(service.seen.connections.load(Ordering::SeqCst) - before, 5);
    // Six pairs of a thread and a region cannot share five connections.
    assert!(permitted(&scenario, 2).is_ok());
    assert!(permitted(&scenario, 3).is_err());
}

#[test]
fn the_same_seed_sends_the_same_requests() {
    let requests = "[[request]]\nname = \"a\"\npost = \"/a\"\njson = { n = \"${int(1, 1000000)}\" }\n\
                    [[request]]\nname = \"b\"\nget = \"/b/${uuid}\"\nweight = 2\n";
    let sent = || {
        let service = Service::start(Behaviour::default());
        let phases = open(200, 300).replace("rate", "spacing = \"poisson\"\nrate");
        run(engine(scenario(&service.base_url("http"), 8, &phases, requests), 1));
        let mut texts = service.seen.texts.lock().unwrap().clone();
        texts.sort();
        texts
    };
    let first = sent();
    assert!(!first.is_empty());
    assert_eq!(first, sent());
}
