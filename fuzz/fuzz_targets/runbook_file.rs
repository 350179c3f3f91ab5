//! A runbook's text is read without a panic, and what is said about it has a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbook::diag::Diagnostics;
use runbook::parse::runbook as reader;
use runbook::source::Sources;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let id = sources.add("runbooks/fuzz.yaml", text.to_owned());
    let mut diagnostics = Diagnostics::default();
    let read = reader::parse(id, "fuzz", text, &mut diagnostics);
    assert!(read.is_some() || !diagnostics.is_empty());
    for found in diagnostics.iter() {
        assert!(text.get(found.span.range()).is_some(), "{found:?}");
    }
});
