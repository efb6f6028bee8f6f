//! What is asked of GitHub, in words, and which permission it takes.

use std::fmt;

/// What is asked of GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Looking for the comment.
    ListComments,
    /// Writing it for the first time.
    CreateComment,
    /// Writing it again.
    UpdateComment,
    /// Looking for the pull request of a branch.
    FindPull,
    /// Looking for the check run.
    FindCheck,
    /// Making it.
    CreateCheck,
    /// Changing it.
    UpdateCheck,
    /// Looking for the issue.
    FindIssue,
    /// Opening it.
    OpenIssue,
    /// Writing it again, or closing it.
    UpdateIssue,
    /// Saying why it is closed.
    CommentIssue,
    /// Asking who the token belongs to.
    FindUser,
}

impl Operation {
    /// The permission that a workflow's token needs for it, as `permissions:` writes it.
    pub const fn permission(self) -> Option<&'static str> {
        match self {
            Self::ListComments | Self::FindPull => Some("pull-requests: read"),
            Self::CreateComment | Self::UpdateComment => Some("pull-requests: write"),
            Self::FindCheck => Some("checks: read"),
            Self::CreateCheck | Self::UpdateCheck => Some("checks: write"),
            Self::FindIssue => Some("issues: read"),
            Self::OpenIssue | Self::UpdateIssue | Self::CommentIssue => Some("issues: write"),
            Self::FindUser => None,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ListComments => "list the pull request's comments",
            Self::CreateComment => "create the comment",
            Self::UpdateComment => "update the comment",
            Self::FindPull => "find the pull request of the branch",
            Self::FindCheck => "list the commit's check runs",
            Self::CreateCheck => "create the check run",
            Self::UpdateCheck => "update the check run",
            Self::FindIssue => "list the open issues",
            Self::OpenIssue => "open the issue",
            Self::UpdateIssue => "update the issue",
            Self::CommentIssue => "comment on the issue",
            Self::FindUser => "ask who the token belongs to",
        })
    }
}
