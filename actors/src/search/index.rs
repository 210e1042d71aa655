//! The index on the disk, and how far it has come.

use std::fs;
use std::io;
use std::path::Path;

use bugle_storage::RecordId;
use foldhash::HashMap;
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{IndexWriterOptions, UserOperation};
use tantivy::store::Compressor;
use tantivy::{DocSet, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TERMINATED};

use super::directory::UnsyncedDirectory;
use super::schema::{Collection, Fields, Findable, ID};
use super::{SearchError, tidying};

/// Raised when what the index holds of a record changes, so that the next start builds it anew.
pub(super) const FORMAT: u32 = 3;

/// An index that is open for writing.
pub(super) struct SearchIndex {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    /// The last commit of the store whose changes are all in the index; `None` while it is being filled.
    through: Option<u64>,
    /// The newest record of each collection that was used: what is newer need not be replaced.
    newest: HashMap<Collection, u64>,
    /// What was put and not handed to tantivy's thread yet.
    pending: Vec<UserOperation>,
    /// How many changes were handed over since the last commit.
    uncommitted: usize,
    /// The segments that were to be put together last.
    merging: Vec<SegmentId>,
}

/// How many changes are handed over at once: each time may wake tantivy's thread.
const HANDED_OVER: usize = 64;
/// After how many changes a commit comes by itself, so that no more wait in memory.
const UNCOMMITTED_MAX: usize = 16_384;

impl SearchIndex {
    /// Opens the index in a directory. One that is damaged or of another format is an error.
    pub(super) fn open(path: &Path) -> Result<Self, SearchError> {
        let (fields, schema) = Fields::new();
        // No document is kept, so there is nothing for a thread of its own to compress.
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder()
            .schema(schema)
            .tokenizers(Fields::tokenizers())
            .settings(settings)
            .open_or_create(UnsyncedDirectory::open(path)?)?;
        // Nothing was synced, so after a power cut any file may be anything.
        ensure_whole(&index)?;
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
            pending: Vec::with_capacity(HANDED_OVER),
            uncommitted: 0,
            merging: Vec::new(),
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
        record: Option<&Findable<'_>>,
    ) -> Result<(), SearchError> {
        let newest = match self.newest.get(&collection) {
            Some(newest) => *newest,
            None => self.read_newest(collection)?,
        };
        if id.sequence() <= newest {
            // Costs a look into every segment, which reports that come for the first time are spared.
            self.hand_over()?;
            self.writer.delete_query(self.fields.exactly(id))?;
            self.uncommitted += 1;
        }
        self.newest.insert(collection, newest.max(id.sequence()));
        if let Some(record) = record {
            let document = self.fields.document(collection, record);
            self.pending.push(UserOperation::Add(document));
        }
        if self.pending.len() >= HANDED_OVER {
            self.hand_over()?;
        }
        if self.uncommitted >= UNCOMMITTED_MAX {
            self.commit(self.through)?;
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), SearchError> {
        self.uncommitted += self.pending.len();
        self.writer.run(self.pending.drain(..))?;
        Ok(())
    }

    /// Waits until nothing is merged any more.
    #[cfg(test)]
    pub(super) fn finish(self) {
        // Also what the last commit has begun.
        self.writer.wait_merging_threads().unwrap();
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
        self.hand_over()?;
        self.uncommitted = 0;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&Mark { through }.to_string());
        commit.commit()?;
        self.reader.reload()?;
        self.through = through;
        Ok(())
    }

    /// To be called while nothing is put: begins to put small segments together, and lets searches see what has been
    /// put together. Says whether there is nothing more to do.
    pub(super) fn tidy(&mut self) -> Result<bool, SearchError> {
        let mut segments = self.writer.index().searchable_segment_metas()?;
        segments.sort_by_key(SegmentMeta::num_docs);
        let searcher = self.reader.searcher();
        let are_seen = searcher.segment_readers().len() == segments.len()
            && segments.iter().all(|segment| {
                let mut seen = searcher.segment_readers().iter();
                seen.any(|seen| seen.segment_id() == segment.id())
            });
        if !are_seen {
            self.reader.reload()?;
        }
        let sizes: Vec<u32> = segments.iter().map(SegmentMeta::num_docs).collect();
        let chosen = segments.iter().take(tidying::how_many(&sizes));
        let chosen: Vec<_> = chosen.map(SegmentMeta::id).collect();
        if chosen.is_empty() {
            return Ok(true);
        }
        // Those that were chosen before are being put together, or could not be.
        if chosen != self.merging {
            drop(self.writer.merge(&chosen));
            self.merging = chosen;
        }
        Ok(false)
    }

    /// Reads every file, and fails when one is not as it was written.
    pub(super) fn ensure_whole(&self) -> Result<(), SearchError> {
        ensure_whole(self.writer.index())
    }
}

fn ensure_whole(index: &Index) -> Result<(), SearchError> {
    match index.validate_checksum()?.into_iter().next() {
        Some(file) => Err(SearchError::Damaged(file.display().to_string())),
        None => Ok(()),
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
