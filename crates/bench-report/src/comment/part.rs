//! Parts of a comment, and how much of them fits. Must not know: what the parts say.

/// A block of Markdown that may be cut after any of its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    head: String,
    rows: Vec<String>,
}

impl Part {
    /// Rows under a head; without a head it is a list, or lines.
    pub(super) fn new(head: String, rows: impl IntoIterator<Item = String>) -> Self {
        Self { head, rows: rows.into_iter().collect() }
    }

    /// The sentences as a list.
    pub(super) fn list(sentences: impl IntoIterator<Item = String>) -> Self {
        Self::new(String::new(), sentences.into_iter().map(|sentence| format!("- {sentence}")))
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows `from` to `to`, counted from 0 and without `to`, under the head; empty when there is none.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        let rows = self.rows.get(from..to.min(self.rows.len())).unwrap_or_default();
        if rows.is_empty() {
            return String::new();
        }
        let head = if self.head.is_empty() { None } else { Some(self.head.as_str()) };
        head.into_iter().chain(rows.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
    }
}

/// The largest number from `least` to `most` that fits, when a smaller one always fits better; `None` when not even `least`
/// does. `fits` gives what was made, or nothing when it is too long.
pub(super) fn largest<T, E>(
    least: usize,
    most: usize,
    mut fits: impl FnMut(usize) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    if let Some(whole) = fits(most)? {
        return Ok(Some(whole));
    }
    let Some(mut best) = fits(least)? else { return Ok(None) };
    let (mut fitting, mut failing) = (least, most);
    while failing > fitting + 1 {
        let middle = fitting + (failing - fitting) / 2;
        match fits(middle)? {
            Some(made) => (best, fitting) = (made, middle),
            None => failing = middle,
        }
    }
    Ok(Some(best))
}
