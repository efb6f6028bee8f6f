use super::*;
use crate::scenario::Overrides;

fn scenario(more: &str) -> Scenario {
    let phase =
        |name: &str, more: &str| format!("[[phase]]\nname = \"{name}\"\nduration = \"1 s\"\nusers = 32\n{more}\n");
    let text = format!(
        "description = \"x\"\nbase_url = \"http://127.0.0.1:1\"\n[[request]]\nname = \"a\"\nget = \"/\"\n{}{}{more}",
        phase("warm-up", "warm_up = true"),
        phase("measured", "")
    );
    let none = |_: &str| None;
    Scenario::of("x.toml".as_ref(), text, &Overrides { set: Vec::new(), time_scale: 1.0, variable: &none }).unwrap()
}

#[test]
fn sizes_are_ascending_bounded_and_each_there_once() {
    let sizes = |axis, at: &[u32]| Sizes::new(axis, at).map(|sizes| sizes.at).map_err(|error| error.to_string());
    assert_eq!(sizes(Axis::Threads, &[10, 1, 3]), Ok(vec![1, 3, 10]));
    assert_eq!(Sizes::new(Axis::Threads, &[3, 1]).unwrap().text(), "1, 3");
    for (axis, most) in
        [(Axis::Processes, 256), (Axis::Threads, 256), (Axis::Pool, 10_000), (Axis::Connections, 100_000)]
    {
        assert_eq!(sizes(axis, &[most]), Ok(vec![most]));
        assert!(sizes(axis, &[most + 1]).unwrap_err().contains(&format!("1 to {most}")), "{axis}");
        assert!(sizes(axis, &[0, 1]).is_err());
    }
    assert!(sizes(Axis::Pool, &[2, 1, 2]).unwrap_err().contains("2 stands twice"));
    assert!(sizes(Axis::Connections, &(1..=64).collect::<Vec<_>>()).is_ok());
    assert!(sizes(Axis::Connections, &(1..=65).collect::<Vec<_>>()).is_err());
    assert!(sizes(Axis::Connections, &[]).is_err());
}

#[test]
fn each_axis_changes_what_it_names_and_nothing_else() {
    let plain = scenario("[service]\nargs = [\"--plugins\", \"7\"]\n");
    let of = |axis| sized(&plain, axis, 5);
    let args = |axis| of(axis).0.service.args.split_off(2).join(" ");
    assert_eq!(args(Axis::Processes), "--threads 1");
    assert_eq!(args(Axis::Threads), "--threads 5");
    assert_eq!(args(Axis::Pool), "--pool 5");
    assert_eq!(args(Axis::Connections), "");
    assert_eq!(of(Axis::Processes).1, Copies::Sharing(5));
    for axis in [Axis::Threads, Axis::Pool, Axis::Connections] {
        assert_eq!(of(axis).1, Copies::Alone);
    }
    for axis in [Axis::Processes, Axis::Threads, Axis::Pool] {
        assert_eq!((of(axis).0.connections, of(axis).0.phases), (plain.connections, plain.phases.clone()));
    }
    let (changed, _) = of(Axis::Connections);
    assert_eq!(changed.connections, 5);
    let users = |phase: &Phase| match phase.model {
        Model::Closed(users) => (users.from, users.to),
        Model::Open(_) => (0, 0),
    };
    assert_eq!(changed.phases.iter().map(users).collect::<Vec<_>>(), [(5, 5), (5, 5)]);
}

#[test]
fn a_process_has_one_thread_unless_the_scenario_says_how_many() {
    let own = scenario("[service]\nargs = [\"--threads\", \"4\"]\n");
    assert_eq!(sized(&own, Axis::Processes, 2).0.service.args, ["--threads", "4"]);
}

#[test]
fn a_database_is_named_by_the_environment_or_the_scenario() {
    let without = scenario("");
    assert!(!has_database(&without, None) && !has_database(&without, Some("")));
    assert!(has_database(&without, Some("postgres://127.0.0.1/x")));
    assert!(has_database(&scenario("[service]\nargs = [\"--database-url=postgres://127.0.0.1/x\"]\n"), None));
}
