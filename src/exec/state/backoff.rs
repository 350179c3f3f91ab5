//! The pause before another try. The same try of the same step always pauses for the same time,
//! so that a resumed run does not begin to count anew.

use crate::exec::digest::sha256;
use crate::exec::plan::Retry;
use std::time::Duration;

/// A longer pause is not made by itself.
const LONGEST: u64 = 24 * 3600 * 1000;

/// The pause before the try with this number, from 1. `key` names run and step: what is left to
/// chance follows from it.
pub(in crate::exec) fn pause(retry: &Retry, number: u32, key: &str) -> Duration {
    let factor = retry.factor_permille as f64 / 1000.0;
    let grown = retry.delay_ms as f64 * factor.powi(number.saturating_sub(1).min(1000) as i32);
    let jitter = retry.jitter_permille as f64 / 1000.0;
    let pause = grown * (1.0 + jitter * chance(key, number));
    Duration::from_millis((pause.max(0.0) as u64).min(LONGEST))
}

/// A number from -1 to 1.
fn chance(key: &str, number: u32) -> f64 {
    let hash = sha256(format!("{key}#{number}").as_bytes());
    let part = u32::from_str_radix(&hash[..8], 16).unwrap_or_default();
    f64::from(part) / f64::from(u32::MAX) * 2.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_their_factor_and_stray_within_their_jitter() {
        let retry = Retry {
            max: 9,
            delay_ms: 1000,
            factor_permille: 2000,
            jitter_permille: 0,
            on_exit: Vec::new(),
        };
        let pauses: Vec<u128> = (1..=4)
            .map(|number| pause(&retry, number, "run/step").as_millis())
            .collect();
        assert_eq!(pauses, [1000, 2000, 4000, 8000]);

        let retry = Retry {
            jitter_permille: 200,
            ..retry
        };
        for number in 1..50 {
            let plain = 1000.0 * 2f64.powi(number as i32 - 1);
            let found = pause(&retry, number, "run/step").as_millis() as f64;
            let longest = LONGEST as f64;
            assert!(
                found >= (plain * 0.8).min(longest) - 1.0,
                "{number}: {found}"
            );
            assert!(
                found <= (plain * 1.2).min(longest) + 1.0,
                "{number}: {found}"
            );
        }
        assert_eq!(
            pause(&retry, 3, "run/step"),
            pause(&retry, 3, "run/step"),
            "the same try pauses for the same time"
        );
        assert_ne!(pause(&retry, 3, "run/step"), pause(&retry, 3, "run/other"));
    }
}
