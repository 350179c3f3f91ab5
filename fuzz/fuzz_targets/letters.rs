//! The inbox of a run: see `readers/letters.rs` for what it promises.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("letters", bytes));
