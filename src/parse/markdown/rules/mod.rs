//! Rules about a text that was read: each file is about one thing that a page holds, and judges what the
//! walk made of it. What keeps the walk itself from going on is said where it is met.

mod footnotes;
mod headings;
mod images;
mod links;

use super::footnotes::Footnotes;
use crate::diag::Diagnostics;
use crate::model::prose::Prose;

/// Reports what is wrong with a text that was walked to its end.
pub(super) fn judge(prose: &Prose, footnotes: &Footnotes, found: &mut Diagnostics) {
    headings::judge(prose, found);
    links::judge(prose, found);
    images::judge(prose, found);
    footnotes::judge(footnotes, found);
}
