//! Blocks of code that were painted before, for a program that plans a site again and again.
//!
//! Colours are most of what a plan costs, and from one plan to the next nearly all blocks are the
//! same. Nothing is kept until [`begin_generation`] is called for the first time: a build paints each block
//! once and ends. What a whole plan did not ask for is forgotten with the next one.

use crate::site::highlight::{self, Layout, Painting};
use rustc_hash::FxHashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The BLAKE3 of a block, its language and its layout.
type Name = [u8; 32];
type Kept = FxHashMap<Name, Painting>;

#[derive(Default)]
struct Memo {
    /// What this plan asked for.
    newer: Kept,
    /// What only the one before asked for.
    older: Kept,
}

static MEMO: OnceLock<Mutex<Memo>> = OnceLock::new();

/// Says that a plan begins, and that another one will follow.
pub fn begin_generation() {
    let memo = MEMO.get_or_init(Mutex::default);
    let mut memo = memo.lock().unwrap_or_else(PoisonError::into_inner);
    memo.older = std::mem::take(&mut memo.newer);
}

/// The colours of some code, as they were painted before or are now.
pub(crate) fn paint(language: &str, code: &str, layout: Layout) -> Painting {
    let name = || {
        let mut hash = blake3::Hasher::new();
        hash.update(&[u8::from(layout == Layout::Lines)]);
        hash.update(language.as_bytes()).update(b"\0");
        *hash.update(code.as_bytes()).finalize().as_bytes()
    };
    get_or_paint(name, || highlight::paint(language, code, layout))
}

/// The block with this name, as it was painted before or is now.
fn get_or_paint(name: impl Fn() -> Name, paint: impl FnOnce() -> Painting) -> Painting {
    let Some(memo) = MEMO.get() else {
        return paint();
    };
    let open = || memo.lock().unwrap_or_else(PoisonError::into_inner);
    let name = name();
    let found = {
        let mut memo = open();
        let older = memo.older.remove(&name);
        older.or_else(|| memo.newer.get(&name).cloned())
    };
    // Painting takes its time: others may look meanwhile.
    let painted = found.unwrap_or_else(paint);
    open().newer.insert(name, painted.clone());
    painted
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_block_is_painted_once_for_as_long_as_each_plan_asks_for_it() {
        let times = Cell::new(0);
        let ask = |name: u8| {
            get_or_paint(
                || [name; 32],
                || {
                    times.set(times.get() + 1);
                    Painting {
                        pieces: vec![format!("painted {name}")],
                        plain: None,
                    }
                },
            )
            .pieces
        };
        begin_generation();
        assert_eq!(ask(201), ["painted 201"]);
        assert_eq!(ask(201), ["painted 201"]);
        begin_generation();
        assert_eq!(ask(201), ["painted 201"]);
        assert_eq!(times.get(), 1);
        begin_generation();
        begin_generation(); // a whole plan without it
        assert_eq!(ask(201), ["painted 201"]);
        assert_eq!(times.get(), 2);
    }
}
