//! Every kind of mistake is found before any load, with its line and what to write instead.

use bench_model::{Code, Failure};

use super::{SMALL, overrides, read, read_with};

/// What is put in place of which text of [`SMALL`], the line of the mistake, and what the error says.
const MISTAKES: &[(&str, &str, u64, &str)] = &[
    // The file.
    ("base_url = ", "base_url == ", 2, ""),
    ("base_url", "base-url", 2, "unknown key `base-url`; did you mean `base_url`"),
    ("description = \"a small one\"", "description = 1", 1, "`description` is a text in quotes"),
    ("\"http://127.0.0.1:1/prefix\"", "\"127.0.0.1:1\"", 2, "`base_url` is scheme, host, port"),
    ("\"http://127.0.0.1:1/prefix\"", "\"http://ann:pw@127.0.0.1\"", 2, "names and passwords belong in headers"),
    ("\"http://127.0.0.1:1/prefix\"", "\"http://127.0.0.1?x=1\"", 2, "`base_url`"),
    ("[[phase]]", "timeout = \"5\"\n[[phase]]", 8, "unknown key `request.timeout`"),
    ("base_url", "timeout = \"5\"\nbase_url", 2, "`timeout` is not usable: `5` has no unit"),
    ("base_url", "timeout = 5\nbase_url", 2, "`timeout` has no unit; write it as a text with one, such as \"30 min\""),
    ("base_url", "timeout = \"5 MB\"\nbase_url", 2, "`5 MB` is in B, where ns is wanted, such as \"30 min\""),
    ("base_url", "timeout = \"2 h\"\nbase_url", 2, "`timeout` lies from 1 ms to 1 h"),
    ("base_url", "connections = 0\nbase_url", 2, "`connections` lies from 1 to 100,000"),
    ("base_url", "protocol = \"http3\"\nbase_url", 2, "`protocol` is \"http1\" or \"http2\""),
    ("base_url", "extends = \"other.toml\"\nbase_url", 2, "there is no file `other.toml` beside this one"),
    ("base_url", "extends = \"mine.toml\"\nbase_url", 2, "does one extend itself"),
    ("[[request]]", "[request]", 4, "`request` is a list of tables: write [[request]]"),
    // Phases.
    ("[[phase]]", "[[phases]]", 8, "unknown key `phases`; did you mean `phase`"),
    ("duration = \"1 min\"\n", "", 8, "`phase.duration` is missing"),
    ("\"1 min\"", "\"1 minute\"", 10, "`phase.duration` is not usable: unknown unit `minute`"),
    ("\"1 min\"", "\"0 s\"", 10, "`phase.duration` lies from 1 ms"),
    ("\"1 min\"", "\"1 min\"\nat_least = \"2 min\"", 11, "`phase.at_least` is longer than `phase.duration`"),
    ("rate = \"10 req/s\"", "rat = \"10 req/s\"", 11, "unknown key `phase.rat`; did you mean `phase.rate`"),
    ("rate = \"10 req/s\"\n", "", 8, "this phase has neither `phase.rate` nor `phase.users`"),
    (
        "rate = \"10 req/s\"",
        "rate = \"10 req/s\"\nusers = 5",
        12,
        "`phase.users` stands beside `rate`: a phase has either",
    ),
    (
        "rate = \"10 req/s\"",
        "rate = 10",
        11,
        "`phase.rate` has no unit; write it as a text with one, such as \"1000 req/s\"",
    ),
    ("rate = \"10 req/s\"", "rate = \"0 req/s\"", 11, "`phase.rate` lies above 0"),
    ("rate = \"10 req/s\"", "rate = { from = \"1 req/s\" }", 11, "`phase.rate.to` is missing"),
    ("rate = \"10 req/s\"", "rate = { from = \"1 req/s\", too = \"2 req/s\" }", 11, "did you mean `phase.rate.to`"),
    ("rate = \"10 req/s\"", "rate = \"10 req/s\"\nthink_time = \"1 s\"", 12, "`phase.think_time` belongs to users"),
    ("rate = \"10 req/s\"", "rate = \"10 req/s\"\nspacing = \"odd\"", 12, "`phase.spacing` is \"even\" or \"poisson\""),
    ("rate = \"10 req/s\"", "users = 0", 11, "`phase.users` lies from 1 to 100,000"),
    ("rate = \"10 req/s\"", "users = -1", 11, "`phase.users` is a whole number"),
    ("rate = \"10 req/s\"", "users = 5\nspacing = \"even\"", 12, "`phase.spacing` belongs to a rate"),
    ("rate = \"10 req/s\"", "users = 5\nthink_time = { from = \"2 s\", to = \"1 s\" }", 12, "the shorter end first"),
    ("rate = \"10 req/s\"", "users = 5\niterations = 0", 12, "`phase.iterations` lies above 0"),
    (
        "rate = \"10 req/s\"",
        "rate = \"10 req/s\"\nwarm_up = true",
        8,
        "`phase` is missing: a scenario has at least one [[phase]] that is no warm-up",
    ),
    ("rate = \"10 req/s\"", "rate = \"10 req/s\"\nwarm_up = 1", 12, "`phase.warm_up` is `true` or `false`"),
    ("rate = \"10 req/s\"", "rate = \"10 req/s\"\nweights = { b = 1 }", 12, "`phase.weights.b` is no request"),
    (
        "rate = \"10 req/s\"",
        "rate = \"10 req/s\"\nweights = { a = 0 }",
        8,
        "in phase `steady` every request has the weight 0",
    ),
    ("name = \"steady\"", "name = \"a,b\"", 9, "`phase.name` is a name without quotes"),
    // Requests.
    ("get = \"/a\"", "got = \"/a\"", 6, "unknown key `request.got`; did you mean `request.get`"),
    ("get = \"/a\"", "get = \"/a\"\npost = \"/a\"", 4, "not exactly one of `request.get`"),
    ("get = \"/a\"", "get = \"a\"", 6, "`request.get` is a path"),
    ("get = \"/a\"", "get = \"/a b\"", 6, "`request.get` is a path"),
    ("get = \"/a\"", "get = \"/${nosuch}\"", 6, "has `${nosuch}` at character 2: unknown placeholder"),
    ("get = \"/a\"", "get = \"/${itn(1, 2)}\"", 6, "unknown function; did you mean `int`"),
    ("get = \"/a\"", "get = \"/${int(2, 1)}\"", 6, "the smaller first"),
    ("get = \"/a\"", "get = \"/${repeat(90, 2)}\"", 6, "such as repeat(90 %, 200)"),
    ("get = \"/a\"", "get = \"/${text(0)}\"", 6, "a number of characters from 1"),
    ("get = \"/a\"", "get = \"/${now}\"", 6, "the time would differ in every run"),
    ("get = \"/a\"", "get = \"/${region}\"", 6, "the scenario has no regions"),
    ("get = \"/a\"", "get = \"/${capture.id}\"", 6, "no request captures it"),
    ("get = \"/a\"", "get = \"/${data.docs/x}\"", 6, "there is no such [data]"),
    ("get = \"/a\"", "get = \"/${int(1, 2)\"", 6, "`${` without `}`"),
    ("get = \"/a\"", "get = \"/${capture.id}\"\ncapture = { id = \"/id\" }", 4, "request `a` can never be sent"),
    ("get = \"/a\"", "get = \"/a\"\ncapture = { id = \"id\" }", 7, "`request.capture.id`"),
    ("get = \"/a\"", "get = \"/a\"\nweight = -1", 7, "`request.weight` lies from 0 on"),
    ("get = \"/a\"", "post = \"/a\"\njson = 1\nbody = \"x\"", 8, "`request.body` stands beside `request.json`"),
    ("get = \"/a\"", "post = \"/a\"\njson = { \"${uuid}\" = 1 }", 7, "only values are drawn"),
    ("get = \"/a\"", "post = \"/a\"\njson = { at = 2026-01-01 }", 7, "has a date"),
    ("get = \"/a\"", "get = \"/a\"\nheaders = { host = \"x\" }", 7, "`request.headers.host` is set by the engine"),
    ("get = \"/a\"", "get = \"/a\"\nheaders = { \"a b\" = \"x\" }", 7, "is no header's name"),
    ("get = \"/a\"", "get = \"/a\"\nheaders = { Accept = \"x\" }", 7, "is no header's name in lower case"),
    ("get = \"/a\"", "get = \"/a\"\nheaders = { a = \"x\\ny\" }", 7, "is no header's value"),
    ("get = \"/a\"", "get = \"/a\"\naccept = [\"6xx\"]", 7, "`request.accept` is a list of statuses"),
    ("get = \"/a\"", "get = \"/a\"\ntags = { phase = \"x\" }", 7, "`request.tags.phase` cannot be a tag"),
    ("[[phase]]", "[[request]]\nname = \"a\"\nget = \"/b\"\n[[phase]]", 9, "`a` names two requests"),
    // Checks.
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ statu = 200 }]", 7, "did you mean `request.checks.status`"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ status = 99 }]", 7, "`request.checks.status` is a status"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ status = 200, exists = \"/a\" }]", 7, "a check has one demand"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ pointer = \"/a\" }]", 7, "needs one of `equals`"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ pointer = \"a\", equals = 1 }]", 7, "is a JSON pointer"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ pointer = \"/a\", matches = \"(\" }]", 7, "is no regular expression"),
    ("get = \"/a\"", "get = \"/a\"\nchecks = [{ exists = \"/a\" }, { exists = \"/a\" }]", 7, "names two checks"),
    // The rest.
    ("[[phase]]", "[[region]]\nname = \"a\"\nloss = \"60 %\"\n[[phase]]", 10, "`region.loss` lies up to 50 %"),
    ("[[phase]]", "[[region]]\ndelay = \"60 ms\"\n[[phase]]", 8, "`region.name` is missing"),
    (
        "[[phase]]",
        "[[event]]\nphase = \"stedy\"\ncut_dependency = true\n[[phase]]",
        9,
        "`stedy` is no phase; did you mean `steady`",
    ),
    (
        "[[phase]]",
        "[[event]]\nphase = \"steady\"\ncut_dependency = true\n[[phase]]",
        8,
        "needs `service.dependency = true`",
    ),
    ("[[phase]]", "[[event]]\nphase = \"steady\"\n[[phase]]", 8, "has not exactly one of"),
    ("[[phase]]", "[[event]]\nphase = \"steady\"\npost = \"/faults\"\n[[phase]]", 8, "`event.json` is missing"),
    ("[[phase]]", "[data.docs]\nget = \"/x\"\nfile = \"x\"\n[[phase]]", 8, "has either `file`, or `get`"),
    ("[[phase]]", "[data.docs]\nfile = \"nosuch.jsonl\"\n[[phase]]", 9, "is no file beside the scenario"),
    ("[[phase]]", "[scrape]\nx = \"share(a)\"\n[[phase]]", 9, "`scrape.x` is a sample"),
    ("[[phase]]", "[scrape]\nx = \"mean(a, b)\"\n[[phase]]", 9, "`scrape.x` is a sample"),
    ("[[phase]]", "[scrape]\nx = \"by(name, a_total)\"\n[[phase]]", 9, "`scrape.x` is a sample"),
    ("[[phase]]", "[scrape]\nhttp_reqs = \"a\"\n[[phase]]", 9, "cannot be a gauge's name"),
    ("[[phase]]", "[service]\nargs = [1]\n[[phase]]", 9, "`service.args`"),
    ("[[phase]]", "[service]\nlimits = { memory = \"1 s\" }\n[[phase]]", 9, "`service.limits.memory` is not usable"),
    ("[[phase]]", "[variables]\nuuid = \"x\"\n[[phase]]", 9, "cannot be a variable's name"),
    ("rate = \"10 req/s\"", "rate = \"${ENV:RATE}\"", 11, "a secret can stand in headers, paths and bodies only"),
    // Thresholds: none may pass because nothing matches it.
    ("[[phase]]", "[thresholds]\nhttp_req_duration = [\"p95<200\"]\n[[phase]]", 9, "`p95` is no figure"),
    ("[[phase]]", "[thresholds]\nhttp_req_duration = [\"count>1\"]\n[[phase]]", 9, "this metric has no count"),
    (
        "[[phase]]",
        "[thresholds]\nhttp_req_durations = [\"p(95)<200\"]\n[[phase]]",
        9,
        "unknown metric; did you mean `http_req_duration`",
    ),
    ("[[phase]]", "[thresholds]\nqueue = [\"max<200\"]\n[[phase]]", 9, "no built-in one, and not under [scrape]"),
    (
        "[[phase]]",
        "[scrape]\nx = \"by(category, a_total)\"\n[thresholds]\nx = [\"count<2\"]\n[[phase]]",
        11,
        "say of which one, as in `{category:…}`",
    ),
    (
        "[[phase]]",
        "[scrape]\nx = \"by(category, a_total)\"\n[thresholds]\n\"x{kind:b}\" = [\"count<2\"]\n[[phase]]",
        11,
        "`kind` is no tag",
    ),
    ("[[phase]]", "[thresholds]\nservice_memry = [\"max<1\"]\n[[phase]]", 9, "did you mean `memory`"),
    (
        "[[phase]]",
        "[thresholds]\n\"http_reqs{phase:burst}\" = [\"rate>1\"]\n[[phase]]",
        9,
        "`burst` is no phase; there are steady",
    ),
    (
        "[[phase]]",
        "[thresholds]\n\"http_reqs{name:b}\" = [\"rate>1\"]\n[[phase]]",
        9,
        "nothing matches: `b` is no request",
    ),
    (
        "[[phase]]",
        "[thresholds]\n\"http_req_duration{phase:steady}\" = [\"p(95) < 120 % of {phase:stedy}\"]\n[[phase]]",
        9,
        "what it is compared with: nothing matches: `stedy` is no phase; did you mean `steady`",
    ),
    (
        "[[phase]]",
        "[thresholds]\nhttp_req_duration = [\"p(95) < 120 % of {phase:steady} or 5 ms\"]\n[[phase]]",
        9,
        "it names no phase of its own to compare",
    ),
    (
        "[[phase]]",
        "[thresholds]\n\"http_req_duration{phase:steady}\" = [\"p(95) < 120 % of {region:eu}\"]\n[[phase]]",
        9,
        "`120 % of {phase:normal} or 50 ms`",
    ),
    ("[[phase]]", "[thresholds]\n\"http_reqs{kind:b}\" = [\"rate>1\"]\n[[phase]]", 9, "`kind` is no tag"),
    (
        "[[phase]]",
        "[thresholds]\n\"checks{check:b}\" = [\"rate>0.9\"]\n[[phase]]",
        9,
        "`b` is no check; the scenario has none",
    ),
    ("[[phase]]", "[thresholds]\nchecks = [\"rate>0.9\"]\n[[phase]]", 9, "no such request has checks"),
    (
        "[[phase]]",
        "[thresholds]\n\"http_reqs{check:b}\" = [\"rate>0.9\"]\n[[phase]]",
        9,
        "belongs to the metric `checks`",
    ),
    ("[[phase]]", "[thresholds]\n\"service_cpu{name:a}\" = [\"max<1\"]\n[[phase]]", 9, "has no tags but `phase`"),
    ("[[phase]]", "[thresholds]\nall = [\"recovery < 30 s\"]\n[[phase]]", 9, "names no phase"),
    (
        "[[phase]]",
        "[thresholds]\n\"{phase:steady}\" = [\"recovery < 30 s\"]\n[[phase]]",
        9,
        "needs two phases before its own",
    ),
    (
        "[[phase]]",
        "[thresholds]\nhttp_req_duration = [\"p(95)<1\"]\n[[region]]\nname = \"eu\"\n[[phase]]",
        9,
        "add `region:NAME`",
    ),
    (
        "[[phase]]",
        "[thresholds]\n\"http_req_duration{region:us}\" = [\"p(95)<1\"]\n[[region]]\nname = \"eu\"\n[[phase]]",
        9,
        "`us` is no region",
    ),
];

#[test]
fn every_mistake_is_named_with_its_line_before_any_load() {
    read(SMALL).unwrap();
    let mut wrong = Vec::new();
    for (from, to, line, says) in MISTAKES {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        match read(&text) {
            Ok(_) => wrong.push(format!("{to}: was read")),
            Err(error) => {
                let location = error.location();
                let place = location.as_ref().and_then(|location| location.line);
                let file = location.and_then(|location| location.file).is_some_and(|file| file.ends_with("mine.toml"));
                if error.code() != Code::Config || !file || place != Some(*line) || !error.to_string().contains(says) {
                    wrong.push(format!("{to}: line {place:?}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_mistake_in_a_file_that_is_extended_is_named_in_that_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("base.toml"), format!("{SMALL}spaceing = \"even\"\n")).unwrap();
    let mine = folder.path().join("mine.toml");
    std::fs::write(&mine, "description = \"x\"\nextends = \"base.toml\"\n").unwrap();
    let error = load_runner::scenario::Scenario::read(&mine, &overrides()).unwrap_err();
    let location = error.location().unwrap();
    assert!(location.file.unwrap().ends_with("base.toml"));
    assert_eq!(location.line, Some(12));
    assert!(error.to_string().contains("did you mean `phase.spacing`"), "{error}");
}

#[test]
fn a_file_that_is_no_text_and_one_that_is_not_there_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    assert_eq!(load_runner::scenario::Scenario::read(&path, &overrides()).unwrap_err().code(), Code::Io);
    std::fs::write(&path, b"description = \"a\"\n# \xff").unwrap();
    let error = load_runner::scenario::Scenario::read(&path, &overrides()).unwrap_err();
    assert_eq!((error.location().unwrap().line, error.to_string().as_str()), (Some(2), "is not UTF-8"));
}

#[test]
fn flags_that_cannot_be_used_are_refused_by_name() {
    let text = SMALL.replace("[[phase]]", "[variables]\nspeed = \"1\"\n[[phase]]");
    let with = |key: &str, value: &str| {
        let set = vec![(key.to_owned(), value.to_owned())];
        read_with(&text, &load_runner::scenario::Overrides { set, ..overrides() }).unwrap_err().to_string()
    };
    assert_eq!(with("base_ulr", "x"), "--set: `base_ulr` cannot be set; did you mean `base_url`");
    assert_eq!(with("zzzzzz", "x"), "--set: `zzzzzz` cannot be set; there are base_url, connections, speed, timeout");
    assert!(with("timeout", "5").contains("`timeout` is not usable: `5` has no unit"));
    assert!(with("base_url", "ftp://x").starts_with("--set: `base_url` is scheme"));
    assert!(with("connections", "many").contains("is a whole number"));
    for time_scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let overrides = load_runner::scenario::Overrides { time_scale, ..overrides() };
        assert!(read_with(&text, &overrides).unwrap_err().to_string().starts_with("--time-scale: "));
    }
}
