//! Changes of level in histories.

use serde_json::{Value, json};

use crate::program::*;

fn found(question: &Value) -> Value {
    answer(&["detect"], question.to_string())
}

fn step() -> Vec<f64> {
    Noise(3).levels(&[(10.0, 40), (12.0, 40)])
}

#[test]
fn a_step_is_found_at_the_first_value_of_the_new_level() {
    let answer = found(&json!({"id": "a", "values": step()}));
    let changes = answer["change_points"].as_array().unwrap();
    assert_eq!((changes.len(), &changes[0]["index"], &changes[0]["verdict"]), (1, &json!(40), &json!("regressed")));
    let (low, high) = (changes[0]["between"][0].as_u64().unwrap(), changes[0]["between"][1].as_u64().unwrap());
    assert!(low <= 40 && 40 <= high, "{answer}");
    let (change, ci) = (changes[0]["change"].as_f64().unwrap(), &changes[0]["ci"]);
    assert!((change - 0.2).abs() < 0.01, "{answer}");
    assert!(ci[0].as_f64().unwrap() <= change && change <= ci[1].as_f64().unwrap(), "{answer}");
    assert!(changes[0]["strength"].as_f64().unwrap() > 5.0 && answer["noise"].as_f64().unwrap() < 0.02, "{answer}");
    assert!(answer.get("drift").is_none() && answer.get("skipped").is_none(), "{answer}");
}

#[test]
fn a_quiet_history_has_no_change() {
    let answer = found(&json!({"values": Noise(9).levels(&[(10.0, 200)])}));
    assert_eq!((&answer["change_points"], &answer["id"]), (&json!([]), &json!("1")));
}

#[test]
fn the_line_or_the_flag_says_which_way_is_good() {
    let question = json!({"values": step()}).to_string();
    assert_eq!(answer(&["detect", "--higher-is-better"], question)["change_points"][0]["verdict"], "improved");
    let question = json!({"values": step(), "higher_is_better": true});
    assert_eq!(found(&question)["change_points"][0]["verdict"], "improved");
}

#[test]
fn missing_values_keep_their_places() {
    let mut values: Vec<Value> = step().into_iter().map(Value::from).collect();
    let whole = found(&json!({"id": "a", "values": values}));
    for (place, missing) in [(0, json!(null)), (10, json!("NaN")), (20, json!("inf")), (60, json!(null))] {
        values.insert(place, missing);
    }
    let commits: Vec<_> = (0..values.len()).map(|place| format!("c{place}")).collect();
    let holes = found(&json!({"id": "a", "values": values, "commits": commits}));
    let (change, before) = (&holes["change_points"][0], &whole["change_points"][0]);
    assert_eq!((&change["index"], &change["commit"], &holes["skipped"]), (&json!(43), &json!("c43"), &json!(4)));
    assert_eq!((&change["change"], &change["strength"]), (&before["change"], &before["strength"]));
    let python = answer(&["detect"], r#"{"id":"a","values":[NaN,1,Infinity]}"#);
    assert_eq!(python["skipped"], 2);
}

#[test]
fn machines_and_commits_have_to_be_as_many_as_values() {
    let with = |key: &str, list: Value| {
        let mut question = json!({"values": [1, 2, 3]});
        question[key] = list;
        run(&["detect"], question.to_string())
    };
    for key in ["groups", "commits"] {
        let output = with(key, json!(["a", "b"]));
        assert_eq!((code(&output), &lines(&output)[0]["error"]), (2, &json!(format!("2 {key} for 3 values"))));
        assert_eq!(code(&with(key, json!(["a", 7, null]))), 0);
    }
}

#[test]
fn short_constant_and_empty_histories_are_answered() {
    for values in [json!([]), json!([1]), json!([null]), json!([5, 5, 5, 5, 5, 5]), json!([0, 0]), json!([1, 2])] {
        let answer = found(&json!({"id": "a", "values": values}));
        assert_eq!(answer["change_points"], json!([]), "{values}");
        assert!(answer["noise"].is_number(), "{answer}");
    }
}

#[test]
fn counters_without_noise_change_by_exactly_what_they_change_by() {
    let values: Vec<f64> = [vec![100.0; 10], vec![110.0; 10]].concat();
    let answer = found(&json!({"values": values}));
    let change = &answer["change_points"][0];
    assert_eq!((&change["index"], &change["change"]), (&json!(10), &json!(0.1)));
}

#[test]
fn values_below_zero_change_in_their_own_unit() {
    let values: Vec<f64> = step().iter().map(|value| value - 11.0).collect();
    let answer = found(&json!({"values": values}));
    let change = answer["change_points"][0]["change"].as_f64().unwrap();
    assert!((change - 2.0).abs() < 0.1, "{answer}");
}
