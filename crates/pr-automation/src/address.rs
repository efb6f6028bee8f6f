//! Addresses: GitHub's API, and links that people follow.

use crate::Error;

/// The most that a link may have, in bytes.
const LINK_LIMIT: usize = 2048;

/// Where GitHub's API is: `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAddress(String);

impl ApiAddress {
    /// The address in a text. The token goes there, so it is `https`, or this very machine.
    ///
    /// # Errors
    /// [`Error::Address`] for anything else, and when a user or a password stands in it.
    pub fn new(text: &str) -> Result<Self, Error> {
        let problem = |reason| Err(Error::Address { flag: "--api-url", reason });
        let Some((scheme, host)) = parts(text) else { return problem("it is no address of the web") };
        let name = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((name, _)) => name,
            None => host.split(':').next().unwrap_or_default(),
        };
        match (scheme, name) {
            _ if host.contains('@') => problem("a user or a password stands in it"),
            _ if text.contains(['?', '#']) => problem("it has more than a host and a path"),
            ("https", _) | ("http", "localhost" | "127.0.0.1" | "::1") => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => problem("the token would travel in the clear; https is wanted"),
        }
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks an address that people will follow.
///
/// # Errors
/// [`Error::Address`] when it is none of the web, or a user or a password stands in it: the comment is public.
pub(crate) fn check_link(flag: &'static str, text: &str) -> Result<(), Error> {
    match parts(text) {
        Some((_, host)) if host.contains('@') => {
            Err(Error::Address { flag, reason: "a user or a password stands in it" })
        }
        Some(_) if text.len() <= LINK_LIMIT => Ok(()),
        Some(_) => Err(Error::Address { flag, reason: "it is longer than 2048 bytes" }),
        None => Err(Error::Address { flag, reason: "it is no address of the web" }),
    }
}

/// Scheme and authority (RFC 3986) of an address of the web.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\'));
    (plain && !host.is_empty() && matches!(scheme, "https" | "http")).then_some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_by_https_or_to_this_machine() {
        for text in ["https://api.github.com", "https://ghe.example/api/v3/", "http://127.0.0.1:80", "http://[::1]:80"]
        {
            assert_eq!(ApiAddress::new(text).unwrap().as_str(), text.trim_end_matches('/'));
        }
        for text in [
            "http://ghe.example/api/v3",
            "http://127.0.0.1.example",
            "https://me:secret@ghe.example",
            "http://localhost@ghe.example",
            "ftp://ghe.example",
            "https://",
            "https://h/?x",
            "https://h ost",
            "",
        ] {
            let error = ApiAddress::new(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_link_is_of_the_web_and_holds_no_password() {
        assert!(check_link("--report-url", "https://host/runs/1?x=y#z").is_ok());
        for text in ["javascript://x", "https://me:secret@host/", "https://host/\"><script>", "https://ho\nst", "x"] {
            assert!(check_link("--report-url", text).is_err(), "{text}");
        }
    }
}
