//! Reading JSON with a place for every error, and writing so that a crash or a full disk never
//! leaves half a file: written beside, synced, renamed.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Code, Failure, Location, Sha256};

/// The largest document a stage reads into memory. Larger inputs are refused before they are read.
pub const MAX_DOCUMENT: u64 = 512 << 20;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused to read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refused to write.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is larger than any real one.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// The content is not what the type demands.
    #[error("{} does not hold what is expected: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The place in the document.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
}

impl Failure for FileError {
    fn code(&self) -> Code {
        match self {
            Self::Read { .. } | Self::Write { .. } => Code::Io,
            Self::TooLarge { .. } | Self::Content { .. } => Code::Parse,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Read { .. } => "check that the file exists and may be read".into(),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free some disk space and run again; nothing was overwritten".into()
            }
            Self::Write { .. } => "check the folder's permissions and free space; nothing was overwritten".into(),
            Self::TooLarge { .. } => "pass the file that the stage before wrote, or split it".into(),
            Self::Content { .. } => {
                "run the stage before again, or `json-processor validate` for every violation".into()
            }
        }
    }

    fn location(&self) -> Option<Location> {
        Some(match self {
            Self::Read { path, .. } | Self::Write { path, .. } | Self::TooLarge { path, .. } => Location::file(path),
            Self::Content { path, pointer, .. } => Location::pointer(path, pointer.clone()),
        })
    }
}

/// Reads a whole file (or standard input for `-`) of at most `limit` bytes.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::TooLarge`] before more than `limit` bytes are held.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let fail = |source| FileError::Read { path: path.to_path_buf(), source };
    let too_large = || FileError::TooLarge { path: path.to_path_buf(), limit };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)
    } else {
        let file = File::open(path).map_err(fail)?;
        let found = file.metadata().map_err(fail)?;
        if found.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        let length = found.len();
        if length > limit {
            return Err(too_large());
        }
        bytes.reserve_exact(length as usize);
        file.take(limit + 1).read_to_end(&mut bytes)
    };
    match read.map_err(fail)? as u64 > limit {
        true => Err(too_large()),
        false => Ok(bytes),
    }
}

/// Reads a JSON document of a type.
///
/// # Errors
/// As [`read`], and [`FileError::Content`] with the JSON pointer of the first thing that is wrong.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    parse_json(path, &read(path, MAX_DOCUMENT)?)
}

/// Parses a JSON document that came from `path`.
///
/// # Errors
/// [`FileError::Content`] with the JSON pointer of the first thing that is wrong.
pub fn parse_json<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, FileError> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The tracking deserializer is slower, so it only runs once there is an error to place.
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let pointer = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Ok(_) => String::new(),
            Err(error) => json_pointer(error.path()),
        };
        FileError::Content { path: path.to_path_buf(), pointer, reason: error.to_string() }
    })
}

/// A tracked path as a JSON pointer (RFC 6901).
pub fn json_pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => Some(format!("/{variant}")),
            Segment::Unknown => None,
        })
        .collect()
}

/// Writes a file completely or not at all. A device or a pipe is written to as it stands; a link is followed.
///
/// # Errors
/// [`FileError::Write`]; the file that stood there before is untouched then.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FileError> {
    let fail = |source| FileError::Write { path: path.to_path_buf(), source };
    let target = match target_of(path).map_err(fail)? {
        Target::Device(mut device) => return fill(&mut device).and_then(|()| device.flush()).map_err(fail),
        Target::File(target) => target,
    };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let beside = builder.prefix(".perfledger-").tempfile_in(folder).map_err(fail)?;
    let mut writer = BufWriter::with_capacity(1 << 16, beside);
    fill(&mut writer).map_err(fail)?;
    let beside = writer.into_inner().map_err(|error| fail(error.into_error()))?;
    beside.as_file().sync_all().map_err(fail)?;
    beside.persist(&target).map_err(|error| fail(error.error))?;
    // The rename itself must survive a power cut, too. Not every system lets a folder be synced.
    if let Ok(folder) = File::open(folder) {
        drop(folder.sync_all());
    }
    Ok(())
}

/// Where writing to a path ends up.
enum Target {
    /// A file, which may not exist yet. Links are followed, so that a link stays one.
    File(PathBuf),
    /// A device or a pipe such as /dev/null, which must be written to and never replaced.
    Device(BufWriter<File>),
}

fn target_of(path: &Path) -> io::Result<Target> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => std::fs::canonicalize(path).map(Target::File),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => File::options().write(true).open(path).map(|file| Target::Device(BufWriter::new(file))),
        // Whatever else is wrong shows itself when the file is written.
        Err(_) => Ok(Target::File(path.to_path_buf())),
    }
}

/// Writes bytes completely or not at all; `-` is standard output.
///
/// # Errors
/// As [`write_with`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path == Path::new("-") {
        let fail = |source| FileError::Write { path: path.to_path_buf(), source };
        let mut out = io::stdout().lock();
        return out.write_all(bytes).and_then(|()| out.flush()).map_err(fail);
    }
    write_with(path, |out| out.write_all(bytes))
}

/// Writes a document as indented JSON with a final newline and returns its digest; `-` is standard output.
///
/// # Errors
/// As [`write_with`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<Sha256, FileError> {
    write_document(path, |out| serde_json::to_writer_pretty(out, value).map_err(io::Error::from))
}

/// Writes a document as JSON on one line with a final newline, for documents too large to be read
/// by people, and returns its digest; `-` is standard output.
///
/// # Errors
/// As [`write_with`].
pub fn write_json_compact<T: Serialize>(path: &Path, value: &T) -> Result<Sha256, FileError> {
    write_document(path, |out| serde_json::to_writer(out, value).map_err(io::Error::from))
}

fn write_document(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Sha256, FileError> {
    let mut digest = None;
    let fill_hashed = |out: &mut dyn Write| {
        let mut hashing = Hashing { out, state: sha2::Digest::new() };
        let result = fill(&mut hashing).and_then(|()| hashing.write_all(b"\n"));
        digest = Some(Sha256::from_digest(&sha2::Digest::finalize(hashing.state)));
        result
    };
    if path == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        fill_hashed(&mut out)
            .and_then(|()| out.flush())
            .map_err(|source| FileError::Write { path: path.to_path_buf(), source })?;
    } else {
        write_with(path, |out| fill_hashed(out))?;
    }
    Ok(digest.unwrap_or_else(Sha256::zero))
}

struct Hashing<'a> {
    out: &'a mut dyn Write,
    state: sha2::Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        sha2::Digest::update(&mut self.state, bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
