//! Tags that are signed, because the team's git asks for it.

use crate::packages::{Remote, Sample};
use crate::team::Team;
use serde_json::json;

/// Lets git sign every tag with a key that ssh-keygen makes, which the team trusts.
pub(crate) fn signs_its_tags(team: &Team) {
    team.world.in_clone(
        "mkdir -p \"$HOME/.ssh\" && ssh-keygen -q -t ed25519 -N '' -C ana -f \"$HOME/.ssh/sign\" \
         && echo \"ana@example.org $(cat \"$HOME/.ssh/sign.pub\")\" > \"$HOME/.ssh/allowed\" \
         && git config --global gpg.format ssh && git config --global user.signingKey \"$HOME/.ssh/sign.pub\" \
         && git config --global gpg.ssh.allowedSignersFile \"$HOME/.ssh/allowed\" && git config --global tag.gpgSign true",
    );
}

#[test]
fn a_tag_is_signed_or_the_step_fails_before_anything_is_pushed() {
    let team = Team::new(Sample::Demo, Remote::Open);
    signs_its_tags(&team);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve("publish/approve_release");
    team.world.behaves(&json!({"factor": "code"}));

    team.world.in_clone("mv ~/.ssh/sign ~/.ssh/lost");
    let ran = team.resume("publish/promote").exits(1);
    assert!(
        ran.stdout.contains("troubleshooting/t12-signing.md"),
        "{}",
        ran.stdout
    );
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "");
    assert_eq!(team.world.in_clone("git tag --list v1.5.0"), "");

    team.world.in_clone("mv ~/.ssh/lost ~/.ssh/sign");
    let mut terminal = team.resume_at_terminal();
    terminal.shows("[r] try again").types("r");
    terminal.shows("[Enter] run").types("a");
    terminal.shows("Enter OTP:");
    team.world.in_remote("verify-tag v1.5.0");
}
