//! The committed schemas.

use std::path::{Path, PathBuf};

use crate::fixture::{Place, exit, talk};
use json_processor::{Kind, check_schemas, schema_of};

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

#[test]
fn the_committed_schemas_are_fresh() {
    if let Err(error) = check_schemas(&committed()) {
        panic!("{error}; run `cargo xtask schema` and commit the result");
    }
    let files = std::fs::read_dir(committed()).unwrap().filter_map(Result::ok);
    let schemas = files.filter(|file| file.file_name().to_string_lossy().ends_with(".schema.json")).count();
    assert_eq!(schemas, Kind::ALL.len(), "a schema of a type that is gone");
}

#[test]
fn every_schema_is_valid_draft_2020_12() {
    for kind in Kind::ALL {
        let schema = schema_of(kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", kind.name());
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{}", kind.name());
        jsonschema::draft202012::new(&schema).unwrap();
        if let Some(member) = kind.member() {
            assert_eq!(schema["properties"]["schema"]["const"], member);
        }
    }
}

#[test]
fn written_schemas_are_fresh_and_a_changed_or_missing_one_is_named() {
    let place = Place::new();
    assert_eq!(exit(&place.call(&["schema"])), 0);
    assert_eq!(exit(&place.call(&["schema", "--check"])), 0);
    let text = place.read("schemas/perf.schema.json").replace("minimum", "maximum");
    place.text("schemas/perf.schema.json", text);
    std::fs::remove_file(place.path().join("schemas/run.schema.json")).unwrap();
    let output = place.call(&["schema", "--check"]);
    assert_eq!(exit(&output), 1);
    let talk = talk(&output);
    assert!(talk.contains("CBKB003") && talk.contains("run.schema.json, perf.schema.json"), "{talk}");
    assert!(talk.contains("json-processor schema --dir schemas"), "{talk}");
}

#[test]
fn line_ends_of_a_checkout_do_not_make_a_schema_stale() {
    let place = Place::new();
    assert_eq!(exit(&place.call(&["schema"])), 0);
    let text = place.read("schemas/run.schema.json").replace('\n', "\r\n");
    place.text("schemas/run.schema.json", text);
    assert_eq!(exit(&place.call(&["schema", "--check"])), 0);
}
