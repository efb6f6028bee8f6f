//! The chain and the repository's chores.
fn main() {}
