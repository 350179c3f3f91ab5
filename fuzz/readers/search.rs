//! The files of a search index, as somebody else may have left them.

use runbook::files::short_hash;
use runbook::search::VERSION;
use runbook::search::excerpt::excerpt;
use runbook::search::nearest::instead;
use runbook::search::query::search as ask;
use runbook::search::reader::Index;

/// Between the parts of an input.
const CUT: &str = "\n----\n";

/// An input is words, a manifest, a shard and a fragment, with a line of dashes between; `HASH` in the
/// manifest stands for the hash of the shard, and `VERSION` for the version that is read. Whatever they say, there is an answer of no more than
/// was asked for, and each place in it either is there or is none.
pub(crate) fn search(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut parts = text.splitn(4, CUT);
    let mut part = || parts.next().unwrap_or_default();
    let (words, manifest, shard, fragment) = (part(), part(), part(), part());
    let hash = short_hash(shard.as_bytes());
    let manifest = manifest.replace("HASH", &hash);
    let manifest = manifest.replace("VERSION", &VERSION.to_string());
    let index = Index::open(Box::new(move |path| {
        let name = path.rsplit('/').next()?;
        Some(match name.get(..1)? {
            "m" => manifest.clone(),
            "s" => shard.to_owned(),
            _ => fragment.to_owned(),
        })
    }));
    let Ok(index) = index else { return };
    let labels: Vec<_> = index.labels().iter().take(1).collect();
    for only in [&[][..], &labels] {
        let answer = ask(&index, words, only, 5);
        assert!(answer.hits.len() <= 5, "{answer:?}");
        for section in answer.hits.iter().flat_map(|hit| &hit.sections) {
            if let Some(place) = index.place(*section) {
                excerpt(&place.text, &answer.forms);
            }
        }
        instead(&index, &answer);
    }
}
