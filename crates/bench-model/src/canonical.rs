//! Canonical JSON (RFC 8785): equal values give equal bytes, so that they can be hashed.

use serde::Serialize;

use crate::Sha256;

/// The canonical bytes of a value.
///
/// # Errors
/// When the value has no JSON form (a map with keys that are not strings, a number that is not finite).
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// The digest of a value's canonical bytes.
///
/// # Errors
/// As [`to_vec`].
pub fn digest<T: Serialize>(value: &T) -> Result<Sha256, serde_json::Error> {
    Ok(Sha256::of(&to_vec(value)?))
}

/// Whether a text is canonical JSON, found in one pass and without building it anew.
pub fn is_canonical(text: &str) -> bool {
    let mut scan = Scan { rest: text };
    scan.value(MAX_DEPTH).is_some() && scan.rest.is_empty()
}

/// Deeper than any record, and shallow enough for every stack.
const MAX_DEPTH: u32 = 64;

/// A text that is being checked. Each step gives `None` at the first thing that is not canonical.
struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn literal(&mut self, literal: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        match self.peek()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'"' => self.string().map(drop),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: u32) -> Option<()> {
        self.literal("{")?;
        let mut before: Option<&str> = None;
        if self.peek() == Some(b'}') {
            return self.literal("}");
        }
        loop {
            let key = self.string()?;
            if !before.is_none_or(|before| precedes(before, key)) {
                return None;
            }
            before = Some(key);
            self.literal(":")?;
            self.value(depth)?;
            match self.peek()? {
                b',' => self.literal(",")?,
                _ => return self.literal("}"),
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.literal("[")?;
        if self.peek() == Some(b']') {
            return self.literal("]");
        }
        loop {
            self.value(depth)?;
            match self.peek()? {
                b',' => self.literal(",")?,
                _ => return self.literal("]"),
            }
        }
    }

    /// A string with its quotes, each character in its one form (RFC 8785, section 3.2.2.2).
    fn string(&mut self) -> Option<&'a str> {
        let mut bytes = self.rest.bytes().enumerate();
        (bytes.next()?.1 == b'"').then_some(())?;
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => return self.take(at + 1),
                b'\\' => match bytes.next()?.1 {
                    b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.rest.get(at + 2..at + 6)?;
                        let code = u8::from_str_radix(digits.strip_prefix("00")?, 16).ok()?;
                        let short = matches!(code, 8 | 9 | 10 | 12 | 13);
                        if code >= 0x20 || short || digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
                            return None;
                        }
                        bytes.nth(3)?;
                    }
                    _ => return None,
                },
                0..0x20 => return None,
                _ => {}
            }
        }
        None
    }

    /// A number as ECMAScript writes it (RFC 8785, section 3.2.2.3).
    fn number(&mut self) -> Option<()> {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest.bytes().take_while(|byte| is_part(byte)).count();
        let text = self.take(length)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain && (!digits.starts_with('0') || text == "0") {
            return Some(());
        }
        let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
        (ryu_js::Buffer::new().format_finite(value) == text).then_some(())
    }
}

/// Whether a key (with quotes and escapes) comes before another: by UTF-16 code units (RFC 8785, section 3.2.3).
fn precedes(before: &str, key: &str) -> bool {
    let plain = |key: &str| key.bytes().all(|byte| byte.is_ascii() && byte != b'\\');
    if plain(before) && plain(key) {
        // Without the quote behind, which sorts above the space.
        return before.as_bytes().split_last() < key.as_bytes().split_last();
    }
    let units = |key: &str| serde_json::from_str::<String>(key).map(|text| text.encode_utf16().collect::<Vec<_>>());
    matches!((units(before), units(key)), (Ok(before), Ok(key)) if before < key)
}
