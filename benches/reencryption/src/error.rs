//! What can go wrong here, with its code and what to do next. No text holds any part of a key.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bench_cli::words::{count, thousands};
use bench_model::file::FileError;
use bench_model::time::Timestamp;
use bench_model::{Code, Exit, Failure, Location};

use crate::Reason;

/// What can go wrong in a re-encryption.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// No policy: rotating without one would be rotating without demands.
    #[error("there is no crypto policy at {}", path.display())]
    NoPolicy {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The policy cannot be used.
    #[error("the crypto policy cannot be used: {reason}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What would be done is against the policy. Nothing was written.
    #[error("against the crypto policy {}: {what}", policy.display())]
    Violation {
        /// The policy.
        policy: PathBuf,
        /// What violates it.
        what: String,
        /// The record, when it is one.
        place: Option<Location>,
    },
    /// No keys were given.
    #[error("there are no keys")]
    NoKeys,
    /// Keys cannot be used.
    #[error("{origin}: {reason}")]
    Keys {
        /// The file or the variable.
        origin: String,
        /// What is wrong, without any part of a key.
        reason: String,
    },
    /// A key that protects nothing: another's bytes, or a published test key.
    #[error("{origin}: {reason}")]
    UnfitKey {
        /// The file or the variable.
        origin: String,
        /// What is wrong, without any part of a key.
        reason: String,
    },
    /// What the job writes would take the place of what it reads or needs.
    #[error("{} would be written over {}", output.display(), input.display())]
    Overwrites {
        /// What would be written.
        output: PathBuf,
        /// What would be lost.
        input: PathBuf,
    },
    /// What is left to be finished was planned under other rules than are given now.
    #[error("the rotation that is to be finished was planned under {rules}, and not under what is given now")]
    OtherRules {
        /// The checkpoint that says so.
        path: PathBuf,
        /// Policy and kind of keys that it was planned under.
        rules: String,
    },
    /// There are no keys of the version to rotate to.
    #[error("no key has version {version}")]
    NoVersion {
        /// The version.
        version: u32,
    },
    /// A time of compromise that has not come yet.
    #[error("the key was compromised at {at}, which is in the future")]
    NotYet {
        /// What was given.
        at: Timestamp,
    },
    /// A record is corrupted, cut off, or another's.
    #[error("line {line}: {reason}")]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: Reason,
    },
    /// A record is not what a finished rotation leaves.
    #[error("not verified: line {line}: {reason}")]
    NotVerified {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: Reason,
        /// The original, where it is kept.
        original: Option<PathBuf>,
    },
    /// A file without records.
    #[error("{} holds no records", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// More records than one attempt has nonces for.
    #[error("{} holds {} records, more than 4,294,967,296 nonces allow", path.display(), thousands(records))]
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many.
        records: u64,
    },
    /// A folder, device or pipe.
    #[error("{} is not a regular file", path.display())]
    NotRegular {
        /// What was given.
        path: PathBuf,
    },
    /// Another job has the file.
    #[error("another rotation of {} is running", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Something stands where the job writes, and is not the job's: a link, a device, a file with other names.
    #[error("{} is in the way: it is not a plain file of this job's", path.display())]
    InTheWay {
        /// What stands there.
        path: PathBuf,
    },
    /// A file with several names. The others would go on holding every record under the old key.
    #[error("{} is known by {names} names, and only one of them would be rotated", path.display())]
    Linked {
        /// The file.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// The new file cannot be made its owner's.
    #[error("the new file cannot be given to the owner of {}, user {uid} and group {gid}", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// The user.
        uid: u32,
        /// The group.
        gid: u32,
        /// Why not.
        source: io::Error,
    },
    /// Someone wrote to the file during the job.
    #[error("{} was changed while it was rotated", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The original, where the new file has its name already.
        original: Option<PathBuf>,
    },
    /// A checkpoint that this program did not write.
    #[error("the checkpoint {} cannot be used: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A kept original, other than the file, at which no checkpoint says how far its rotation got.
    #[error("{} is left of a rotation that no checkpoint explains", path.display())]
    LeftOver {
        /// The kept original.
        path: PathBuf,
    },
    /// The user, or the system, asked to stop. The checkpoint is kept.
    #[error("stopped while {step}, after {}", progress(*done, *of))]
    Interrupted {
        /// What was stopped.
        step: Step,
        /// Records that the step was through with.
        done: u64,
        /// All, where that is known.
        of: Option<u64>,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random(#[source] io::Error),
}

/// A step of a job that can be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The file is read and checked. Nothing was written.
    Planning,
    /// The part grows.
    Reencrypting,
    /// What was written is read back, or a file is checked on its own.
    Verifying,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planning => "planning",
            Self::Reencrypting => "re-encrypting",
            Self::Verifying => "verifying",
        })
    }
}

fn progress(done: u64, of: Option<u64>) -> String {
    of.map_or_else(
        || count(done, "record", "records"),
        |of| format!("{} of {}", thousands(done), count(of, "record", "records")),
    )
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |source| FileError::Read { path: path.to_path_buf(), source }.into()
    }

    /// Whether the data themselves are refused, and would be again.
    pub(crate) fn is_of_the_data(&self) -> bool {
        matches!(self, Self::Record { .. } | Self::Violation { .. } | Self::Empty { .. } | Self::TooMany { .. })
    }

    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |source| FileError::Write { path: path.to_path_buf(), source }.into()
    }
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::NoPolicy { .. }
            | Self::Policy { .. }
            | Self::Violation { .. }
            | Self::NoKeys
            | Self::Keys { .. }
            | Self::UnfitKey { .. }
            | Self::Overwrites { .. }
            | Self::OtherRules { .. }
            | Self::NoVersion { .. }
            | Self::NotYet { .. } => Code::Config,
            Self::Record { .. } | Self::NotVerified { .. } | Self::Empty { .. } | Self::TooMany { .. } => Code::Parse,
            Self::NotRegular { .. }
            | Self::Busy { .. }
            | Self::InTheWay { .. }
            | Self::Linked { .. }
            | Self::Owner { .. }
            | Self::Changed { .. }
            | Self::Checkpoint { .. }
            | Self::LeftOver { .. }
            | Self::Interrupted { .. }
            | Self::Random(_) => Code::Io,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(FileError::Write { source, .. }) if source.kind() == io::ErrorKind::StorageFull => {
                "free some disk space and run the same command again; it goes on where it stopped".into()
            }
            Self::File(error) => error.hint(),
            Self::NoPolicy { .. } => {
                "pass one with --policy FILE or CRYPTO_POLICY_PATH, or run where config/ is".into()
            }
            Self::Policy { .. } => "correct the policy; config/security_crypto_policy.json shows every key".into(),
            Self::Violation { .. } => {
                "nothing was written; meet the policy, or have it changed by those who own it".into()
            }
            Self::NoKeys => {
                "pass --key-file FILE or set REENCRYPTION_KEYS; generated data has its own with --ci-mode".into()
            }
            Self::Keys { .. } => {
                "each key needs key_id, tenant_id, version, created (RFC 3339) and key (32 bytes)".into()
            }
            Self::UnfitKey { .. } => {
                "make a new key for each version, as `openssl rand -hex 32` does; test keys are for --ci-mode alone"
                    .into()
            }
            Self::Overwrites { .. } => "give one of the two another name; nothing was written".into(),
            Self::OtherRules { .. } => {
                "finish it with that policy and those keys; then rotate to the next version under the new ones".into()
            }
            Self::NotYet { .. } => "pass --compromised-at a time that is past, and look at this machine's clock".into(),
            Self::NoVersion { .. } => "add keys of that version to the key file, or pass another --to-version".into(),
            Self::Record { .. } => "the file is as it was; restore or remove that record and run again".into(),
            Self::NotVerified { original: Some(original), .. } => {
                format!("do not use the new file; the original is kept as {}", original.display())
            }
            Self::NotVerified { original: None, .. } => "do not trust the file; restore it".into(),
            Self::Empty { .. } => "pass a file of encrypted claims, one JSON object a line".into(),
            Self::TooMany { .. } => "split the file".into(),
            Self::NotRegular { .. } => "pass a file; it is replaced when the job is done".into(),
            Self::Busy { .. } => "wait until it ends".into(),
            Self::InTheWay { .. } => "find out whose it is, move it away and run again; it was not written to".into(),
            Self::Linked { .. } => "find the others with `find -samefile`, remove them and run again".into(),
            Self::Owner { .. } => "run as that user, or as one who may give files away; the file is as it was".into(),
            Self::Changed { path, original: Some(original) } => {
                let (original, path) = (original.display(), path.display());
                format!("stop what writes to it, save what only {path} holds, `mv {original} {path}` and run again")
            }
            Self::Changed { original: None, .. } => "stop what writes to it and run again; it was not replaced".into(),
            Self::Checkpoint { .. } => "look at the file's folder; once the data is safe, delete the checkpoint".into(),
            Self::LeftOver { .. } => "compare it with the file, keep what is right, and delete the other".into(),
            Self::Interrupted { step: Step::Reencrypting, .. } => {
                "run the same command again; it goes on where it stopped".into()
            }
            Self::Interrupted { step: Step::Planning | Step::Verifying, .. } => {
                "run the same command again; what was written is kept, and reading begins anew".into()
            }
            Self::Random(_) => "run where the system's random source is open to programs".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::NoPolicy { path }
            | Self::Policy { path, .. }
            | Self::Empty { path }
            | Self::TooMany { path, .. }
            | Self::NotRegular { path }
            | Self::Busy { path }
            | Self::Changed { path, .. }
            | Self::Overwrites { output: path, .. }
            | Self::OtherRules { path, .. }
            | Self::InTheWay { path }
            | Self::Linked { path, .. }
            | Self::Owner { path, .. }
            | Self::Checkpoint { path, .. }
            | Self::LeftOver { path } => Some(Location::file(path)),
            Self::Record { path, line, .. } | Self::NotVerified { path, line, .. } => Some(Location::line(path, *line)),
            Self::Violation { place, .. } => place.clone(),
            Self::NoKeys
            | Self::Keys { .. }
            | Self::UnfitKey { .. }
            | Self::NoVersion { .. }
            | Self::NotYet { .. }
            | Self::Interrupted { .. }
            | Self::Random(_) => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NotVerified { .. } => Exit::No,
            Self::File(_)
            | Self::NoPolicy { .. }
            | Self::Policy { .. }
            | Self::Violation { .. }
            | Self::NoKeys
            | Self::Keys { .. }
            | Self::UnfitKey { .. }
            | Self::Overwrites { .. }
            | Self::OtherRules { .. }
            | Self::NoVersion { .. }
            | Self::NotYet { .. }
            | Self::Record { .. }
            | Self::Empty { .. }
            | Self::TooMany { .. }
            | Self::NotRegular { .. }
            | Self::Busy { .. }
            | Self::InTheWay { .. }
            | Self::Linked { .. }
            | Self::Owner { .. }
            | Self::Changed { .. }
            | Self::Checkpoint { .. }
            | Self::LeftOver { .. }
            | Self::Interrupted { .. }
            | Self::Random(_) => Exit::Failed,
        }
    }
}
