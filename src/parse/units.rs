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
