//! Settings through their layers, each value with its origin.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails has failed its test")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_model::config::{ConfigError, Layer, Layers, LedgerLocation, OnRegression, Settings};
use bench_model::run::Mode;
use bench_model::{Code, Failure};
use proptest::prelude::*;

fn merged(text: &str) -> Result<Layers, ConfigError> {
    let mut layers = Layers::compiled_in()?;
    layers.merge_text(Path::new("perfledger.toml"), text)?;
    Ok(layers)
}

fn settings(text: &str) -> Settings {
    merged(text).and_then(|layers| layers.settings()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    let error = merged(text).and_then(|layers| layers.settings()).expect_err(text);
    assert_eq!(error.code(), Code::Config);
    format!("{} at {}", error, error.location().unwrap())
}

#[test]
fn the_compiled_in_defaults_are_valid() {
    let defaults = Layers::compiled_in().unwrap().settings().unwrap();
    assert_eq!((defaults.bench.rounds, defaults.bench.mode), (5, Mode::Quick));
    assert_eq!(defaults.bench.timeout, Duration::from_secs(30 * 60));
    assert_eq!((defaults.judge.confidence, defaults.judge.on_regression), (0.95, OnRegression::Warn));
    assert_eq!((defaults.ledger.location, defaults.ledger.keep_months), (LedgerLocation::Auto, 36));
    assert!(defaults.headline.is_empty() && !defaults.judge.require_verdict);
}

#[test]
fn a_file_overrides_only_what_it_names() {
    let settings = settings("[bench]\nrounds = 9\ntimeout = \"90 s\"\n[ledger]\nlocation = \"refs/x/y\"\n");
    assert_eq!((settings.bench.rounds, settings.bench.timeout), (9, Duration::from_secs(90)));
    assert_eq!(settings.bench.mode, Mode::Quick);
    assert_eq!(settings.ledger.location, LedgerLocation::Ref("refs/x/y".into()));
    assert_eq!(settings.ledger.main_branch, "main");
}

#[test]
fn later_layers_win_and_every_value_knows_its_origin() {
    let mut layers = merged("[bench]\nrounds = 9\nmode = \"full\"\n").unwrap();
    layers.set("bench.rounds", 3, Layer::Environment("PERFLEDGER_ROUNDS".into()));
    layers.set("bench.rounds", 2, Layer::Flag("--rounds".into()));
    assert_eq!(layers.settings().unwrap().bench.rounds, 2);
    let entries = layers.entries();
    let origin =
        |key: &str| entries.iter().find(|(name, ..)| name == key).map(|(_, value, origin)| format!("{value} {origin}"));
    assert_eq!(origin("bench.rounds").as_deref(), Some("2 --rounds"));
    assert_eq!(origin("bench.mode").as_deref(), Some("\"full\" perfledger.toml:3"));
    assert_eq!(origin("judge.confidence").as_deref(), Some("0.95 default"));
    assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
}

#[test]
fn a_wrong_value_is_refused_with_its_key_and_its_origin() {
    assert!(
        refused("[bench]\npackage = \"a\"\nrounds = 0\n")
            .contains("`bench.rounds` lies between 1 and 1000 at perfledger.toml:3")
    );
    assert!(refused("[bench]\nrounds = \"5\"\n").contains("`bench.rounds` is not usable"));
    assert!(refused("[bench]\nrounds = -1\n").contains("`bench.rounds`"));
    assert!(refused("[bench]\nmode = \"fast\"\n").contains("`bench.mode`"));
    assert!(refused("[bench]\ntimeout = 30\n").contains("`bench.timeout`"));
    assert!(refused("[bench]\ntimeout = \"30\"\n").contains("\"30 min\""));
    assert!(refused("[bench]\ntimeout = \"30 MB\"\n").contains("is in B, where ns is wanted"));
    assert!(refused("[bench]\ntimeout = \"10 ms\"\n").contains("at least \"1 s\""));
    for value in ["0.4", "1.0", "nan", "-inf"] {
        assert!(refused(&format!("[judge]\nconfidence = {value}\n")).contains("`judge.confidence`"), "{value}");
    }
    assert!(refused("[judge]\non_regression = \"panic\"\n").contains("`judge.on_regression`"));
    assert!(refused("[ledger]\nkeep_months = 0\n").contains("`ledger.keep_months`"));
    assert!(refused("[ledger]\nlocation = \"\"\n").contains("`ledger.location`"));
}

#[test]
fn a_wrong_flag_is_named_as_the_origin() {
    let mut layers = Layers::compiled_in().unwrap();
    layers.set("bench.rounds", 0, Layer::Flag("--rounds".into()));
    let error = layers.settings().unwrap_err();
    assert_eq!(error.location().unwrap().file, Some(PathBuf::from("--rounds")));
}

#[test]
fn what_becomes_an_argument_of_git_never_looks_like_a_flag() {
    assert!(refused("[ledger]\nremote = \"--upload-pack=x\"\n").contains("`ledger.remote`"));
    assert!(refused("[ledger]\nmain_branch = \"-d\"\n").contains("`ledger.main_branch`"));
    assert!(refused("[ledger]\nremote = \"\"\n").contains("`ledger.remote`"));
}

#[test]
fn unknown_keys_are_refused_and_name_the_nearest() {
    assert!(
        refused("[bench]\nround = 5\n")
            .contains("unknown key `bench.round`; did you mean `bench.rounds` at perfledger.toml:2")
    );
    assert!(refused("[benhc]\n").contains("unknown key `benhc`; did you mean `bench`"));
    assert!(refused("rounds = 5\n").contains("unknown key `rounds`"));
    let headline = "[[headline]]\nname = \"a\"\nlable = \"A\"\n";
    assert!(
        refused(headline).contains("unknown key `headline.lable`; did you mean `headline.label` at perfledger.toml:3")
    );
}

#[test]
fn a_section_of_the_wrong_shape_is_refused() {
    for text in [
        "bench = 5",
        "[[bench]]\n",
        "headline = 5",
        "headline = [1]",
        "[headline]\nname = \"a\"",
        "[bench.rounds]\na = 1",
    ] {
        refused(text);
    }
}

fn headline(name: &str, label: &str, metric: &str, unit: &str) -> String {
    format!("[[headline]]\nname = \"{name}\"\nlabel = \"{label}\"\nmetric = \"{metric}\"\nunit = \"{unit}\"\n")
}

#[test]
fn headlines_are_kept_in_their_order_and_checked() {
    let two = [headline("b_x", "B", "p/t/b#time", "ms"), headline("a_x", "A", "p/t/a#throughput", "GiB/s")].concat();
    let names: Vec<_> = settings(&two).headline.into_iter().map(|headline| headline.name).collect();
    assert_eq!(names, ["b_x", "a_x"]);
    assert!(refused(&headline("a", "A", "p", "Gib/s")).contains("did you mean `GiB/s`"));
    assert!(refused(&headline("metrics", "A", "p", "s")).contains("no other key of perf.json"));
    assert!(refused(&headline("A b", "A", "p", "s")).contains("headline.name"));
    assert!(refused(&headline("a", "A", "", "s")).contains("headline"));
    assert!(refused(&headline("a", " ", "p", "s")).contains("headline.label"));
    assert!(refused(&headline("a", "\\u001b[2J", "p", "s")).contains("headline.label"));
    assert!(refused(&headline("a", "A", "p", "s").repeat(2)).contains("`a` stands there twice"));
}

#[test]
fn a_folder_without_a_file_gives_the_defaults_and_an_unreadable_file_does_not() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Layers::from_folder(folder.path()).unwrap().settings().unwrap(), settings(""));
    std::fs::write(folder.path().join("perfledger.toml"), b"[bench]\nfilter = \"\xff\"\n").unwrap();
    let error = Layers::from_folder(folder.path()).unwrap_err();
    assert!(error.to_string().contains("is not UTF-8") && error.location().unwrap().line == Some(2), "{error}");
    std::fs::write(folder.path().join("perfledger.toml"), "[bench]\nrounds = 7\n").unwrap();
    assert_eq!(Layers::from_folder(folder.path()).unwrap().settings().unwrap().bench.rounds, 7);
}

#[test]
fn a_ledger_location_is_read_by_its_form() {
    assert_eq!(LedgerLocation::parse("auto"), LedgerLocation::Auto);
    assert_eq!(LedgerLocation::parse("none"), LedgerLocation::None);
    assert_eq!(LedgerLocation::parse("refs/perfledger/ledger"), LedgerLocation::Ref("refs/perfledger/ledger".into()));
    assert_eq!(LedgerLocation::parse("../history"), LedgerLocation::Folder("../history".into()));
}

proptest! {
    #[test]
    fn reading_is_total(text in "\\PC{0,60}|(\\[\\[?(bench|judge|headline|x)\\]?\\]\n([a-z_]{1,9} = (\"[^\"\\\\]{0,8}\"|[0-9.]{1,4})\n){0,3}){0,3}") {
        if let Ok(layers) = merged(&text) {
            drop(layers.settings());
        }
    }
}
