//! Why GitHub did not do what it was asked for. What GitHub said is printable text without the token.

use bench_model::{Code, Failure};

use super::Operation;

/// Why GitHub did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// There is no token.
    #[error("there is no token for GitHub")]
    NoToken,
    /// The token holds what none can hold.
    #[error("the token for GitHub holds blanks or other characters that no token has")]
    BadToken,
    /// The client could not be made.
    #[error("the client for GitHub cannot be made: {reason}")]
    Client {
        /// Why not.
        reason: String,
    },
    /// 401.
    #[error("cannot {doing}: GitHub refuses the token: {said}")]
    Unauthorized {
        /// What was asked for.
        doing: Operation,
        /// What GitHub said.
        said: String,
    },
    /// 403, for good.
    #[error("cannot {doing}: GitHub forbids it: {said}")]
    Forbidden {
        /// What was asked for.
        doing: Operation,
        /// What GitHub said.
        said: String,
    },
    /// A limit that lasts longer than we wait.
    #[error("cannot {doing}: GitHub's limit for requests is used up{}", wait(*seconds))]
    Limited {
        /// What was asked for.
        doing: Operation,
        /// How long GitHub asks to wait, in seconds.
        seconds: Option<u64>,
    },
    /// 404.
    #[error("cannot {doing}: GitHub says that there is no such thing")]
    NotFound {
        /// What was asked for.
        doing: Operation,
    },
    /// Another status that says no.
    #[error("cannot {doing}: GitHub answers {status}: {said}")]
    Refused {
        /// What was asked for.
        doing: Operation,
        /// The status, such as 422.
        status: u16,
        /// What GitHub said.
        said: String,
    },
    /// A status of 500 or more.
    #[error("cannot {doing}: GitHub answers {status}")]
    Server {
        /// What was asked for.
        doing: Operation,
        /// The status.
        status: u16,
    },
    /// The connection failed.
    #[error("cannot {doing}: {reason}")]
    Unreachable {
        /// What was asked for.
        doing: Operation,
        /// Why.
        reason: String,
    },
    /// GitHub took longer than it is given.
    #[error("cannot {doing}: GitHub does not answer in time")]
    TooSlow {
        /// What was asked for.
        doing: Operation,
    },
    /// More than one open pull request has the commit at its head, and nothing says which is meant.
    #[error("pull requests {} have the same commit of the same branch at their head", hashes(numbers))]
    SeveralPulls {
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// An answer that is not what GitHub documents.
    #[error("cannot {doing}: GitHub's answer cannot be read: {reason}")]
    Answer {
        /// What was asked for.
        doing: Operation,
        /// What is wrong with it.
        reason: String,
    },
}

impl GithubError {
    /// Whether GitHub may have done what it was asked for, or may yet.
    pub(crate) const fn is_open(&self) -> bool {
        match self {
            Self::Server { .. } | Self::Unreachable { .. } | Self::TooSlow { .. } | Self::Answer { .. } => true,
            Self::NoToken
            | Self::BadToken
            | Self::Client { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::Limited { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::SeveralPulls { .. } => false,
        }
    }
}

fn hashes(numbers: &[u64]) -> String {
    numbers.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(", ")
}

fn wait(seconds: Option<u64>) -> String {
    seconds.map(|seconds| format!("; it asks to wait {seconds} s")).unwrap_or_default()
}

impl Failure for GithubError {
    fn code(&self) -> Code {
        match self {
            Self::NoToken | Self::BadToken | Self::Unauthorized { .. } => Code::GithubAuth,
            Self::Client { .. }
            | Self::Forbidden { .. }
            | Self::Limited { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::Server { .. }
            | Self::Unreachable { .. }
            | Self::TooSlow { .. }
            | Self::SeveralPulls { .. }
            | Self::Answer { .. } => Code::Github,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoToken => {
                "add to the step: `env: { GITHUB_TOKEN: ${{ github.token }} }`, or pass --token-file".into()
            }
            Self::BadToken => {
                "look at the secret that GITHUB_TOKEN or --token-file comes from: one line, nothing else".into()
            }
            Self::Client { .. } => {
                "install the package ca-certificates, or let SSL_CERT_FILE name your certificates".into()
            }
            Self::Unauthorized { .. } => {
                "use ${{ github.token }} of this job, or make a new token: this one is wrong or expired".into()
            }
            Self::Forbidden { doing, .. } => match doing.permission() {
                Some(permission) => format!(
                    "add to the workflow's job: `permissions: {{ {permission} }}`; pull requests of forks never get more than \
                     read, so post from a workflow_run workflow (docs/github.md)"
                ),
                None => "use ${{ github.token }} of this job".into(),
            },
            Self::Limited { .. } => "run the job again later; a comment that is there is updated".into(),
            Self::NotFound { .. } => {
                "check the repository and the pull request, and that the token may see a private repository".into()
            }
            Self::Refused { .. } => "what GitHub says names the field; with --dry-run you see what is sent".into(),
            Self::Server { .. } | Self::TooSlow { .. } => {
                "look at GitHub's status page and run the job again; a comment that is there is updated".into()
            }
            Self::Unreachable { .. } => {
                "check --api-url, the network and its certificates; proxies are not supported".into()
            }
            Self::SeveralPulls { .. } => {
                "no comment was posted: pass --pr with the one that is meant, or close others".into()
            }
            Self::Answer { .. } => {
                "check that --api-url is GitHub's API: https://api.github.com, or https://HOST/api/v3".into()
            }
        }
    }
}
