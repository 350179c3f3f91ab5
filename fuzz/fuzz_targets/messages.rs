//! Messages and pastes: see `readers/messages.rs` for what is promised.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("messages", bytes));
