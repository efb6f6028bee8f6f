//! `thresholds.toml` in both of its forms, and every way to get it wrong.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails has failed its test")]

use std::path::Path;
use std::time::Duration;

use bench_model::config::{ConfigError, Thresholds};
use bench_model::{Code, Failure, Quantity, Unit};
use proptest::prelude::*;

const SPECIFICATION: &str = include_str!("data/specification-thresholds.toml");

fn parse(text: &str) -> Result<Thresholds, ConfigError> {
    Thresholds::parse(Path::new("thresholds.toml"), text)
}

/// The error's text with its place.
fn refused(text: &str) -> String {
    let error = parse(text).expect_err(text);
    assert_eq!(error.code(), Code::Config);
    assert!(!error.hint().is_empty());
    format!("{} at {}", error, error.location().unwrap())
}

fn metric(lines: &str) -> String {
    format!("[[metric]]\nname = \"a\"\n{lines}\n")
}

#[test]
fn the_specifications_own_file_is_read_as_it_stands_and_its_numbers_mean_mb_per_second() {
    let thresholds = parse(SPECIFICATION).unwrap();
    let [display, comp3] = thresholds.metrics.as_slice() else { panic!("{thresholds:?}") };
    assert_eq!((display.name.as_str(), comp3.name.as_str()), ("display_gibs", "comp3_mibs"));
    assert_eq!(display.floor, Some(Quantity { value: 80e6, unit: Unit::BytesPerSecond }));
    assert_eq!(bench_model::unit::rounded(80e6 / 1_073_741_824.0, 3), "0.0745");
    assert_eq!(comp3.floor, Some(Quantity { value: 40e6, unit: Unit::BytesPerSecond }));
    assert_eq!(display.target.unwrap().value, 4.0 * 1_073_741_824.0);
    assert_eq!(comp3.target.unwrap().value, 500.0 * 1_048_576.0);
    assert!(display.required && comp3.required);
    assert_eq!((thresholds.regression, thresholds.safety_margin), (0.05, 10.0));
    assert_eq!(thresholds.timeout, Some(Duration::from_secs(30 * 60)));
}

#[test]
fn both_forms_of_the_same_thresholds_mean_the_same() {
    let ours = "[defaults]\nregression = \"5 %\"\nsafety_margin = 10\n\n\
        [[metric]]\nname = \"display_gibs\"\nfloor = \"80 MB/s\"\ntarget = \"4.0 GiB/s\"\n\n\
        [[metric]]\nname = \"comp3_mibs\"\nfloor = \"40 MB/s\"\ntarget = \"500 MiB/s\"\n";
    let spec = Thresholds { timeout: None, ..parse(SPECIFICATION).unwrap() };
    assert_eq!(parse(ours).unwrap(), spec);
}

#[test]
fn an_empty_file_and_no_file_are_the_defaults() {
    assert_eq!(parse("").unwrap(), Thresholds::default());
    assert_eq!((Thresholds::default().regression, Thresholds::default().safety_margin), (0.05, 10.0));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Thresholds::from_folder(folder.path()).unwrap(), Thresholds::default());
    assert_eq!(Thresholds::from_folder(&folder.path().join("gone")).unwrap(), Thresholds::default());
}

#[test]
fn a_part_of_the_specifications_file_sets_only_what_it_says() {
    let thresholds = parse("[performance_floors]\ndisplay_min_mibs = 80\n").unwrap();
    assert_eq!(thresholds.metrics.len(), 1);
    assert_eq!((thresholds.regression, thresholds.timeout), (0.05, None));
}

#[test]
fn a_floor_is_required_unless_it_says_otherwise() {
    let required = |lines: &str| parse(&metric(lines)).unwrap().metrics[0].required;
    assert!(required("floor = \"1 B/s\""));
    assert!(!required("floor = \"1 B/s\"\nrequired = false"));
    assert!(!required("regression = \"3 %\""));
    assert!(required("required = true"));
}

#[test]
fn refuses_a_threshold_without_a_unit() {
    let text = refused(&metric("floor = 80"));
    assert!(text.contains("`metric.floor`") && text.contains("`80` has no unit"), "{text}");
    assert!(text.contains("\"80 MB/s\"") && text.ends_with("thresholds.toml:3"), "{text}");
    assert!(refused(&metric("floor = \"80\"")).contains("has no unit"));
    assert!(refused(&metric("regression = 0.05")).contains("\"5 %\""));
}

#[test]
fn refuses_a_unit_of_the_wrong_kind() {
    assert!(refused(&metric("regression = \"5 MB\"")).contains("is in B, where ratio is wanted"));
    assert!(
        refused(&metric("floor = \"1 s\"\ntarget = \"1 MB\"")).contains("`metric.target` is in B, its floor in ns")
    );
    assert!(refused(&metric("floor = \"80 MBs\"")).contains("did you mean `MB"));
}

#[test]
fn refuses_unknown_keys_and_names_the_nearest() {
    assert!(
        refused(&metric("flor = \"80 MB/s\""))
            .contains("unknown key `metric.flor`; did you mean `metric.floor` at thresholds.toml:3")
    );
    assert!(refused("[default]\nregression = \"5 %\"").contains("unknown key `default`; did you mean `defaults`"));
    assert!(
        refused("[performance_floors]\ndisplay_min_mib = 80")
            .contains("did you mean `performance_floors.display_min_mibs`")
    );
    assert!(refused("[unheard_of_thing]\n").contains("unknown key `unheard_of_thing` at"));
}

#[test]
fn refuses_values_that_cannot_be_meant() {
    assert!(refused(&metric("regression = \"100 %\"")).contains("lies below 100 %"));
    assert!(refused("[defaults]\nsafety_margin = 0.5").contains("factor of at least 1"));
    assert!(refused("[defaults]\nsafety_margin = nan").contains("factor of at least 1"));
    for value in ["-1", "nan", "inf", "1e308"] {
        let text = refused(&format!("# display_min_mibs\n[performance_floors]\ndisplay_min_mibs = {value}"));
        assert!(text.contains("display_min_mibs") && text.ends_with(":3"), "{text}");
    }
}

#[test]
fn refuses_a_metric_named_twice_or_by_no_possible_name() {
    assert!(
        refused(&[metric("floor = \"1 s\""), metric("floor = \"2 s\"")].concat()).contains("`a` stands there twice")
    );
    assert!(refused("[[metric]]\nname = \"\"\nfloor = \"1 s\"").contains("metric.name"));
    assert!(refused("[[metric]]\nname = \"a\\u0000b\"").contains("metric.name"));
    assert!(refused("[[metric]]\nfloor = \"1 s\"").contains("name"));
}

#[test]
fn refuses_a_mixture_of_both_forms() {
    assert!(refused(&[SPECIFICATION, &metric("floor = \"1 s\"")].concat()).contains("use one form"));
}

#[test]
fn refuses_what_is_not_toml_with_the_line() {
    assert!(refused("[defaults]\nregression = ").ends_with("thresholds.toml:2"));
    assert!(refused("[defaults]\n[defaults]\n").contains("duplicate"));
    assert!(refused("metric = 3").contains("metric"));
    refused(&format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)));
}

#[test]
fn a_file_that_exists_and_cannot_be_used_is_never_taken_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thresholds.toml");
    std::fs::write(&path, b"[defaults]\n# \xff\xfe\n").unwrap();
    let error = Thresholds::from_folder(folder.path()).unwrap_err();
    assert_eq!(error.location().unwrap().line, Some(2));
    assert!(error.to_string().contains("is not UTF-8"), "{error}");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(Thresholds::from_folder(folder.path()).unwrap_err().code(), Code::Config);
    std::fs::remove_dir(&path).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("gone", &path).unwrap();
        assert!(Thresholds::from_folder(folder.path()).is_err(), "a dangling link is a mistake");
    }
}

#[test]
fn a_file_of_a_gigabyte_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("thresholds.toml")).unwrap();
    file.set_len(1 << 30).unwrap();
    assert!(Thresholds::from_folder(folder.path()).unwrap_err().to_string().contains("larger than"));
}

#[test]
fn resolving_takes_the_first_name_that_has_an_entry() {
    let thresholds = parse(&metric("floor = \"1 s\"\nregression = \"2 %\"")).unwrap();
    let found = thresholds.resolve(["other", "a"]);
    assert_eq!((found.floor.unwrap().value, found.regression, found.required), (1e9, 0.02, true));
    let none = thresholds.resolve(["other"]);
    assert_eq!((none.floor, none.regression, none.required), (None, 0.05, false));
}

proptest! {
    #[test]
    fn reading_is_total(text in "\\PC{0,60}|(\\[\\[?[a-z_]{1,9}\\]?\\]\n([a-z_]{1,9} = (\"[0-9]{1,3} [MB/s%]{0,4}\"|[0-9.]{1,4})\n){0,3}){0,3}") {
        drop(parse(&text));
    }

    #[test]
    fn every_floor_that_is_read_is_finite_and_not_negative(number in prop::num::f64::ANY, unit in "MB/s|ms|%|GiB") {
        if let Ok(thresholds) = parse(&metric(&format!("floor = \"{number} {unit}\""))) {
            let floor = thresholds.metrics[0].floor.unwrap();
            prop_assert!(floor.value.is_finite() && floor.value >= 0.0);
        }
    }
}

#[test]
fn the_policy_for_load_runs_is_data_with_defaults() {
    let policy = parse("[load.regression]\np95 = \"20 %\"\n[load.critical]\nerrors = \"2 %\"\n").unwrap().load;
    let defaults = bench_model::config::LoadPolicy::default();
    assert_eq!((policy.p95, policy.critical_errors, policy.rate), (0.2, 0.02, defaults.rate));
    assert_eq!(parse("").unwrap().load, defaults);
}

#[test]
fn a_policy_that_contradicts_itself_or_says_nothing_is_refused() {
    let text = refused("[load.regression]\np95 = \"60 %\"\n");
    assert!(text.contains("`load.regression.p95` lies beyond the limit of the next severity"), "{text}");
    assert!(refused("[load.high]\nerrors = \"1 %\"\n").contains("load.high.errors"));
    assert!(refused("[load.hihg]\np95 = \"1 %\"\n").contains("did you mean `load.high`"));
    assert!(refused("[load.regression]\np95 = 10\n").contains("no unit"));
    assert!(refused("[load.regression]\nrate = \"0 %\"\n").contains("above 0 %"));
}
