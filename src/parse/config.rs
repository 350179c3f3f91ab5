//! `site.yaml` to [`Config`].

mod keys;

use crate::diag::{Code, Diagnostic, Diagnostics, codes};
use crate::model::config::{
    Config, Level, NavGroup, RUNBOOK, Root, SearchFirst, VersionFile, Waiver,
};
use crate::parse::fields::{self, Fields};
use crate::parse::markdown::slug::slug;
use crate::parse::page;
use crate::parse::schema;
use crate::parse::variables;
use crate::parse::yaml::{self, Node, Value};
use crate::printable::is_harmful;
use crate::source::{SourceId, Span, Spanned};
use std::collections::BTreeMap;

/// The JSON Schema of `site.yaml`.
pub fn schema() -> serde_json::Value {
    schema::json_schema(&keys::SITE, "Settings of a site")
}

/// Reads `site.yaml`. A file without a title gets an empty one, and a finding.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Config {
    let mut config = Config::default();
    let levels = |keys: &[&str]| matches!(keys, ["rules", _]);
    match yaml::parse_with(source, text, 0..text.len(), &levels, diagnostics) {
        Some(root) => read(&root, &mut config, diagnostics),
        None if text.trim().is_empty() => {
            diagnostics.report(
                Diagnostic::new(
                    codes::YAML_MISSING_KEY,
                    Span::start_of(source),
                    "site.yaml has no `title`",
                )
                .help("write `title: …` into it; that is all a site needs"),
            );
        }
        None => {}
    }
    if config.id.is_empty() {
        config.id = slug(&config.title);
    }
    if config.roots.is_empty() {
        config.roots.push(default_root(source));
    }
    config
}

/// The folder of pages where a project names none.
const DEFAULT_ROOT: &str = "content";

fn default_root(source: SourceId) -> Root {
    Root {
        dir: Spanned::new(DEFAULT_ROOT.to_owned(), Span::start_of(source)),
        at: String::new(),
        title: None,
    }
}

fn read(root: &Node, config: &mut Config, diagnostics: &mut Diagnostics) {
    let Some(mut fields) = Fields::shaped(root, &keys::SITE, diagnostics) else {
        return;
    };
    let mut text = |fields: &mut Fields<'_>, key| fields.text(key, diagnostics).map(|t| t.value);
    config.id = text(&mut fields, "id").unwrap_or_default();
    config.repo = text(&mut fields, "repo");
    config.edit = text(&mut fields, "edit");
    config.target = text(&mut fields, "target");
    config.state_dir = text(&mut fields, "state_dir");
    config.url = text(&mut fields, "url").map(with_slash);
    config.base = text(&mut fields, "base")
        .map(with_slash)
        .or_else(|| base_of(config.url.as_deref()));
    config.inherit = variables::inherited(&mut fields, diagnostics);
    if let Some(title) = fields.text("title", diagnostics) {
        config.title = title.value;
    }
    if let Some(node) = fields.node("roots") {
        config.roots = list(node, "a list of `- dir: …` entries", diagnostics)
            .iter()
            .filter_map(|item| read_root(item, diagnostics))
            .collect();
    }
    if let Some(node) = fields.node("nav") {
        config.nav = list(node, "a list of `- title: …` groups", diagnostics)
            .iter()
            .filter_map(|item| read_group(item, diagnostics))
            .collect();
    }
    if let Some(node) = fields.node("redirects") {
        config.redirects = fields::moves(node, "redirects", diagnostics);
    }
    if let Some(node) = fields.node("rules") {
        config.rules = read_rules(node, diagnostics);
    }
    if let Some(node) = fields.node("waivers") {
        config.waivers = list(node, "a list of `- code: …` entries", diagnostics)
            .iter()
            .filter_map(|item| read_waiver(item, diagnostics))
            .collect();
    }
    if let Some(node) = fields.node("search") {
        config.search = read_search(node, &config.roots, diagnostics).unwrap_or_default();
    }
    if let Some(file) = fields.text("changelog", diagnostics) {
        config.changelog = inside_project(file, diagnostics).map(|file| file.value);
    }
    if let Some(node) = fields.node("versions") {
        config.versions = list(node, "a list of `- file: …` entries", diagnostics)
            .iter()
            .filter_map(|item| read_version_file(item, diagnostics))
            .collect();
    }
    if let Some(node) = fields.node("frontmatter")
        && let Some(mut of_pages) = Fields::shaped(node, &keys::FRONT_MATTER, diagnostics)
    {
        let allowed = of_pages.texts("allow", diagnostics);
        config.front_matter = allowed.into_iter().map(|key| key.value).collect();
        of_pages.finish(diagnostics);
    }
    if let Some(node) = fields.node("vars") {
        config.vars = read_vars(node, diagnostics);
    }
    not_yet(
        &mut fields,
        "channels",
        "channels are read from `content/data/channels.yaml`",
        diagnostics,
    );
    fields.finish(diagnostics);
}

fn not_yet(fields: &mut Fields<'_>, key: &'static str, why: &str, diagnostics: &mut Diagnostics) {
    fields.refuse(&[key]);
    if let Some(span) = fields.key_span(key) {
        diagnostics.report(
            Diagnostic::new(
                codes::CONFIG_NOT_YET,
                span,
                format!("`{key}` has no effect: {why}"),
            )
            .help("delete it here"),
        );
    }
}

fn with_slash(text: String) -> String {
    match text.ends_with('/') {
        true => text,
        false => text + "/",
    }
}

/// The path part of an address: `/docs/` of `https://host/docs/`.
fn base_of(url: Option<&str>) -> Option<String> {
    let (_, rest) = url?.split_once("://")?;
    Some(rest.find('/').map_or("/", |at| &rest[at..]).to_owned())
}

fn list<'n>(node: &'n Node, expected: &str, diagnostics: &mut Diagnostics) -> &'n [Node] {
    match &node.value {
        Value::List(items) => items,
        _ => {
            fields::wrong_type(node, expected, diagnostics);
            &[]
        }
    }
}

fn read_root(node: &Node, diagnostics: &mut Diagnostics) -> Option<Root> {
    let mut fields = Fields::shaped(node, &keys::ROOT, diagnostics)?;
    let dir = fields.text("dir", diagnostics);
    let at = fields.text("at", diagnostics);
    let title = fields.text("title", diagnostics).map(|t| t.value);
    fields.finish(diagnostics);
    let dir = dir.and_then(|dir| inside_project(dir, diagnostics))?;
    let at = at.map_or(Some(String::new()), |at| place(&at, diagnostics))?;
    Some(Root {
        dir: dir.map(|dir| dir.trim_end_matches('/').to_owned()),
        at: if at.is_empty() { at } else { at + "/" },
        title,
    })
}

/// The folder of the site that a root's pages lie in; every part of it is a name.
fn place(at: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<String> {
    let whole = at.value.strip_prefix('/').unwrap_or(&at.value);
    let whole = whole.strip_suffix('/').unwrap_or(whole);
    let is_name = |part: &str| {
        !["", ".", ".."].contains(&part)
            && !part.contains(['\\', '?', '#', '%', ':'])
            && !part.contains(is_harmful)
    };
    if whole.is_empty() || whole.split('/').all(is_name) {
        return Some(whole.to_owned());
    }
    diagnostics.report(
        Diagnostic::new(
            codes::YAML_BAD_VALUE,
            at.span,
            "this is no folder of the site",
        )
        .help("write names with `/` between them, as in `at: handbook/night`"),
    );
    None
}

fn inside_project(dir: Spanned<String>, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let leaves = dir.value.starts_with('/') || dir.value.split('/').any(|part| part == "..");
    if !leaves {
        return Some(dir);
    }
    diagnostics.report(
        Diagnostic::new(
            codes::CONFIG_OUTSIDE,
            dir.span,
            format!("`{}` leaves the project", dir.value),
        )
        .help("name a folder below the one that holds site.yaml"),
    );
    None
}

/// Roots are named by their folders; without `roots` there is `content`.
fn read_search(node: &Node, roots: &[Root], diagnostics: &mut Diagnostics) -> Option<SearchFirst> {
    let mut fields = Fields::shaped(node, &keys::SEARCH, diagnostics)?;
    let mut first = fields.texts("roots", diagnostics);
    let kinds = fields.node("kinds");
    let kinds = kinds.map_or(&[][..], |node| list(node, "a list of kinds", diagnostics));
    let words = page::KINDS.iter().map(|(word, _)| *word).chain([RUNBOOK]);
    let words: Vec<_> = words.map(|word| (word, word)).collect();
    let kinds = kinds
        .iter()
        .filter_map(|kind| fields::choice(kind, &words, diagnostics))
        .map(|kind| kind.value)
        .collect();
    fields.finish(diagnostics);
    let usual = [DEFAULT_ROOT];
    let known: Vec<&str> = match roots {
        [] => usual.to_vec(),
        _ => roots.iter().map(|root| root.dir.value.as_str()).collect(),
    };
    for named in &mut first {
        named.value = named.value.trim_end_matches('/').to_owned();
        if !known.contains(&named.value.as_str()) {
            let message = format!("no root has the folder `{}`", named.value);
            let help = format!("write one of: {}", known.join(", "));
            diagnostics
                .report(Diagnostic::new(codes::YAML_BAD_VALUE, named.span, message).help(help));
        }
    }
    Some(SearchFirst {
        roots: first,
        kinds,
    })
}

fn read_version_file(node: &Node, diagnostics: &mut Diagnostics) -> Option<VersionFile> {
    let mut fields = Fields::shaped(node, &keys::VERSION_FILE, diagnostics)?;
    let file = fields.text("file", diagnostics);
    let text = fields.text("text", diagnostics);
    fields.finish(diagnostics);
    let file = file.and_then(|file| inside_project(file, diagnostics))?;
    let around = match text {
        None => None,
        Some(text) => {
            let around = VersionFile::around(&text.value);
            if around.is_none() {
                diagnostics.report(
                    Diagnostic::new(
                        codes::YAML_BAD_VALUE,
                        text.span,
                        "nobody can tell where the version is in this text",
                    )
                    .help("write `{version}` once, and before it what makes the place clear: `text: \"VERSION = '{version}'\"`"),
                );
            }
            Some(around?)
        }
    };
    Some(VersionFile {
        file: file.value,
        around,
    })
}

fn read_group(node: &Node, diagnostics: &mut Diagnostics) -> Option<NavGroup> {
    if let Some(found) = group_of_mkdocs(node) {
        diagnostics.report(found);
        return None;
    }
    let mut fields = Fields::shaped(node, &keys::GROUP, diagnostics)?;
    let title = fields.text("title", diagnostics);
    let items = fields.texts("items", diagnostics);
    fields.finish(diagnostics);
    Some(NavGroup {
        title: title?.value,
        items,
    })
}

/// The finding about `- Home: index.md` or `- index.md`, as MkDocs has them.
fn group_of_mkdocs(node: &Node) -> Option<Diagnostic> {
    if let (Value::Scalar { text, .. }, false) = (&node.value, node.is_empty()) {
        let message = "a navigation group has keys, and this is a single value";
        let help = format!("write `{{ title: …, items: [{}] }}`", yaml::in_flow(text));
        return Some(Diagnostic::new(codes::YAML_WRONG_TYPE, node.span, message).help(help));
    }
    let Value::Map(entries) = &node.value else {
        return None;
    };
    let [(key, value)] = entries.as_slice() else {
        return None;
    };
    if keys::GROUP.has(&key.text) {
        return None;
    }
    let items = match &value.value {
        Value::Scalar { text, .. } => yaml::in_flow(text),
        _ => "…".to_owned(),
    };
    let title = yaml::in_flow(&key.text);
    let message = format!("a navigation group has no key `{}`", key.text);
    let help = format!(
        "write `- {{ title: {title}, items: [{items}] }}`, with paths from the project's folder, such as `content/index.md`"
    );
    Some(Diagnostic::new(codes::YAML_UNKNOWN_KEY, key.span, message).help(help))
}

fn read_rules(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<&'static str, Level> {
    fields::entries(node, "rules", diagnostics)
        .iter()
        .filter_map(|(key, value)| {
            let level = fields::choice(value, &keys::LEVELS, diagnostics);
            let code = find_code(&key.text, key.span, diagnostics);
            Some((code?.name, level?.value))
        })
        .collect()
}

/// The kind of finding that is named.
fn find_code(name: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<&'static Code> {
    let near = match codes::of_name(name) {
        Ok(code) => return Some(code),
        Err(near) => near,
    };
    let help = near.unwrap_or_else(|| "take the code that a finding shows".to_owned());
    let message = format!("there is no finding `{name}`");
    diagnostics.report(Diagnostic::new(codes::CONFIG_UNKNOWN_CODE, span, message).help(help));
    None
}

/// Names of variables are small, so that they are told from those of a forge's workflows.
fn read_vars(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let mut vars = BTreeMap::new();
    for (key, value) in fields::entries(node, "vars", diagnostics) {
        let Some(text) = fields::text(value, diagnostics) else {
            continue;
        };
        if key.text.is_empty() || !key.text.bytes().all(fits) || text.value.contains('\n') {
            let message = match text.value.contains('\n') {
                true => format!("`{}` has more than one line", key.text),
                false => format!("`{}` cannot be the name of a variable", key.text),
            };
            let diagnostic = Diagnostic::new(codes::VAR_NAME, key.span, message);
            diagnostics
                .report(diagnostic.help("small letters, digits and `_`, with one line of text"));
            continue;
        }
        vars.insert(key.text.clone(), text.value);
    }
    vars
}

fn read_waiver(node: &Node, diagnostics: &mut Diagnostics) -> Option<Waiver> {
    let mut fields = Fields::shaped(node, &keys::WAIVER, diagnostics)?;
    let code = fields.text("code", diagnostics);
    let path = fields.text("path", diagnostics);
    let reason = fields.text("reason", diagnostics);
    fields.finish(diagnostics);
    let code = code.and_then(|code| {
        let known = find_code(&code.value, code.span, diagnostics)?;
        Some(Spanned::new(known, code.span))
    });
    Some(Waiver {
        code: code?,
        path: path?.value,
        reason: reason?.value,
    })
}
