//! How long GitHub is waited for, and when it is asked again.
//! Must not know: what is asked for.

use std::time::Duration;

/// How long GitHub is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most time that requests of one program are under way, all together.
    pub api_time: Duration,
    /// The most time that a single request is under way.
    pub request: Duration,
    /// The most time between requests, all together: back-off, and what GitHub asks to wait.
    pub waiting: Duration,
    /// How often a request is tried.
    pub attempts: u32,
    /// What is waited after the first attempt; then twice as long each time.
    pub back_off: Duration,
    /// What is waited after a request to create that was not answered, before what it may have created is looked for.
    pub settling: Duration,
}

impl Default for Limits {
    /// 5 s under way, 2.5 s a request, 90 s between them (GitHub asks for a minute when it has had too many), four attempts,
    /// 250 ms after the first, and 10 s after one to create that was not answered.
    fn default() -> Self {
        Self {
            api_time: Duration::from_secs(5),
            request: Duration::from_millis(2500),
            waiting: Duration::from_secs(90),
            attempts: 4,
            back_off: Duration::from_millis(250),
            settling: Duration::from_secs(10),
        }
    }
}

/// Whether asking again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// The answer would be the same.
    No,
    /// After the usual back-off.
    Soon,
    /// Not before so much time has passed: GitHub says so.
    After(Duration),
}

/// What an answer says about limits, apart from its status.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LimitHeaders<'a> {
    /// `retry-after`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub(crate) remaining: Option<u64>,
    /// `x-ratelimit-reset`, in seconds from now.
    pub(crate) reset_in: Option<u64>,
    /// The body's message.
    pub(crate) message: &'a str,
}

/// What GitHub asks for when it names no time:
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately>.
const MINUTE: u64 = 60;

impl Again {
    /// Whether a status that says no may say yes later.
    pub(crate) fn after(status: u16, headers: LimitHeaders<'_>) -> Self {
        let seconds = |seconds| Self::After(Duration::from_secs(seconds));
        match (status, headers.retry_after, headers.remaining) {
            (500.., Some(after), _) => seconds(after),
            (500.., None, _) => Self::Soon,
            (403 | 429, Some(after), _) => seconds(after),
            // A second more: the clock of GitHub and ours differ.
            (403 | 429, None, Some(0)) => seconds(headers.reset_in.map_or(MINUTE, |reset| reset + 1)),
            (429, None, _) => seconds(MINUTE),
            (403, None, _) if headers.message.to_ascii_lowercase().contains("secondary rate limit") => seconds(MINUTE),
            _ => Self::No,
        }
    }

    /// After a request to create that may have been carried out, and may still be.
    pub(crate) fn settled(self, limits: &Limits) -> Self {
        match self {
            Self::No => Self::No,
            Self::Soon => Self::After(limits.settling),
            Self::After(asked) => Self::After(asked.max(limits.settling)),
        }
    }

    /// What is waited before attempt `attempt + 1`; `None` when there is none.
    pub(crate) fn pause(self, limits: &Limits, attempt: u32) -> Option<Duration> {
        let back_off = limits.back_off * 2_u32.saturating_pow(attempt.saturating_sub(1));
        match self {
            _ if attempt >= limits.attempts => None,
            Self::No => None,
            Self::Soon => Some(back_off),
            Self::After(asked) => Some(asked.max(back_off)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(status: u16, headers: LimitHeaders<'_>) -> Again {
        Again::after(status, headers)
    }

    #[test]
    fn a_server_in_trouble_is_asked_again_ever_later_and_not_for_ever() {
        let limits = Limits::default();
        let pauses: Vec<_> = (1..=4).map(|attempt| Again::Soon.pause(&limits, attempt)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pauses, [ms(250), ms(500), ms(1000), None]);
        assert_eq!(after(502, LimitHeaders::default()), Again::Soon);
    }

    #[test]
    fn what_github_asks_to_wait_is_waited() {
        let three = LimitHeaders { retry_after: Some(3), ..LimitHeaders::default() };
        for status in [403, 429, 503] {
            assert_eq!(after(status, three), Again::After(Duration::from_secs(3)));
        }
        let used_up = LimitHeaders { remaining: Some(0), reset_in: Some(10), ..LimitHeaders::default() };
        assert_eq!(after(403, used_up), Again::After(Duration::from_secs(11)));
        let secondary = LimitHeaders { message: "You have exceeded a secondary rate limit", ..LimitHeaders::default() };
        assert_eq!(after(403, secondary), Again::After(Duration::from_secs(60)));
        assert_eq!(after(429, LimitHeaders::default()), Again::After(Duration::from_secs(60)));
    }

    #[test]
    fn a_plain_no_stays_a_no() {
        let rest =
            LimitHeaders { remaining: Some(4999), message: "Resource not accessible", ..LimitHeaders::default() };
        for status in [400, 401, 403, 404, 422] {
            assert_eq!(after(status, rest), Again::No);
        }
    }
}
