//! What is asked, each time a little differently.

use crate::corpus::{COMMON, word};

/// One line of the table.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) asker: Asker,
    /// The path below the project, of the ask with this number.
    pub(crate) path: Box<dyn Fn(usize) -> String>,
}

/// Who asks, and so whether JSON or a page is the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A script with a personal access token.
    Script,
    /// A signed-in browser.
    Browser,
}

fn question(name: &'static str, path: impl Fn(usize) -> String + 'static) -> Question {
    Question {
        name,
        asker: Asker::Script,
        path: Box::new(path),
    }
}

fn page(name: &'static str, path: impl Fn(usize) -> String + 'static) -> Question {
    Question {
        asker: Asker::Browser,
        ..question(name, path)
    }
}

fn search(name: &'static str, words: impl Fn(usize) -> String + 'static) -> Question {
    question(name, move |number| {
        format!("issues/search.json?query={}", words(number))
    })
}

/// The word of this rank with a letter wrong.
fn mistyped(rank: usize) -> String {
    let mut word = word(rank);
    word.replace_range(2..3, "y");
    word
}

/// A word that a few dozen issues have.
fn seldom(number: usize) -> usize {
    3_000 + number * 37 % 20_000
}

/// A word that many issues have.
fn often(number: usize) -> usize {
    number % 50
}

/// Every question, for a project of so many issues.
pub(crate) fn all(issues: usize) -> Vec<Question> {
    let mut all = of_scripts(issues);
    all.extend(of_browsers(issues));
    all
}

/// The pages that people see most.
fn of_browsers(issues: usize) -> Vec<Question> {
    let some = move |number: usize| 1 + number * 7_919 % issues;
    vec![
        page("page: dashboard", |_| String::new()),
        page("page: list, first page", |_| "issues".to_owned()),
        page("page: list, some page", move |number| {
            format!("issues?page={}", (some(number) - 1) / 20 + 1)
        }),
        page("page: list by status and priority", |number| {
            format!(
                "issues?status=resolved&priority=high,critical&page={}",
                1 + number % 5
            )
        }),
        page("page: list by a seldom word", |number| {
            format!("issues?query={}", word(seldom(number)))
        }),
        page("page: list by a frequent word and status", |number| {
            format!("issues?status=resolved&query={}", word(often(number)))
        }),
        page("page: one report", move |number| {
            format!("issues/{}", some(number))
        }),
        page("page: history of a report", move |number| {
            format!("issues/{}/history", some(number))
        }),
        page("page: API tokens", |_| "auth_tokens".to_owned()),
        page("page: use of a token", |_| "auth_tokens/1/usage".to_owned()),
    ]
}

fn of_scripts(issues: usize) -> Vec<Question> {
    let some = move |number: usize| 1 + number * 7_919 % issues;
    vec![
        question("list, first page", |_| "issues.json".to_owned()),
        question("list, some page", move |number| {
            format!("issues.json?page={}", some(number) / 20 + 1)
        }),
        question("list by status", |number| {
            format!("issues.json?status=open&page={}", number + 1)
        }),
        question("list by priority", |number| {
            format!("issues.json?priority=high,critical&page={}", number + 1)
        }),
        question("list by tags", |number| {
            format!("issues.json?tag_ids=1,{}", 2 + number % 7)
        }),
        question("list by created", |number| {
            format!(
                "issues.json?created_after=2020-01-01&created_before=2100-01-{:02}",
                1 + number % 28
            )
        }),
        question("list by updated", |number| {
            format!(
                "issues.json?updated_after=2020-01-01&updated_before=2100-01-{:02}",
                1 + number % 28
            )
        }),
        question("list by everything", |number| {
            format!(
                "issues.json?status=resolved&priority=low,high&tag_ids=1,2,3&created_after=2020-01-01&page={}",
                1 + number % 5
            )
        }),
        search("search: a seldom word", |number| word(seldom(number))),
        search("search: a frequent word", |number| word(often(number))),
        search("search: the word that all have", |_| COMMON.to_owned()),
        search("search: a beginning, 2 letters", |number| {
            word(number)[..2].to_owned()
        }),
        search("search: a beginning, 4 letters", |number| {
            word(seldom(number))[..4].to_owned()
        }),
        search("search: a seldom word, mistyped", |number| {
            mistyped(seldom(number))
        }),
        search("search: a frequent word, mistyped", |number| {
            mistyped(often(number))
        }),
        search("search: three words", |number| {
            format!(
                "{}+{}+{}",
                word(often(number)),
                word(often(number + 7)),
                word(200 + number)
            )
        }),
        search("search: sixteen words", |number| {
            let words: Vec<String> = (0..16).map(|place| word(often(number + place))).collect();
            words.join("+")
        }),
        search("search: some page of many", move |number| {
            format!("{COMMON}&page={}", some(number) / 20 + 1)
        }),
        question("search by scoped_id", move |number| {
            format!("issues/search.json?scoped_id={}", some(number))
        }),
        question("find_similar", move |number| {
            format!("issues/{}/find_similar.json", some(number))
        }),
    ]
}
