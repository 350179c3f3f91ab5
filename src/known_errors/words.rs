//! Words of texts without white space, and the keys that they make.

/// A word, or two neighbours, as a number of 24 bits: FNV-1a over UTF-16 units, its upper bits
/// (Fowler, Noll and Vo, draft-eastlake-fnv). Two texts with one key cost a comparison and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

const START: u32 = 0x811c_9dc5;

fn add(hash: u32, unit: u16) -> u32 {
    (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193)
}

/// Where a word stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it goes over the end of a line.
    pub(super) is_joined: bool,
}

/// The words of a text. `parted` tells whether a word may not go on from the byte before this one.
pub(super) fn split(text: &str, parted: impl Fn(usize) -> bool) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open = false;
    for (at, byte) in text.bytes().enumerate() {
        if !is_of_word(byte) {
            open = false;
            continue;
        }
        match found.last_mut() {
            Some(word) if open && !parted(at) => word.end = at + 1,
            _ => found.push(Word {
                start: at,
                end: at + 1,
                is_joined: false,
            }),
        }
        open = true;
    }
    found
}

/// A letter or a digit of ASCII, or a part of any other character.
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// The words as they are where lines go on in the next one, which begins at such a byte: a word that is joined is
/// marked.
pub(super) fn joined(words: &[Word], begins: impl Fn(usize) -> bool) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        match all.last_mut() {
            Some(last) if last.end == word.start && begins(word.start) => {
                last.end = word.end;
                last.is_joined = true;
            }
            _ => all.push(*word),
        }
    }
    all
}

/// The keys of words and of neighbours, all or those of joined words, each with the byte at which it begins.
pub(super) fn keys<'t>(
    text: &'t str,
    words: &'t [Word],
    all: bool,
) -> impl Iterator<Item = (Key, usize)> + 't {
    words.iter().enumerate().flat_map(move |(at, word)| {
        let next = words.get(at + 1);
        let own = all || word.is_joined;
        let next = next.filter(|next| own || next.is_joined);
        let hashed = |word: &Word, hash: u32| {
            let units = text[word.start..word.end].encode_utf16();
            units.fold(hash, add)
        };
        let alone = (own || next.is_some()).then(|| hashed(word, START));
        let pair = alone
            .zip(next)
            .map(|(alone, next)| hashed(next, add(alone, u16::from(b' '))));
        let key = move |hash: u32| (Key(hash >> 8), word.start);
        [alone.filter(|_| own).map(key), pair.map(key)]
            .into_iter()
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of a word, or of two with a space between them.
    fn key(text: &str) -> Key {
        Key(text.encode_utf16().fold(START, add) >> 8)
    }

    #[test]
    fn words_end_at_signs_and_where_the_text_is_parted() {
        let text = "tag'v1'alreadyexists";
        let found = split(text, |at| at == 14);
        let words: Vec<&str> = found
            .iter()
            .map(|word| &text[word.start..word.end])
            .collect();
        assert_eq!(words, ["tag", "v1", "already", "exists"]);
        let keys: Vec<(Key, usize)> = keys(text, &found, true).collect();
        assert!(keys.contains(&(key("exists"), 14)), "{keys:?}");
        assert!(keys.contains(&(key("already exists"), 7)), "{keys:?}");
    }

    #[test]
    fn a_key_is_that_of_the_published_function() {
        // FNV-1a of 32 bits of "foobar", from the test vectors of the draft: 0xbf9cf968.
        assert_eq!(key("foobar"), Key(0x00bf_9cf9));
    }
}
