//! The reader of journals: see `readers/records.rs` for what it promises.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("journal", bytes));
