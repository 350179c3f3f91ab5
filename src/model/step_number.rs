//! The numbers of steps, as pages and terminals show them: `3` is the third step of a runbook, `3.1` the
//! first inside it. A step that is repeated keeps its number; its path says which time it is.

/// What stands for the number of a step that is no part of the procedure: one that is done after a
/// failure or at the end.
pub const BESIDE: &str = "+";

/// The number of the step at a place of a list, which counts from 0, inside the step numbered `above`.
/// What stands inside [`BESIDE`] has no number either.
pub fn number(above: Option<&str>, at: usize) -> String {
    match above {
        None => format!("{}", at + 1),
        Some(BESIDE) => BESIDE.to_owned(),
        Some(above) => format!("{above}.{}", at + 1),
    }
}
