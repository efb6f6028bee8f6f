//! What is counted of requests, without sending any.

use super::*;

const PLACE: Place = Place { phase: 0, request: 0, region: 0 };

fn recorder() -> Recorder {
    Recorder::new(Shape { phases: 1, requests: 1, regions: 1 }, 1_000_000_000, vec![false])
}

fn answered(status: u16, headers: &http::HeaderMap) -> Ending<'_> {
    let answer = Answer { status, headers, received: 3, checks: Checked::default() };
    Ending { parts: Parts::default(), answer: Some(answer), failure: None }
}

fn lost(kind: &'static str) -> Ending<'static> {
    Ending { parts: Parts::default(), answer: None, failure: Some(kind) }
}

fn account(recorder: Recorder) -> Account {
    *recorder.into_parts().0.into_iter().flatten().next().unwrap()
}

#[test]
fn every_request_that_was_due_is_sent_or_unsent_and_every_one_sent_ended_or_in_flight() {
    let mut recorder = recorder();
    let headers = http::HeaderMap::new();
    let tickets: Vec<_> = (0..6).map(|due| recorder.offered(PLACE, due * 100, due * 100)).collect();
    tickets.iter().take(4).for_each(|ticket| recorder.sent(ticket, 1_000, 0));
    let [first, second, third, _fourth, _waits, too_many] = <[Ticket; 6]>::try_from(tickets).unwrap();
    recorder.turned_away(too_many);
    recorder.ended(first, 2_000, &answered(200, &headers));
    recorder.ended(second, 3_000, &lost("closed"));
    recorder.ended(third, 5_000_000, &lost(TIMEOUT));
    assert_eq!(recorder.totals().in_flight, 1);
    assert!(!recorder.is_idle());
    recorder.over(6_000_000);
    let account = account(recorder);
    assert_eq!((account.offered, account.sent, account.unsent), (6, 4, 2));
    assert_eq!((account.completed, account.failed, account.in_flight), (1, 2, 1));
    // The timeout, the one in flight and the unsent ones bound the tail; the broken one says nothing about time.
    assert_eq!(account.open.record_of().unwrap().count(), 4);
    // Also the one that was turned away went without an answer until the end.
    assert!(account.open.record_of().unwrap().min.unwrap() >= 4_999_800);
    assert_eq!(account.latency.record_of().unwrap().count(), 1);
    assert_eq!(account.errors, [("closed", 1), (TIMEOUT, 1)]);
}

#[test]
fn latency_counts_from_due_and_service_from_the_send() {
    let mut recorder = recorder();
    let headers = http::HeaderMap::new();
    let ticket = recorder.offered(PLACE, 1_000_000, 1_000_100);
    recorder.sent(&ticket, 4_000_000, 0);
    recorder.ended(ticket, 9_000_000, &answered(200, &headers));
    let account = account(recorder);
    let only = |counts: &Counts| counts.record_of().unwrap().min.unwrap();
    assert_eq!((only(&account.latency), only(&account.service), only(&account.lag)), (8_000_000, 5_000_000, 3_000_000));
}

#[test]
fn the_stages_of_a_service_are_counted_and_their_number_is_bounded() {
    let mut recorder = recorder();
    let mut headers = http::HeaderMap::new();
    let many: Vec<String> = (0..500).map(|name| format!("stage{name};dur=1.5")).collect();
    headers.append("server-timing", "database;dur=0.25, total".parse().unwrap());
    headers.append("server-timing", many.join(", ").parse().unwrap());
    let ticket = recorder.wanted(PLACE, 0);
    recorder.sent(&ticket, 0, 0);
    recorder.ended(ticket, 10, &answered(200, &headers));
    let series = account(recorder).series("r", "p", Default::default(), &[], false);
    assert_eq!(series.operations.get("database").and_then(|buckets| buckets.min), Some(250_000));
    assert!(series.operations.len() <= 32);
}
