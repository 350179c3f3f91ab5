//! The codes that the program ends with, by name.

/// The name of an exit code, as it stands in JSON.
pub fn name(code: u8) -> &'static str {
    match code {
        0 => "finished",
        1 => "failed",
        2 => "could_not_run",
        3 => "invalid",
        4 => "refused",
        5 => "suspended",
        6 => "in_doubt",
        7 => "taken_back",
        8 => "partly_taken_back",
        9 => "locked",
        10 => "altered",
        11 => "time_limit",
        12 => "aborted",
        13 => "newer",
        129 => "hung_up",
        130 => "interrupted",
        143 => "terminated",
        _ => "unknown",
    }
}
