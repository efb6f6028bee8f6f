//! Counters per user and hour: in Redis when there is one, in the store otherwise.

use redis::Script;

use crate::redis_link::RedisLink;
use crate::store::{EvaluationRow, Store, StoreError};

const HOUR_MS: i64 = 3_600_000;
/// Seconds Redis keeps a counter: its hour, and one more for whoever looks back.
const KEPT_S: i64 = 7_200;

/// The hour a moment is in, since 1970.
pub(super) fn hour(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS)
}

/// Counters of the current hour.
pub(super) struct Counters {
    redis: Option<Redis>,
}

struct Redis {
    link: RedisLink,
    take: Script,
}

impl Counters {
    pub(super) fn new(redis: Option<RedisLink>) -> Self {
        // One script, so that two requests cannot both take the last of what is left.
        let take = r"
            local used = tonumber(redis.call('GET', KEYS[1]) or '0')
            if used + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return {0, used} end
            used = redis.call('INCRBY', KEYS[1], ARGV[1])
            redis.call('EXPIRE', KEYS[1], ARGV[3])
            return {1, used}";
        Self { redis: redis.map(|link| Redis { link, take: Script::new(take) }) }
    }

    /// Records an evaluation and counts it; gives how many of this user were denied in the hour when this one was.
    pub(super) async fn evaluated(&self, store: &Store, row: EvaluationRow) -> Result<Option<i64>, StoreError> {
        let hour = hour(row.at_ms);
        let mut names = vec![format!("evaluations:{}", row.user_id)];
        if !row.allowed {
            names.push(format!("denied:{}", row.user_id));
        }
        let allowed = row.allowed;
        let last = match &self.redis {
            None => store.insert_evaluation(row, names, hour).await?,
            Some(redis) => {
                let mut pipe = redis::pipe();
                for name in &names {
                    let key = key(name, hour);
                    pipe.incr(&key, 1).expire(&key, KEPT_S).ignore();
                }
                let counts: Vec<i64> = pipe.query_async(&mut redis.link.connection()).await?;
                store.insert_evaluation(row, Vec::new(), hour).await?;
                counts.last().copied()
            }
        };
        Ok(last.filter(|_| !allowed))
    }

    /// Counts one up and gives its value.
    pub(super) async fn count_up(&self, store: &Store, name: String, hour: i64) -> Result<i64, StoreError> {
        match &self.redis {
            None => store.count_up(name, hour).await,
            Some(redis) => {
                let key = key(&name, hour);
                let (value,): (i64,) = redis::pipe()
                    .incr(&key, 1)
                    .expire(&key, KEPT_S)
                    .ignore()
                    .query_async(&mut redis.link.connection())
                    .await?;
                Ok(value)
            }
        }
    }

    /// Takes `amount` unless that passes `ceiling`. Gives whether it was taken, and what is used after it.
    pub(super) async fn take(
        &self,
        store: &Store,
        name: String,
        hour: i64,
        amount: i64,
        ceiling: i64,
    ) -> Result<(bool, i64), StoreError> {
        match &self.redis {
            None => match store.take(name.clone(), hour, amount, ceiling).await? {
                Some(used) => Ok((true, used)),
                None => Ok((false, store.counter(&name, hour).await?)),
            },
            Some(redis) => {
                let (taken, used): (i64, i64) = redis
                    .take
                    .key(key(&name, hour))
                    .arg(amount)
                    .arg(ceiling)
                    .arg(KEPT_S)
                    .invoke_async(&mut redis.link.connection())
                    .await?;
                Ok((taken == 1, used))
            }
        }
    }
}

fn key(name: &str, hour: i64) -> String {
    format!("target-service:counter:{hour}:{name}")
}
