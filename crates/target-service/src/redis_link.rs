//! One multiplexed connection to Redis that comes back by itself.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::store::StoreError;

/// Longest wait for an answer and for a connection.
const TIMEOUT: Duration = Duration::from_millis(500);

/// A shared connection; clones use the same one.
#[derive(Clone)]
pub(crate) struct RedisLink(ConnectionManager);

impl RedisLink {
    /// Connects.
    ///
    /// # Errors
    /// The URL makes no sense or nothing answers there.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let config =
            ConnectionManagerConfig::new().set_connection_timeout(Some(TIMEOUT)).set_response_timeout(Some(TIMEOUT));
        Ok(Self(redis::Client::open(url)?.get_connection_manager_with_config(config).await?))
    }

    /// The connection for one command.
    pub(crate) fn connection(&self) -> ConnectionManager {
        self.0.clone()
    }
}
