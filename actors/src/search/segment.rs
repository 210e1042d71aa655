//! Segments of the index, made by us and laid down with tantivy's serializers.
//!
//! Tantivy's own writer takes a document at a time through a queue to a thread of its own, and puts every word, as often
//! as it comes, with the collection in front into its table. Here a word is looked up once as it stands in the text, for
//! title and text alike, and what a document has is one number for each of its words until the segment is written.
//! `docs/decisions/0020-search-waits.md` has the figures.

mod gathered;
mod written;

pub(super) use gathered::Gathered;
