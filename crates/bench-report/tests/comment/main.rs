//! What a reviewer of a pull request sees.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

mod golden;
mod hostile;
mod limits;
mod sample;
mod short_texts;
