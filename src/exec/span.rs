//! How long something took, measured on the wall clock and said as people say it.

/// Seconds from one time to a later one, both RFC 3339; 0 if the clock was set back between them.
pub fn seconds(from: &str, to: &str) -> u64 {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (moment(from), moment(to)) {
        (Some(from), Some(to)) => u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0),
        _ => 0,
    }
}

/// `0:09`, `14:08`, `1:02:03`.
pub fn words(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A time, RFC 3339, to the minute: `2026-11-25 22:38 UTC`. What is no time is given as it is.
pub fn minute(at: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_to_the_minute_in_the_zone_of_all() {
        for (at, said) in [
            ("2026-11-25T22:38:59.9Z", "2026-11-25 22:38 UTC"),
            ("2026-11-25T23:38:00+01:00", "2026-11-25 22:38 UTC"),
            ("soon", "soon"),
        ] {
            assert_eq!(minute(at), said);
        }
    }

    #[test]
    fn a_span_is_said_in_hours_minutes_and_seconds() {
        for (from, to, said) in [
            ("2026-11-25T02:00:00Z", "2026-11-25T02:00:09.9Z", "0:09"),
            ("2026-11-25T02:00:00Z", "2026-11-25T02:14:08Z", "14:08"),
            ("2026-11-25T23:00:00Z", "2026-11-26T00:02:03Z", "1:02:03"),
            ("2026-11-25T02:00:09Z", "2026-11-25T02:00:00Z", "0:00"), // the clock was set back
            ("not a time", "2026-11-25T02:00:00Z", "0:00"),
        ] {
            assert_eq!(words(seconds(from, to)), said, "{from} to {to}");
        }
    }
}
