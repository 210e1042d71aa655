//! What files that no record names yet take of the disk, by the address that they come from. A request that is refused
//! costs its sender nothing, so without an end to it one address could fill the disk with requests under way.

use std::sync::Arc;

use bugle_storage::AddressHash;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::http::error::ApiError;

/// Seconds after which the other requests of an address may well be done with.
const RETRY_AFTER: u32 = 2;

/// Bytes of files under way, by address.
#[derive(Debug, Default)]
pub struct Arrivals(DashMap<AddressHash, u64>);

/// What one file takes of its address's share; given back when this is dropped.
#[derive(Debug)]
pub struct Arriving {
    arrivals: Arc<Arrivals>,
    address: AddressHash,
    size: u64,
}

impl Arrivals {
    /// A file from `address` of which nothing has come yet.
    pub fn begin(self: Arc<Self>, address: AddressHash) -> Arriving {
        Arriving {
            arrivals: self,
            address,
            size: 0,
        }
    }
}

impl Arriving {
    /// Counts more of the file, in bytes; `most` is what all files of the address may have together.
    ///
    /// # Errors
    /// 503 when they have too much.
    pub fn grow(&mut self, more: u64, most: u64) -> Result<(), ApiError> {
        let mut all = self.arrivals.0.entry(self.address).or_insert(0);
        let sum = all.saturating_add(more);
        if sum > most {
            return Err(ApiError::unavailable(RETRY_AFTER));
        }
        *all = sum;
        self.size += more;
        Ok(())
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Entry::Occupied(mut all) = self.arrivals.0.entry(self.address) {
            *all.get_mut() = all.get().saturating_sub(self.size);
            if *all.get() == 0 {
                all.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_under_way_from_one_address_are_bounded_together() {
        let arrivals = Arc::<Arrivals>::default();
        let begin = |address| Arc::clone(&arrivals).begin(AddressHash(address));
        let (mut first, mut second, mut other) = (begin(1), begin(1), begin(2));
        first.grow(60, 100).unwrap();
        second.grow(40, 100).unwrap();
        assert!(first.grow(1, 100).is_err());
        other.grow(100, 100).unwrap();
        drop(second);
        first.grow(40, 100).unwrap();
        assert!(first.grow(1, 100).is_err(), "what was refused is not counted");
        drop((first, other));
        assert!(arrivals.0.is_empty());
    }
}
