//! Times in words.

use std::time::Duration;

/// A time such as `1 h 30 min`, to the second.
pub(crate) fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    match shown.is_empty() {
        true => "0 s".to_owned(),
        false => shown.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_units_people_use() {
        for (seconds, expected) in [
            (0, "0 s"),
            (45, "45 s"),
            (2100, "35 min"),
            (5400, "1 h 30 min"),
            (7200, "2 h"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), expected);
        }
    }
}
