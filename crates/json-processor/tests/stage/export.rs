//! Reports in the formats of others.

use crate::fixture::{Place, benchmark, exit, out, run, small_run, talk, timed};
use serde_json::{Value, json};

fn place(run: &Value) -> Place {
    let place = Place::new();
    place.json("run.json", run);
    assert_eq!(exit(&place.call(&["report", "run.json", "--out", "perf.json"])), 0);
    place
}

fn exported(place: &Place, arguments: &[&str]) -> String {
    let output = place.call(&[&["export", "perf.json", "--as"], arguments].concat());
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    out(&output)
}

#[test]
fn a_report_as_comma_separated_values() {
    let text = exported(&place(&small_run()), &["csv"]);
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
    insta::assert_snapshot!(text.replace('\r', ""), @r#"
    run_id,name,harness,target,benchmark,measure,value,unit,direction,lower,upper,level,interval_from,rounds,samples,primary
    20261121T050000Z-1a2b3c4-9f8e,pkg/decode/display#throughput,criterion,pkg/decode,display,throughput,4194304000,B/s,higher_is_better,4194304000,4194304000,0.95,rounds,2,4,true
    20261121T050000Z-1a2b3c4-9f8e,pkg/decode/display#time,criterion,pkg/decode,display,time,250000,ns,lower_is_better,250000,250000,0.95,rounds,2,4,false
    20261121T050000Z-1a2b3c4-9f8e,pkg/decode/plain#time,criterion,pkg/decode,plain,time,100,ns,lower_is_better,80,125,0.95,samples,1,2,true
    20261121T050000Z-1a2b3c4-9f8e,tool#rows,process,tool,,rows,500,1/s,higher_is_better,500,500,0.95,rounds,2,2,true
    20261121T050000Z-1a2b3c4-9f8e,tool#user,process,tool,,user,1000000000,ns,lower_is_better,1000000000,1000000000,0.95,rounds,2,2,false
    20261121T050000Z-1a2b3c4-9f8e,tool#wall,process,tool,,wall,2000000000,ns,lower_is_better,2000000000,2000000000,0.95,rounds,2,2,true
    "#);
}

#[test]
fn a_report_as_bencher_metric_format() {
    insta::assert_snapshot!(exported(&place(&small_run()), &["bencher"]), @r#"
    {
      "pkg/decode/display": {
        "latency": {
          "value": 250000.0,
          "lower_value": 250000.0,
          "upper_value": 250000.0
        },
        "throughput": {
          "value": 4194304000.0,
          "lower_value": 4194304000.0,
          "upper_value": 4194304000.0
        }
      },
      "pkg/decode/plain": {
        "latency": {
          "value": 100.0,
          "lower_value": 80.0,
          "upper_value": 125.0
        }
      },
      "tool": {
        "rows": {
          "value": 500.0,
          "lower_value": 500.0,
          "upper_value": 500.0
        },
        "user": {
          "value": 1000000000.0,
          "lower_value": 1000000000.0,
          "upper_value": 1000000000.0
        },
        "wall": {
          "value": 2000000000.0,
          "lower_value": 2000000000.0,
          "upper_value": 2000000000.0
        }
      }
    }
    "#);
}

#[test]
fn a_report_as_custom_json_of_github_action_benchmark() {
    insta::assert_snapshot!(exported(&place(&small_run()), &["github-action-benchmark", "--direction", "lower"]), @r#"
    [
      {
        "name": "pkg/decode/display#time",
        "unit": "ns",
        "value": 250000.0,
        "range": "± 0",
        "extra": "rounds: 2\nsamples: 4\n95 % interval over rounds: 250000 to 250000"
      },
      {
        "name": "pkg/decode/plain#time",
        "unit": "ns",
        "value": 100.0,
        "range": "± 25.00",
        "extra": "rounds: 1\nsamples: 2\n95 % interval over samples: 80 to 125"
      },
      {
        "name": "tool#user",
        "unit": "ns",
        "value": 1000000000.0,
        "range": "± 0",
        "extra": "rounds: 2\nsamples: 2\n95 % interval over rounds: 1000000000 to 1000000000"
      },
      {
        "name": "tool#wall",
        "unit": "ns",
        "value": 2000000000.0,
        "range": "± 0",
        "extra": "rounds: 2\nsamples: 2\n95 % interval over rounds: 2000000000 to 2000000000"
      }
    ]
    "#);
}

#[test]
fn two_directions_do_not_go_into_one_file() {
    let place = place(&small_run());
    let output = place.call(&["export", "perf.json", "--as", "github-action-benchmark"]);
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("CBKB101") && talk(&output).contains("--direction"), "{}", talk(&output));
    let output = place.call(&["export", "perf.json", "--as", "github-action-benchmark", "--direction", "higher"]);
    let lines: Value = serde_json::from_str(&out(&output)).unwrap();
    let names: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["name"].clone()).collect();
    assert_eq!(names, ["pkg/decode/display#throughput", "tool#rows"]);
    assert!(talk(&output).contains("4 metrics that improve the other way are left out"), "{}", talk(&output));
}

#[test]
fn one_direction_alone_needs_no_flag() {
    let place = place(&run(&[benchmark("x", Value::Null, &[timed(1, 1.0)])]));
    let lines: Value = serde_json::from_str(&exported(&place, &["github-action-benchmark"])).unwrap();
    assert_eq!(lines.as_array().unwrap().len(), 1);
}

#[test]
fn cells_are_quoted_and_no_formula_gets_into_a_spreadsheet() {
    let mut nasty = benchmark("say \"hi\", twice", Value::Null, &[timed(1, 1.0)]);
    nasty["id"]["target"] = json!("=HYPERLINK(1)");
    let text = exported(&place(&run(&[nasty])), &["csv"]);
    let row = text.lines().nth(1).unwrap();
    assert!(
        row.contains(
            ",\"'=HYPERLINK(1)/say \"\"hi\"\", twice#time\",criterion,'=HYPERLINK(1),\"say \"\"hi\"\", twice\",time,1,ns,"
        ),
        "{row}"
    );
    for start in ["+", "-", "@"] {
        let mut nasty = benchmark("x", Value::Null, &[timed(1, 1.0)]);
        nasty["id"]["target"] = json!(format!("{start}1"));
        assert!(exported(&place(&run(&[nasty])), &["csv"]).contains(&format!(",'{start}1/x#time,")));
    }
}

#[test]
fn a_report_with_a_key_twice_is_not_exported() {
    let place = place(&small_run());
    let text = place.read("perf.json").replacen("\"warnings\"", "\"display_gibs\": 9, \"warnings\"", 1);
    place.text("perf.json", text);
    let output = place.call(&["export", "perf.json", "--as", "csv"]);
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("perf.json /display_gibs"), "{}", talk(&output));
}

#[test]
fn an_export_goes_to_a_file_too() {
    let place = place(&small_run());
    assert_eq!(exported(&place, &["csv", "--out", "perf.csv"]), "");
    assert_eq!(place.read("perf.csv"), exported(&place, &["csv"]));
}
