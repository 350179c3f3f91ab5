//! The theme: templates, style and scripts, embedded, and overridable file by file.
//!
//! A project's own `themes/default/…` takes the place of the embedded file with the same path.
//! Style and scripts are put out under names that carry a hash of their content, so that they
//! can be cached for ever.

use crate::diag::{Diagnostic, Diagnostics};
use crate::site::html::escape;
use crate::source::{SourceId, Sources, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use tera::{Context, ErrorKind, Tera};

const EMBEDDED: [(&str, &str); 9] = [
    (
        "templates/base.html",
        include_str!("../../themes/default/templates/base.html"),
    ),
    (
        "templates/page.html",
        include_str!("../../themes/default/templates/page.html"),
    ),
    (
        "templates/runbook.html",
        include_str!("../../themes/default/templates/runbook.html"),
    ),
    (
        "templates/step.html",
        include_str!("../../themes/default/templates/step.html"),
    ),
    (
        "templates/404.html",
        include_str!("../../themes/default/templates/404.html"),
    ),
    (
        "templates/sidebar.html",
        include_str!("../../themes/default/templates/sidebar.html"),
    ),
    ("style.css", include_str!("../../themes/default/style.css")),
    ("site.js", include_str!("../../themes/default/site.js")),
    (
        "theme-init.js",
        include_str!("../../themes/default/theme-init.js"),
    ),
];

/// A theme, ready to render.
pub(crate) struct Theme {
    tera: Tera,
    own: BTreeMap<String, SourceId>,
    assets: Vec<ThemeAsset>,
}

/// A file of the theme that pages load.
pub(crate) struct ThemeAsset {
    name: String,
    /// Its address below the site's root.
    pub(crate) url: String,
    /// Its content.
    pub(crate) content: String,
}

impl Theme {
    /// Puts a theme together from the embedded files and the project's `own`. A template that
    /// cannot be read is reported.
    pub(crate) fn new(
        own: BTreeMap<String, SourceId>,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let text = |name: &str, embedded: &'static str| match own.get(name) {
            Some(id) => sources.get(*id).text().to_owned(),
            None => embedded.to_owned(),
        };
        let mut templates = Vec::new();
        let mut assets = Vec::new();
        for (name, embedded) in EMBEDDED {
            match name.strip_prefix("templates/") {
                Some(template) => templates.push((template.to_owned(), text(name, embedded))),
                None => assets.push(ThemeAsset::new(name, text(name, embedded))),
            }
        }
        let mut theme = Self {
            tera: Tera::new(),
            own,
            assets,
        };
        theme
            .tera
            .set_escape_fn(|text, out| out.write_all(escape(text).as_bytes()));
        if let Err(error) = theme.tera.add_raw_templates(templates) {
            theme.report(&error, diagnostics);
        }
        theme
    }

    /// The files that pages load.
    pub(crate) fn assets(&self) -> &[ThemeAsset] {
        &self.assets
    }

    /// The address of a file that pages load, below the site's root.
    pub(crate) fn asset(&self, name: &str) -> &str {
        let found = self.assets.iter().find(|asset| asset.name == name);
        &found.expect("pages ask only for files of EMBEDDED").url
    }

    /// Renders a template. A fault in it is reported, and gives nothing.
    pub(crate) fn render(
        &self,
        template: &str,
        context: &impl Serialize,
        diagnostics: &mut Diagnostics,
    ) -> String {
        let rendered = Context::from_serialize(context)
            .and_then(|context| self.tera.render(template, &context));
        rendered.unwrap_or_else(|error| {
            self.report(&error, diagnostics);
            String::new()
        })
    }

    fn report(&self, error: &tera::Error, diagnostics: &mut Diagnostics) {
        let (message, file, range) = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => (
                report.message().to_owned(),
                Some(report.filename()),
                report.span().range.clone(),
            ),
            _ => (error.to_string(), None, 0..0),
        };
        let own = file.and_then(|file| self.own.get(&format!("templates/{file}")));
        let Some(source) = own.or_else(|| self.own.values().next()) else {
            panic!("the embedded theme does not render: {error}");
        };
        let range = if own.is_some() { range } else { 0..0 };
        diagnostics.report(
            Diagnostic::error("theme/template", Span::new(*source, range), message)
                .help("mend the template, or delete your copy to get the built-in one back"),
        );
    }
}

impl ThemeAsset {
    fn new(name: &str, content: String) -> Self {
        let (stem, extension) = name
            .split_once('.')
            .expect("files of EMBEDDED have an extension");
        Self {
            name: name.to_owned(),
            url: format!(
                "assets/{stem}-{}.{extension}",
                short_hash(content.as_bytes())
            ),
            content,
        }
    }
}

/// The first 50 bits of a BLAKE3 hash in lower-case base32 (RFC 4648 alphabet), 10 characters.
fn short_hash(bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes);
    let head = hash
        .as_bytes()
        .iter()
        .take(7)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    (0..10)
        .map(|digit| {
            char::from(
                b"abcdefghijklmnopqrstuvwxyz234567"[(head >> (51 - 5 * digit)) as usize & 31],
            )
        })
        .collect()
}
