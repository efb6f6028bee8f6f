//! Tables say the same as JSON Lines with the same numbers.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::program::*;

fn sides() -> (Vec<f64>, Vec<f64>) {
    (Noise(1).levels(&[(10.0, 7)]), Noise(2).levels(&[(11.0, 7)]))
}

fn as_json(id: &str) -> String {
    let (baseline, candidate) = sides();
    json!({"id": id, "baseline": baseline, "candidate": candidate, "paired": true}).to_string()
}

#[test]
fn two_columns_are_baseline_and_candidate() {
    let (baseline, candidate) = sides();
    let expected = answer(&["compare"], as_json("-"));
    for (header, between) in [("", " "), ("", "\t"), ("old new\n", "   ")] {
        let rows: Vec<_> = baseline.iter().zip(&candidate).map(|(b, c)| format!("{b}{between}{c}\n")).collect();
        assert_eq!(answer(&["compare", "--paired"], format!("{header}{}", rows.concat())), expected);
    }
}

#[test]
fn files_of_unequal_length_pasted_together_are_two_sides_of_unequal_length() {
    let rows = "1\t2\n1.1\t2.1\n1\t2\n1.2\t2.2\n1.1\t2\n\t2.1\n";
    assert_eq!(answer(&["compare"], rows)["runs"], json!([5, 6]));
}

#[test]
fn a_bad_row_of_columns_is_named_and_left_out() {
    let output = run(&["compare"], "1 2\n1 x\n1\n1 2\n");
    let lines = lines(&output);
    assert_eq!((code(&output), lines.len(), &lines[0]["runs"]), (2, 3, &json!([2, 2])));
    assert_eq!(lines[1], json!({"line": 2, "error": "`x` is not a number"}));
    assert_eq!(lines[2]["line"], 3);
}

#[test]
fn a_csv_of_runs_says_the_same_as_json() {
    let (baseline, candidate) = sides();
    let mut table = "Run, Value ,ID,side,paired\n".to_owned();
    for (run, value) in baseline.iter().enumerate() {
        writeln!(table, "r{run},{value},\"a, b\",Base,true").unwrap();
    }
    // Partners have the same name; the order of the rows is not what pairs them.
    for (run, value) in candidate.iter().enumerate().rev() {
        writeln!(table, "r{run},{value},\"a, b\",candidate,").unwrap();
    }
    assert_eq!(answer(&["compare"], table), answer(&["compare"], as_json("a, b")));
}

#[test]
fn rows_of_one_run_are_its_samples() {
    let table = "id,side,run,value\na,base,1,1\na,base,1,2\na,head,1,3\nb,base,1,1\na,base,2,4\n";
    let lines = lines(&run(&["compare"], table));
    assert_eq!((&lines[0]["id"], &lines[0]["runs"]), (&json!("a"), &json!([2, 1])));
    assert_eq!((&lines[1]["id"], &lines[1]["runs"]), (&json!("b"), &json!([1, 0])));
}

#[test]
fn bad_rows_stand_between_the_answers_in_the_order_of_the_file() {
    let table = "id,side,value\na,base,1\nb,left,1\nc,base,1\nc,base\nd,base,one\na,head,2\n";
    let output = run(&["compare"], table);
    let lines = lines(&output);
    assert_eq!(code(&output), 2);
    let shown: Vec<_> = lines.iter().map(|line| line.get("id").or(line.get("line")).unwrap().clone()).collect();
    assert_eq!(shown, [json!("a"), json!(3), json!("c"), json!(5), json!(6)]);
    assert_eq!((&lines[0]["runs"], &lines[3]["error"]), (&json!([1, 1]), &json!("2 cells under a header of 3")));
    let strict = run(&["compare", "--strict"], table);
    assert_eq!((code(&strict), out(&strict).lines().count()), (2, 1));
}

#[test]
fn a_paired_run_without_partner_is_refused() {
    let output = run(&["compare", "--paired"], "side,run,value\nbase,1,1\nbase,2,1\nhead,1,1\nhead,3,1\n");
    assert_eq!(code(&output), 2);
    assert_eq!(lines(&output)[0]["error"], "paired, but run `2` is on the baseline's side only");
}

#[test]
fn a_table_that_is_none_is_refused_whole() {
    for (verb, table) in
        [("compare", "id,value\na,1\n"), ("compare", "1,2\n3,4\n"), ("detect", "1,2\n3,4\n"), ("detect", "a,b\nx,y\n")]
    {
        let output = run(&[verb], table);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{table}");
        assert!(err(&output).contains("CBKB002") && err(&output).contains("--help"), "{}", err(&output));
    }
}

fn histories() -> (Vec<f64>, Vec<f64>) {
    (Noise(1).levels(&[(10.0, 30), (12.0, 30)]), Noise(2).levels(&[(7.0, 60)]))
}

fn expected(first: &str, second: &str, commits: bool) -> Vec<Value> {
    let (a, b) = histories();
    let question = |id: &str, values: Vec<f64>| {
        let mut question = json!({"id": id, "values": values});
        if commits {
            question["commits"] = (0..60).map(|i| json!(format!("c{i}"))).collect();
            question["groups"] = (0..60).map(|i| json!(i % 2)).collect();
        }
        question.to_string() + "\n"
    };
    lines(&run(&["detect"], question(first, a) + &question(second, b)))
}

#[test]
fn every_column_of_numbers_is_a_history() {
    let (a, b) = histories();
    let mut table = "machine,z,date,commit,b\n".to_owned();
    for (place, (a, b)) in a.iter().zip(&b).enumerate() {
        writeln!(table, "m{},{a},day {place},c{place},{b}", place % 2).unwrap();
    }
    let output = run(&["detect"], &table);
    assert_eq!((code(&output), lines(&output)), (0, expected("z", "b", true)));
    assert_eq!(lines(&output)[0]["change_points"][0]["commit"], "c30");
}

#[test]
fn a_table_of_ids_and_values_is_a_history_for_each_id() {
    let (a, b) = histories();
    let mut table = "value,id,commit,group\n".to_owned();
    for (place, (a, b)) in a.iter().zip(&b).enumerate() {
        writeln!(table, "{a},z,c{place},{}\n{b},b,c{place},{}", place % 2, place % 2).unwrap();
    }
    assert_eq!(lines(&run(&["detect"], table)), expected("z", "b", true));
}

#[test]
fn columns_are_one_history_or_ids_or_labels() {
    let (a, b) = histories();
    let one: String = a.iter().map(|value| format!("{value}\n")).collect();
    assert_eq!(answer(&["detect"], &one), expected("-", "b", false)[0]);
    assert_eq!(answer(&["detect"], format!("time\n{one}")), expected("-", "b", false)[0]);
    let labelled: String = a.iter().enumerate().map(|(day, value)| format!("{day} {value}\n")).collect();
    assert_eq!(answer(&["detect"], labelled), expected("-", "b", false)[0]);
    let named: String = a.iter().zip(&b).map(|(a, b)| format!("z {a}\nb {b}\n")).collect();
    assert_eq!(lines(&run(&["detect"], named)), expected("z", "b", false));
}

#[test]
fn a_word_among_numbers_is_named_and_taken_for_missing() {
    let output = run(&["detect"], "a,b\n1,1\nbroken,2\n3,3\n,4\n");
    let lines = lines(&output);
    assert_eq!((code(&output), lines.len()), (2, 3));
    assert_eq!((&lines[0]["skipped"], &lines[1]["id"]), (&json!(2), &json!("b")));
    assert_eq!(lines[2], json!({"line": 3, "error": "`broken` is not a number"}));
}

#[test]
fn the_shape_can_be_said() {
    assert_eq!(answer(&["detect", "--input", "csv"], "time\n1\n2\n3\n")["id"], "time");
    assert_eq!(code(&run(&["detect", "--input", "jsonl"], "1\n2\n")), 2);
    let output = run(&["compare", "--input", "columns"], "{ 1\n");
    assert_eq!(lines(&output)[0]["error"], "`{` is not a number");
}
