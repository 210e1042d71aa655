//! What the index holds of a record.
//!
//! Every term begins with the record's collection. So one index serves the whole node, and yet a project's searches
//! see, count and pay for nothing but its own words.

use std::fmt;

use bugle_storage::codec;
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, RecordId, StorageError, Table};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

use super::words::words;

/// The kind that a table's records are of, when they can be searched.
pub(super) fn kind_in(table: Table) -> Option<ReportKind> {
    match table {
        Table::Issue => Some(ReportKind::Bug),
        Table::FeatureRequest => Some(ReportKind::FeatureRequest),
        _ => None,
    }
}

/// The records of one kind of one project. Shown as the beginning of its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Collection {
    /// What kind of records.
    pub kind: ReportKind,
    /// Whose.
    pub project: ProjectId,
}

impl fmt::Display for Collection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ReportKind::Bug => 'i',
            ReportKind::FeatureRequest => 'f',
            ReportKind::SupportTicket => 't',
        };
        // A slash is in no word.
        write!(formatter, "{kind}{:x}/", self.project.0)
    }
}

/// A record that may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Findable {
    pub(super) id: RecordId,
    pub(super) number: Option<u32>,
    pub(super) title: String,
    pub(super) text: String,
    /// Whether the work on it is over.
    pub(super) settled: bool,
}

impl Findable {
    /// Reads a stored record; `None` when nobody is to find it, as with drafts.
    pub(super) fn decode(value: &[u8]) -> Result<Option<Self>, StorageError> {
        let report = codec::decode::<Issue>(value)?;
        Ok(report.published_at.is_some().then_some(Self {
            id: report.id,
            number: report.number,
            title: report.title,
            text: report.description,
            settled: report.status.is_settled(),
        }))
    }
}

/// The fields of the index, and the terms in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The global id.
    pub(super) id: Field,
    /// Words of the title.
    pub(super) title: Field,
    /// Words of the text.
    pub(super) text: Field,
    /// That the record is in its collection, which number it has there, whether it is settled.
    facts: Field,
}

/// The column with the ids.
pub(super) const ID: &str = "id";

impl Fields {
    /// The fields, and the schema that they are in.
    pub(super) fn new() -> (Self, Schema) {
        // Ranking asks whether a word is there, not how often or where.
        let terms = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let terms = TextOptions::default().set_indexing_options(terms);
        let mut schema = Schema::builder();
        let fields = Self {
            id: schema.add_u64_field(ID, INDEXED | FAST),
            title: schema.add_text_field("title", terms.clone()),
            text: schema.add_text_field("text", terms.clone()),
            facts: schema.add_text_field("facts", terms),
        };
        (fields, schema.build())
    }

    /// The one term of a record.
    pub(super) fn id_term(self, id: RecordId) -> Term {
        Term::from_field_u64(self.id, id.0)
    }

    /// What every record of a collection has.
    pub(super) fn member_term(self, collection: Collection) -> Term {
        Term::from_field_text(self.facts, &collection.to_string())
    }

    /// What the settled records of a collection have.
    pub(super) fn settled_term(self, collection: Collection) -> Term {
        Term::from_field_text(self.facts, &format!("{collection}settled"))
    }

    /// What the record with this number has.
    pub(super) fn number_term(self, collection: Collection, number: u32) -> Term {
        Term::from_field_text(self.facts, &number_fact(collection, number))
    }

    /// What the index holds of a record.
    pub(super) fn document(self, collection: Collection, record: &Findable) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(self.id, record.id.0);
        document.add_text(self.facts, collection.to_string());
        if record.settled {
            document.add_text(self.facts, format!("{collection}settled"));
        }
        if let Some(number) = record.number {
            document.add_text(self.facts, number_fact(collection, number));
        }
        for (field, text) in [(self.title, &record.title), (self.text, &record.text)] {
            for word in words(text) {
                document.add_text(field, format!("{collection}{word}"));
            }
        }
        document
    }
}

fn number_fact(collection: Collection, number: u32) -> String {
    format!("{collection}#{number}")
}
