//! Commands that destroy something which nobody can bring back.
//!
//! A block that holds one gets an edge with a word, so that somebody tired sees it before the
//! hand has copied it. It is a hint for the eye; the rules for runbooks are in `parse`.

use regex::RegexSet;
use std::sync::LazyLock;

static PATTERNS: LazyLock<RegexSet> = LazyLock::new(|| {
    // A command begins a line or follows `&&`, `|`, `;`, `sudo` or a bracket.
    let start = r"(?m)(?:^|&&|\|\|?|;|\(|\bsudo)[ \t]*";
    let commands = [
        r"rm\s+(?:\S+\s+)*-(?:\w*[rR]|-recursive)",
        r"git\s+push\s+(?:\S+\s+)*(?:--force(?:-with-lease)?|-f|--delete|--mirror)\b",
        r"git\s+reset\s+(?:\S+\s+)*--hard\b",
        r"git\s+clean\s+(?:\S+\s+)*-\w*[fdx]",
        r"git\s+(?:branch\s+-D|tag\s+-d|filter-branch|filter-repo)\b",
        r"npm\s+unpublish\b",
        r"(?:mkfs(?:\.\w+)?|wipefs|shred|blkdiscard)\b",
        r"dd\s+(?:\S+\s+)*of=",
        r"(?:zfs|zpool|vgs?|lvs?|pvs?|qm|pct|terraform|tofu|pulumi)\s+(?:destroy|remove)\b",
        r"(?:lvremove|vgremove|pvremove|dropdb|userdel)\b",
        r"kubectl\s+(?:\S+\s+)*delete\b",
        r"helm\s+(?:uninstall|delete)\b",
        r"docker\s+(?:system|volume|image|container)\s+(?:prune|rm)\b",
        r"aws\s+s3\s+(?:rm|rb)\b",
    ];
    let anywhere = r"(?i)\b(?:drop\s+(?:table|database|schema)|truncate\s+table)\b";
    let patterns = commands.iter().map(|command| format!("{start}{command}"));
    RegexSet::new(patterns.chain([anywhere.to_owned()])).expect("the patterns are well formed")
});

/// Whether some shell text holds such a command.
pub(super) fn holds(commands: &str) -> bool {
    PATTERNS.is_match(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_brought_back_is_known() {
        for (commands, expected) in [
            ("rm -rf node_modules", true),
            ("cd x && rm -r y", true),
            ("sudo rm --recursive y", true),
            ("rm file", false), // one file, by name
            ("git push --force origin main", true),
            ("git push origin v1.2.4", false),
            ("git push origin --delete v1.2.4", true),
            ("git reset --hard HEAD~1", true),
            ("git reset HEAD~1", false),
            ("npm unpublish x@1.0.0", true),
            ("npm deprecate x@1.0.0 'no'", false),
            ("echo rm -rf x", false), // an argument, not a command
            ("psql -c 'DROP TABLE runs'", true),
            ("qm destroy 101", true),
            ("terraform plan", false),
        ] {
            assert_eq!(holds(commands), expected, "{commands}");
        }
    }
}
