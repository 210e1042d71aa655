//! Commands that work on a data directory which no server has open.

mod listed;
mod tokens;
mod users;

use std::error::Error;
use std::process::ExitCode;

use bugle_actors::{Actors, ActorsOptions, Clock};
use bugle_storage::maintenance;

use crate::http::body::Text;
use crate::http::text_rules::{NAME_LENGTH_MAX, required_line};
use crate::server::{ServerError, open_store};
use crate::settings::DataOptions;

pub(super) use tokens::token;
pub(super) use users::user;

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Opens the data directory, lets `work` ask the actors, and closes it again.
fn with_actors<F>(data: DataOptions, work: impl FnOnce(Actors) -> F) -> Outcome
where
    F: Future<Output = Result<(), ServerError>>,
{
    let settings = data.settle()?;
    if !settings.data.is_dir() {
        return Err(format!(
            "there is no data directory {}: name another with --data",
            settings.data.display()
        )
        .into());
    }
    // Whatever was made here would be found by the first start, which then would make neither owner nor tokens.
    if maintenance::is_unused(&settings.data).unwrap_or(false) {
        return Err(format!(
            "{} holds nothing yet: start the server once, or name another with --data",
            settings.data.display()
        )
        .into());
    }
    actix::System::new().block_on(async {
        let store = open_store(&settings)?;
        let actors = Actors::start(ActorsOptions {
            store,
            clock: Clock::System,
            search: None,
            mail: false,
            courier: None,
        })?;
        let outcome = work(actors.clone()).await;
        actors.stop().await?;
        outcome?;
        Ok(ExitCode::SUCCESS)
    })
}

/// A name as the API would take it: one line, not blank and not too long.
fn checked_name(name: String) -> Result<String, String> {
    let mut problems = Vec::new();
    let name = required_line("--name", Some(Text(name)), NAME_LENGTH_MAX, &mut problems);
    problems
        .first()
        .map_or(Ok(name), |problem| Err(problem.to_string()))
}
