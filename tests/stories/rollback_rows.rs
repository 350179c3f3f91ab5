//! The rows of the matrix of releases that move users back, with what has to be true afterwards.

use crate::release_matrix::Factor;
use crate::release_rows::Scene;
use serde_json::{Value, json};

impl Scene {
    pub(crate) fn is_rolled_back(&self) {
        let team = &self.team;
        let refs = team.world.in_remote("for-each-ref");
        let params = ["bad=1.5.0", "good=1.4.2", "reason=it whispers"];
        match self.row.factor {
            Factor::None => {
                team.exec("rollback", &params).exits(5);
                team.resume("retag").exits(0);
            }
            Factor::Code | Factor::Browser => {
                let mut terminal = team.at_terminal("rollback", &params);
                terminal.shows("type `1.4.2` to continue").types("1.4.2");
                self.proves(&mut terminal);
                terminal
                    .shows("Warn everybody")
                    .shows("[Enter] run")
                    .types("a");
                self.proves(&mut terminal);
                terminal.shows("is finished");
                assert_eq!(terminal.ends(), 0, "{}", terminal.text());
            }
        }
        self.users_are_back(&refs);
        match self.row.factor {
            Factor::None => self.a_hotfix_can_begin(),
            Factor::Code | Factor::Browser => self.is_undone(),
        }
        team.is_countersigned();
    }

    /// Although nobody has countersigned yet.
    fn a_hotfix_can_begin(&self) {
        let team = &self.team;
        let fix = format!("commit={}", team.world.fix);
        let hotfix = [
            "severity=critical",
            "base=1.5.0",
            "version=1.5.1",
            "incident=INC-1",
            &fix,
        ];
        let begun = team.exec("hotfix", &hotfix);
        assert!(begun.stdout.contains("Is it the next patch"), "{begun:?}");
    }

    /// And forward again, with the factor at each call that writes: what was there before is put back.
    fn is_undone(&self) {
        let mut terminal = self.team.undo_at_terminal();
        // A run that is finished asks for a text that nobody types by accident.
        terminal.shows("the run is finished").shows("to undo it");
        let text = terminal.text();
        let (_, code) = text.rsplit_once("type `").expect("a text to type");
        let (code, _) = code.split_once('`').expect("a text to type");
        terminal.types(code);
        terminal.shows("[y] yes").types("y");
        self.proves(&mut terminal);
        self.proves(&mut terminal);
        terminal.shows("undo complete");
        assert_eq!(self.team.view("", "dist-tags.latest"), "1.5.0");
        assert_eq!(self.team.view("@1.5.0", "deprecated"), Value::Null);
    }

    /// Users have the good version again, who has the bad one is warned, and nothing else is touched.
    fn users_are_back(&self, refs: &str) {
        let team = &self.team;
        let warning = "Do not use: it whispers. Install 1.4.2 instead.";
        assert_eq!(team.view("@1.5.0", "deprecated"), warning);
        assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.4.2"}));
        assert_eq!(team.view("", "versions"), json!(["1.4.2", "1.5.0"]));
        let version = "node -p 'require(\"demo/package.json\").version'";
        assert_eq!(team.users("", version), "1.4.2");
        assert_eq!(team.world.in_remote("for-each-ref"), refs);
        let once = ["dist-tag demo:latest=1.4.2 201", "change demo 201"];
        assert_eq!(self.sent(), once, "{:?}", self.row);
    }
}
