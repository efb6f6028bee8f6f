use proptest::prelude::*;

use super::*;

const LINE: &str = r#"{"tenant_id":"tenant-01","claim_id":"clm-1","nonce":"AAAAAAAAAAAAAAAA","encrypted_payload":"AAAAAAAAAAAAAAAAAAAAAA==","key_id":"tenant-01-claims","key_version":1,"alg":"AES-256-GCM","aad":"tenant-01/clm-1"}"#;

fn written(record: &Record<'_>) -> String {
    let mut out = Vec::new();
    record.write(&mut out, record.nonce.as_bytes(), record.encrypted_payload.as_bytes(), record.key_version);
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_written_is_read_by_the_scanner_and_is_the_same() {
    let record = Record::scan(LINE.as_bytes()).unwrap();
    assert_eq!(written(&record), format!("{LINE}\n"));
    assert_eq!(Record::parse_any(LINE.as_bytes()).unwrap(), record);
}

#[test]
fn another_order_spaces_and_escapes_are_read_too() {
    let line = r#" { "aad" : "t\u002f1", "alg":"AES-256-GCM","key_version":12,"key_id":"k","encrypted_payload":"a\/b=","nonce":"n","claim_id":"é","tenant_id":"\n" } "#;
    assert_eq!(Record::scan(line.as_bytes()), None);
    let record = Record::parse(line.as_bytes()).unwrap();
    assert_eq!((&*record.aad, &*record.encrypted_payload, &*record.claim_id), ("t/1", "a/b=", "é"));
    let again = written(&record);
    assert_eq!(Record::parse(again.trim_end().as_bytes()).unwrap(), record);
}

#[test]
fn refuses_lines_that_are_no_record() {
    for line in [
        "",
        "null",
        "{}",
        &LINE.replace("\"alg\":\"AES-256-GCM\",", ""),
        &LINE.replace("\"alg\"", "\"algo\""),
        &LINE.replace("{", "{\"alg\":\"x\","),
        &LINE.replace(":1,", ":-1,"),
        &LINE.replace(":1,", ":01,"),
        &LINE.replace(":1,", ":4294967296,"),
        &LINE.replace(":1,", ":\"1\","),
        &LINE[..LINE.len() - 1],
        &format!("{LINE}{LINE}"),
        &LINE.replace("clm-1\",\"n", "clm-\u{1}\",\"n"),
    ] {
        assert!(matches!(Record::parse(line.as_bytes()), Err(Reason::Syntax(_))), "{line}");
    }
}

proptest! {
    #[test]
    fn scanner_and_parser_agree_on_any_texts(texts in proptest::array::uniform7(any::<String>()), key_version: u32) {
        let [tenant_id, claim_id, nonce, encrypted_payload, key_id, alg, aad] = texts.map(Cow::<str>::Owned);
        let record = Record { tenant_id, claim_id, nonce, encrypted_payload, key_id, key_version, alg, aad };
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let line = LINE.replace("\"tenant-01\"", &quoted(&record.tenant_id));
        for line in [line.as_bytes(), &serde_json::to_vec(&serde_json::json!({
            "tenant_id": record.tenant_id, "claim_id": record.claim_id, "nonce": record.nonce,
            "encrypted_payload": record.encrypted_payload, "key_id": record.key_id, "key_version": key_version,
            "alg": record.alg, "aad": record.aad,
        })).unwrap()] {
            let parsed = Record::parse_any(line).unwrap();
            prop_assert_eq!(&Record::parse(line).unwrap(), &parsed);
        }
    }

    /// One byte of a good line is changed: the scanner may give up, but must not read something else than JSON says.
    #[test]
    fn scanner_and_parser_agree_on_damaged_lines(at in 0..LINE.len(), byte: u8) {
        let mut line = LINE.as_bytes().to_vec();
        line[at] = byte;
        if let Some(scanned) = Record::scan(&line) {
            prop_assert_eq!(Record::parse_any(&line).unwrap(), scanned);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(Record::parse(&bytes));
    }
}
