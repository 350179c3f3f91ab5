//! The items of loops in texts for people. Nothing else fills those, and in Markdown `${{ }}` may well be
//! what the text is about, so only `${{ each.NAME }}` is one.

use super::Reader;
use crate::model::item_text::{ItemPiece, ItemText, ItemTexts, holes};
use crate::model::runbook::{Doc, StepKind};
use crate::source::Spanned;

impl Reader<'_, '_> {
    /// The texts of a step that name an item.
    pub(super) fn item_texts(
        &self,
        title: Option<&Spanned<String>>,
        kind: Option<&StepKind>,
        fail_text: Option<&Doc>,
    ) -> ItemTexts {
        let text = match kind {
            Some(StepKind::Manual(manual)) => Some(&manual.text.text),
            Some(StepKind::Decide(decide)) => Some(&decide.text.text),
            _ => None,
        };
        ItemTexts {
            title: title.and_then(|title| self.item_text(title)),
            text: text.and_then(|text| self.item_text(text)),
            fail_text: fail_text.and_then(|doc| self.item_text(&doc.text)),
        }
    }

    /// The pieces of a text that names an item; nothing if it names none.
    fn item_text(&self, text: &Spanned<String>) -> Option<ItemText> {
        let (mut pieces, mut from) = (Vec::new(), 0);
        for (place, name) in holes(&text.value) {
            let Some(name) = name else {
                continue;
            };
            let span = self.places(text).span(place.clone());
            pieces.push(ItemPiece::Text(text.value[from..place.start].to_owned()));
            pieces.push(ItemPiece::Item(Spanned::new(name.to_owned(), span)));
            from = place.end;
        }
        if pieces.is_empty() {
            return None;
        }
        pieces.push(ItemPiece::Text(text.value[from..].to_owned()));
        Some(ItemText(pieces))
    }
}
