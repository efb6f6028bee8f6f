//! `start` and `abort`: the check run before there is a verdict, and when there will be none.

use bench_cli::Context;
use bench_model::Exit;

use super::{Target, read_token, runtime, warn};
use crate::cli::{Abort, Start, Where};
use crate::surroundings::Surroundings;
use crate::{Check, CheckOutput, Error, abort_check, start_check};

/// What a check run says that was never concluded otherwise.
const ABORTED: CheckOutput<'static> = CheckOutput {
    conclusion: "cancelled",
    title: "No verdict",
    summary: "The workflow run ended before a verdict was told here; its log says why.",
    external_id: "aborted",
};

pub(super) fn start(options: &Start, surroundings: &Surroundings, context: &Context) -> Result<Exit, bench_cli::Error> {
    let place = Place::new(&options.place, surroundings)?;
    let token = read_token(options.place.token_file.as_deref())?;
    let started = runtime()?.block_on(async {
        let mut github = place.target.github(token)?;
        start_check(&mut github, &place.check(&options.place)?).await.map_err(Error::from)
    });
    match started {
        Ok(id) => context.print(id.to_string())?,
        Err(Error::Github(problem)) => warn(&problem, surroundings, context),
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

pub(super) fn abort(options: &Abort, surroundings: &Surroundings, context: &Context) -> Result<Exit, bench_cli::Error> {
    let place = Place::new(&options.place, surroundings)?;
    let token = read_token(options.place.token_file.as_deref())?;
    let concluded = runtime()?.block_on(async {
        let mut github = place.target.github(token)?;
        let check = place.check(&options.place)?;
        abort_check(&mut github, &check, &ABORTED, options.check_id.0).await.map_err(Error::from)
    });
    match concluded {
        Ok(Some(_)) => context.say("the check run is concluded as cancelled"),
        Ok(None) => context.say("no check run is in progress: nothing to conclude"),
        Err(Error::Github(problem)) => warn(&problem, surroundings, context),
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

/// Where the check run is, known before GitHub is asked.
struct Place {
    target: Target,
}

impl Place {
    fn new(place: &Where, surroundings: &Surroundings) -> Result<Self, Error> {
        let target = Target::resolve(place, None, surroundings)?;
        target.repository()?;
        target.commit()?;
        Ok(Self { target })
    }

    fn check<'a>(&'a self, place: &'a Where) -> Result<Check<'a>, Error> {
        let (repository, commit) = (self.target.repository()?, self.target.commit()?);
        let details_url = self.target.run_url.as_deref();
        Ok(Check { repository, commit, name: &place.check_name, details_url })
    }
}
