//! Settings of other tools, by which a folder without site.yaml is known to be one of theirs.

use std::path::Path;

/// Files at the top of a project of another tool, and what that is called.
const SETTINGS: [(&str, &str); 18] = [
    ("mkdocs.yml", "MkDocs"),
    ("mkdocs.yaml", "MkDocs"),
    ("docusaurus.config.js", "Docusaurus"),
    ("docusaurus.config.ts", "Docusaurus"),
    ("hugo.toml", "Hugo"),
    ("hugo.yaml", "Hugo"),
    ("_config.yml", "Jekyll"),
    ("book.toml", "mdBook"),
    ("antora.yml", "Antora"),
    ("antora-playbook.yml", "Antora"),
    ("conf.py", "Sphinx"),
    ("docs/conf.py", "Sphinx"),
    (".vitepress/config.js", "VitePress"),
    (".vitepress/config.ts", "VitePress"),
    ("docs/.vitepress/config.ts", "VitePress"),
    ("astro.config.mjs", "Astro"),
    ("ansible.cfg", "Ansible"),
    ("site.yml", ""),
];

/// What to do in a folder without site.yaml.
pub(super) fn way_in(folder: &Path) -> String {
    let found = SETTINGS
        .into_iter()
        .find(|(name, _)| folder.join(name).is_file());
    match found {
        Some((name, "")) => format!("rename `{name}` to `site.yaml`, if it is the one of this project"),
        Some((name, tool)) => format!(
            "`{name}` is of {tool}, and is not read; begin a project with `runbook new FOLDER`, and put the pages into its `content/`"
        ),
        None => "go to the project's folder or name it with -C; begin one with `runbook new FOLDER`, or write a site.yaml with a line `title: …`".to_owned(),
    }
}
