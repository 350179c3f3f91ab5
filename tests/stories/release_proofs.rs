//! What has to be true after a row of the matrix of releases, asked of the remote, the registry and users:
//! nothing is believed that the program says of itself.

use crate::release_matrix::{By, Kind, Main, Row};
use crate::release_rows::Scene;
use serde_json::{Value, json};

impl Scene {
    /// What the registry took or refused, but for the questions for the factor.
    pub(crate) fn sent(&self) -> Vec<String> {
        let writes = self.team.world.writes();
        let writes = writes.into_iter().skip(self.written);
        writes.filter(|line| !line.ends_with(" 401")).collect()
    }

    pub(crate) fn tags(&self) -> Value {
        let mut tags = match self.row.kind {
            Kind::First => json!({}),
            Kind::Maintenance => json!({"latest": "2.0.0"}),
            _ => json!({"latest": "1.4.2"}),
        };
        tags[self.row.tag()] = json!(self.row.version());
        // What CI calls it stays; it does no harm.
        if self.row.by != By::Person {
            tags["candidate"] = json!(self.row.version());
        }
        tags
    }

    pub(crate) fn registry_has_it_once(&self) {
        let Row { kind, by, .. } = self.row;
        let version = self.row.version();
        let versions = match kind {
            Kind::First => json!([version]),
            Kind::Maintenance => json!(["1.4.2", version, "2.0.0"]),
            _ => json!(["1.4.2", version]),
        };
        assert_eq!(self.team.view("", "versions"), versions);
        assert_eq!(self.team.view("", "dist-tags"), self.tags());

        let name = self.team.world.package();
        let mut sent = match by {
            By::Person | By::Ci => vec![format!("publish {name}@{version} 201")],
            By::Staged => vec![
                format!("stage-publish {name}@{version} 201"),
                "stage-approve 201".to_owned(),
            ],
        };
        if kind != Kind::First {
            sent.push(format!("dist-tag {name}:{}={version} 201", self.row.tag()));
        }
        if by == By::Person {
            sent.push(format!("dist-tag {name}:candidate= 201"));
        }
        assert_eq!(self.sent(), sent, "{:?}", self.row);
        self.is_announced();
    }

    pub(crate) fn remote_has_it(&self) {
        let (world, version, line) = (&self.team.world, self.row.version(), self.row.line());
        let mut refs = vec!["refs/heads/main"];
        if line != "main" {
            refs.push("refs/heads/release/1.x");
        }
        let tag = format!("refs/tags/v{version}");
        refs.extend(["refs/tags/v1.4.2", &tag]);
        let found = world.in_remote("for-each-ref --format='%(refname)'");
        assert_eq!(found.lines().collect::<Vec<_>>(), refs, "{:?}", self.row);

        let message = world.in_remote(&format!("for-each-ref --format='%(contents)' {tag}"));
        assert!(message.contains(&format!("Runbook-Run: {}", self.team.id())));
        if self.row.main == Main::Open {
            world.in_remote(&format!("merge-base --is-ancestor v{version} {line}"));
        }
        let holds = |branch: &str, file: &str, text: &str| {
            let found = world.in_remote(&format!("show {branch}:{file}"));
            assert!(found.contains(text), "{:?}: {file}: {found}", self.row);
        };
        holds(line, "package.json", &format!("\"version\": \"{version}\""));
        holds(line, "src/index.ts", "${name.trim()}");
        holds("main", "src/index.ts", "whisper");
        if line != "main" {
            holds("main", "package.json", "\"version\": \"1.4.2\"");
        }
    }

    pub(crate) fn users_get_it(&self) {
        let name = self.team.world.package();
        let exports = format!(
            "node -p 'Object.keys(require(\"{name}\")).sort().join() + \" \" + require(\"{name}/package.json\").version' && node_modules/.bin/demo ' Ana '"
        );
        let got = self.team.users(&format!("@{}", self.row.tag()), &exports);
        let wanted = format!("{} {}\nHello, Ana!", self.row.exports(), self.row.version());
        assert_eq!(got, wanted, "{:?}", self.row);
    }

    pub(crate) fn is_announced(&self) {
        let told = format!(
            "{} {} is out",
            self.team.world.package(),
            self.row.version()
        );
        assert_eq!(self.team.announced().matches(&told).count(), 1);
    }
}
