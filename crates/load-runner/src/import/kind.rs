//! What failures and requests are called in a record. Other tools' messages hold URLs, host names and tokens: none of that is kept, only the kind.

use std::borrow::Cow;

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// The kind of a failure that a tool put into words.
pub(super) fn of_text(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    // Earlier ones win: a failed look-up also says "dial", a TLS failure also says "connect".
    let kinds: [(&str, &[&str]); 7] = [
        ("dns", &["no such host", "lookup ", "getaddrinfo", "name resolution", "nameresolution", "gaierror", "dns"]),
        ("tls", &["tls", "x509", "certificate", "ssl", "handshake"]),
        (
            "connect",
            &[
                "refused",
                "dial ",
                "dial:",
                "connecttimeout",
                "connect timeout",
                "unreachable",
                "to connect",
                "connect error",
                "no route",
            ],
        ),
        ("timeout", &["timeout", "timed out", "deadline exceeded"]),
        ("closed", &["reset", "eof", "broken pipe", "closed", "disconnected", "aborted", "remotedisconnected"]),
        ("protocol", &["protocol", "malformed", "http2", "invalid response", "badstatusline", "incompleteread"]),
        ("check", &["catchresponseerror"]),
    ];
    kinds.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map_or("other", |(kind, _)| *kind)
}

/// The kind of k6's `error_code`: its ranges are DNS 11xx, TCP 12xx, TLS 13xx, statuses 14xx and 15xx, HTTP/2 16xx.
pub(super) fn of_k6_code(code: u32) -> &'static str {
    match code {
        1050 => "timeout",
        1100..=1199 => "dns",
        1220 => "closed",
        1200..=1299 => "connect",
        1300..=1399 => "tls",
        1400..=1599 => "status",
        1600..=1799 => "protocol",
        _ => "other",
    }
}

/// Whether a status is no failure where nothing says what a scenario accepts.
pub(super) fn is_accepted(status: u16) -> bool {
    (200..=399).contains(&status)
}

/// Scheme, host and port of a URL, and nothing else of it. `None` for what is no HTTP URL.
pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    (matches!(scheme, "http" | "https") && !host.is_empty() && host.len() <= 255 && host.chars().all(plain))
        .then(|| format!("{scheme}://{host}"))
}

/// The path of a URL without its query, where secrets travel.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

/// A name for a record: a URL without user, host and query, a path (also after a method) without its query; at most 200 characters.
/// Names that become the same are of the same request: callers add them up, or keep them apart.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    let (method, rest) = match text.split_once(' ') {
        Some((method, rest)) if !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            (Some(method), rest)
        }
        _ => (None, text),
    };
    let shown = if rest.contains("://") {
        path(rest)
    } else if rest.starts_with('/') {
        rest.split(['?', '#']).next().unwrap_or("/")
    } else {
        rest
    };
    if shown.len() == rest.len() && text.len() <= MAX_NAME {
        return Cow::Borrowed(text);
    }
    let method = method.map(|method| format!("{method} ")).unwrap_or_default();
    Cow::Owned(method.chars().chain(shown.chars()).take(MAX_NAME).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_kinds() {
        for (text, kind) in [
            ("Get \"http://127.0.0.1:9/x\": dial tcp 127.0.0.1:9: connect: connection refused", "connect"),
            ("dial tcp: lookup nowhere on 1.1.1.1:53: no such host", "dns"),
            ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "timeout"),
            ("read tcp 1.2.3.4:5->1.2.3.4:6: read: connection reset by peer", "closed"),
            ("x509: certificate signed by unknown authority", "tls"),
            ("CatchResponseError('wrong')", "check"),
            ("something else", "other"),
        ] {
            assert_eq!(of_text(text), kind, "{text}");
        }
        assert_eq!((of_k6_code(1212), of_k6_code(1050), of_k6_code(1503)), ("connect", "timeout", "status"));
    }

    #[test]
    fn an_origin_keeps_neither_user_nor_query() {
        assert_eq!(origin("https://me:pw@shop.test:8443/a?token=1").as_deref(), Some("https://shop.test:8443"));
        assert_eq!(origin("ftp://x/"), None);
        assert_eq!(origin("http:///x"), None);
        assert_eq!(
            (path("http://h/a/b?token=1"), path("http://h"), name("http://u@h/a?t=1").as_ref()),
            ("/a/b", "/", "/a")
        );
    }

    #[test]
    fn a_name_keeps_no_query_however_it_is_written() {
        for (text, shown) in [
            ("/a/b?token=1", "/a/b"),
            ("/a#token=1", "/a"),
            ("GET /a?token=1#x", "GET /a"),
            ("POST http://u:p@h/a?token=1", "POST /a"),
            ("what is this?", "what is this?"),
            ("GET what?", "GET what?"),
            ("", ""),
        ] {
            assert_eq!(name(text), shown, "{text}");
            assert_eq!(name(&name(text)), shown, "a name of a name is that name");
        }
        assert_eq!(name(&"é".repeat(300)).chars().count(), 200);
    }
}
