//! `bugle serve`.

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use bugle_actors::Clock;
use tracing_subscriber::EnvFilter;

use super::output;
use crate::first_start;
use crate::server::{Listening, ServerError, open_blobs, open_store};
use crate::settings::{DataOptions, LogFormat, ServeOptions};

/// Runs the server until it is told to stop. Exits 0 when it stopped as it should.
pub(super) fn run(options: ServeOptions, data: DataOptions) -> Result<ExitCode, Box<dyn Error>> {
    let settings = options.settle(data)?;
    log_to_stderr(settings.log_format);
    actix::System::new().block_on(async {
        let store = open_store(&settings)?;
        let blobs = open_blobs(&settings.data)?;
        let listening = Listening::start(&settings, store, blobs, Clock::System).await?;
        let welcome = first_start::prepare(&listening.actors, &settings.data).await?;
        output::show(&listening.announcement()).map_err(ServerError::Output)?;
        if let Some(welcome) = welcome {
            let text = format!("{}\n", welcome.text(&listening.public_url));
            output::show(&text).map_err(ServerError::Output)?;
            first_start::shown(&settings.data);
        }
        listening.run().await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn log_to_stderr(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("BUGLE_LOG").unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_coloured())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// Colours are for people: not in a file or a service's log, and not for those who said so (<https://no-color.org>).
fn is_coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && std::io::stderr().is_terminal()
}
