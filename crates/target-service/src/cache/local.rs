//! The in-process cache: sharded maps, each bounded, the oldest entry pushed out first. The clock comes in as an argument.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const SHARDS: usize = 16;

#[derive(Default)]
struct Shard {
    /// Value, the end of its life, and the number of its last put.
    entries: HashMap<String, (String, Instant, u64)>,
    /// Keys with the number of their put, oldest first; an entry put again has a later number, so its old place here is void.
    order: VecDeque<(u64, String)>,
    puts: u64,
}

/// A bounded map from text to text.
pub(super) struct Local {
    hasher: std::hash::RandomState,
    shards: [Mutex<Shard>; SHARDS],
    per_shard: usize,
}

impl Local {
    /// At most about `entries` values.
    pub(super) fn new(entries: usize) -> Self {
        Self {
            hasher: std::hash::RandomState::new(),
            shards: Default::default(),
            per_shard: entries.div_ceil(SHARDS).max(1),
        }
    }

    fn shard(&self, key: &str) -> Option<&Mutex<Shard>> {
        let place = self.hasher.hash_one(key) % SHARDS as u64;
        self.shards.get(usize::try_from(place).unwrap_or_default())
    }

    pub(super) fn get(&self, key: &str, now: Instant) -> Option<String> {
        let shard = self.shard(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, end, _) = shard.entries.get(key)?;
        (now < *end).then(|| value.clone())
    }

    pub(super) fn put(&self, key: String, value: String, end: Instant) {
        let Some(shard) = self.shard(&key) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.puts += 1;
        let number = shard.puts;
        shard.entries.insert(key.clone(), (value, end, number));
        shard.order.push_back((number, key));
        // Void places count too, so that one key put for ever does not grow the queue for ever.
        while shard.entries.len() > self.per_shard || shard.order.len() > 2 * self.per_shard {
            let Some((number, oldest)) = shard.order.pop_front() else { break };
            if shard.entries.get(&oldest).is_some_and(|(_, _, last)| *last == number) {
                shard.entries.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_entry_ends_with_its_time() {
        let cache = Local::new(10);
        let start = Instant::now();
        cache.put("a".to_owned(), "1".to_owned(), start + Duration::from_secs(30));
        assert_eq!(cache.get("a", start + Duration::from_millis(29_999)).as_deref(), Some("1"));
        assert_eq!(cache.get("a", start + Duration::from_secs(30)), None);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_stay() {
        let cache = Local::new(160);
        let start = Instant::now();
        let end = start + Duration::from_secs(1);
        for n in 0..10_000 {
            cache.put(format!("k{n}"), n.to_string(), end);
            cache.put("hot".to_owned(), n.to_string(), end);
        }
        assert_eq!(cache.get("hot", start).as_deref(), Some("9999"));
        assert_eq!(cache.get("k9999", start).as_deref(), Some("9999"));
        assert_eq!(cache.get("k0", start), None);
        for shard in &cache.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(shard.entries.len() <= 10 && shard.order.len() <= 20);
        }
    }
}
