//! Any text as the fonts at hand can show it. PDF/A and PDF/UA forbid a page with a character that has no glyph, and a
//! reader must see what he cannot see otherwise: invisible, turning and foreign characters are spelt out, as `\u{202E}`.
//! Must not know: what the texts say.

use typst::text::{Coverage, Font};

use super::world::FAMILIES;

/// The longest name shown, in characters; the whole one is in the attached `audit.json`.
const NAME: usize = 120;
/// The longest sentence shown.
const SENTENCE: usize = 600;

/// Knows which characters can be shown.
pub(super) struct Legible {
    /// For each family, what each of its faces has.
    families: Vec<Vec<Coverage>>,
}

impl Legible {
    pub(super) fn new(fonts: &[Font]) -> Self {
        let faces = |family: &&str| {
            let of = fonts.iter().map(Font::info).filter(|info| info.family == **family);
            of.map(|info| info.coverage.clone()).collect()
        };
        Self { families: FAMILIES.iter().map(faces).collect() }
    }

    /// A name or an id: on one line, and no longer than a table can bear.
    pub(super) fn name(&self, text: &str) -> String {
        self.shortened(text, NAME)
    }

    /// A sentence, a reason, or anything else that people wrote.
    pub(super) fn text(&self, text: &str) -> String {
        self.shortened(text, SENTENCE)
    }

    fn shortened(&self, text: &str, longest: usize) -> String {
        let long = text.chars().nth(longest).is_some();
        let first = if long { text.chars().take(longest * 3 / 4).collect() } else { text.to_owned() };
        let shown: Vec<_> = first.split_whitespace().map(|word| self.word(word)).collect();
        let mut shown = shown.join(" ");
        // Spelling out makes it longer again: eight characters for one.
        if let Some((cut, _)) = shown.char_indices().nth(longest * 3) {
            shown.truncate(cut);
        }
        if long {
            format!("{shown}… ({} characters)", bench_cli::words::thousands(text.chars().count()))
        } else {
            shown
        }
    }

    /// A word stays as it is when one family has all of it: only then a base and its accents surely share a font.
    fn word(&self, word: &str) -> String {
        let shown_by = |family: &[Coverage], c: char| {
            let has = |face: &Coverage| face.contains(c.into());
            !family.is_empty() && family.iter().all(has) && !invisible(c)
        };
        if self.families.iter().any(|family| word.chars().all(|c| shown_by(family, c))) {
            return word.to_owned();
        }
        let first = self.families.first().map(Vec::as_slice).unwrap_or_default();
        word.chars()
            .map(|c| if shown_by(first, c) { c.to_string() } else { format!("\\u{{{:X}}}", u32::from(c)) })
            .collect()
    }
}

/// Characters that change how others are read, or leave no mark, or that everybody may define for himself.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'
                ..='\u{180F}'
        )
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}')
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..)
}
