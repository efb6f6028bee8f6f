//! What the command line changes, and what the digest of a plan hangs on.

use std::time::Duration;

use load_runner::scenario::{Model, Overrides, Scenario};

use super::{SMALL, folder, overrides, read, read_with};

fn digest(text: &str) -> String {
    read(text).unwrap().plan_sha256().unwrap().to_string()
}

#[test]
fn a_time_scale_shortens_phases_to_no_less_than_they_need_and_keeps_rates() {
    let read =
        |time_scale| Scenario::read(&folder().join("burst.toml"), &Overrides { time_scale, ..overrides() }).unwrap();
    let (full, short, long) = (read(1.0), read(0.1), read(12.0));
    let seconds =
        |scenario: &Scenario| scenario.phases.iter().map(|phase| phase.duration.as_secs_f64()).collect::<Vec<_>>();
    assert_eq!(seconds(&full), [300.0, 60.0, 240.0]);
    assert_eq!(seconds(&short), [30.0, 6.0, 24.0]);
    assert_eq!(seconds(&read(0.001)), [5.0, 5.0, 12.0]);
    assert_eq!(seconds(&long), [3600.0, 720.0, 2880.0]);
    for (full, short) in full.phases.iter().zip(&short.phases) {
        assert_eq!(full.model, short.model);
    }
    assert_eq!(full.thresholds, short.thresholds);
    assert_ne!(full.plan_sha256().unwrap(), short.plan_sha256().unwrap());
}

#[test]
fn variables_stand_in_any_text_and_can_be_set() {
    let text = SMALL
        .replace("\"10 req/s\"", "\"${speed}\"")
        .replace("[[request]]", "[variables]\nspeed = \"20 req/s\"\nmost = 7\n[thresholds]\nhttp_req_duration = [\"p(95)<${most}\"]\n[[request]]");
    let with = |set: &[(&str, &str)]| {
        let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        read_with(&text, &Overrides { set, ..overrides() }).unwrap()
    };
    let rate = |scenario: &Scenario| match &scenario.phases[0].model {
        Model::Open(arrivals) => arrivals.to,
        Model::Closed(_) => f64::NAN,
    };
    let plain = with(&[]);
    assert_eq!((rate(&plain), plain.thresholds[0].expression.as_str()), (20.0, "p(95)<7"));
    let set = with(&[
        ("speed", "30 req/s"),
        ("most", "8"),
        ("base_url", "http://[::1]:9/"),
        ("timeout", "1 s"),
        ("connections", "3"),
    ]);
    assert_eq!((rate(&set), set.thresholds[0].expression.as_str()), (30.0, "p(95)<8"));
    assert_eq!((set.base_url.as_str(), set.timeout, set.connections), ("http://[::1]:9", Duration::from_secs(1), 3));
}

#[test]
fn an_extending_file_comes_first_and_its_tables_are_merged_key_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let base = format!("{SMALL}[headers]\na = \"1\"\nb = \"2\"\n[thresholds]\nhttp_reqs = [\"rate>1\"]\nchecks = []\n");
    std::fs::write(folder.path().join("base.toml"), base).unwrap();
    let mine = folder.path().join("mine.toml");
    let text = "description = \"mine\"\nextends = \"base.toml\"\n[headers]\nb = \"3\"\n[[phase]]\nname = \"p\"\nduration = \"1 s\"\nusers = 1\n";
    std::fs::write(&mine, text).unwrap();
    let scenario = Scenario::read(&mine, &overrides()).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.description.as_str()), ("mine", "mine"));
    assert_eq!(scenario.phases.iter().map(|phase| phase.name.as_str()).collect::<Vec<_>>(), ["p"]);
    assert_eq!(scenario.requests.len(), 1);
    let headers: Vec<String> = scenario.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["a: 1", "b: 3"]);
    assert_eq!(scenario.thresholds.len(), 1);
}

#[test]
fn the_digest_changes_with_what_is_sent_and_with_nothing_else() {
    let kept = digest(SMALL);
    // It is part of what tells runs apart over years: a change needs a reason.
    assert_eq!(kept, "05234a477c17504c5be7d8abfd885878377138185bc5299facc15b68a2469434");
    for (from, to) in [
        ("a small one", "another text"),
        ("127.0.0.1:1", "127.0.0.1:2"),
        ("[[phase]]", "[thresholds]\nhttp_reqs = [\"rate>1\"]\n[[phase]]"),
        ("[[phase]]", "[scrape]\nx = \"y\"\n[[phase]]"),
        ("\"1 min\"", "\"60 s\""),
        ("\"10 req/s\"", "{ from = \"10 req/s\", to = \"10 req/s\" }"),
    ] {
        assert_eq!(digest(&SMALL.replacen(from, to, 1)), kept, "{to}");
    }
    for (from, to) in [
        ("10 req/s", "11 req/s"),
        ("1 min", "2 min"),
        ("/prefix", "/other"),
        ("get = \"/a\"", "get = \"/b\""),
        ("get = \"/a\"", "put = \"/a\""),
        ("get = \"/a\"", "get = \"/a\"\nweight = 2"),
        ("get = \"/a\"", "get = \"/a\"\nheaders = { a = \"b\" }"),
        ("get = \"/a\"", "get = \"/a\"\nchecks = [{ status = 200 }]"),
        ("[[phase]]", "[headers]\na = \"b\"\n[[phase]]"),
        ("[[phase]]", "[[region]]\nname = \"eu\"\n[[phase]]"),
        ("[[phase]]", "[service]\nargs = [\"--plugins\", \"5\"]\n[[phase]]"),
        ("base_url", "protocol = \"http2\"\nbase_url"),
    ] {
        assert_ne!(digest(&SMALL.replacen(from, to, 1)), kept, "{to}");
    }
}

#[test]
fn a_secret_is_in_no_plan_digest_debug_text_or_error() {
    let text = SMALL
        .replace(
            "[[request]]",
            "[variables]\nkey = \"Bearer ${ENV:KEY}\"\n[headers]\nauthorization = \"${key}\"\n[[request]]",
        )
        .replace("get = \"/a\"", "post = \"/a/${ENV:KEY}\"\njson = { key = \"${key}\" }");
    let with = |value: Option<&str>| {
        let variable = |_: &str| value.map(str::to_owned);
        read_with(&text, &Overrides { set: Vec::new(), time_scale: 1.0, variable: &variable })
    };
    let (one, other, none) = (with(Some("s3cr3t")).unwrap(), with(Some("0ther")).unwrap(), with(None).unwrap());
    assert_eq!(one.plan_sha256().unwrap(), other.plan_sha256().unwrap());
    assert_eq!(one.plan_sha256().unwrap(), none.plan_sha256().unwrap());
    let shown = format!("{} {one:?}", one.plan_text(1));
    assert!(!shown.contains("s3cr3t") && shown.contains("${ENV:KEY}"), "{shown}");
    let missing = load_runner::exchange::Exchanges::new(&none, 1, Default::default()).unwrap_err();
    assert!(missing.to_string().contains("the environment has no `KEY`"), "{missing}");
    let bad = with(Some("two\nlines of s3cr3t")).unwrap();
    let error =
        load_runner::exchange::Exchanges::new(&bad, 1, Default::default()).map(|exchanges| exchanges.build(0, 0));
    // A control character is sent as a blank: no header is smuggled in.
    assert_eq!(error.unwrap().headers["authorization"], "Bearer two lines of s3cr3t");
}
