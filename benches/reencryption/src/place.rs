//! The file and what lies beside it during a rotation: names, the lock, renaming. Must not know records or keys.

use std::ffi::OsString;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where a rotation works. Names are fixed, so that a job that was ended leaves nothing that the next would not find.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The file, links followed, so that a link to it stays one.
    pub(crate) file: PathBuf,
    /// The new file while it grows.
    pub(crate) part: PathBuf,
    /// How far it got.
    pub(crate) checkpoint: PathBuf,
    /// The original after the new file took its name, until that is verified.
    pub(crate) old: PathBuf,
    folder: PathBuf,
}

/// A file's identity and state, as far as the system tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    pub(crate) bytes: u64,
    /// Seconds since 1970 and nanoseconds.
    modified: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            bytes: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }

    pub(crate) fn same_file(self, other: Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// Whether one file was not written to between the two. A device may have another number when the machine was started anew.
    pub(crate) fn same_content(self, other: Self) -> bool {
        self.inode == other.inode && self.same_state(other)
    }

    /// Whether nothing was written between the two, whatever they are called.
    pub(crate) fn same_state(self, other: Self) -> bool {
        (self.bytes, self.modified) == (other.bytes, other.modified)
    }
}

impl Place {
    /// The place of a regular file.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let file = std::fs::canonicalize(path).map_err(Error::read(path))?;
        let not_regular = || Error::NotRegular { path: path.to_path_buf() };
        if !std::fs::metadata(&file).map_err(Error::read(path))?.is_file() {
            return Err(not_regular());
        }
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Err(not_regular()) };
        let beside = |ending: &str| {
            let mut beside = OsString::from(".");
            beside.push(name);
            beside.push(ending);
            folder.join(beside)
        };
        Ok(Self {
            part: beside(".reencrypt.part"),
            checkpoint: beside(".reencrypt.checkpoint"),
            old: beside(".reencrypt.old"),
            folder: folder.to_path_buf(),
            file,
        })
    }

    /// Refuses a job that would write over what it reads, or a proof over what the job needs. `read` are files beside the records.
    pub(crate) fn keep_apart(&self, proof: Option<&Path>, read: &[&Path]) -> Result<(), Error> {
        let being_written = beside(&self.checkpoint);
        let own: [&Path; 4] = [&self.part, &self.checkpoint, &being_written, &self.old];
        own.iter().try_for_each(|output| apart(output, read))?;
        let Some(proof) = proof else { return Ok(()) };
        let all = [read, &own, &[&self.file]].concat();
        apart(proof, &all)?;
        apart(&beside(proof), &all)?;
        // It would be replaced by a file, were it even /dev/null.
        match std::fs::metadata(proof) {
            Ok(found) if !found.is_file() => Err(Error::NotRegular { path: proof.to_path_buf() }),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Refuses a file with further names, but for the one that a rotation gives it between its steps.
    pub(crate) fn one_name(&self) -> Result<(), Error> {
        let found = std::fs::metadata(&self.file).map_err(Error::read(&self.file))?;
        let second = std::fs::symlink_metadata(&self.old).is_ok_and(|old| same_file(&old, &found));
        match found.nlink() - u64::from(second) {
            0 | 1 => Ok(()),
            names => Err(Error::Linked { path: self.file.clone(), names }),
        }
    }

    /// Opens the file and locks it against a second job. The lock is on the file itself and not on one beside it: nothing is
    /// left behind, and the system frees it however the process ends.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        loop {
            let file = File::open(&self.file).map_err(Error::read(&self.file))?;
            self.try_lock(&file)?;
            // Between opening and locking, a job may have ended and put its new file here.
            let opened = Stamp::of(&file.metadata().map_err(Error::read(&self.file))?);
            if opened.same_file(self.stamp()?) {
                return Ok(file);
            }
        }
    }

    /// Locks a file that has, or will have, this name.
    pub(crate) fn try_lock(&self, file: &File) -> Result<(), Error> {
        match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path: self.file.clone() }),
            Err(TryLockError::Error(error)) => Err(Error::read(&self.file)(error)),
        }
    }

    /// What stands at the file's name now.
    pub(crate) fn stamp(&self) -> Result<Stamp, Error> {
        std::fs::metadata(&self.file).map(|found| Stamp::of(&found)).map_err(Error::read(&self.file))
    }

    /// Puts the finished part in the file's place and keeps the original as [`Place::old`]. Afterwards it survives a power cut.
    pub(crate) fn swap(&self, planned: Stamp) -> Result<(), Error> {
        if self.stamp()? != planned {
            return Err(Error::Changed { path: self.file.clone(), original: None });
        }
        std::fs::hard_link(&self.file, &self.old).map_err(Error::write(&self.old))?;
        std::fs::rename(&self.part, &self.file).map_err(Error::write(&self.file))?;
        self.sync_folder()
    }

    /// Removes [`Place::old`] when it is a second name of the file itself, and so no other data: what [`Place::swap`] leaves
    /// when it ends between its two steps.
    pub(crate) fn unlink_old(&self) -> Result<(), Error> {
        match std::fs::symlink_metadata(&self.old) {
            Ok(found) if Stamp::of(&found).same_file(self.stamp()?) => {
                Self::remove(&self.old)?;
                self.sync_folder()
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::read(&self.old)(error)),
        }
    }

    /// Removes a file beside, if it is there.
    pub(crate) fn remove(path: &Path) -> Result<(), Error> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path)(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Makes renames and removals durable.
    pub(crate) fn sync_folder(&self) -> Result<(), Error> {
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(Error::write(&self.folder))
    }
}

fn same_file(one: &Metadata, other: &Metadata) -> bool {
    Stamp::of(one).same_file(Stamp::of(other))
}

/// Refuses an output that is one of these: by its name, since it may not be there yet, or as the same file under another.
fn apart(output: &Path, inputs: &[&Path]) -> Result<(), Error> {
    let name = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(std::fs::canonicalize(folder).ok()?.join(path.file_name()?))
    };
    let (named, found) = (name(output), std::fs::metadata(output).ok());
    let same = |input: &&&Path| {
        let there = || std::fs::metadata(input).ok();
        (named.is_some() && named == name(input)) || found.as_ref().zip(there()).is_some_and(|(a, b)| same_file(a, &b))
    };
    match inputs.iter().find(same) {
        Some(input) => Err(Error::Overwrites { output: output.to_path_buf(), input: input.to_path_buf() }),
        None => Ok(()),
    }
}

/// Opens a file of the job's own to write to it, as it stands. What somebody else put there, to have another file written to, is refused.
pub(crate) fn open_own(path: &Path, mode: u32) -> Result<File, Error> {
    let in_the_way = || Error::InTheWay { path: path.to_path_buf() };
    let mut options = File::options();
    // Without waiting for the other end of a pipe.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    options.read(true).write(true).create(true).truncate(false).mode(mode).custom_flags(flags);
    let file = options.open(path).map_err(|error| match error.raw_os_error() {
        Some(code) if code == Errno::LOOP.raw_os_error() => in_the_way(),
        Some(_) | None => Error::write(path)(error),
    })?;
    let found = file.metadata().map_err(Error::read(path))?;
    if found.is_file() && found.nlink() == 1 { Ok(file) } else { Err(in_the_way()) }
}

/// The name under which a file is written before it takes the place of another.
pub(crate) fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

/// Writes a file beside and renames it. Not by `bench_model::file`, whose temporary names a killed process would leave behind.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fail = Error::write(path);
    let beside = beside(path);
    let mut file = open_own(&beside, 0o666)?;
    let written = file
        .set_len(0)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        drop(std::fs::remove_file(&beside));
        fail(error)
    })
}
