//! The token: checked once, shown never.
//! Must not know: where it was read.

use octocrab::secrecy::{ExposeSecret, SecretString};

use crate::GithubError;

/// The most that a token may have, in bytes; GitHub's have fewer than 300.
pub(crate) const TOKEN_LIMIT: u64 = 4096;

/// What GitHub knows us by. It has neither `Debug` nor `Display`, and is wiped from memory when it is dropped.
pub struct Token(SecretString);

impl Token {
    /// A token as it stands in the environment or in a file; blanks around it are dropped.
    ///
    /// # Errors
    /// [`GithubError::NoToken`] when there is nothing but blanks, [`GithubError::BadToken`] when it has characters that no
    /// token has.
    pub fn new(text: String) -> Result<Self, GithubError> {
        let text = SecretString::from(text);
        let token = text.expose_secret().trim();
        if token.is_empty() {
            return Err(GithubError::NoToken);
        }
        if token.len() as u64 > TOKEN_LIMIT || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(GithubError::BadToken);
        }
        Ok(Self(SecretString::from(token)))
    }

    /// For the client alone.
    pub(crate) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// A text with the token in it made unreadable.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(self.0.expose_secret(), "***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_trimmed_and_hidden_wherever_it_stands() {
        let token = Token::new(" ghs_secret\n".into()).ok().unwrap();
        assert_eq!(token.hide("https://x:ghs_secret@host ghs_secret"), "https://x:***@host ***");
    }

    #[test]
    fn what_no_header_can_carry_is_no_token_and_is_not_repeated() {
        for text in ["one\ntwo", "gh s", "ghs_ü"] {
            let error = Token::new(text.into()).err().unwrap().to_string();
            assert!(!error.contains(text), "{error}");
        }
        assert!(matches!(Token::new(" \n".into()), Err(GithubError::NoToken)));
    }
}
