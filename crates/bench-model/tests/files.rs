//! Files are read with a place for every error, and written completely or not at all.

#![expect(clippy::unwrap_used, reason = "a helper that fails has failed its test")]

use std::fs;
use std::io;
use std::path::Path;

use bench_model::file::{
    FileError, MAX_DOCUMENT, parse_json, read, read_json, write, write_json, write_json_compact, write_with,
};
use bench_model::{Code, Failure, Sha256};
use serde::Deserialize;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/file");
    write(&path, b"one").unwrap();
    write(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(names(path.parent().unwrap()), ["file"]);
}

#[test]
fn a_failure_halfway_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    write(&path, b"old").unwrap();
    let error = write_with(&path, |out| {
        out.write_all(&[b'x'; 1 << 20])?;
        Err(io::ErrorKind::StorageFull.into())
    })
    .unwrap_err();
    assert_eq!(error.code(), Code::Io);
    assert!(
        error.hint().contains("disk space") && error.hint().contains("nothing was overwritten"),
        "{}",
        error.hint()
    );
    assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"old".to_vec(), vec!["file".to_owned()]));
}

#[test]
fn a_panic_halfway_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    write(&path, b"old").unwrap();
    let unwound = std::panic::catch_unwind(|| write_with(&path, |_| panic!("in the middle")));
    assert!(unwound.is_err());
    assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"old".to_vec(), vec!["file".to_owned()]));
}

#[test]
fn readers_never_see_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    write(&path, &[0; 100_000]).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..=50).for_each(|i| write(&path, &[i; 100_000]).unwrap()));
        while !writer.is_finished() {
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]));
        }
    });
}

#[test]
fn two_writers_at_once_leave_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::thread::scope(|scope| {
        for i in 0..4_u8 {
            let path = &path;
            scope.spawn(move || (0..20).for_each(|_| write(path, &[i; 10_000]).unwrap()));
        }
    });
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() == 10_000 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    // A pipe stands for any device: replacing /dev/null itself would hurt.
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| fs::read(&pipe).unwrap());
        write(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
    });
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_as_one() {
    let error = write(Path::new("/dev/full"), b"x").unwrap_err();
    assert!(error.hint().contains("disk space"), "{error}: {}", error.hint());
    assert_eq!(error.location().unwrap().file.as_deref(), Some(Path::new("/dev/full")));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink("file", &link).unwrap();
    write(&link, b"new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn others_may_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("file"), b"x").unwrap();
    let mode = fs::metadata(folder.path().join("file")).unwrap().permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
    assert_eq!(mode & 0o022, 0, "only the owner may write");
}

#[test]
fn a_folder_in_the_way_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("file")).unwrap();
    assert_eq!(write(&folder.path().join("file"), b"x").unwrap_err().code(), Code::Io);
    fs::write(folder.path().join("plain"), "x").unwrap();
    assert_eq!(write(&folder.path().join("plain/file"), b"x").unwrap_err().code(), Code::Io);
    assert_eq!(names(folder.path()), ["file", "plain"]);
}

#[test]
fn json_ends_with_a_newline_and_its_digest_is_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let digest = write_json(&path, &[1, 2]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[\n  1,\n  2\n]\n");
    assert_eq!(digest, Sha256::of(&fs::read(&path).unwrap()));
    let digest = write_json_compact(&path, &[1, 2]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[1,2]\n");
    assert_eq!(digest, Sha256::of(b"[1,2]\n"));
}

#[derive(Debug, Deserialize, PartialEq)]
struct Outer {
    #[serde(rename = "a/b~c")]
    list: Vec<Inner>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    value: u32,
}

#[test]
fn an_error_in_json_has_a_pointer() {
    let error = parse_json::<Outer>(Path::new("x.json"), br#"{"a/b~c": [{"value": 1}, {"value": "no"}]}"#).unwrap_err();
    assert_eq!(error.code(), Code::Parse);
    assert_eq!(error.location().unwrap().pointer.as_deref(), Some("/a~1b~0c/1/value"));
    assert!(error.to_string().contains("x.json"), "{error}");
}

#[test]
fn bad_json_of_every_kind_is_an_error_and_never_a_panic() {
    let deep = [vec![b'['; 1 << 20], vec![b']'; 1 << 20]].concat();
    for bytes in [b"".as_slice(), b"{", b"\xff\xfe", b"[1,]", b"{\"a/b~c\": []} x", b"null", b"1e999", &deep] {
        let error = parse_json::<Outer>(Path::new("x.json"), bytes).unwrap_err();
        assert!(matches!(error, FileError::Content { .. }), "{error}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big");
    fs::File::create(&path).unwrap().set_len(MAX_DOCUMENT + 1).unwrap();
    assert!(matches!(read_json::<Outer>(&path).unwrap_err(), FileError::TooLarge { .. }));
    fs::write(&path, "123").unwrap();
    assert!(matches!(read(&path, 2).unwrap_err(), FileError::TooLarge { limit: 2, .. }));
    assert_eq!(read(&path, 3).unwrap(), b"123");
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("gone"), folder.path().to_path_buf()] {
        let error = read(&path, 10).unwrap_err();
        assert_eq!((error.code(), error.location().unwrap().file), (Code::Io, Some(path)));
    }
}
