//! The AI-governance API under `/api/v1`: decisions, personal data, policies, audit log, reviews, marketplace.
//! Owns what these routes keep in memory. Must not know the trust engine, nor how the store and the cache do their work.

mod catalogue;
mod corpus;
mod decision;
mod pii;
mod policy;
mod question_key;
mod reviews;
mod routes;
mod seeded;

use std::sync::Arc;

use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::store::{PolicyRow, Store, StoreError};
use policy::Policy;
use question_key::Keys;
use reviews::Reviews;

pub(crate) use corpus::write as corpus_lines;
pub(crate) use routes::routes;

/// Policies of a new store.
const POLICIES: u16 = 200;
/// Plugins inserted at once.
const CHUNK: usize = 500;

/// What the governance routes keep in memory.
pub(crate) struct Governance {
    /// Parsed once at the start; sorted by the bytes of their ids.
    policies: Vec<Policy>,
    /// Names what is remembered of their judgements.
    keys: Keys,
    reviews: Arc<Reviews>,
}

impl Governance {
    /// Fills a new store with the policies and plugins, reads the policies and starts the reviewers; must be called within a runtime.
    ///
    /// # Errors
    /// The store fails, or holds a policy that cannot be read.
    pub(crate) async fn open(settings: &Settings, store: &Store, metrics: &Arc<Metrics>) -> Result<Self, StoreError> {
        let mut rows = store.load_policies().await?;
        if rows.is_empty() {
            store.put_policies(policy::seeded(POLICIES).collect()).await?;
            rows = store.load_policies().await?;
        }
        let mut policies = rows.iter().map(read_policy).collect::<Result<Vec<_>, _>>()?;
        // A database may sort text by its own rules; the search by id needs the order of the bytes.
        policies.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        fill_catalogue(store, settings.plugins).await?;
        let reviews = Arc::new(Reviews::new(reviews::CAPACITY, settings.reviewers, Arc::clone(metrics)));
        Reviews::start(&reviews, settings.review_time);
        let keys = Keys::new(&policies);
        Ok(Self { policies, keys, reviews })
    }
}

fn read_policy(row: &PolicyRow) -> Result<Policy, StoreError> {
    serde_json::from_str(&row.document).map_err(|_| StoreError::Shape("a policy's document is not a policy"))
}

/// Adds the plugins that are not there yet; a store with more keeps them.
async fn fill_catalogue(store: &Store, plugins: u32) -> Result<(), StoreError> {
    let mut next = store.count_plugins().await?.saturating_add(1);
    while next <= i64::from(plugins) {
        let rows = (next..=i64::from(plugins)).take(CHUNK).map(catalogue::plugin).collect::<Vec<_>>();
        next = rows.last().map_or(i64::MAX, |row| row.id.saturating_add(1));
        store.insert_plugins(rows).await?;
    }
    Ok(())
}
