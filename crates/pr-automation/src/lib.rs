//! Tells a pull request what was found: one comment, one check run, one job summary.
//! Must not know: statistics, or how anything was judged.
