//! Percent-encoding (RFC 3986, section 2). Must not know: what is encoded.

/// Whether a byte may stand in a path or a query as it is (section 2.3).
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A text with all but its unreserved bytes encoded, in ASCII; digits are in upper case as section 2.1 wants them.
pub(crate) fn encoded(text: &str) -> impl Iterator<Item = u8> {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied();
    text.bytes().flat_map(move |byte| {
        let written = match is_unreserved(byte) {
            true => [Some(byte), None, None],
            false => [Some(b'%'), digit(byte >> 4), digit(byte & 15)],
        };
        written.into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_but_the_unreserved_ones_is_two_digits() {
        let encoded = |text: &str| encoded(text).map(char::from).collect::<String>();
        assert_eq!(encoded("aZ9-._~"), "aZ9-._~");
        assert_eq!(encoded("a b/\u{e9}\"%\n"), "a%20b%2F%C3%A9%22%25%0A");
    }
}
