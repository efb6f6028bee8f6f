//! A ledger in a folder: segments are files, a lock file orders writers, every append is synced.
//! Must not know: git.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::path::{Path, PathBuf};

use bench_model::RunId;
use bench_model::file::FileError;
use bench_model::time::Timestamp;

use super::{Change, Changed, Decide, Visitor, seal_behind};
use crate::Error;
use crate::fold::Fold;
use crate::segment::{Named, Segment};

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> Error + use<'_> {
    |source| FileError::Read { path: path.to_path_buf(), source }.into()
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error + use<'_> {
    |source| FileError::Write { path: path.to_path_buf(), source }.into()
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a file of this path would lie in the folder, be it through a link.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let real = std::fs::canonicalize(path).ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let real = real.or_else(|| std::fs::canonicalize(parent).ok());
        real.is_some() && real == std::fs::canonicalize(&self.path).ok()
    }

    pub(super) fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        if !self.path.try_exists().map_err(unreadable(&self.path))? {
            return Ok(());
        }
        // A copy on a read-only disk, or one without a lock file, has no writer to wait for.
        let lock = self.path.join(".lock");
        let held = File::open(&lock).ok();
        if let Some(held) = &held {
            held.lock_shared().map_err(unreadable(&lock))?;
        }
        let opened = self.open()?;
        // What is open stays as it is: writers append behind it and remove names. They need not wait for a slow reader.
        drop(held);
        opened.visit(visitor)
    }

    /// The segments, and what looks like one and is none, ordered.
    fn parts(&self) -> Result<(BTreeMap<Segment, PathBuf>, BTreeSet<PathBuf>), Error> {
        let (mut segments, mut foreign) = (BTreeMap::new(), BTreeSet::new());
        for item in std::fs::read_dir(&self.path).map_err(unreadable(&self.path))? {
            let item = item.map_err(unreadable(&self.path))?;
            match Segment::of_name(&item.file_name().to_string_lossy()) {
                Named::Segment(segment) => drop(segments.insert(segment, item.path())),
                Named::Foreign => drop(foreign.insert(item.path())),
                Named::Other => {}
            }
        }
        Ok((segments, foreign))
    }

    /// Every part at this moment.
    fn open(&self) -> Result<Opened, Error> {
        let (names, foreign) = self.parts()?;
        let mut segments = Vec::new();
        for (segment, path) in names {
            let file = File::open(&path).map_err(unreadable(&path))?;
            let length = file.metadata().map_err(unreadable(&path))?.len();
            segments.push((segment, path, file.take(length)));
        }
        Ok(Opened { segments, foreign })
    }

    pub(super) fn update(&self, now: Timestamp, watch: Option<&RunId>, decide: Decide<'_>) -> Result<Changed, Error> {
        std::fs::create_dir_all(&self.path).map_err(unwritable(&self.path))?;
        let lock = self.path.join(".lock");
        let held =
            OpenOptions::new().create(true).write(true).truncate(false).open(&lock).map_err(unwritable(&lock))?;
        held.lock().map_err(unwritable(&lock))?;
        let warnings = self.set_torn_bytes_aside()?.into_iter().collect();
        let mut ignore = |_: &_| {};
        let mut fold = Fold::new(watch, &mut ignore);
        self.open()?.visit(&mut fold)?;
        let ledger = fold.finish()?;
        let Change { append, remove } = decide(&ledger)?;
        let mut head = ledger.summary.head.clone();
        if !append.is_empty() {
            let sealed = seal_behind(&ledger, now, &append)?;
            self.append(sealed.segment, &sealed.text)?;
            head = sealed.head;
        }
        // Oldest first: whatever an interruption leaves is the end of the removed range, which the marker covers.
        for segment in &remove {
            let path = self.path.join(segment.to_string());
            std::fs::remove_file(&path).map_err(unwritable(&path))?;
        }
        if !remove.is_empty() {
            self.sync();
        }
        Ok(Changed { head, warnings })
    }

    fn append(&self, segment: Segment, text: &[u8]) -> Result<(), Error> {
        let path = self.path.join(segment.to_string());
        let failed = unwritable(&path);
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(&failed)?;
        let before = file.metadata().map_err(&failed)?.len();
        if let Err(source) = file.write_all(text).and_then(|()| file.sync_all()) {
            // On a full disk a part may be there: take it back, so that the ledger ends with a whole line.
            drop(file.set_len(before).and_then(|()| file.sync_all()));
            return Err(failed(source));
        }
        self.sync();
        Ok(())
    }

    /// Makes new and removed names outlive a power cut. Not every system lets a folder be synced.
    fn sync(&self) {
        if let Ok(folder) = File::open(&self.path) {
            drop(folder.sync_all());
        }
    }

    /// Moves bytes behind the last newline of the last segment into a file of their own: an append was
    /// interrupted there, and nothing of it was ever acknowledged.
    fn set_torn_bytes_aside(&self) -> Result<Option<String>, Error> {
        let (mut segments, mut foreign) = self.parts()?;
        if let Some(place) = foreign.pop_first() {
            return Err(Error::Foreign { place });
        }
        let Some((_, path)) = segments.pop_last() else { return Ok(None) };
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(unwritable(&path))?;
        let length = file.metadata().map_err(unreadable(&path))?.len();
        let whole = end_of_last_line(&mut file, length).map_err(unreadable(&path))?;
        if whole == length {
            return Ok(None);
        }
        let (aside, mut target) = self.new_torn_file()?;
        file.seek(SeekFrom::Start(whole)).map_err(unreadable(&path))?;
        io::copy(&mut file, &mut target).and_then(|_| target.sync_all()).map_err(unwritable(&aside))?;
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(unwritable(&path))?;
        self.sync();
        let (bytes, from, to) = (length - whole, path.display(), aside.display());
        Ok(Some(format!(
            "an earlier append was interrupted: {bytes} bytes behind the last line of {from} are now in {to}"
        )))
    }

    fn new_torn_file(&self) -> Result<(PathBuf, File), Error> {
        for number in 1_u32.. {
            let path = self.path.join(format!("torn-{number}.txt"));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&path)(error)),
                Ok(file) => return Ok((path, file)),
            }
        }
        Err(unwritable(&self.path)(io::ErrorKind::AlreadyExists.into()))
    }
}

/// A ledger's parts as they were at one moment, whatever is appended since.
struct Opened {
    segments: Vec<(Segment, PathBuf, Take<File>)>,
    foreign: BTreeSet<PathBuf>,
}

impl Opened {
    fn visit(self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        self.foreign.into_iter().try_for_each(|place| visitor.foreign(place))?;
        self.segments.into_iter().try_for_each(|(segment, path, file)| {
            visitor.segment(segment, &path, &mut BufReader::with_capacity(1 << 16, file))
        })
    }
}

/// The offset behind the last newline, found from the end; 0 when there is none.
fn end_of_last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let mut block = Vec::new();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(1 << 16);
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
