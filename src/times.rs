//! Times and durations as people say them.

use std::time::Duration;

/// Seconds from one time to a later one, both RFC 3339; 0 if the clock was set back between them.
pub fn seconds(from: &str, to: &str) -> u64 {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (moment(from), moment(to)) {
        (Some(from), Some(to)) => u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0),
        _ => 0,
    }
}

/// How long something took, as a clock shows it: `0:09`, `14:08`, `1:02:03`.
pub fn elapsed(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long something is planned to take, as people write it, to the second: `1 h 30 min`.
pub fn planned(time: Duration) -> String {
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

/// The same to the second.
pub fn local_second(at: &str) -> String {
    local(at, "%Y-%m-%d %H:%M:%S %Z")
}

/// A time, RFC 3339, to the minute in the zone of whoever reads it here and now: `2026-11-25 23:38 CET`.
/// What is no time is given as it is.
pub fn local_minute(at: &str) -> String {
    local(at, "%Y-%m-%d %H:%M %Z")
}

fn local(at: &str, form: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => {
            let here = at.to_zoned_datetime(jiff::tz::TimeZone::system());
            here.strftime(form).to_string()
        }
        Err(_) => at.to_owned(),
    }
}

/// A time, RFC 3339, to the minute: `2026-11-25 22:38 UTC`. What is no time is given as it is.
pub fn minute(at: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// A time, RFC 3339, to the second: `2026-11-25 22:38:10 UTC`. What is no time is given as it is.
pub fn second(at: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
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
        let said = "2026-11-25 22:38:59 UTC";
        assert_eq!(second("2026-11-25T23:38:59.91234+01:00"), said);
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
            assert_eq!(elapsed(seconds(from, to)), said, "{from} to {to}");
        }
    }

    #[test]
    fn planned_times_are_said_in_the_units_people_use() {
        for (seconds, expected) in [
            (0, "0 s"),
            (45, "45 s"),
            (2100, "35 min"),
            (5400, "1 h 30 min"),
            (7200, "2 h"),
        ] {
            assert_eq!(planned(Duration::from_secs(seconds)), expected);
        }
    }
}
