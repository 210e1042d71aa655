//! The command line of `cargo xtask`.

/// What the command line can say.
pub(crate) const USAGE: &str = "\
Usage: cargo xtask CHORE

  test [--kills N] [--quick]
      Installs what the tests need beyond Rust, then runs formatting, lints, documentation, every test, the pages in
      headless Chromium, and Schemathesis. The kill test kills the server N times (default 20). --quick leaves out
      lints, documentation, Chromium and Schemathesis, and kills 3 times: for the minutes between two edits, not for
      a commit.

  browser
      Runs only the tests of the pages in headless Chromium.

  screenshots
      Fills a project with made-up reports and takes pictures of the main pages, light and dark, into docs/images.

  try-api [--seed N]
      Runs only Schemathesis, which makes up requests from the OpenAPI document.

  kill-test [--rounds N]
      Runs only the kill test, against a release build (default 200 rounds).";

/// A chore and its settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Everything a commit must pass.
    Test {
        /// How often the kill test kills the server.
        kills: u32,
        /// Formatting and tests alone.
        quick: bool,
    },
    /// The kill test alone.
    KillTest {
        /// How often the server is killed.
        rounds: u32,
    },
    /// The tests of the pages alone.
    Browser,
    /// Pictures of the pages.
    Screenshots,
    /// Schemathesis alone.
    TryApi {
        /// From what requests are made up, when not as always.
        seed: Option<u32>,
    },
    /// Print [`USAGE`].
    Help,
}

/// Reads the arguments behind `cargo xtask`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Chore, String> {
    let mut arguments = arguments.into_iter();
    let chore = match arguments.next().as_deref() {
        Some("test") => test(&mut arguments)?,
        Some("kill-test") => kill_test(&mut arguments)?,
        Some("browser") => alone(Chore::Browser, &mut arguments)?,
        Some("screenshots") => alone(Chore::Screenshots, &mut arguments)?,
        Some("try-api") => try_api(&mut arguments)?,
        Some("help" | "--help" | "-h") => Chore::Help,
        Some(other) => return Err(format!("There is no chore {other:?}.")),
        None => return Err("Name a chore.".to_owned()),
    };
    Ok(chore)
}

fn test(arguments: &mut impl Iterator<Item = String>) -> Result<Chore, String> {
    let (mut kills, mut quick) = (None, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--kills" => kills = Some(number("--kills", arguments.next())?),
            other => return Err(format!("`test` does not know {other:?}.")),
        }
    }
    let kills = kills.unwrap_or(if quick { 3 } else { 20 });
    Ok(Chore::Test { kills, quick })
}

/// A chore that has no settings.
fn alone(chore: Chore, arguments: &mut impl Iterator<Item = String>) -> Result<Chore, String> {
    match arguments.next() {
        None => Ok(chore),
        Some(other) => Err(format!("This chore takes no {other:?}.")),
    }
}

fn kill_test(arguments: &mut impl Iterator<Item = String>) -> Result<Chore, String> {
    let mut rounds = 200;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => rounds = number("--rounds", arguments.next())?,
            other => return Err(format!("`kill-test` does not know {other:?}.")),
        }
    }
    Ok(Chore::KillTest { rounds })
}

fn try_api(arguments: &mut impl Iterator<Item = String>) -> Result<Chore, String> {
    let mut seed = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seed" => seed = Some(number("--seed", arguments.next())?),
            other => return Err(format!("`try-api` does not know {other:?}.")),
        }
    }
    Ok(Chore::TryApi { seed })
}

fn number(option: &str, value: Option<String>) -> Result<u32, String> {
    let value = value.ok_or_else(|| format!("{option} needs a number."))?;
    value
        .parse()
        .map_err(|_| format!("{option} needs a number, not {value:?}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Chore, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn settings_have_defaults() {
        assert_eq!(
            parsed("test"),
            Ok(Chore::Test {
                kills: 20,
                quick: false
            })
        );
        assert_eq!(
            parsed("test --quick"),
            Ok(Chore::Test {
                kills: 3,
                quick: true
            })
        );
        assert_eq!(
            parsed("test --quick --kills 7"),
            Ok(Chore::Test {
                kills: 7,
                quick: true
            })
        );
        assert_eq!(parsed("kill-test"), Ok(Chore::KillTest { rounds: 200 }));
        assert_eq!(parsed("kill-test --rounds 5"), Ok(Chore::KillTest { rounds: 5 }));
        assert_eq!(parsed("browser"), Ok(Chore::Browser));
        assert_eq!(parsed("screenshots"), Ok(Chore::Screenshots));
        assert_eq!(parsed("try-api"), Ok(Chore::TryApi { seed: None }));
        assert_eq!(parsed("try-api --seed 2"), Ok(Chore::TryApi { seed: Some(2) }));
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(parsed("tset"), Err("There is no chore \"tset\".".to_owned()));
        assert_eq!(
            parsed("test --kill 3"),
            Err("`test` does not know \"--kill\".".to_owned())
        );
        assert_eq!(parsed("test --kills"), Err("--kills needs a number.".to_owned()));
        assert_eq!(
            parsed("test --kills many"),
            Err("--kills needs a number, not \"many\".".to_owned())
        );
        assert_eq!(
            parsed("screenshots --small"),
            Err("This chore takes no \"--small\".".to_owned())
        );
        assert!(parsed("").is_err());
    }
}
