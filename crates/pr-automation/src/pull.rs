//! The pull request of a commit, as GitHub knows it.

use serde::Deserialize;

use crate::routes;
use crate::{Github, GithubError, Operation, Pull, Repository};

#[derive(Deserialize)]
struct Found {
    number: u64,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

/// The number of a pull request; `None` when there is none, or none that is open and still has the measured commit at its
/// head.
///
/// # Errors
/// [`GithubError::SeveralPulls`] when more than one has, and others when GitHub cannot be asked.
pub async fn find_pull(github: &mut Github, repository: &Repository, pull: &Pull) -> Result<Option<u64>, GithubError> {
    match pull {
        Pull::Number(number) => Ok(Some(*number)),
        Pull::None | Pull::Gone => Ok(None),
        Pull::Branch { owner, branch, head } => {
            let path = routes::pulls(repository, owner, branch);
            let open = github.get::<Vec<Found>>(Operation::FindPull, &path).await?.body;
            let here = open.iter().filter(|pull| pull.head.sha == head.as_str());
            match here.map(|pull| pull.number).collect::<Vec<_>>().as_slice() {
                [] => Ok(None),
                [number] => Ok(Some(*number)),
                several => Err(GithubError::SeveralPulls { numbers: several.to_vec() }),
            }
        }
    }
}
