//! The theme: templates, style and scripts, embedded, and overridable file by file.
//!
//! A project's own `themes/default/…` takes the place of the embedded file with the same path.
//! Style and scripts are put out under names that carry a hash of their content, so that they
//! can be cached for ever.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::files::short_hash;
use crate::model::words::Words;
use crate::site::escape::escape;
use crate::source::{SourceId, Sources, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use tera::{Context, ErrorKind, Tera};

/// The words of the built-in theme, as a file.
pub const STRINGS: &str = include_str!("../../themes/default/strings.yaml");

const EMBEDDED: [(&str, &str); 20] = [
    (
        "templates/base.html",
        include_str!("../../themes/default/templates/base.html"),
    ),
    (
        "templates/page.html",
        include_str!("../../themes/default/templates/page.html"),
    ),
    (
        "templates/toc.html",
        include_str!("../../themes/default/templates/toc.html"),
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
    (
        "templates/freshness.html",
        include_str!("../../themes/default/templates/freshness.html"),
    ),
    (
        "templates/moved.html",
        include_str!("../../themes/default/templates/moved.html"),
    ),
    (
        "freshness.js",
        include_str!("../../themes/default/freshness.js"),
    ),
    ("moved.js", include_str!("../../themes/default/moved.js")),
    ("icon.svg", include_str!("../../themes/default/icon.svg")),
    ("style.css", include_str!("../../themes/default/style.css")),
    ("site.js", include_str!("../../themes/default/site.js")),
    (
        "search-engine.js",
        include_str!("../../themes/default/search-engine.js"),
    ),
    ("search.js", include_str!("../../themes/default/search.js")),
    (
        "search-near.js",
        include_str!("../../themes/default/search-near.js"),
    ),
    (
        "search-errors.js",
        include_str!("../../themes/default/search-errors.js"),
    ),
    (
        "run-mode.js",
        include_str!("../../themes/default/run-mode.js"),
    ),
    (
        "theme-init.js",
        include_str!("../../themes/default/theme-init.js"),
    ),
];

/// A script of the project's own that draws diagrams from their source; there is none built in.
const DIAGRAMS: &str = "diagrams.js";

/// How many steps of the template engine a page, or a directive on it, may take where a project has
/// templates of its own. A runbook of 10,000 steps takes a part of them, a step some 50 ns.
const STEPS: u64 = 20_000_000;

/// How many bytes such a rendering may write, and how many a text that it makes may have. The page of a
/// runbook of 10,000 steps has a part of them.
const TEXT: u64 = 64 << 20;

/// The longest message of the template engine that is shown, in letters.
const LONGEST_MESSAGE: usize = 400;

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
    pub(crate) content: String,
}

impl Theme {
    /// Puts a theme together from the embedded files and the project's `own`. A template that
    /// cannot be read is reported.
    pub(crate) fn new(
        own: BTreeMap<String, SourceId>,
        words: &Words,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let text = |name: &str, embedded: &'static str| {
            let own = own.get(name).map(|id| sources.get(*id).text());
            match own.filter(|own| *own != embedded) {
                Some(own) => own.to_owned(),
                None if name.ends_with(".js") => stripped(embedded),
                None => embedded.to_owned(),
            }
        };
        let mut templates = Vec::new();
        let mut assets = Vec::new();
        for (name, embedded) in EMBEDDED {
            match name.strip_prefix("templates/") {
                Some(template) => templates.push((template.to_owned(), text(name, embedded))),
                None => {
                    let content = with_words(text(name, embedded), words);
                    assets.push(ThemeAsset::new(name, content));
                }
            }
        }
        for (path, id) in own
            .iter()
            .filter(|(path, _)| path.starts_with("directives/"))
        {
            templates.push((path.clone(), sources.get(*id).text().to_owned()));
        }
        if let Some(id) = own.get(DIAGRAMS) {
            assets.push(ThemeAsset::new(
                DIAGRAMS,
                sources.get(*id).text().to_owned(),
            ));
        }
        let mut theme = Self {
            tera: Tera::new(),
            own,
            assets,
        };
        // Our own templates end.
        if !theme.own.is_empty() {
            theme.tera.set_steps(STEPS);
            theme.tera.set_text(TEXT);
        }
        theme
            .tera
            .set_escape_fn(|text, out| out.write_all(escape(text).as_bytes()));
        // Once for all pages: there are some hundred of them.
        theme.tera.global_context().insert("words", words);
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

    /// The address of the script that draws diagrams, if the project has one.
    pub(crate) fn diagrams(&self) -> Option<&str> {
        let found = self.assets.iter().find(|asset| asset.name == DIAGRAMS);
        found.map(|asset| asset.url.as_str())
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
        let own = file.and_then(|file| {
            let template = self.own.get(&format!("templates/{file}"));
            template.or_else(|| self.own.get(file))
        });
        let Some(source) = own.or_else(|| self.own.values().next()) else {
            panic!("the embedded theme does not render: {error}");
        };
        let range = if own.is_some() { range } else { 0..0 };
        // Some name the whole text that they could not use.
        let message = match message.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => format!("{}…", &message[..end]),
            None => message,
        };
        diagnostics.report(
            Diagnostic::new(codes::THEME_TEMPLATE, Span::new(*source, range), message)
                .help("fix the template, or delete your copy to get the built-in one back"),
        );
    }
}

/// A script with the words of a section where it says `$WORDS.section`.
fn with_words(script: String, words: &Words) -> String {
    let Some((before, rest)) = script.split_once("$WORDS.") else {
        return script;
    };
    let end = rest
        .find(|c: char| !c.is_ascii_lowercase())
        .unwrap_or(rest.len());
    let (section, after) = rest.split_at(end);
    let json = serde_json::to_string(&words.section(section)).expect("texts are JSON");
    format!("{before}{json}{after}")
}

/// A script of ours without indentation and lines of comment. Our scripts have no text over
/// several lines that this would change; a project's own scripts are left as they are.
fn stripped(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    kept.fold(String::new(), |text, line| text + line + "\n")
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
