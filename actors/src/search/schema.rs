//! What the index holds of a record.
//!
//! Every term begins with the record's collection. So one index serves the whole node, and yet a project's searches
//! see, count and pay for nothing but its own words.

use std::fmt;
use std::ops::Bound;

use bugle_storage::codec;
use bugle_storage::records::{Issue, IssueBeginning, ReportKind};
use bugle_storage::{ProjectId, RecordId, StorageError, Table};
use tantivy::Term;
use tantivy::query::{BooleanQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

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
        write!(formatter, "{kind}{:x}{PREFIX_END}", self.project.0)
    }
}

/// Ends the name of a collection, which contains none, so that no name is the beginning of another one.
const PREFIX_END: char = '/';

impl Collection {
    /// What the settled records of the collection with this name have.
    pub(super) fn settled(name: &str) -> String {
        format!("{name}settled")
    }
}

/// A record that may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Findable<'a> {
    pub(super) id: RecordId,
    pub(super) number: u32,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    /// Whether the work on it is over.
    pub(super) settled: bool,
}

impl<'a> Findable<'a> {
    /// Reads a stored record; `None` when nobody is to find it: drafts, which have no number yet.
    pub(super) fn decode(value: &'a [u8]) -> Result<Option<Self>, StorageError> {
        let report = codec::decode_beginning::<Issue, IssueBeginning<'a>>(value)?;
        Ok(report.number.map(|number| Self {
            id: report.id,
            number,
            title: report.title,
            text: report.description,
            settled: report.status.is_settled(),
        }))
    }
}

/// The fields of the index, and the terms in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The global id. Not a term: one that no other record has costs the most.
    id: Field,
    /// Which 64 neighbouring ids the id is one of, so that a record is found by its id.
    pub(super) neighbours: Field,
    /// Words of the title.
    pub(super) title: Field,
    /// Words of the title and the text.
    pub(super) text: Field,
    /// That the record is in its collection, and whether it is settled.
    pub(super) facts: Field,
}

/// The column with the ids.
pub(super) const ID: &str = "id";
/// The column with the numbers within the project, 0 for none. Not terms either.
pub(super) const NUMBER: &str = "number";

impl Fields {
    /// The fields, and the schema that they are in.
    pub(super) fn new() -> (Self, Schema) {
        // Ranking asks whether a word is there, not how often or where.
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let terms = || TextOptions::default().set_indexing_options(indexing.clone());
        let mut schema = Schema::builder();
        let fields = Self {
            id: schema.add_u64_field(ID, FAST),
            neighbours: schema.add_u64_field("neighbours", INDEXED),
            title: schema.add_text_field("title", terms()),
            text: schema.add_text_field("text", terms()),
            facts: schema.add_text_field("facts", terms()),
        };
        schema.add_u64_field(NUMBER, FAST);
        (fields, schema.build())
    }

    /// What the records have whose ids are neighbours of this one's, and it itself.
    pub(super) fn neighbours_term(self, id: RecordId) -> Term {
        Term::from_field_u64(self.neighbours, neighbours(id))
    }

    /// Finds the record with this id.
    pub(super) fn exactly(self, id: RecordId) -> Box<dyn Query> {
        let neighbours = TermQuery::new(self.neighbours_term(id), IndexRecordOption::Basic);
        let itself = || Bound::Included(Term::from_field_u64(self.id, id.0));
        let itself = RangeQuery::new(itself(), itself());
        Box::new(BooleanQuery::intersection(vec![
            Box::new(neighbours),
            Box::new(itself),
        ]))
    }

    /// What every record of a collection has.
    pub(super) fn member_term(self, collection: Collection) -> Term {
        Term::from_field_text(self.facts, &collection.to_string())
    }

    /// What the settled records of a collection have.
    pub(super) fn settled_term(self, collection: Collection) -> Term {
        Term::from_field_text(self.facts, &Collection::settled(&collection.to_string()))
    }
}

/// Says of 64 records that came one after the other in a shard that they did.
pub(super) fn neighbours(id: RecordId) -> u64 {
    const MANY: u64 = 64;
    RecordId::new(id.sequence() / MANY, id.shard()).0
}
