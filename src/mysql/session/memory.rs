//! Counts the memory that rows take, in the whole process.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of rows that the process keeps at a time.
const MOST: usize = 64 << 20;

/// The bytes that one answer may always have: what is read of other servers does not keep a small answer out.
const ALWAYS: usize = 1 << 20;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The bytes of one answer so far.
#[derive(Debug, Default)]
pub struct Reading(usize);

/// Memory that is counted until it is dropped.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Charge(usize);

impl Reading {
    /// Counts further bytes of this answer; `None` where there is no room for them.
    pub fn charge(&mut self, bytes: usize) -> Option<Charge> {
        self.0 = self.0.saturating_add(bytes);
        let charge = Charge::new(bytes);
        let is_small = self.0 <= ALWAYS;
        (is_small || TAKEN.load(Ordering::Relaxed) <= MOST).then_some(charge)
    }
}

impl Charge {
    fn new(bytes: usize) -> Self {
        TAKEN.fetch_add(bytes, Ordering::Relaxed);
        Self(bytes)
    }
}

impl Clone for Charge {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        TAKEN.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_answer_is_bounded_and_gives_its_room_back() {
        let mut large = Reading::default();
        let taken: Vec<Charge> = std::iter::from_fn(|| large.charge(1 << 20)).take(1000).collect();
        // Other tests hold some rows meanwhile.
        let most = MOST >> 20;
        assert!((most - 16..=most + 1).contains(&taken.len()), "{}", taken.len());
        assert!(Reading::default().charge(1000).is_some(), "a small answer is always read");
        drop(taken);
        assert!(Reading::default().charge(2 << 20).is_some());
    }
}
