//! Requests that are due: how many, when they count from, and what becomes of them when the generator is late or interrupted.

use super::*;

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
