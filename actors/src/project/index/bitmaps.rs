//! A bitmap of ordinals for each value that a field can have.

use std::marker::PhantomData;

use bugle_storage::records::{Category, IssueStatus, Priority};
use roaring::RoaringBitmap;

/// A field with few values.
pub(super) trait FewValues: Copy + Eq {
    /// Counted from 0 and without gaps.
    fn place(self) -> usize;
}

macro_rules! few_values {
    ($($field:ty),*) => {
        $(impl FewValues for $field {
            fn place(self) -> usize {
                self as usize
            }
        })*
    };
}

few_values!(IssueStatus, Priority, Category);

/// The bitmaps of one field.
#[derive(Debug)]
pub(super) struct BitmapsBy<V> {
    bitmaps: Vec<RoaringBitmap>,
    field: PhantomData<V>,
}

impl<V> Default for BitmapsBy<V> {
    fn default() -> Self {
        Self {
            bitmaps: Vec::new(),
            field: PhantomData,
        }
    }
}

impl<V: FewValues> BitmapsBy<V> {
    #[cfg(test)]
    pub(super) fn bitmaps(&self) -> &[RoaringBitmap] {
        &self.bitmaps
    }

    /// Adds an ordinal.
    pub(super) fn insert(&mut self, value: V, ordinal: u32) {
        if let Some(bitmap) = self.of(value) {
            bitmap.insert(ordinal);
        }
    }

    /// Moves an ordinal from one value's bitmap to another's.
    pub(super) fn change(&mut self, ordinal: u32, current: &mut V, next: V) {
        if *current == next {
            return;
        }
        if let Some(bitmap) = self.of(*current) {
            bitmap.remove(ordinal);
        }
        if let Some(bitmap) = self.of(next) {
            bitmap.insert(ordinal);
        }
        *current = next;
    }

    /// Takes out of `matching` what has none of these values. No values mean any.
    pub(super) fn keep_any(&self, matching: &mut RoaringBitmap, wanted: &[V]) {
        if wanted.is_empty() {
            return;
        }
        let mut any = RoaringBitmap::new();
        for value in wanted {
            if let Some(bitmap) = self.bitmaps.get(value.place()) {
                any |= bitmap;
            }
        }
        *matching &= any;
    }

    fn of(&mut self, value: V) -> Option<&mut RoaringBitmap> {
        let place = value.place();
        if self.bitmaps.len() <= place {
            self.bitmaps.resize_with(place + 1, RoaringBitmap::new);
        }
        self.bitmaps.get_mut(place)
    }
}

#[cfg(test)]
impl<V: FewValues> PartialEq for BitmapsBy<V> {
    /// A bitmap that is empty and one that was never needed are the same.
    fn eq(&self, other: &Self) -> bool {
        let empty = RoaringBitmap::new();
        let places = 0..self.bitmaps.len().max(other.bitmaps.len());
        places.into_iter().all(|place| {
            self.bitmaps.get(place).unwrap_or(&empty) == other.bitmaps.get(place).unwrap_or(&empty)
        })
    }
}
