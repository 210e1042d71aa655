//! What a series of writes does to what can be read: how each thing looks after each write that was acknowledged, and how
//! it may look because of the one that was under way when the server died.

use std::io;

use serde_json::{Value, json};
use support::{Connection, Request, Response};

use crate::ledger::{Acknowledged, Report};
use crate::target::{Target, acknowledged};

/// Something that can be read, and how to tell what matters of it.
#[derive(Clone, Debug)]
pub(crate) struct View {
    request: Request,
    pick: Pick,
}

#[derive(Clone, Debug)]
enum Pick {
    /// These fields of the answer, or the status of a refusal.
    Fields(&'static [&'static str]),
    /// These fields of each item of a list whose field has the value. One that is there twice shows.
    Named {
        list: &'static str,
        field: &'static str,
        value: String,
        keep: &'static [&'static str],
    },
    /// The status alone.
    Status,
    /// How many there are.
    Total,
}

impl View {
    /// These fields of one thing; where it is not there, the status.
    pub(crate) const fn fields(request: Request, fields: &'static [&'static str]) -> Self {
        let pick = Pick::Fields(fields);
        Self { request, pick }
    }

    /// What of a list (`list` is empty for a bare one) has that name, told by the fields `keep`.
    pub(crate) fn named(
        request: Request,
        list: &'static str,
        (field, value): (&'static str, &str),
        keep: &'static [&'static str],
    ) -> Self {
        let pick = Pick::Named {
            list,
            field,
            value: value.to_owned(),
            keep,
        };
        Self { request, pick }
    }

    /// Whether it is there, or works: the status.
    pub(crate) const fn status(request: Request) -> Self {
        let pick = Pick::Status;
        Self { request, pick }
    }

    /// How many a list has in all.
    pub(crate) const fn total(request: Request) -> Self {
        let pick = Pick::Total;
        Self { request, pick }
    }

    fn read(&self, connection: &mut Connection) -> Value {
        let answer = connection.send(&self.request).expect("the server answers");
        match &self.pick {
            Pick::Status => json!(answer.status),
            _ if answer.status != 200 => json!(answer.status),
            Pick::Fields(fields) => picked(&answer.json(), fields),
            Pick::Total => answer.json()["pagination"]["total_count"].clone(),
            Pick::Named {
                list,
                field,
                value,
                keep,
            } => {
                let items = self.items(&answer.json(), list, connection);
                let ours = items.iter().filter(|item| item[field] == value.as_str());
                ours.map(|item| picked(item, keep)).collect()
            }
        }
    }

    /// All items of a list of which `first` is the first page.
    fn items(&self, first: &Value, list: &str, connection: &mut Connection) -> Vec<Value> {
        let on_page = |answer: &Value| {
            let items = if list.is_empty() { answer } else { &answer[list] };
            let items = items.as_array().cloned();
            items.unwrap_or_else(|| panic!("no {list} in {answer}"))
        };
        let mut items = on_page(first);
        let pages = first["pagination"]["total_pages"].as_u64().unwrap_or(1);
        for page in 2..=pages {
            let request = self.request.clone().query("page", page);
            let answer = connection.send(&request).expect("the server answers");
            items.extend(on_page(&answer.json()));
        }
        items
    }
}

fn picked(item: &Value, fields: &[&str]) -> Value {
    let pairs = fields
        .iter()
        .map(|field| ((*field).to_owned(), item[field].clone()));
    Value::Object(pairs.collect())
}

/// A view that a scene keeps an eye on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched(usize);

#[derive(Debug)]
struct Look {
    view: View,
    acknowledged: Value,
    /// What it becomes with the write that is under way.
    under_way: Option<Value>,
    is_forgotten: bool,
}

/// One telling of a story: its name, what it touches, and its requests.
pub(crate) struct Scene<'a> {
    pub(crate) target: &'a Target,
    /// Unlike every other.
    pub(crate) name: String,
    pub(crate) client_address: String,
    connection: &'a mut Connection,
    record: Record,
}

/// What is left of a scene when it is over.
#[derive(Debug, Default)]
pub(crate) struct Record {
    name: String,
    looks: Vec<Look>,
    /// Sent again after a crash, where its sender would do so.
    again: Option<Request>,
    /// Writes that were acknowledged.
    pub(crate) writes: usize,
    pub(crate) reports: Vec<Report>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        target: &'a Target,
        connection: &'a mut Connection,
        name: String,
        client_address: String,
    ) -> Self {
        let record = Record {
            name: name.clone(),
            ..Record::default()
        };
        Self {
            target,
            name,
            client_address,
            connection,
            record,
        }
    }

    pub(crate) fn into_record(self) -> Record {
        self.record
    }

    /// Keeps an eye on something that looks like this now.
    pub(crate) fn watch(&mut self, view: View, now: Value) -> Watched {
        self.record.looks.push(Look {
            view,
            acknowledged: now,
            under_way: None,
            is_forgotten: false,
        });
        Watched(self.record.looks.len() - 1)
    }

    /// Looks no more at something: what comes later changes it as well.
    pub(crate) fn forget(&mut self, watched: Watched) {
        self.record.looks[watched.0].is_forgotten = true;
    }

    /// Writes; once that is acknowledged, what is named looks as it says, and before it looks as before.
    pub(crate) fn write(&mut self, request: &Request, changes: &[(Watched, Value)]) -> io::Result<Response> {
        for (watched, after) in changes {
            self.record.looks[watched.0].under_way = Some(after.clone());
        }
        let answer = self.connection.send(request)?;
        let summary = request.summary();
        assert!(
            matches!(answer.status, 200 | 201),
            "{}: {summary}: {} {}",
            self.name,
            answer.status,
            answer.text()
        );
        self.record.again = None;
        self.record.writes += 1;
        for (watched, after) in changes {
            let look = &mut self.record.looks[watched.0];
            look.acknowledged = after.clone();
            look.under_way = None;
        }
        Ok(answer)
    }

    /// The same where the sender sends again when the answer is lost, and then has it done once.
    pub(crate) fn write_until_done(
        &mut self,
        request: &Request,
        changes: &[(Watched, Value)],
    ) -> io::Result<Response> {
        self.record.again = Some(request.clone());
        self.write(request, changes)
    }

    /// A report, which the ledger is told of.
    pub(crate) fn file(&mut self, what: &str) -> io::Result<Acknowledged> {
        self.file_with(Report::default(), what, &[])
    }

    pub(crate) fn file_with(
        &mut self,
        report: Report,
        what: &str,
        changes: &[(Watched, Value)],
    ) -> io::Result<Acknowledged> {
        let report = Report {
            title: format!("{what} of {}", self.name),
            client_address: self.client_address.clone(),
            ..report
        };
        let request = self.target.create(&report);
        self.record.reports.push(report);
        let issue = acknowledged(&self.write(&request, changes)?);
        if let Some(last) = self.record.reports.last_mut() {
            last.acknowledged = Some(issue.clone());
        }
        Ok(issue)
    }

    /// Makes the last report visible, if it is a draft.
    pub(crate) fn publish(&mut self, issue: &Acknowledged) -> io::Result<()> {
        let request = self.target.publish(crate::ledger::Folder::Issues, issue);
        self.write(&request, &[])?;
        if let Some(last) = self.record.reports.last_mut() {
            last.published = true;
        }
        Ok(())
    }
}

impl Record {
    /// After a restart: all looks as before the write that was under way, or all as after it.
    pub(crate) fn settle(&mut self, connection: &mut Connection) {
        if let Some(request) = self.again.take() {
            let answer = connection.send(&request).expect("the server answers");
            let summary = request.summary();
            let text = answer.text();
            assert!(
                matches!(answer.status, 200 | 201),
                "{}: {summary} again: {text}",
                self.name
            );
            self.decide(true);
            return self.check(connection);
        }
        let is_open = |look: &&Look| look.under_way.is_some();
        if let Some(look) = self.looks.iter().find(is_open) {
            let found = look.view.read(connection);
            let is_done = look.under_way.as_ref() == Some(&found);
            self.decide(is_done);
        }
        self.check(connection);
    }

    fn decide(&mut self, is_done: bool) {
        for look in &mut self.looks {
            if let Some(after) = look.under_way.take().filter(|_| is_done) {
                look.acknowledged = after;
            }
        }
    }

    /// All that was acknowledged is there, and no more.
    pub(crate) fn check(&self, connection: &mut Connection) {
        for look in self.looks.iter().filter(|look| !look.is_forgotten) {
            let found = look.view.read(connection);
            let place = look.view.request.summary();
            assert_eq!(found, look.acknowledged, "{}: {place}", self.name);
        }
    }
}
