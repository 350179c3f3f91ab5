//! Times as runbooks write them.

use jiff::SignedDuration;
use std::str::FromStr;
use std::time::Duration;

/// A time such as `30s`, `10m`, `1h30m`, as jiff's friendly format has it; never negative.
pub(crate) struct Time(pub(crate) Duration);

impl FromStr for Time {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let time: SignedDuration = text.parse().map_err(|_| ())?;
        Duration::try_from(time).map(Time).map_err(|_| ())
    }
}

/// What a time has to look like, for messages.
pub(crate) const TIME: &str = "a time such as `30s`, `10m` or `1h30m`";

/// A time as policies write it, such as `2 h`, `15 min` or `5 d`; a day has 24 hours. Nothing if it is none.
pub(crate) fn with_days(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    Duration::try_from(time.ok()?).ok()
}
