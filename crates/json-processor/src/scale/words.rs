//! Sizes in words. Must not know: what is said of them.

use bench_model::scale::Axis;

/// A record's words, which are shown on terminals.
pub(super) fn shown(words: &str) -> String {
    words.replace(char::is_control, "?")
}

/// A size that nobody measured, and that need not be whole.
pub(super) fn about(axis: Axis, size: f64) -> String {
    let (one, many) = axis.names();
    let digits = usize::from(size < 10.0 && size.fract() != 0.0);
    format!("{size:.digits$} {}", if size == 1.0 { one } else { many })
}
