//! Order, bad lines, ends and pipes, which are the same for both verbs.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::*;

/// Histories of very different lengths, so that workers finish in another order than they began.
fn histories(count: u64) -> Vec<String> {
    (0..count)
        .map(|seed| {
            let length = 20 + (seed * 37 % 11) as usize * 40;
            let values = Noise(seed).levels(&[(10.0, length), (10.0 + (seed % 3) as f64, length)]);
            json!({"id": format!("h{seed}"), "values": values}).to_string() + "\n"
        })
        .collect()
}

#[test]
fn answers_keep_the_order_and_do_not_depend_on_their_neighbours() {
    let questions = histories(250);
    let forward = run(&["detect"], questions.concat());
    let mut backward = questions.clone();
    backward.reverse();
    let backward = run(&["detect"], backward.concat());
    let mut turned: Vec<_> = out(&backward).lines().map(str::to_owned).collect();
    turned.reverse();
    assert_eq!(out(&forward).lines().collect::<Vec<_>>(), turned);
    for (place, answer) in lines(&forward).iter().enumerate() {
        assert_eq!(answer["id"], format!("h{place}"));
    }
    let alone: String = questions.iter().take(12).map(|question| out(&run(&["detect"], question))).collect();
    assert!(out(&forward).starts_with(&alone));
}

#[test]
fn equal_input_gives_equal_bytes_from_a_file_or_a_pipe() {
    let input = histories(100).concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &input).unwrap();
    let piped = run(&["detect", "-"], &input);
    let read = run(&["detect", file.path().to_str().unwrap()], "");
    assert_eq!((code(&piped), out(&piped).lines().count()), (0, 100));
    assert_eq!(piped.stdout, read.stdout);
    assert_eq!(piped.stdout, run(&["detect"], &input).stdout);
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_the_rest_goes_on() {
    let output = run(&["detect"], "{\"id\":\"a\",\"values\":[1]}\n\n{\"id\":\"b\",\n{\"id\":\"c\",\"values\":[1]}\n");
    let lines = lines(&output);
    assert_eq!(code(&output), 2);
    assert_eq!((lines.len(), &lines[0]["id"], &lines[2]["id"]), (3, &json!("a"), &json!("c")));
    assert_eq!(lines[1]["line"], 3, "blank lines are counted");
    assert!(lines[1]["error"].as_str().unwrap().contains("EOF"), "{}", lines[1]);
    let text = err(&output);
    assert!(text.contains("error[CBKB002]") && text.contains("where: -:3") && text.contains("next:"), "{text}");
}

#[test]
fn strict_stops_at_the_first_bad_line_with_all_before_it_answered() {
    let mut input = histories(220);
    let whole = out(&run(&["detect"], input.concat()));
    input[150] = "{\"values\":1}\n".into();
    input[180] = "{\n".into();
    let output = run(&["detect", "--strict"], input.concat());
    assert_eq!(code(&output), 2);
    assert_eq!(out(&output), whole.lines().take(150).map(|line| format!("{line}\n")).collect::<String>());
    assert!(err(&output).contains("CBKB002") && err(&output).contains("-:151"), "{}", err(&output));
    assert_eq!(err(&output).matches("CBKB002").count(), 1);
}

#[test]
fn an_input_without_a_question_gives_no_answer_and_says_so() {
    for verb in ["compare", "detect"] {
        for input in ["", "\n", " \n\r\n\t\n", "garbage\n"] {
            let output = run(&[verb], input);
            assert_eq!((code(&output), out(&output).as_str()), (0, ""), "{verb} {input:?}");
            assert!(err(&output).starts_with("warning: no question was read"), "{verb} {input:?}: {}", err(&output));
        }
    }
}

#[test]
fn each_line_is_answered_before_the_next_one_is_written() {
    let mut child = command(&["detect"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        while answers.read_line(&mut line).unwrap() > 0 {
            sender.send(std::mem::take(&mut line)).unwrap();
        }
    });
    for id in ["one", "two"] {
        writeln!(stdin, "{{\"id\":\"{id}\",\"values\":[1,2,3]}}").unwrap();
        let line = receiver.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(line.contains(id), "{line}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    reader.join().unwrap();
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), histories(400).concat()).unwrap();
    let mut child = command(&["detect", file.path().to_str().unwrap()]).stdin(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((child.wait().unwrap().code(), text.as_str()), (Some(0), ""));
}

#[test]
fn what_is_not_utf_8_is_a_bad_line() {
    let output = run(&["detect"], b"{\"id\":\"\xff\",\"values\":[1]}\n{\"id\":\"b\",\"values\":[1]}\n");
    assert_eq!((code(&output), &lines(&output)[0]["line"], &lines(&output)[1]["id"]), (2, &json!(1), &json!("b")));
    let output = run(&["detect"], b"1\n\xff\n3\n");
    assert_eq!((code(&output), &lines(&output)[1]), (2, &json!({"line": 2, "error": "not UTF-8"})));
}

#[test]
fn byte_order_marks_and_carriage_returns_do_not_matter() {
    let plain = run(&["detect"], "{\"id\":\"a\",\"values\":[1,2]}\n{\"id\":\"b\",\"values\":[1,2]}\n");
    let windows = run(&["detect"], "\u{feff}{\"id\":\"a\",\"values\":[1,2]}\r\n{\"id\":\"b\",\"values\":[1,2]}\r\n");
    assert_eq!((code(&windows), &windows.stdout), (0, &plain.stdout));
    let utf_16 = run(&["detect"], b"\xff\xfe{\0\"\0");
    assert_eq!((code(&utf_16), out(&utf_16).as_str()), (2, ""));
    assert!(err(&utf_16).contains("CBKB002") && err(&utf_16).contains("UTF-16"), "{}", err(&utf_16));
}

#[test]
fn a_last_line_without_a_newline_is_answered() {
    assert_eq!(answer(&["detect"], "{\"id\":7,\"values\":[1]}")["id"], 7);
}

#[test]
fn a_bad_first_line_does_not_change_what_the_others_are() {
    let output = run(&["detect"], "started at 10:00, please wait\n{\"id\":\"a\",\"values\":[1]}\n");
    let lines = lines(&output);
    assert_eq!((code(&output), &lines[0]["line"], &lines[1]["id"]), (2, &json!(1), &json!("a")));
}

#[test]
fn many_bad_lines_are_all_answered_but_not_all_described() {
    let output = run(&["compare"], "{}\n".repeat(500));
    assert_eq!((code(&output), lines(&output).len()), (2, 500));
    assert_eq!(err(&output).matches("CBKB002").count(), 20);
    assert!(err(&output).contains("500 bad lines"), "{}", err(&output));
}

#[test]
fn an_error_as_json_is_one_object_with_its_place() {
    let output = run(&["compare", "--format", "json"], "{}\n");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["code"], &error["where"]["line"]), (&json!("CBKB002"), &json!(1)));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for path in ["gone.jsonl", "."] {
        let output = run(&["detect", path], "");
        assert_eq!((code(&output), out(&output).as_str()), (2, ""));
        assert!(err(&output).contains("CBKB102") && err(&output).contains(path), "{}", err(&output));
    }
}

#[test]
fn a_line_without_end_is_an_error_and_not_the_end_of_memory() {
    let mut child = command(&["detect"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        stdin.write_all(b"{\"id\":\"").unwrap();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..257 {
            stdin.write_all(&chunk).unwrap();
        }
        stdin.write_all(b"\"}\n{\"id\":\"next\",\"values\":[1]}\n").unwrap();
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let lines = lines(&output);
    assert_eq!((code(&output), &lines[0]), (2, &json!({"line": 1, "error": "longer than 256 MiB"})));
    assert_eq!(lines[1]["id"], "next");
}

#[test]
fn the_help_shows_the_shapes_and_examples_that_work() {
    for (verb, shape) in [("compare", "\"baseline\""), ("detect", "\"values\"")] {
        let output = run(&[verb, "--help"], "");
        let text = out(&output);
        assert_eq!(code(&output), 0);
        assert!(text.contains(shape) && text.contains("Examples:"), "{text}");
        let (_, after) = text.split_once("Examples:").unwrap();
        assert!(after.lines().all(|line| line.len() <= 80), "fits a terminal: {after}");
        let example = text.lines().find_map(|line| line.trim().strip_prefix("echo '")).unwrap();
        let input = example.split('\'').next().unwrap();
        let answer = answer(&[verb], input);
        assert!(answer.to_string().contains("regressed"), "{answer}");
    }
}

/// The shape of an answer: its keys and words, without its numbers, which better statistics may move.
fn shape(value: &Value) -> Value {
    match value {
        Value::Number(_) => json!(0),
        Value::Array(list) => list.iter().map(shape).collect(),
        Value::Object(keys) => {
            keys.iter().filter(|(key, _)| *key != "why").map(|(key, value)| (key.clone(), shape(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

#[test]
fn the_answers_in_the_documentation_are_what_the_program_says() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/streams.md")).unwrap();
    let mut shown = 0;
    for (question, after) in text.split("\n    echo '").skip(1).map(|part| part.split_once('\'').unwrap()) {
        let verb = after.lines().next().unwrap().rsplit(' ').next().unwrap();
        let documented = after.lines().find_map(|line| line.strip_prefix("    {")).unwrap();
        let documented: Value = serde_json::from_str(&format!("{{{documented}")).unwrap();
        assert_eq!(shape(&answer(&[verb], question)), shape(&documented), "docs/streams.md, {verb}");
        shown += 1;
    }
    assert_eq!(shown, 2);
}
