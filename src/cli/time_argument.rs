//! Moments as people type them: `02:14`, `2026-11-25 02:14`, a whole timestamp, or `7d` ago.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// A moment that is over. A time of day is the last one of that time; what names no zone is meant
/// in the zone of `now`.
///
/// # Errors
/// How to write it, or that it has not come yet.
pub(super) fn past(text: &str, now: &ZonedDateTime) -> Result<Timestamp, String> {
    let moment = read(text.trim(), now).ok_or_else(|| {
        format!("`{text}` is no time; write it as 02:14, 2026-11-25 02:14 or 2026-11-25T02:14:00Z")
    })?;
    match moment > now.timestamp() {
        true => Err(format!("`{text}` has not come yet")),
        false => Ok(moment),
    }
}

/// The beginning of a span that lasts until now: `7d`, `36h`, or a moment.
///
/// # Errors
/// How to write it.
pub(super) fn since(text: &str, now: &ZonedDateTime) -> Result<Timestamp, String> {
    match age(text) {
        Ok(age) => Ok(now
            .timestamp()
            .saturating_sub(age)
            .unwrap_or(Timestamp::MIN)),
        Err(_) => past(text, now).map_err(|_| {
            format!("`{text}` is no time; write it as 7d, 36h, 2026-11-25 or 2026-11-25T02:14:00Z")
        }),
    }
}

/// How long something is: `90d`, `36h`. A day has 24 hours.
///
/// # Errors
/// How to write it.
pub(super) fn age(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no length of time; write it as 90d or 36h");
    let text = text.trim();
    let age = match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days)) => SignedDuration::from_hours(24 * i64::from(days)),
        _ => text.parse().map_err(|_| wrong())?,
    };
    match age.is_negative() {
        true => Err(wrong()),
        false => Ok(age),
    }
}

fn read(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let zone = now.time_zone();
    if let Ok(time) = text.parse::<Time>() {
        let today = at(now.date().to_datetime(time), zone)?;
        return match today > now.timestamp() {
            true => at(now.date().yesterday().ok()?.to_datetime(time), zone),
            false => Some(today),
        };
    }
    let moment = text
        .parse::<DateTime>()
        .or_else(|_| text.parse::<Date>().map(DateTime::from))
        .ok()?;
    at(moment, zone)
}

fn at(moment: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    Some(moment.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> ZonedDateTime {
        "2026-11-25T03:00:00+01:00[+01:00]".parse().expect("a time")
    }

    #[test]
    fn a_moment_is_read_as_people_type_it() {
        for (text, expected) in [
            ("02:14", "2026-11-25T01:14:00Z"),
            ("03:30", "2026-11-24T02:30:00Z"), // the last time it was so
            ("2026-11-25 02:14", "2026-11-25T01:14:00Z"),
            ("2026-11-24", "2026-11-23T23:00:00Z"),
            ("2026-11-25T01:14:00Z", "2026-11-25T01:14:00Z"),
        ] {
            let moment = past(text, &now()).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(moment.to_string(), expected, "{text}");
        }
        for text in ["soon", "", "25:00", "2026-11-26", "-1"] {
            assert!(past(text, &now()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_is_a_length_or_a_moment() {
        for (text, expected) in [
            ("1d", "2026-11-24T02:00:00Z"),
            ("90m", "2026-11-25T00:30:00Z"),
            ("2026-11-24", "2026-11-23T23:00:00Z"),
        ] {
            let moment = since(text, &now()).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(moment.to_string(), expected, "{text}");
        }
        for text in ["d", "-1d", "-5h", "a while"] {
            assert!(since(text, &now()).is_err(), "{text}");
        }
    }
}
