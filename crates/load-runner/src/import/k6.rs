//! k6: end-of-test summaries in four shapes, and the stream of `--out json`.

mod customs;
mod find;
mod line;
mod ndjson;
mod stated;
mod summary;

pub(super) use find::looks_like_a_summary;
pub(super) use ndjson::Stream;
pub(super) use summary::Summary;
