//! Gathers a body in memory.

use std::sync::Arc;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::memory::{MemoryBudget, Reservation};
use crate::http::error::ApiError;

/// A body in memory, and its share of the budget.
#[derive(Debug)]
pub struct Collected {
    /// The body.
    pub bytes: Bytes,
    _share: Reservation,
}

/// Reads a whole body of at most `size_max` bytes. A body that came in one piece is not copied.
pub async fn collect(
    mut pieces: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    size_max: usize,
    budget: &Arc<MemoryBudget>,
) -> Result<Collected, ApiError> {
    let mut whole = Whole::One(Bytes::new());
    let mut share = Reservation::default();
    while let Some(piece) = pieces.next().await.transpose()? {
        let size = whole.len() + piece.len();
        if size > size_max {
            return Err(ApiError::too_large(size_max as u64));
        }
        share.cover(budget, size)?;
        whole = whole.and(piece);
    }
    Ok(Collected {
        bytes: whole.into_bytes(),
        _share: share,
    })
}

/// What has been read of a body.
enum Whole {
    One(Bytes),
    Many(Vec<u8>),
}

impl Whole {
    fn len(&self) -> usize {
        match self {
            Self::One(piece) => piece.len(),
            Self::Many(pieces) => pieces.len(),
        }
    }

    fn and(self, piece: Bytes) -> Self {
        let mut pieces = match self {
            Self::One(first) if first.is_empty() => return Self::One(piece),
            Self::One(first) => Vec::from(first),
            Self::Many(pieces) => pieces,
        };
        pieces.extend_from_slice(&piece);
        Self::Many(pieces)
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::One(piece) => piece,
            Self::Many(pieces) => pieces.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use futures_util::stream;

    use super::*;

    async fn collected(pieces: &[&'static [u8]], size_max: usize) -> Result<Bytes, u16> {
        let budget = Arc::new(MemoryBudget::new(100_000));
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
        let collected = collect(stream::iter(pieces), size_max, &budget).await;
        collected
            .map(|collected| collected.bytes)
            .map_err(|error| error.status_code().as_u16())
    }

    #[actix_web::test]
    async fn bodies_are_collected_up_to_a_limit() {
        assert_eq!(collected(&[], 0).await, Ok(Bytes::new()));
        assert_eq!(collected(&[b"abc"], 3).await, Ok(Bytes::from_static(b"abc")));
        assert_eq!(
            collected(&[b"", b"ab", b"", b"c"], 3).await,
            Ok(Bytes::from_static(b"abc"))
        );
        assert_eq!(collected(&[b"abcd"], 3).await, Err(413));
        assert_eq!(collected(&[b"ab", b"cd", b"ef"], 3).await, Err(413));
    }

    #[actix_web::test]
    async fn a_body_beyond_the_budget_is_refused() {
        const PIECE: &[u8] = &[b'x'; 60_000];
        assert!(collected(&[PIECE], usize::MAX).await.is_ok());
        assert_eq!(collected(&[PIECE, PIECE], usize::MAX).await, Err(503));
    }

    #[actix_web::test]
    async fn a_body_that_breaks_off_is_refused() {
        let broken = stream::iter([Ok(Bytes::from_static(b"ab")), Err(PayloadError::Incomplete(None))]);
        let budget = Arc::new(MemoryBudget::new(0));
        let refused = collect(broken, 9, &budget).await.unwrap_err();
        assert_eq!(refused.status_code(), 400);
    }
}
