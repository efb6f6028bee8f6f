//! Users, who wait for answers, and phases that end when their work is done.

use super::*;

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
