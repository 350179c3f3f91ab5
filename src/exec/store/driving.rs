//! Who drives a run now: one answer for the lock, for `watch`, and for every verb that says so.
//!
//! A process of this machine can be seen. One of another machine cannot: it counts as driving until
//! the record says that it left or that nothing is left to do, as it is safer to follow a run that
//! rests than to take up one that goes on.

use crate::exec::machine::{Life, Machine};
use crate::exec::plan::Plan;
use crate::exec::state::next::is_over;
use crate::exec::state::{Driver, RunState};

/// The process that drives a run, as far as `machine` and the record can tell.
pub fn driver<'s>(plan: &Plan, state: &'s RunState, machine: &Machine) -> Option<&'s Driver> {
    let driver = state.driver.as_ref()?;
    if driver.left || (is_over(plan, state) && !driver.after_end) {
        return None;
    }
    let life = machine.life(&driver.process);
    matches!(life, Life::Lives | Life::Elsewhere).then_some(driver)
}
