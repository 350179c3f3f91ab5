//! Texts for people that name the item of a loop: `Drain ${{ each.host }}`.

use crate::source::Spanned;
use std::ops::Range;

/// A text in its pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemText(pub Vec<ItemPiece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemPiece {
    /// Text that stands for itself.
    Text(String),
    /// The item of the loop that names it so, and where `${{ each.NAME }}` stands.
    Item(Spanned<String>),
}

impl ItemText {
    /// The items that it names.
    pub fn items(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.0.iter().filter_map(|piece| match piece {
            ItemPiece::Item(name) => Some(name),
            ItemPiece::Text(_) => None,
        })
    }

    /// The text where no item is known: `Drain ‹host›`.
    pub fn without_items(&self) -> String {
        let piece = |piece: &ItemPiece| match piece {
            ItemPiece::Text(text) => text.clone(),
            ItemPiece::Item(name) => stand_in(&name.value),
        };
        self.0.iter().map(piece).collect()
    }
}

/// Where each `${{ … }}` of a text stands, and the name of the item if it is `${{ each.NAME }}`.
pub fn holes(text: &str) -> impl Iterator<Item = (Range<usize>, Option<&str>)> {
    const OPEN: &str = "${{";
    const CLOSE: &str = "}}";
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(OPEN)?;
        let inner = start + OPEN.len();
        let length = text[inner..].find(CLOSE)?;
        from = inner + length + CLOSE.len();
        Some((start..from, item(&text[inner..inner + length])))
    })
}

/// The name of the item, if that is what stands in a hole.
fn item(inner: &str) -> Option<&str> {
    let name = inner.trim().strip_prefix("each.")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// A text with something in the place of each `${{ each.NAME }}`: `item` makes it of the name, and `plain`
/// makes what is shown of the text between them.
pub fn replace_items(
    text: &str,
    plain: impl Fn(&str) -> String,
    item: impl Fn(&str) -> String,
) -> String {
    let (mut replaced, mut from) = (String::new(), 0);
    for (place, name) in holes(text) {
        if let Some(name) = name {
            replaced += &plain(&text[from..place.start]);
            replaced += &item(name);
            from = place.end;
        }
    }
    replaced + &plain(&text[from..])
}

/// A text with `‹NAME›` in the place of each `${{ each.NAME }}`.
pub fn with_stand_ins(text: &str) -> String {
    replace_items(text, str::to_owned, stand_in)
}

/// What stands for the item of a loop while it is not known.
pub fn stand_in(name: &str) -> String {
    format!("‹{name}›")
}

/// The texts of a step that name an item; nothing for those that name none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemTexts {
    /// What its line in lists says.
    pub title: Option<ItemText>,
    /// What a person does or decides.
    pub text: Option<ItemText>,
    /// What to do when it fails.
    pub fail_text: Option<ItemText>,
}

impl ItemTexts {
    /// Those that name an item.
    pub fn all(&self) -> impl Iterator<Item = &ItemText> {
        self.title.iter().chain(&self.text).chain(&self.fail_text)
    }
}
