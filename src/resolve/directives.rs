//! Directives: whether each names a generated part, with arguments that exist.

use crate::diag::{Diagnostic, Diagnostics, did_you_mean};
use crate::model::page::PageDraft;
use crate::model::policy::Policy;
use crate::model::prose::Directive;

/// Each directive with the arguments it takes.
const KNOWN: [(&str, &[&str]); 4] = [
    ("pages", &["under"]),
    ("runbooks", &["tag"]),
    ("approvals", &[]),
    ("roles", &[]),
];

/// Reports directives of a page that would show nothing or mean nothing.
pub(super) fn check(
    page: &PageDraft,
    pages: &[PageDraft],
    policy: &Policy,
    diagnostics: &mut Diagnostics,
) {
    for directive in &page.prose.directives {
        if let Some(diagnostic) = fault(directive, pages, policy) {
            diagnostics.report(diagnostic);
        }
    }
}

fn fault(directive: &Directive, pages: &[PageDraft], policy: &Policy) -> Option<Diagnostic> {
    let Some((_, arguments)) = KNOWN.iter().find(|(name, _)| *name == directive.name) else {
        let names = KNOWN.map(|(name, _)| name);
        let help = did_you_mean(&directive.name, names)
            .unwrap_or_else(|| format!("there are: {}", names.join(", ")));
        let message = format!("no directive `{}`", directive.name);
        return Some(Diagnostic::error("directive/unknown", directive.span, message).help(help));
    };
    let unknown = directive
        .arguments
        .iter()
        .find(|(key, _)| !arguments.contains(&key.as_str()));
    if let Some((key, _)) = unknown {
        let help = did_you_mean(key, arguments.iter().copied()).unwrap_or_else(|| match arguments
            .is_empty()
        {
            true => format!("`::{}` takes none", directive.name),
            false => format!("it takes: {}", arguments.join(", ")),
        });
        let message = format!("`::{}` has no argument `{key}`", directive.name);
        return Some(Diagnostic::error("directive/argument", directive.span, message).help(help));
    }
    nothing_to_show(directive, pages, policy)
}

fn nothing_to_show(
    directive: &Directive,
    pages: &[PageDraft],
    policy: &Policy,
) -> Option<Diagnostic> {
    let fault = |message: String, help: &str| {
        Some(Diagnostic::error("directive/empty", directive.span, message).help(help))
    };
    match directive.name.as_str() {
        "pages" => {
            let Some(under) = directive.argument("under") else {
                return fault(
                    "`::pages` does not say which folder".to_owned(),
                    "write `::pages{under=\"folder\"}`",
                );
            };
            let folder = format!("{}/", under.trim_matches('/'));
            let found = pages
                .iter()
                .any(|page| page.url.as_str().starts_with(&folder));
            if found {
                None
            } else {
                fault(
                    format!("no pages under `{under}`"),
                    "name a folder below the root of the site",
                )
            }
        }
        "approvals" if policy.matrix.is_empty() => fault(
            "there is no approval matrix".to_owned(),
            "write it into `data/approvals.yaml`",
        ),
        "roles" if policy.roles.is_none() => fault(
            "there are no roles".to_owned(),
            "write them into `data/roles.yaml`",
        ),
        _ => None,
    }
}
