//! The list of tokens, and finding one in it.

use std::fmt::Write;

use bugle_storage::records::{TokenHash, TokenLimits, TokenScope};
use bugle_storage::{ProjectId, Timestamp, TokenId, UserId};

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenOwner {
    /// A person's, shown by their e-mail address.
    Person(UserId, String),
    /// A project's.
    Project(ProjectId),
}

/// A token as the list shows it.
#[derive(Debug, Clone)]
pub(super) struct ListedToken {
    pub(super) id: TokenId,
    pub(super) hash: TokenHash,
    pub(super) owner: TokenOwner,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) last_used_at: Option<Timestamp>,
    /// How much of its person's rights a personal token has.
    pub(super) limits: Option<TokenLimits>,
    pub(super) name: String,
}

/// How many projects of a token are named: with all of them, one token would make the table wider than any screen.
const PROJECTS_NAMED: usize = 3;

/// What stands over the columns.
const HEADINGS: [&str; 9] = [
    "NUMBER",
    "PARTIAL",
    "OF",
    "CREATED",
    "EXPIRES",
    "LAST USED",
    "SCOPES",
    "PROJECTS",
    "NAME",
];

impl ListedToken {
    /// What stands in the columns. The name comes last, because it may hold blanks.
    fn cells(&self) -> [String; 9] {
        let none = || "-".to_owned();
        let moment = |moment: Option<Timestamp>| moment.map_or_else(|| "never".to_owned(), Timestamp::to_iso);
        [
            self.id.0.to_string(),
            self.hash.partial(),
            match &self.owner {
                TokenOwner::Person(_, email) => email.clone(),
                TokenOwner::Project(project) => project.to_string(),
            },
            self.created_at.to_iso(),
            moment(self.expires_at),
            moment(self.last_used_at),
            self.limits
                .as_ref()
                .map_or_else(none, |limits| scopes(limits.scope)),
            self.limits
                .as_ref()
                .map_or_else(none, |limits| projects(limits.projects.as_deref())),
            self.name.clone(),
        ]
    }
}

/// As the API lists them.
fn scopes(scope: TokenScope) -> String {
    let names: Vec<_> = scope.included().map(TokenScope::name).collect();
    names.join(",")
}

/// The first projects, and how many more there are; `None` is all of the person's.
fn projects(projects: Option<&[ProjectId]>) -> String {
    let Some(projects) = projects else {
        return "all".to_owned();
    };
    let mut named: Vec<_> = projects
        .iter()
        .take(PROJECTS_NAMED)
        .map(ToString::to_string)
        .collect();
    if projects.len() > PROJECTS_NAMED {
        named.push(format!("+{}", projects.len() - PROJECTS_NAMED));
    }
    named.join(",")
}

/// The list as it is printed: a line of headings, then a line for each token in the order given, in columns.
pub(super) fn table(tokens: &[ListedToken]) -> String {
    let lines: Vec<_> = std::iter::once(HEADINGS.map(str::to_owned))
        .chain(tokens.iter().map(ListedToken::cells))
        .collect();
    let mut widths = [0; HEADINGS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(row, "{cell:width$}  ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// The token that `wanted` means: its number, or else its partial value.
///
/// # Errors
/// A sentence, when it means none, or more than one.
pub(super) fn find<'t>(tokens: &'t [ListedToken], wanted: &str) -> Result<&'t ListedToken, String> {
    let number = wanted.parse().ok().map(TokenId);
    if let Some(token) = tokens.iter().find(|token| Some(token.id) == number) {
        return Ok(token);
    }
    let partial = wanted.to_ascii_lowercase();
    let mut found = tokens.iter().filter(|token| token.hash.partial() == partial);
    match (found.next(), found.next()) {
        (Some(token), None) => Ok(token),
        (Some(_), Some(_)) => Err(format!(
            "more than one token has the partial value {wanted}: give its number"
        )),
        (None, _) => Err(format!(
            "there is no token with the number or the partial value {wanted}: `bugle token list` shows them"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: u64, first_byte: u8, owner: TokenOwner) -> ListedToken {
        let mut hash = [0; 32];
        hash[0] = first_byte;
        ListedToken {
            id: TokenId(id),
            hash: TokenHash(hash),
            owner,
            created_at: Timestamp(0),
            expires_at: None,
            last_used_at: Some(Timestamp(1)),
            limits: None,
            name: "First token".into(),
        }
    }

    fn tokens() -> [ListedToken; 3] {
        let project = TokenOwner::Project("pr-0000000007".parse().unwrap());
        [
            token(1, 0x10, project.clone()),
            token(
                2,
                0xab,
                TokenOwner::Person(UserId(1), "ada@studio.example".into()),
            ),
            token(10_000_000, 0x12, project),
        ]
    }

    #[test]
    fn columns_stand_under_their_headings() {
        let [first, mut second, _] = tokens();
        second.limits = Some(TokenLimits {
            scope: TokenScope::Write,
            projects: Some(vec!["pr-0000000007".parse().unwrap()]),
        });
        let expected = "\
NUMBER  PARTIAL   OF                  CREATED                   EXPIRES  LAST USED                 SCOPES      PROJECTS       NAME
1       10000000  pr-0000000007       1970-01-01T00:00:00.000Z  never    1970-01-01T00:00:00.001Z  -           -              First token
2       ab000000  ada@studio.example  1970-01-01T00:00:00.000Z  never    1970-01-01T00:00:00.001Z  read,write  pr-0000000007  First token
";
        assert_eq!(table(&[first, second]), expected);
        assert_eq!(table(&[]).lines().count(), 1, "headings, and nothing below");
    }

    #[test]
    fn the_first_of_many_projects_are_named_and_the_others_counted() {
        assert_eq!(projects(None), "all");
        let many: Vec<ProjectId> = (1..=100).map(ProjectId).collect();
        let text = projects(Some(&many));
        assert_eq!(text.split(',').count(), PROJECTS_NAMED + 1, "{text}");
        assert!(
            text.starts_with("pr-0000000001,pr-") && text.ends_with(",+97"),
            "{text}"
        );
    }

    #[test]
    fn a_token_is_found_by_what_the_list_shows() {
        let tokens = tokens();
        for (wanted, id) in [
            ("2", 2),
            ("ab000000", 2),
            ("AB000000", 2),
            ("12000000", 10_000_000),
        ] {
            assert_eq!(find(&tokens, wanted).map(|token| token.id.0), Ok(id), "{wanted}");
        }
        assert_eq!(
            find(&tokens, "10000000").map(|token| token.id.0),
            Ok(10_000_000),
            "a number counts before a partial value"
        );
        for wanted in ["3", "ab", "", "-1", "First token"] {
            assert!(find(&tokens, wanted).is_err(), "{wanted}");
        }
    }

    #[test]
    fn a_partial_value_of_two_names_neither() {
        let [first, ..] = tokens();
        let second = ListedToken {
            id: TokenId(9),
            ..first.clone()
        };
        let error = find(&[first, second], "10000000").unwrap_err();
        assert!(error.contains("more than one"), "{error}");
    }
}
