//! Who may answer a request, and when the answers are enough.
//!
//! One person counts once: with more roles than one, for whichever of them lets most asks be answered. So an ask is
//! not given to whoever answered first, but the answers are matched to the asks as a whole.

use crate::exec::record::request::{Ask, Need, Request};
use crate::times;
use jiff::Timestamp;

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The person.
    pub by: String,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Why a person may not approve now, if they may not, with the next step.
///
/// # Errors
/// That reason.
pub fn may_approve(
    request: &Request,
    given: &[Given],
    by: &str,
    now: Timestamp,
) -> Result<(), String> {
    let step = &request.step;
    if let Some(why) = request.barred.get(by)
        && !is_let_by_name(request, by)
    {
        return Err(format!(
            "{by} {why} and cannot approve `{step}`; somebody else has to{}",
            people(request)
        ));
    }
    if given.iter().any(|one| one.by == by) {
        return Err(format!("{by} has answered already"));
    }
    // A review afterwards cannot be given before.
    let is_passed = is_satisfied(request, given);
    let open = || {
        request
            .asks
            .iter()
            .filter(|ask| (ask.need == Need::Later) == is_passed)
    };
    if open().any(|ask| ask.is_for(by, now)) {
        return Ok(());
    }
    let from = open().filter(|ask| ask.names(by));
    if let Some(from) = from.filter_map(|ask| ask.deputies_from.as_ref()).min() {
        return Err(format!(
            "{by} stands in for others, and can approve `{step}` from {} on if they have not answered by then",
            times::local_minute(from)
        ));
    }
    Err(format!(
        "{by} is none of: {}, and cannot approve `{step}`{}",
        roles(request),
        people(request)
    ))
}

/// Why a person is not asked at all, if so, with those who are.
pub fn unasked(request: &Request, by: &str, now: Timestamp) -> Option<String> {
    let is_asked = request.asks.iter().any(|ask| ask.names(by));
    let why = may_approve(request, &[], by, now).err();
    why.filter(|_| !is_asked)
}

/// Whether somebody who is barred holds an ask all the same: the policy lets that role act alone.
fn is_let_by_name(request: &Request, by: &str) -> bool {
    let mut asks = request.asks.iter();
    asks.any(|ask| ask.holders.iter().any(|holder| holder == by))
}

fn roles(request: &Request) -> String {
    let mut roles: Vec<&str> = Vec::new();
    for role in request.asks.iter().flat_map(|ask| &ask.roles) {
        if !roles.contains(&role.as_str()) {
            roles.push(role);
        }
    }
    roles.join(", ")
}

/// Who can, as the end of a sentence.
fn people(request: &Request) -> String {
    match named(request).as_slice() {
        [] => String::new(),
        names => format!("; it is for {}", names.join(" or ")),
    }
}

/// The people who are asked at any time, each once.
pub fn named(request: &Request) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for ask in &request.asks {
        for name in ask.holders.iter().chain(&ask.deputies) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names
}

/// Who is asked, in a line: the role and its people, deputies once they may answer, when an answer is due, and who of them
/// has no valid key.
pub fn whom(ask: &Ask) -> String {
    let roles = ask.roles.join(" or ");
    let people = match (ask.anyone, ask.holders.as_slice()) {
        (true, _) => "anybody: no people are listed".to_owned(),
        (false, []) => "nobody has it".to_owned(),
        (false, holders) => in_place_of(ask, holders),
    };
    let mut line = format!("{roles} ({people})");
    if let Some(focus) = &ask.focus {
        line = format!("{line}: {focus}");
    }
    if let Some(due) = &ask.due {
        line = format!("{line}, by {}", times::local_minute(due));
    }
    if let (Some(from), false) = (&ask.deputies_from, ask.deputies.is_empty()) {
        let deputies = in_place_of(ask, &ask.deputies);
        line = format!("{line}; from {} also {deputies}", times::local_minute(from));
    }
    match keyless(ask) {
        Some(words) => format!("{line}; {words}"),
        None => line,
    }
}

/// Who of those who are asked cannot sign, and what to do about it.
pub fn keyless(ask: &Ask) -> Option<String> {
    let who = match ask.keyless.as_slice() {
        [] => return None,
        [one] => format!("{one}, who has"),
        several => format!("{}, who have", several.join(", ")),
    };
    Some(format!(
        "without a valid key: {who} to list a new one in roles.yaml on the protected branch"
    ))
}

/// People with those whose place they take: `dora for bob`.
fn in_place_of(ask: &Ask, people: &[String]) -> String {
    let name = |person: &String| match ask.instead_of.get(person) {
        Some(others) => format!("{person} for {}", others.join(" and ")),
        None => person.clone(),
    };
    people.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Whether every ask that is required is answered.
pub fn is_satisfied(request: &Request, given: &[Given]) -> bool {
    missing(request, given).is_empty()
}

/// The required asks that nobody answered yet, each with how many people are missing.
pub fn missing<'r>(request: &'r Request, given: &[Given]) -> Vec<(&'r Ask, u32)> {
    unanswered(request, given, Need::Required)
}

/// What is owed afterwards and not given yet.
pub fn owed<'r>(request: &'r Request, given: &[Given]) -> Vec<(&'r Ask, u32)> {
    unanswered(request, given, Need::Later)
}

fn unanswered<'r>(request: &'r Request, given: &[Given], need: Need) -> Vec<(&'r Ask, u32)> {
    let places = matched(request, given);
    let missing = request.asks.iter().enumerate().filter_map(|(at, ask)| {
        let filled = places.iter().filter(|place| **place == Some(at)).count();
        let missing = ask
            .count
            .saturating_sub(u32::try_from(filled).unwrap_or(u32::MAX));
        (ask.need == need && missing > 0).then_some((ask, missing))
    });
    missing.collect()
}

/// The ask that each approval counts for; none for one that no ask needs.
pub fn counted<'r>(request: &'r Request, given: &[Given]) -> Vec<Option<&'r Ask>> {
    let places = matched(request, given).into_iter();
    places
        .map(|place| place.map(|at| &request.asks[at]))
        .collect()
}

/// The ask that each approval counts for, by its number; none for one that no ask needs.
///
/// Required asks are filled first, then those that are owed by who came afterwards, then the optional ones: an approval
/// never moves away from an ask that nobody else can fill.
fn matched(request: &Request, given: &[Given]) -> Vec<Option<usize>> {
    let mut places = vec![None; given.len()];
    // Who came when it was passed already gives a review; the others are welcome.
    let passed = (0..=given.len()).find(|count| {
        let mut first = vec![None; *count];
        place(request, &given[..*count], Need::Required, &mut first);
        let filled = |at: usize| first.iter().filter(|one| **one == Some(at)).count();
        let mut required = request.asks.iter().enumerate();
        required.all(|(at, ask)| ask.need != Need::Required || filled(at) >= ask.count as usize)
    });
    match passed {
        None => place(request, given, Need::Required, &mut places),
        Some(passed) => {
            let (before, after) = places.split_at_mut(passed);
            place(request, &given[..passed], Need::Required, before);
            place(request, &given[passed..], Need::Later, after);
        }
    }
    place(request, given, Need::Optional, &mut places);
    places
}

/// Fills the asks of one need.
fn place(request: &Request, given: &[Given], need: Need, places: &mut [Option<usize>]) {
    for (at, ask) in request.asks.iter().enumerate() {
        if ask.need != need {
            continue;
        }
        for _ in 0..ask.count {
            let mut seen = vec![false; given.len()];
            if !fill(request, given, at, places, &mut seen) {
                break;
            }
        }
    }
}

/// Gives an ask one more approval, moving others if need be; whether that went.
fn fill(
    request: &Request,
    given: &[Given],
    ask: usize,
    places: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for at in 0..given.len() {
        if seen[at] || !request.asks[ask].is_for(&given[at].by, given[at].at) {
            continue;
        }
        seen[at] = true;
        let moves = match places[at] {
            None => true,
            Some(other) if other == ask || request.asks[other].need != request.asks[ask].need => {
                false
            }
            Some(other) => fill(request, given, other, places, seen),
        };
        if moves {
            places[at] = Some(ask);
            return true;
        }
    }
    false
}
