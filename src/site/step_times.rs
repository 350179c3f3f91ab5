//! The table of `::times{runbook="…"}`: how long the steps of a runbook take, so that no page types it.

use crate::model::page::PageUrl;
use crate::model::runbook::Runbook;
use crate::model::site::Site;
use crate::model::step_times::{self, StepTime, Taken};
use crate::site::escape::{escape, href};
use crate::site::html;
use crate::times::planned;
use std::time::Duration;

/// A line for each step that takes long or waits for somebody, and what the machine takes for all of them.
pub(crate) fn table(site: &Site, from: &PageUrl, runbook: &str) -> String {
    let Some(page) = site.runbook_with_id(runbook) else {
        return String::new();
    };
    let books: Vec<&Runbook> = site.books();
    let word = |key| escape(site.words.get("times", key));
    let lines = step_times::lines(&page.runbook, &books);
    let rows: String = lines.iter().map(|line| row(site, from, line)).collect();
    let sum = site.data.get(&format!("runbooks.{runbook}.machine"));
    let sum = sum.map_or_else(|| planned(Duration::ZERO), |sum| sum.value.clone());
    let measured = measured(site, runbook);
    format!(
        "{}<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n\
         <tbody>\n{rows}<tr><th scope=\"row\">{}</th><td>{sum}</td><td></td></tr>\n{measured}</tbody></table></div>\n",
        html::table(&site.words),
        word("step"),
        word("machine"),
        word("others"),
        word("sum"),
    )
}

/// What the last runs took, if somebody wrote it down with `runbook times`.
fn measured(site: &Site, runbook: &str) -> String {
    let value = |what| {
        let found = site.data.get(&format!("times.{runbook}.{what}"));
        found.map(|found| found.value.as_str())
    };
    let (Some(runs), Some(machine), Some(people)) =
        (value("runs"), value("machine"), value("people"))
    else {
        return String::new();
    };
    let words = site.words.fill("times", "measured", &[("runs", runs)]);
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
        escape(&words),
        escape(machine),
        escape(people)
    )
}

fn row(site: &Site, from: &PageUrl, line: &StepTime<'_>) -> String {
    let page = site.runbook_with_id(line.runbook);
    let url = page.map_or("", |page| page.url.as_str());
    let address = escape(&format!("{}#{}", href(from, url), line.step));
    let (machine, others) = match line.time {
        Taken::Machine(time) => (planned(time), String::new()),
        Taken::Others { usual, most } => (String::new(), waits(site, usual, most)),
    };
    format!(
        "<tr><th scope=\"row\"><a href=\"{address}\">{}</a></th><td>{machine}</td><td>{}</td></tr>\n",
        escape(line.name),
        escape(&others)
    )
}

fn waits(site: &Site, usual: Option<Duration>, most: Option<Duration>) -> String {
    let words = &site.words;
    let time = |key, time: Duration| words.fill("times", key, &[("time", &planned(time))]);
    match (usual, most) {
        (None, None) => words.get("times", "open").to_owned(),
        (usual, most) => {
            let usual = usual.map(|usual| time("usual", usual));
            let most = most.map(|most| time("most", most));
            let both: Vec<String> = usual.into_iter().chain(most).collect();
            both.join(", ")
        }
    }
}
