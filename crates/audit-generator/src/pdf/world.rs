//! What typst may see: one source, a few files in memory, the fonts that are compiled in, and a fixed date.
//! Must not know: disks, networks, packages, the clock, or what the files are about.

use std::collections::BTreeMap;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook, FontStyle, FontWeight};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// The families that the template uses, the first before the second.
pub(super) const FAMILIES: [&str; 2] = ["Libertinus Serif", "DejaVu Sans Mono"];

/// A world that is complete when it is made.
pub(super) struct Fixed {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: BTreeMap<String, Bytes>,
    today: Option<Datetime>,
}

/// The upright regular and bold faces of [`FAMILIES`].
pub(super) fn fonts() -> Vec<Font> {
    typst_assets::fonts()
        .flat_map(|data| Font::iter(Bytes::new(data)))
        .filter(|font| {
            let info = font.info();
            FAMILIES.contains(&info.family.as_str())
                && info.variant.style == FontStyle::Normal
                && [FontWeight::REGULAR, FontWeight::BOLD].contains(&info.variant.weight)
        })
        .collect()
}

impl Fixed {
    pub(super) fn new(main: &str, files: BTreeMap<String, Bytes>, fonts: Vec<Font>, today: Option<Datetime>) -> Self {
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        let main = Source::detached(main);
        Self { library: LazyHash::new(Library::default()), book, fonts, main, files, today }
    }
}

impl World for Fixed {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::NotSource) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let name = id.get().vpath().get_without_slash();
        self.files.get(name).cloned().ok_or_else(|| FileError::NotFound(name.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}
