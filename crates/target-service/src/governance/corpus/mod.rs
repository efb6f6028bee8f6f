//! Owns the labelled documents that detection is measured with: equal seeds give equal bytes on every machine.
//! Must not know the detector; it shares its name lists in part, and writes more forms than the detector knows.

mod entities;
mod sentences;

#[cfg(test)]
mod tests;

use std::io;

use serde::Serialize;

use super::pii::Span;
use super::seeded::Seeded;
use sentences::{FILLER, HARD, PERSONAL, TRICKY};

/// One document. ASCII only, so byte offsets and character offsets are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Document {
    pub(crate) text: String,
    /// In text order, not overlapping.
    pub(crate) labels: Vec<Span>,
    /// The text with a placeholder for each label.
    pub(crate) redacted: String,
}

/// Documents of exactly `bytes` bytes each. A document depends on the seed and its number only, not on how many there are.
pub(crate) fn documents(seed: u64, bytes: usize) -> impl Iterator<Item = Document> {
    let mut seeds = Seeded::new(seed);
    std::iter::repeat_with(move || document(&mut Seeded::new(seeds.next()), bytes))
}

/// Writes documents as JSON Lines.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn write(seed: u64, count: u32, bytes: u32, out: &mut impl io::Write) -> io::Result<()> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    for (_, document) in (0..count).zip(documents(seed, bytes)) {
        serde_json::to_writer(&mut *out, &document)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Of a hundred sentences, 40 hold personal data, 13 only look like it, 1 is written without regard to any rule.
fn document(random: &mut Seeded, bytes: usize) -> Document {
    let mut document =
        Document { text: String::with_capacity(bytes.min(1 << 20)), labels: Vec::new(), redacted: String::new() };
    loop {
        let template = match random.below(100) {
            0..40 => random.pick(PERSONAL),
            40..53 => random.pick(HARD),
            53 => random.pick(TRICKY),
            _ => random.pick(FILLER),
        };
        let before = (document.text.len(), document.labels.len(), document.redacted.len());
        fill(random, template, &mut document);
        document.append(if random.chance(12) { "\n" } else { " " });
        if document.text.len() > bytes {
            document.text.truncate(before.0);
            document.labels.truncate(before.1);
            document.redacted.truncate(before.2);
            break;
        }
    }
    while document.text.len() < bytes {
        let rest = bytes - document.text.len();
        let filler = sentences::PADDING;
        document.append(filler.get(..rest.min(filler.len())).unwrap_or(filler));
    }
    document
}

/// Writes a template with its `{slots}` filled, and a label for each slot that is personal data.
fn fill(random: &mut Seeded, template: &str, document: &mut Document) {
    let mut rest = template;
    while let Some((plain, (slot, after))) =
        rest.split_once('{').and_then(|(plain, slot)| Some((plain, slot.split_once('}')?)))
    {
        document.append(plain);
        let (kind, text) = entities::slot(random, slot);
        let start = document.text.len();
        document.text.push_str(&text);
        match kind {
            Some(kind) => {
                document.labels.push(Span { kind, start, end: document.text.len() });
                document.redacted.push_str(kind.placeholder());
            }
            None => document.redacted.push_str(&text),
        }
        rest = after;
    }
    document.append(rest);
}

impl Document {
    fn append(&mut self, plain: &str) {
        self.text.push_str(plain);
        self.redacted.push_str(plain);
    }
}
