//! Shards of one run, joined.

use crate::fixture::{Place, benchmark, exit, out, run, talk, timed};
use serde_json::{Value, json};

fn shard(name: &str, started: &str, duration: f64) -> Value {
    let mut shard = run(&[benchmark(name, Value::Null, &[timed(1, 10.0), timed(2, 11.0)])]);
    shard["run_id"] = json!(format!("run-{name}"));
    shard["provenance"]["started"] = json!(started);
    shard["provenance"]["duration_s"] = json!(duration);
    shard["plan"]["partial"] = json!(true);
    shard["warnings"] = json!(["noisy", format!("from {name}")]);
    shard
}

fn three() -> [Value; 3] {
    [
        shard("c", "2026-11-21T05:00:10Z", 100.0),
        shard("a", "2026-11-21T05:00:20Z", 5.0),
        shard("b", "2026-11-21T05:00:00Z", 20.0),
    ]
}

fn refused(change: impl Fn(&mut Value), pointer: &str, what: &str) {
    let place = Place::new();
    let [one, mut other, _] = three();
    change(&mut other);
    place.json("one.json", &one);
    place.json("other.json", &other);
    for files in [["one.json", "other.json"], ["other.json", "one.json"]] {
        let output = place.call(&[&["merge", "--out", "whole.json"], &files[..]].concat());
        assert_eq!(exit(&output), 2);
        let talk = talk(&output);
        assert!(talk.contains("CBKB002") && talk.contains(pointer) && talk.contains(what), "{talk}");
        assert!(!place.path().join("whole.json").exists());
    }
}

#[test]
fn the_whole_does_not_depend_on_the_order_of_files() {
    let place = Place::new();
    for (name, shard) in ["1.json", "2.json", "3.json"].into_iter().zip(three()) {
        place.json(name, &shard);
    }
    let orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    let wholes = orders.map(|order| {
        let files = order.map(|number| format!("{number}.json"));
        let output = place.call(&["merge", &files[0], &files[1], &files[2]]);
        assert_eq!(exit(&output), 0, "{}", talk(&output));
        out(&output)
    });
    assert!(wholes.iter().all(|whole| *whole == wholes[0]));
    let whole: Value = serde_json::from_str(&wholes[0]).unwrap();
    let ids: Vec<_> = whole["benchmarks"].as_array().unwrap().iter().map(|b| b["id"]["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(whole["run_id"], "run-b", "the first that began");
    assert_eq!(whole["warnings"], json!(["noisy", "from b", "from c", "from a"]));
    assert_eq!(whole["errors"].as_array().unwrap().len(), 1);
    assert_eq!(whole["provenance"]["started"], "2026-11-21T05:00:00Z");
    assert_eq!(whole["provenance"]["duration_s"], 110.0, "to the end of the last");
}

#[test]
fn shards_that_tie_in_time_and_id_still_have_one_order() {
    let place = Place::new();
    for (name, id) in [("1.json", "x"), ("2.json", "y")] {
        let mut shard = shard(id, "2026-11-21T05:00:00Z", 1.0);
        shard["run_id"] = json!("same");
        place.json(name, &shard);
    }
    let forth = place.call(&["merge", "1.json", "2.json"]);
    let back = place.call(&["merge", "2.json", "1.json"]);
    assert_eq!((exit(&forth), out(&forth)), (0, out(&back)));
}

#[test]
fn the_whole_is_partial_until_it_is_declared_whole_and_complete_if_all_are() {
    let place = Place::new();
    let [mut one, two, _] = three();
    one["plan"]["filter"] = json!("c");
    place.json("1.json", &one);
    place.json("2.json", &two);
    let merged = |extra: &[&str]| -> Value {
        let output = place.call(&[&["merge", "1.json", "2.json"], extra].concat());
        assert_eq!(exit(&output), 0, "{}", talk(&output));
        serde_json::from_str(&out(&output)).unwrap()
    };
    assert_eq!(merged(&[])["plan"], json!({ "mode": "quick", "rounds": 2, "partial": true }));
    let whole = merged(&["--whole", "--run-id", "w1"]);
    assert_eq!(whole["plan"], json!({ "mode": "quick", "rounds": 2, "partial": false }));
    assert_eq!((&whole["run_id"], &whole["complete"]), (&json!("w1"), &json!(true)));
    one["complete"] = json!(false);
    place.json("1.json", &one);
    assert_eq!(merged(&["--whole"])["complete"], false);
}

#[test]
fn a_dirty_shard_makes_the_whole_dirty_and_a_branch_stays_where_all_agree() {
    let place = Place::new();
    let [one, mut two, _] = three();
    two["provenance"]["source"]["dirty"] = json!(true);
    two["provenance"]["source"]["branch"] = json!("topic");
    place.json("1.json", &one);
    place.json("2.json", &two);
    let whole: Value = serde_json::from_str(&out(&place.call(&["merge", "1.json", "2.json"]))).unwrap();
    let source = &whole["provenance"]["source"];
    assert_eq!((&source["dirty"], source.get("branch")), (&json!(true), None));
}

#[test]
fn shards_of_two_epochs_are_refused() {
    refused(|shard| shard["provenance"]["epoch"] = json!("f".repeat(16)), "/provenance/epoch", "ffff");
}

#[test]
fn shards_of_two_commits_are_refused() {
    let other = |shard: &mut Value| shard["provenance"]["source"]["commit"] = json!("b".repeat(40));
    refused(other, "/provenance/source/commit", "bbbb");
    let none = |shard: &mut Value| drop(shard["provenance"].as_object_mut().unwrap().remove("source"));
    refused(none, "/provenance/source/commit", "no commit");
}

#[test]
fn shards_of_two_plans_are_refused() {
    refused(|shard| shard["plan"]["mode"] = json!("full"), "/plan/mode", "full");
    refused(|shard| shard["plan"]["rounds"] = json!(7), "/plan/rounds", "7 rounds");
}

#[test]
fn shards_with_the_same_benchmark_are_refused() {
    refused(|shard| shard["benchmarks"][0]["id"]["id"] = json!("c"), "/benchmarks/0/id", "both hold `pkg/decode/c`");
}

#[test]
fn a_shard_with_a_fault_is_refused_with_its_place() {
    let place = Place::new();
    let [one, mut two, _] = three();
    two["benchmarks"][0]["rounds"][1]["timing"]["times"] = json!([1.0]);
    place.json("1.json", &one);
    place.json("2.json", &two);
    let output = place.call(&["merge", "1.json", "2.json"]);
    assert_eq!(exit(&output), 2);
    let talk = talk(&output);
    assert!(talk.contains("CBKB002") && talk.contains("2.json /benchmarks/0/rounds/1/timing/times"), "{talk}");
}
