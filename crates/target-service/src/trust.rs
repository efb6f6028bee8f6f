//! The trust engine: role gates, ceilings, the provenance chain, alerts and their statistics, under `/api/phase6`.
//! Knows nothing of the governance routes.

mod chain;
mod counters;
mod gates;
mod keys;
pub(crate) mod merkle;
mod provenance_routes;
mod record;
mod routes;
mod verify;

use std::sync::Arc;

pub(crate) use routes::routes;

use crate::redis_link::RedisLink;
use crate::settings::Data;
use crate::store::{Store, StoreError};
use chain::Chain;
use counters::Counters;
use keys::Keys;
use record::Signing;

/// What the trust engine keeps between requests.
pub(crate) struct Trust {
    chain: Chain,
    counters: Counters,
    /// Held while statistics are computed: of many requests that miss at once, one asks the store and the rest find its result.
    stats: tokio::sync::Mutex<()>,
    /// Held while the chain is verified: it reads every record, so one at a time is enough.
    verifying: tokio::sync::Mutex<()>,
}

impl Trust {
    /// Takes up the stored chain; must be called on the runtime, as it starts the task that appends.
    ///
    /// # Errors
    /// The store fails, or the key file or the stored tree is broken.
    pub(crate) async fn open(store: &Arc<Store>, data: &Data, redis: Option<RedisLink>) -> Result<Self, StoreError> {
        let directory = match data {
            Data::Memory => None,
            Data::Directory(directory) => Some(directory.as_path()),
        };
        let signing = directory.map_or_else(Signing::generate, Signing::of_directory)?;
        Ok(Self {
            chain: Chain::open(Arc::clone(store), signing, Keys::of(directory)).await?,
            counters: Counters::new(redis),
            stats: tokio::sync::Mutex::new(()),
            verifying: tokio::sync::Mutex::new(()),
        })
    }
}
