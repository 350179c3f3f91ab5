//! How property tests are run: so many cases, the same on every machine, and first what once failed.
//!
//! `PROPTEST_CASES=20000 PROPTEST_RNG_SEED=7 cargo test properties` looks at more and at others. A
//! case that fails is added to its file in `tests/regressions/`, which is committed with the mending.

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// At least so many cases; those that failed once are in `file`, named from the repository's root.
pub(crate) fn config(file: &'static str, cases: u32) -> Config {
    let wanted = Config::default();
    Config {
        cases: cases.max(wanted.cases),
        rng_seed: match wanted.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..wanted
    }
}
