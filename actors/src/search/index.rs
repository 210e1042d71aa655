//! The index on the disk, and how far it has come.

use std::fs;
use std::io;
use std::path::Path;

use bugle_storage::RecordId;
use foldhash::HashMap;
use tantivy::collector::Count;
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::IndexWriterOptions;
use tantivy::store::Compressor;
use tantivy::{DocSet, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TERMINATED};

use super::directory::UnsyncedDirectory;
use super::schema::{Collection, Fields, Findable, ID};
use super::segment::Gathered;
use super::{SearchError, tidying};

/// Raised when what the index holds of a record changes, so that the next start builds it anew.
pub(super) const FORMAT: u32 = 4;

/// An index that is open for writing.
pub(super) struct SearchIndex {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    /// The last commit of the store whose changes are all in the index; `None` while it is being filled.
    through: Option<u64>,
    /// The newest record of each collection that was used: what is newer need not be replaced.
    newest: HashMap<Collection, u64>,
    /// What was put and is in no segment yet.
    gathered: Gathered,
    /// How many records were taken away since the last commit.
    taken_away: usize,
    /// The segments that were to be put together last.
    merging: Vec<SegmentId>,
}

/// After how many records that were taken away a commit comes by itself, so that no more wait in memory.
const TAKEN_AWAY_MAX: usize = 16_384;

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
        // Its own thread that makes segments gets nothing to do.
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
            gathered: Gathered::default(),
            taken_away: 0,
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
            // Only what is committed can be taken away.
            if self.gathered.may_hold(collection, id) {
                self.commit(self.through)?;
            }
            // Costs a look into every segment, which reports that come for the first time are spared.
            let itself = self.fields.exactly(id);
            if self.reader.searcher().search(&*itself, &Count)? > 0 {
                self.writer.delete_query(itself)?;
                self.taken_away += 1;
            }
        }
        self.newest.insert(collection, newest.max(id.sequence()));
        if let Some(record) = record {
            self.gathered.add(collection, record);
        }
        if self.gathered.is_full() || self.taken_away >= TAKEN_AWAY_MAX {
            self.commit(self.through)?;
        }
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
        // Tantivy would take records away from a segment that it gets before it has seen to those that are to be taken
        // away, also from one that was made later. Searches see nothing of this step.
        if std::mem::take(&mut self.taken_away) > 0 {
            self.commit_writer(self.through)?;
        }
        if !self.gathered.is_empty() {
            let gathered = std::mem::take(&mut self.gathered);
            let written = gathered.write(self.fields, self.writer.index().new_segment())?;
            self.writer.add_segment(written)?;
        }
        self.commit_writer(through)?;
        self.reader.reload()?;
        self.through = through;
        Ok(())
    }

    fn commit_writer(&mut self, through: Option<u64>) -> Result<(), SearchError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&Mark { through }.to_string());
        commit.commit()?;
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
