//! The file and what lies beside it during a rotation: names, the lock, renaming. Must not know records or keys.

use std::ffi::OsString;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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
            return Err(Error::Changed { path: self.file.clone() });
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

/// The name under which a file is written before it takes the place of another.
pub(crate) fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

/// Writes a file beside and renames it. Not by `bench_model::file`, whose temporary names a killed process would leave behind.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fail = Error::write(path);
    let beside = beside(path);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        drop(std::fs::remove_file(&beside));
        fail(error)
    })
}
