//! What is drawn and built for an arrival.

use std::collections::{BTreeMap, BTreeSet};

use load_runner::exchange::Exchanges;
use load_runner::scenario::Scenario;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SMALL, read};

fn exchanges(scenario: &Scenario, seed: u64) -> Exchanges {
    let items = vec![
        json!({ "id": 1, "text": "a \"b\"\n/c ü", "list": [1, { "x": null }] }),
        json!({ "id": 2, "text": "", "list": [] }),
    ];
    let data = scenario.data.keys().map(|name| (name.clone(), items.clone())).collect();
    Exchanges::new(scenario, seed, data).unwrap()
}

fn with(request: &str) -> String {
    let data = "[data.docs]\nget = \"/docs\"\npointer = \"/items\"\n";
    format!("{}{data}", SMALL.replace("get = \"/a\"\n", &format!("{request}\n")))
}

fn body(text: &str, arrival: u64) -> Value {
    let scenario = read(&with(text)).unwrap();
    serde_json::from_slice(&exchanges(&scenario, 1).build(0, arrival).body).unwrap()
}

#[test]
fn a_fixed_request_is_sent_as_written_with_the_prefix_before_its_path() {
    let scenario =
        read(&with("post = \"/a?b=%20c\"\njson = { z = [1, 2.5, true], a = \"$${x}\" }\nheaders = { x-a = \"b\" }"))
            .unwrap();
    let built = exchanges(&scenario, 1).build(0, 5);
    assert_eq!((built.method.as_str(), built.path_and_query.as_str()), ("POST", "/prefix/a?b=%20c"));
    assert_eq!(built.body, r#"{"a":"${x}","z":[1,2.5,true]}"#);
    assert_eq!(
        (&built.headers["content-type"], &built.headers["x-a"]),
        (&"application/json".parse().unwrap(), &"b".parse().unwrap())
    );
}

#[test]
fn a_lone_placeholder_keeps_its_type_and_one_in_a_text_is_escaped() {
    let value = body(
        "post = \"/a\"\njson = { number = \"${int(5, 5)}\", text = \"n ${int(5, 5)}\", list = \"${data.docs/list}\", id = \"${data.docs/id}\", \
         quoted = \"<${data.docs/text}>\", alone = \"${data.docs/text}\", all = \"${data.docs}\" }",
        3,
    );
    assert_eq!((&value["number"], &value["text"]), (&json!(5), &json!("n 5")));
    let item = &value["all"];
    assert_eq!((&value["id"], &value["list"], &value["alone"]), (&item["id"], &item["list"], &item["text"]));
    assert_eq!(value["quoted"], json!(format!("<{}>", item["text"].as_str().unwrap())));
}

#[test]
fn values_in_paths_and_headers_are_harmless() {
    let request = "get = \"/a/${data.docs/text}?q=${choice(a b, c&d)}\"\nheaders = { x = \"${data.docs/text}\" }";
    let scenario = read(&with(request)).unwrap();
    let exchanges = exchanges(&scenario, 1);
    let built: Vec<_> = (0..50).map(|arrival| exchanges.build(0, arrival)).collect();
    let paths: BTreeSet<&str> = built.iter().map(|built| built.path_and_query.as_str()).collect();
    let text = "a%20%22b%22%0A%2Fc%20%C3%BC";
    let expected = [
        "/prefix/a/?q=a%20b".to_owned(),
        "/prefix/a/?q=c%26d".to_owned(),
        format!("/prefix/a/{text}?q=a%20b"),
        format!("/prefix/a/{text}?q=c%26d"),
    ];
    assert_eq!(paths, expected.iter().map(String::as_str).collect());
    assert!(built.iter().any(|built| built.headers["x"].as_bytes() == "a \"b\" /c ü".as_bytes()));
}

#[test]
fn the_same_placeholder_twice_in_a_request_is_one_value_and_the_next_arrival_has_another() {
    let request =
        "post = \"/${uuid}\"\njson = { a = \"${uuid}\", b = \"${uuid}\", c = \"${text(12)}\", n = \"${arrival}\" }";
    let scenario = read(&with(request)).unwrap();
    let exchanges = exchanges(&scenario, 1);
    let mut seen = BTreeSet::new();
    for arrival in 0..1000 {
        let built = exchanges.build(0, arrival);
        let value: Value = serde_json::from_slice(&built.body).unwrap();
        let uuid = value["a"].as_str().unwrap().to_owned();
        assert_eq!(value["b"], json!(uuid));
        assert_eq!(value["n"], json!(arrival));
        assert_eq!(built.path_and_query.as_str(), format!("/prefix/{uuid}"));
        assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'4' && b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        assert!(seen.insert(uuid));
    }
}

#[test]
fn a_run_with_the_same_seed_sends_the_same_and_another_seed_does_not() {
    let request = "post = \"/a\"\njson = { a = \"${int(1, 1000000)}\", b = \"${text(20)}\", c = \"${choice(x, y)}\" }";
    let scenario = read(&with(request)).unwrap();
    let bodies = |seed| {
        let exchanges = exchanges(&scenario, seed);
        (0..100).map(|arrival| exchanges.build(0, arrival).body).collect::<Vec<_>>()
    };
    assert_eq!(bodies(1), bodies(1));
    assert_ne!(bodies(1), bodies(2));
}

#[test]
fn whole_numbers_cover_their_range_and_no_more() {
    let scenario =
        read(&with("post = \"/a\"\njson = [\"${int(-2, 3)}\", \"${int(-9223372036854775808, 9223372036854775807)}\"]"))
            .unwrap();
    let exchanges = exchanges(&scenario, 1);
    let drawn: Vec<Value> =
        (0..6000).map(|arrival| serde_json::from_slice(&exchanges.build(0, arrival).body).unwrap()).collect();
    let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
    drawn.iter().for_each(|value| *counts.entry(value[0].as_i64().unwrap()).or_default() += 1);
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [-2, -1, 0, 1, 2, 3]);
    // 1000 each, give or take five standard deviations of 29.
    assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    assert!(drawn.iter().all(|value| value[1].is_i64()));
}

#[test]
fn weights_hold_in_every_64_arrivals_to_within_one_request() {
    let requests = "[[request]]\nname = \"b\"\nget = \"/b\"\nweight = 2.5\n[[request]]\nname = \"c\"\nget = \"/c\"\nweight = 0\n[[phase]]";
    let scenario = read(&SMALL.replacen("[[phase]]", requests, 1)).unwrap();
    let exchanges = exchanges(&scenario, 9);
    let mut orders = BTreeSet::new();
    for block in 0..200 {
        let drawn: Vec<usize> = (0..64).map(|arrival| exchanges.draw(0, block * 64 + arrival)).collect();
        let count = |index| drawn.iter().filter(|drawn| **drawn == index).count() as f64;
        // 64 / 3.5 and 64 * 2.5 / 3.5.
        assert!((count(0) - 18.29).abs() < 1.0 && (count(1) - 45.71).abs() < 1.0, "{drawn:?}");
        assert_eq!(count(2), 0.0);
        orders.insert(drawn);
    }
    assert!(orders.len() > 150, "{} different orders", orders.len());
}

#[test]
fn regions_take_turns_and_every_one_gets_the_whole_mix() {
    let regions = "[[region]]\nname = \"eu\"\n[[region]]\nname = \"us\"\n[[request]]\nname = \"b\"\nget = \"/b?${region}\"\nweight = 3\n[[phase]]";
    let scenario = read(&SMALL.replacen("[[phase]]", regions, 1)).unwrap();
    let exchanges = exchanges(&scenario, 9);
    let mut counts = [[0_u32; 2]; 2];
    for arrival in 0..6400 {
        let region = exchanges.region(arrival).unwrap();
        counts[region][exchanges.draw(0, arrival)] += 1;
        let path = exchanges.build(1, arrival).path_and_query.to_string();
        assert_eq!(path, format!("/prefix/b?{}", ["eu", "us"][region]));
    }
    for [a, b] in counts {
        assert!((780..820).contains(&a) && (2380..2420).contains(&b), "{counts:?}");
    }
}

#[test]
fn data_that_lack_what_is_drawn_are_refused_before_any_load() {
    let scenario = read(&with("post = \"/a\"\njson = { a = \"${data.docs/nosuch}\" }")).unwrap();
    let refuse = |data| Exchanges::new(&scenario, 1, data).map(|_| ()).unwrap_err().to_string();
    assert_eq!(refuse(BTreeMap::new()), "the data `docs` have no items");
    let lacking = BTreeMap::from([("docs".to_owned(), vec![json!({ "nosuch": 1 }), json!({})])]);
    assert_eq!(refuse(lacking), "item 2 of the data `docs` has nothing at `/nosuch`");
    let scenario = read(&with("get = \"/${data.docs/text}\"")).unwrap();
    let long = BTreeMap::from([("docs".to_owned(), vec![json!({ "text": "x".repeat(30_000) })])]);
    let error = Exchanges::new(&scenario, 1, long).unwrap_err().to_string();
    assert!(error.contains("longer than 60,000 bytes"), "{error}");
}

#[test]
fn items_come_from_lines_of_a_file_or_a_list_in_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.jsonl"), "").unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, format!("{SMALL}[data.f]\nfile = \"d.jsonl\"\n[data.g]\nget = \"/g\"\npointer = \"/a\"\n"))
        .unwrap();
    let scenario = Scenario::read(&path, &super::overrides()).unwrap();
    let (file, get) = (&scenario.data["f"], &scenario.data["g"]);
    assert_eq!(file.items(b"{\"a\":1}\r\n\n2\n"), Ok(vec![json!({ "a": 1 }), json!(2)]));
    assert!(file.items(b"1\n{\n").unwrap_err().starts_with("line 2: "));
    assert_eq!(file.items(b"\n"), Err("has no items".to_owned()));
    assert_eq!(get.items(br#"{"a":[1]}"#), Ok(vec![json!(1)]));
    assert_eq!(get.items(br#"{"b":[1]}"#), Err("the answer has no list at `/a`".to_owned()));
    assert!(get.items(b"<html>").unwrap_err().starts_with("the answer is no JSON"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_a_template_is_refused_or_gives_json(text in "(\\$\\{|\\}|int\\(|text\\(|uuid|data\\.docs|/text|[0-9,()% \"\\\\]|\\PC){0,12}", arrival: u64) {
        let quoted = toml::Value::String(text).to_string();
        if let Ok(scenario) = read(&with(&format!("post = \"/a\"\njson = {{ a = {quoted} }}"))) {
            let data = BTreeMap::from([("docs".to_owned(), vec![json!({ "text": "\"\u{0}" })])]);
            if let Ok(exchanges) = Exchanges::new(&scenario, 1, data) {
                let value: Value = serde_json::from_slice(&exchanges.build(0, arrival).body).unwrap();
                prop_assert!(value["a"].is_string() || value["a"].is_number() || value["a"].is_object());
            }
        }
    }

    #[test]
    fn hostile_data_stay_within_their_place(text: String, arrival: u64) {
        let request = "post = \"/a/${data.docs}/b\"\nheaders = { x = \"${data.docs}\" }\njson = { a = \"${data.docs}\", b = \"<${data.docs}>\" }";
        let scenario = read(&with(request)).unwrap();
        let data = BTreeMap::from([("docs".to_owned(), vec![Value::String(text.clone())])]);
        let built = Exchanges::new(&scenario, 1, data).unwrap().build(0, arrival);
        let value: Value = serde_json::from_slice(&built.body).unwrap();
        prop_assert_eq!(&value["a"], &json!(text));
        prop_assert_eq!(&value["b"], &json!(format!("<{text}>")));
        prop_assert!(built.headers.contains_key("x"));
        prop_assert_eq!(built.path_and_query.path().matches('/').count(), 4);
        prop_assert!(built.path_and_query.query().is_none());
    }
}
