//! How long the last runs of each runbook took: the machine and people apart, so that a guide need not guess.

use super::damaged::Damaged;
use super::error::RunsError;
use super::find::readable;
use crate::exec::state::End;
use crate::exec::store::Store;
use crate::exec::tell::report;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many runs of a runbook are looked at, the newest ones.
const LAST: usize = 10;

/// What the last runs of a runbook took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How many runs that finished.
    pub runs: usize,
    /// The median of the time that the machine worked, to the second.
    pub machine: Duration,
    /// The median of the time that people were waited for, to the second.
    pub people: Duration,
}

/// What the runs of a project took that finished, by the ids of their runbooks; and what cannot be read.
///
/// # Errors
/// When the folder of runs cannot be listed, or a run is removed while it is read.
pub fn measured(store: &Store) -> Result<(BTreeMap<String, Measured>, Damaged), RunsError> {
    let (runs, damaged) = readable(store)?;
    let mut times: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for (run, state) in runs {
        if state.end == Some(End::Finished) {
            let taken = report::times(&run.plan, &run.contents()?.entries);
            let of_book = times.entry(run.plan.runbook).or_default();
            of_book.push((taken.working, taken.people));
        }
    }
    let measured = times.into_iter().map(|(book, all)| {
        let last = &all[all.len().saturating_sub(LAST)..];
        let median = |part: fn(&(u64, u64)) -> u64| median(last.iter().map(part).collect());
        let found = Measured {
            runs: last.len(),
            machine: median(|(machine, _)| *machine),
            people: median(|(_, people)| *people),
        };
        (book, found)
    });
    Ok((measured.collect(), damaged))
}

/// The middle one of some seconds; of an even number, the smaller of the two in the middle.
fn median(mut seconds: Vec<u64>) -> Duration {
    seconds.sort_unstable();
    let middle = seconds.len().saturating_sub(1) / 2;
    Duration::from_secs(seconds.get(middle).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_time_that_some_run_took() {
        for (seconds, expected) in [
            (vec![], 0),
            (vec![7], 7),
            (vec![9, 1], 1),
            (vec![100, 2, 3], 3),
            (vec![4, 1, 3, 2], 2),
        ] {
            assert_eq!(median(seconds), Duration::from_secs(expected));
        }
    }
}
