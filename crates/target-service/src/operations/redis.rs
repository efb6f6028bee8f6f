//! Operations of Redis, on keys of this run alone.
//! Must not know: how they are repeated, or what their figures are for.

use redis::{Client, Connection, RedisResult, cmd, pipe};

use super::repeat::Repeat;
use super::{BATCH, Figure, OperationsError, TIMEOUT, identity};

/// Keys that are read and written, so that it is not always the same one.
const KEYS: u32 = 1_000;
/// As long as a short session or a cached answer.
const VALUE: [u8; 64] = [b'x'; 64];
/// When keys go by themselves, should this process be killed, in seconds. A SET takes it off again.
const EXPIRY: u32 = 3_600;

/// Measures GET, SET and INCR: one at a time, in batches, and on several connections.
pub(super) fn measure(client: &Client, repeat: &Repeat<'_>) -> Result<Vec<Figure>, OperationsError> {
    let keys = Keys::make(client)?;
    let outcome = operations(client, &keys, repeat);
    // What failed first is told; what is left behind is told when nothing else did.
    let removed = keys.remove();
    let figures = outcome?;
    removed?;
    Ok(figures)
}

type Call<'a> = fn(&mut User<'a>, u32) -> Result<(), OperationsError>;

fn operations(client: &Client, keys: &Keys, repeat: &Repeat<'_>) -> Result<Vec<Figure>, OperationsError> {
    let calls: [(&str, Call<'_>); 3] = [("get", User::get), ("set", User::set), ("incr", User::incr)];
    let users = (0..repeat.connections).map(|number| User::new(client, keys, number));
    let mut users = users.collect::<Result<Vec<_>, _>>()?;
    let mut figures = Vec::new();
    for (name, call) in calls {
        for (suffix, batch) in [("", 1), ("-pipelined", BATCH)] {
            let one = users.get_mut(..1).unwrap_or_default();
            figures.push(repeat.figure(format!("redis/{name}{suffix}"), batch, one, |user| call(user, batch))?);
        }
    }
    if users.len() > 1 {
        for (name, call) in calls {
            let name = format!("redis/{name}-{}-connections", users.len());
            figures.push(repeat.figure(name, 1, &mut users, |user| call(user, 1))?);
        }
    }
    Ok(figures)
}

/// A connection, with where it is.
struct User<'a> {
    connection: Connection,
    keys: &'a Keys,
    next: u32,
    counter: String,
    count: i64,
}

impl<'a> User<'a> {
    fn new(client: &Client, keys: &'a Keys, number: u32) -> Result<Self, OperationsError> {
        let counter = keys.counter(number);
        Ok(Self { connection: connect(client)?, keys, next: number.wrapping_mul(97) % KEYS, counter, count: 0 })
    }

    fn key(&mut self) -> &'a str {
        self.next = (self.next + 1) % KEYS;
        self.keys.names.get(self.next as usize).map_or("", String::as_str)
    }

    fn get(&mut self, batch: u32) -> Result<(), OperationsError> {
        let found: Vec<Option<Vec<u8>>> = if batch == 1 {
            vec![cmd("GET").arg(self.key()).query(&mut self.connection)?]
        } else {
            let mut pipeline = pipe();
            for _ in 0..batch {
                pipeline.cmd("GET").arg(self.key());
            }
            pipeline.query(&mut self.connection)?
        };
        let right = found.len() == batch as usize && found.iter().all(|value| value.as_deref() == Some(&VALUE));
        if right { Ok(()) } else { Err(wrong("a key that was set holds another value, or is gone")) }
    }

    fn set(&mut self, batch: u32) -> Result<(), OperationsError> {
        let said: Vec<String> = if batch == 1 {
            vec![cmd("SET").arg(self.key()).arg(&VALUE).query(&mut self.connection)?]
        } else {
            let mut pipeline = pipe();
            for _ in 0..batch {
                pipeline.cmd("SET").arg(self.key()).arg(&VALUE);
            }
            pipeline.query(&mut self.connection)?
        };
        let right = said.len() == batch as usize && said.iter().all(|said| said == "OK");
        if right { Ok(()) } else { Err(wrong("a key was not set")) }
    }

    fn incr(&mut self, batch: u32) -> Result<(), OperationsError> {
        let counted: Vec<i64> = if batch == 1 {
            vec![cmd("INCR").arg(&self.counter).query(&mut self.connection)?]
        } else {
            let mut pipeline = pipe();
            for _ in 0..batch {
                pipeline.cmd("INCR").arg(&self.counter);
            }
            pipeline.query(&mut self.connection)?
        };
        let first = self.count + 1;
        self.count += i64::from(batch);
        let right = counted.into_iter().eq(first..=self.count);
        if right { Ok(()) } else { Err(wrong("a counter did not count each INCR once")) }
    }
}

fn wrong(what: &str) -> OperationsError {
    OperationsError::Wrong { server: "Redis", what: what.into() }
}

fn connect(client: &Client) -> RedisResult<Connection> {
    let connection = client.get_connection_with_timeout(TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    Ok(connection)
}

/// The keys of this run, removed with it.
struct Keys {
    client: Client,
    prefix: String,
    names: Vec<String>,
    left: bool,
}

/// No run has more connections than this.
const MOST_COUNTERS: u32 = 256;

impl Keys {
    fn make(client: &Client) -> Result<Self, OperationsError> {
        let prefix = format!("perfledger:operations:{}", identity()?);
        let names = (0..KEYS).map(|number| format!("{prefix}:{number}")).collect();
        let keys = Self { client: client.clone(), prefix, names, left: true };
        let mut pipeline = pipe();
        for name in &keys.names {
            pipeline.cmd("SET").arg(name).arg(&VALUE).arg("EX").arg(EXPIRY);
        }
        for number in 0..MOST_COUNTERS {
            pipeline.cmd("SET").arg(keys.counter(number)).arg(0).arg("EX").arg(EXPIRY);
        }
        pipeline.exec(&mut connect(client)?)?;
        Ok(keys)
    }

    fn counter(&self, number: u32) -> String {
        format!("{}:counter:{number}", self.prefix)
    }

    fn remove(mut self) -> RedisResult<()> {
        self.left = false;
        self.delete()
    }

    fn delete(&self) -> RedisResult<()> {
        let mut delete = cmd("DEL");
        delete.arg(&self.names);
        for number in 0..MOST_COUNTERS {
            delete.arg(self.counter(number));
        }
        // A connection of its own: that of an operation may be the one that failed.
        delete.exec(&mut connect(&self.client)?)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.left {
            drop(self.delete());
        }
    }
}
