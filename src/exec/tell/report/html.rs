//! A report as one HTML file: no script, no request to anywhere, fit for paper.

use super::words::one_line;
use super::{Report, view};
use tera::{Context, Tera};

/// The report as HTML.
pub fn render(report: &Report) -> String {
    let mut view = view::lay_out(report);
    let texts = [&mut view.title, &mut view.lead];
    let cells = view
        .sections
        .iter_mut()
        .flat_map(|section| section.rows.iter_mut().flatten());
    for text in texts.into_iter().chain(cells) {
        *text = one_line(text);
    }
    let mut tera = Tera::new();
    let template = ("report.html", include_str!("report.html"));
    tera.add_raw_templates([template])
        .and_then(|()| Context::from_serialize(&view))
        .and_then(|context| tera.render("report.html", &context))
        .expect("the template fits the view")
}
