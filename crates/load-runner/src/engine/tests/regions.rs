//! Regions, which are never pooled, and the share of each thread in them.

use super::*;

#[test]
fn regions_are_sent_from_in_turn_and_never_pooled() {
    let service = Service::start(Behaviour::default());
    let regions = "[[region]]\nname = \"near\"\n[[region]]\nname = \"far\"\ndelay = \"1 ms\"\n";
    let scenario = scenario(&service.base_url("http"), 10, &open(100, 300), regions);
    let mut engine = engine(scenario, 1);
    engine.targets = vec![Arc::new(engine.targets[0].via(service.address)), Arc::clone(&engine.targets[0])];
    let outcome = run(engine);
    adds_up(&outcome);
    let series: Vec<_> = outcome.series.iter().map(|series| (series.tags["region"].as_str(), series.sent)).collect();
    assert_eq!(series, [("near", 15), ("far", 15)]);
    assert!(outcome.windows.iter().all(|window| window.region.is_some()));
}

#[test]
fn every_thread_meets_every_region_and_connections_stay_within_their_number() {
    let service = Service::start(Behaviour { slow: Duration::from_millis(30), ..Behaviour::default() });
    let regions = "[[region]]\nname = \"near\"\n[[region]]\nname = \"far\"\n";
    let scenario = scenario(&service.base_url("http"), 5, &open(400, 300), regions);
    for threads in [1, 2] {
        let mut engine = engine(scenario.clone(), threads);
        engine.targets = vec![Arc::clone(&engine.targets[0]), Arc::clone(&engine.targets[0])];
        let shards = Arc::new(engine);
        let shards: Vec<_> = (0..threads)
            .map(|index| Shard::new(&shards, Clock::starting_in(Duration::ZERO), index, 1_000_000_000))
            .collect();
        for shard in &shards {
            let mine = (0..100).filter(|number| shard.is_mine(*number));
            let met: std::collections::BTreeSet<_> = mine.map(|number| shard.place(0, number).region).collect();
            assert_eq!(met.len(), 2);
        }
        for number in 0..100 {
            assert_eq!(shards.iter().filter(|shard| shard.is_mine(number)).count(), 1);
        }
    }
    let before = service.seen.connections.load(Ordering::SeqCst);
    let mut engine = engine(scenario.clone(), 2);
    engine.targets = vec![Arc::clone(&engine.targets[0]), Arc::clone(&engine.targets[0])];
    let outcome = run(engine);
    adds_up(&outcome);
    // All that is permitted is used: 120 requests of 30 ms in 300 ms are more than five connections can take.
    assert_eq!(service.seen.connections.load(Ordering::SeqCst) - before, 5);
    // Six pairs of a thread and a region cannot share five connections.
    assert!(permitted(&scenario, 2).is_ok());
    assert!(permitted(&scenario, 3).is_err());
}
