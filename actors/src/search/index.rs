//! The index on the disk, and how far it has come.

use std::fs;
use std::io;
use std::path::Path;

use bugle_storage::RecordId;
use foldhash::HashMap;
use tantivy::indexer::IndexWriterOptions;
use tantivy::{DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, TERMINATED};

use super::SearchError;
use super::directory::UnsyncedDirectory;
use super::schema::{Collection, Fields, Findable, ID};

/// Raised when what the index holds of a record changes, so that the next start builds it anew.
const FORMAT: u32 = 1;

/// An index that is open for writing.
pub(super) struct SearchIndex {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    /// The last commit of the store whose changes are all in the index; `None` while it is being filled.
    through: Option<u64>,
    /// The newest record of each collection that was used: what is newer need not be replaced.
    newest: HashMap<Collection, u64>,
}

impl SearchIndex {
    /// Opens the index in a directory. One that is damaged or of another format is an error.
    pub(super) fn open(path: &Path) -> Result<Self, SearchError> {
        let (fields, schema) = Fields::new();
        let index = Index::builder()
            .schema(schema)
            .open_or_create(UnsyncedDirectory::open(path)?)?;
        // Reads every byte: nothing was synced, so after a power cut any file may be anything.
        if let Some(file) = index.validate_checksum()?.into_iter().next() {
            return Err(SearchError::Damaged(file.display().to_string()));
        }
        let meta = index.load_metas()?;
        let through = match meta.payload.as_deref().map(Mark::parse) {
            Some(Some(mark)) => mark.through,
            None if meta.segments.is_empty() => None,
            _ => return Err(SearchError::Damaged("its mark".to_owned())),
        };
        // One thread and the least memory that tantivy takes.
        let options = IndexWriterOptions::builder().num_merge_threads(1).build();
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            fields,
            writer: index.writer_with_options(options)?,
            reader,
            through,
            newest: HashMap::default(),
        })
    }

    /// Removes whatever is in the directory, and begins an empty index in it.
    pub(super) fn begin(path: &Path) -> Result<Self, SearchError> {
        clear(path)?;
        Self::open(path)
    }

    /// See [`SearchIndex::through`].
    pub(super) fn through(&self) -> Option<u64> {
        self.through
    }

    /// What reads the index as of the last commit.
    pub(super) fn reader(&self) -> (Fields, IndexReader) {
        (self.fields, self.reader.clone())
    }

    /// Makes the index say of a record what is given: nothing when it cannot be found any more.
    pub(super) fn put(
        &mut self,
        collection: Collection,
        id: RecordId,
        record: Option<&Findable>,
    ) -> Result<(), SearchError> {
        let newest = match self.newest.get(&collection) {
            Some(newest) => *newest,
            None => self.read_newest(collection)?,
        };
        if id.sequence() <= newest {
            // Costs a look into every segment, which reports that come for the first time are spared.
            self.writer.delete_term(self.fields.id_term(id));
        }
        self.newest.insert(collection, newest.max(id.sequence()));
        if let Some(record) = record {
            self.writer
                .add_document(self.fields.document(collection, record))?;
        }
        Ok(())
    }

    fn read_newest(&self, collection: Collection) -> Result<u64, SearchError> {
        let mut newest = 0;
        let members = self.fields.member_term(collection);
        for segment in self.reader.searcher().segment_readers() {
            let ids = segment.fast_fields().u64(ID)?.first_or_default_col(0);
            let postings = segment.inverted_index(members.field())?;
            let Some(mut found) =
                postings.read_postings(&members, tantivy::schema::IndexRecordOption::Basic)?
            else {
                continue;
            };
            while found.doc() != TERMINATED {
                newest = newest.max(RecordId(ids.get_val(found.doc())).sequence());
                found.advance();
            }
        }
        Ok(newest)
    }

    /// Shows what was put to those who search. `through` is remembered with it.
    pub(super) fn commit(&mut self, through: Option<u64>) -> Result<(), SearchError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&Mark { through }.to_string());
        commit.commit()?;
        self.reader.reload()?;
        self.through = through;
        Ok(())
    }
}

/// What is written down with every commit.
struct Mark {
    through: Option<u64>,
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        let (format, through) = text.split_once(' ')?;
        if format.parse() != Ok(FORMAT) {
            return None;
        }
        match through {
            "unfinished" => Some(Self { through: None }),
            number => number.parse().ok().map(|number| Self {
                through: Some(number),
            }),
        }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.through {
            Some(through) => write!(formatter, "{FORMAT} {through}"),
            None => write!(formatter, "{FORMAT} unfinished"),
        }
    }
}

/// Removes what is in a directory and not the directory, which may be a link to another disk.
fn clear(path: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return fs::remove_file(path),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
