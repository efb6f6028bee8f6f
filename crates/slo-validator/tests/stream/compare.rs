//! Verdicts on pairs.

use serde_json::{Value, json};

use crate::program::*;

/// Runs of a few samples each.
fn runs(level: f64, count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut noise = Noise(seed);
    (0..count).map(|_| noise.levels(&[(level, 4)])).collect()
}

fn judged(arguments: &[&str], pair: &Value) -> Value {
    answer(&[&["compare"], arguments].concat(), pair.to_string())
}

fn pair(baseline: impl Into<Value>, candidate: impl Into<Value>) -> Value {
    json!({"id": "a", "baseline": baseline.into(), "candidate": candidate.into()})
}

#[test]
fn slower_is_regressed_faster_is_improved_and_the_same_is_unchanged() {
    let (ten, eleven, again) = (runs(10.0, 8, 1), runs(11.0, 8, 2), runs(10.0, 8, 3));
    let slower = judged(&[], &pair(ten.clone(), eleven.clone()));
    assert_eq!(
        (&slower["id"], &slower["verdict"], &slower["runs"]),
        (&json!("a"), &json!("regressed"), &json!([8, 8]))
    );
    let (change, low, high) =
        (slower["change"].as_f64().unwrap(), slower["ci"][0].as_f64().unwrap(), slower["ci"][1].as_f64().unwrap());
    assert!(low < change && change < high && low > 0.08 && high < 0.12, "{slower}");
    assert!(slower["p"].as_f64().unwrap() < 0.01 && slower["why"].as_str().unwrap().contains("99 %"), "{slower}");
    assert_eq!(judged(&[], &pair(eleven, ten.clone()))["verdict"], "improved");
    let same = judged(&[], &pair(ten, again));
    assert_eq!(same["verdict"], "unchanged", "{same}");
    assert!(same.get("more_runs").is_none(), "{same}");
}

#[test]
fn the_line_says_which_way_is_good_and_the_flag_speaks_for_lines_that_do_not() {
    let silent = pair(runs(10.0, 8, 1), runs(11.0, 8, 2));
    let mut lower = silent.clone();
    lower["higher_is_better"] = json!(false);
    assert_eq!(judged(&["--higher-is-better"], &silent)["verdict"], "improved");
    assert_eq!(judged(&["--higher-is-better"], &lower)["verdict"], "regressed");
    lower["higher_is_better"] = json!(true);
    assert_eq!(judged(&[], &lower)["verdict"], "improved");
}

#[test]
fn a_change_below_the_least_effect_is_none() {
    let small = pair(runs(10.0, 8, 1), runs(10.4, 8, 2));
    assert_eq!(judged(&[], &small)["verdict"], "regressed");
    let ignored = judged(&["--min-effect", "6 %"], &small);
    assert_eq!(ignored["verdict"], "unchanged", "the margin follows the least effect: {ignored}");
    let narrow = judged(&["--min-effect", "6 %", "--margin", "2 %"], &small);
    assert_eq!(narrow["verdict"], "inconclusive", "{narrow}");
}

#[test]
fn shares_are_written_in_three_ways_and_a_bare_three_is_refused() {
    let small = pair(runs(10.0, 8, 1), runs(10.4, 8, 2)).to_string();
    let with = |effect: &str| run(&["compare", "--min-effect", effect], &small);
    let expected = with("6 %").stdout;
    assert!(!expected.is_empty());
    for effect in ["6%", "0.06", "0.06 ratio"] {
        assert_eq!(with(effect).stdout, expected, "{effect}");
    }
    for flag in [["--min-effect", "6"], ["--margin", "-1 %"], ["--margin", "3 MB"], ["--confidence", "1"]] {
        let output = run(&[&["compare"], &flag[..]].concat(), &small);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{flag:?}");
        assert!(err(&output).contains("CBKB101"), "{}", err(&output));
    }
}

#[test]
fn a_higher_confidence_needs_more_evidence() {
    let weak = pair(
        [10.0, 10.2, 10.1, 9.9, 10.0, 10.1].map(Value::from).to_vec(),
        [10.3, 10.2, 10.4, 10.1, 10.2, 10.3].map(Value::from).to_vec(),
    );
    assert_eq!(judged(&["--confidence", "95 %"], &weak)["verdict"], "regressed");
    assert_ne!(judged(&["--confidence", "0.9999"], &weak)["verdict"], "regressed");
}

#[test]
fn fewer_than_five_runs_decide_nothing_however_many_samples_they_have() {
    let few = judged(&[], &pair(vec![vec![10.0; 100]; 4], vec![vec![20.0; 100]; 9]));
    assert_eq!((&few["verdict"], &few["more_runs"], &few["change"]), (&json!("inconclusive"), &json!(1), &json!(1.0)));
    assert!(few["why"].as_str().unwrap().starts_with("4 and 9 runs"), "{few}");
    let none = judged(&[], &pair(json!([]), json!([])));
    assert_eq!((&none["verdict"], &none["runs"]), (&json!("inconclusive"), &json!([0, 0])));
}

#[test]
fn what_is_inconclusive_says_how_many_runs_would_settle_it() {
    let noisy = |seed| {
        let mut noise = Noise(seed);
        (0..6).map(|_| json!(10.0 * (1.0 + 0.08 * noise.next()))).collect::<Vec<_>>()
    };
    let open = judged(&[], &pair(noisy(1), noisy(2)));
    assert_eq!(open["verdict"], "inconclusive", "{open}");
    let more = open["more_runs"].as_u64().unwrap();
    assert!(more > 0 && more < 10_000, "{open}");
}

#[test]
fn values_that_never_vary_are_compared_exactly() {
    let constant = |value: f64| vec![json!(value); 5];
    let exact = judged(&[], &pair(constant(1000.0), constant(1001.0)));
    assert_eq!(exact["verdict"], "regressed", "{exact}");
    assert_eq!((&exact["change"], &exact["ci"], &exact["p"]), (&json!(0.001), &json!([0.001, 0.001]), &json!(0.0)));
    let same = judged(&[], &pair(constant(7.0), constant(7.0)));
    assert_eq!((&same["verdict"], &same["change"], &same["p"]), (&json!("unchanged"), &json!(0.0), &json!(1.0)));
    let small = judged(&["--min-effect", "1 %"], &pair(constant(1000.0), constant(1001.0)));
    assert_eq!(small["verdict"], "unchanged", "{small}");
    let from_zero = judged(&[], &pair(constant(0.0), constant(3.0)));
    assert_eq!((&from_zero["verdict"], from_zero.get("change")), (&json!("regressed"), None), "{from_zero}");
    assert_eq!(judged(&[], &pair(constant(0.0), constant(0.0)))["verdict"], "unchanged");
}

#[test]
fn pairs_that_share_their_noise_are_told_apart_by_pairing() {
    let mut noise = Noise(5);
    let machine: Vec<f64> = (0..10).map(|_| 10.0 * (1.0 + 0.2 * noise.next())).collect();
    let baseline: Vec<Value> = machine.iter().map(|m| json!(m * (1.0 + 0.001 * noise.next()))).collect();
    let candidate: Vec<Value> = machine.iter().map(|m| json!(m * 1.02 * (1.0 + 0.001 * noise.next()))).collect();
    let mut question = pair(baseline, candidate);
    assert_eq!(judged(&[], &question)["verdict"], "inconclusive");
    assert_eq!(judged(&["--paired"], &question)["verdict"], "regressed");
    question["paired"] = json!(true);
    assert_eq!(judged(&[], &question)["verdict"], "regressed");
    // A run that was not measured takes its partner with it, and nothing else moves up.
    question["candidate"][3] = json!(null);
    question["baseline"][6] = json!(null);
    let missing = judged(&[], &question);
    assert_eq!((&missing["verdict"], &missing["runs"]), (&json!("regressed"), &json!([8, 8])), "{missing}");
    question["candidate"].as_array_mut().unwrap().pop();
    let output = run(&["compare"], question.to_string());
    assert_eq!(code(&output), 2);
    assert_eq!(lines(&output)[0]["error"], "paired, but the baseline has 10 runs and the candidate 9");
}

#[test]
fn missing_samples_are_left_out_however_they_are_written() {
    let clean = r#"{"id":"a","baseline":[[1,2],[1.1],[1.2],[1],[1.1]],"candidate":[1,1.1,1.2,1.3,1.1]}"#;
    let holes = r#"{"id":"a","baseline":[[1,null,2,"NaN"],[1.1,NaN],[1.2],[1,-Infinity],[null],[1.1],[]],"candidate":[1,1.1,NaN,1.2,1.3,"nan",1.1]}"#;
    assert_eq!(answer(&["compare"], clean), answer(&["compare"], holes));
}

#[test]
fn huge_and_tiny_values_are_judged_like_others() {
    let scaled = |factor: f64| {
        let side = |level, seed| runs(level, 6, seed).into_iter().map(|run| run.iter().map(|v| v * factor).collect());
        let (baseline, candidate): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (side(10.0, 1).collect(), side(11.0, 2).collect());
        judged(&[], &pair(baseline, candidate))
    };
    let usual = scaled(1.0);
    assert_eq!(usual["verdict"], "regressed");
    for factor in [2_f64.powi(1000), 2_f64.powi(-1000)] {
        let other = scaled(factor);
        assert_eq!((&other["verdict"], &other["change"]), (&usual["verdict"], &usual["change"]), "{factor}");
    }
    let beyond = judged(&[], &pair(vec![json!(1e-300); 5], vec![json!(1e300); 5]));
    assert!(["regressed", "inconclusive"].contains(&beyond["verdict"].as_str().unwrap()), "{beyond}");
}

#[test]
fn names_come_back_as_they_came_and_a_line_without_one_has_its_number() {
    let question = |id: &str| format!("{{{id}\"baseline\":[1],\"candidate\":[1]}}\n");
    let input = [r#""id":"é\n","#, r#""id":12,"#, "", r#""id":null,"more":{"x":[1]},"#].map(question).concat();
    let ids: Vec<Value> = lines(&run(&["compare"], input)).into_iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!("é\n"), json!(12), json!("3"), json!("4")]);
}

#[test]
fn what_is_wrong_with_a_line_is_said_in_the_words_of_its_user() {
    for (line, expected) in [
        ("not json", "not a JSON object"),
        ("[[1],[2]]", "not a JSON object"),
        (r#"{"baseline":[1]}"#, "missing field `candidate`"),
        (r#"{"baseline":[true],"candidate":[]}"#, "the samples of a run, or one number"),
        (r#"{"baseline":[[1,"x"]],"candidate":[]}"#, "expected a number"),
        (r#"{"baseline":[1e999],"candidate":[]}"#, "out of range"),
        (r#"{"baseline":5,"candidate":[]}"#, "expected a sequence"),
        (r#"{"id":1.5,"baseline":[],"candidate":[]}"#, "expected a text or a whole number"),
        (r#"{"baseline":[],"baseline":[],"candidate":[]}"#, "duplicate field"),
    ] {
        let output = run(&["compare", "--input", "jsonl"], line);
        let error = lines(&output)[0]["error"].as_str().unwrap().to_owned();
        assert!(code(&output) == 2 && error.contains(expected) && !error.contains("line 1"), "{line}: {error}");
    }
}
