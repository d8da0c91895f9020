//! Approvals of one revision for one environment: what the policy wants, whose answers stand, and why
//! the others do not.
//!
//! An answer stands for these bytes, until it expires, while whoever gave it has a role that counts and
//! wrote nothing of what ships. All of it is asked anew each time: a new revision, an hour that passes
//! or a commit that names somebody as its author changes the answer without anybody deciding anything.

use super::roles;
use crate::{
    clock::Instant,
    error::Error,
    event::words::*,
    model::{
        Judge,
        facts::Facts,
        hotfix::{Approval, Hotfix, Wrote},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The blocker that going without approvals passes.
pub const MISSING: &str = "approval_missing";
/// Somebody said no.
pub const DECLINED: &str = "declined";

/// How an answer stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// An approval that counts.
    Standing,
    /// A no that counts.
    Declined,
    Expired,
    /// It was for other bytes.
    Void,
    Withdrawn,
    /// The same person answered again.
    Replaced,
    /// Whoever gave it wrote a part of what ships.
    Author,
    /// Whoever gave it has none of the roles that count, or has left the catalog.
    NoRole,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Answer {
    pub by: PersonId,
    /// A yes; else a no.
    pub approved: bool,
    pub state: AnswerState,
    /// Why it does not count; empty if it does.
    pub why: String,
    pub hash: Digest,
    pub revision: Option<u32>,
    pub at: Instant,
    pub expires_at: Option<Instant>,
    pub note: String,
}

/// Somebody asked for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Asked {
    pub by: PersonId,
    pub at: Instant,
    pub note: String,
    pub revision: Option<u32>,
    /// By name; nobody in particular means everybody who may.
    pub people: Vec<PersonId>,
    /// Who has not answered yet and still would make a difference.
    pub waits_for: Vec<PersonId>,
    /// It was about other bytes.
    pub void: bool,
}

/// Somebody wrote a part of what ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Author {
    pub person: PersonId,
    /// In words: "the solution", "change 1a2b3c4d5e", "package r2".
    pub wrote: Vec<String>,
    /// Only git says so, by a mail address: a claim, and held against them all the same.
    pub claimed: bool,
}

/// It goes without the approvals that the policy wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Broken {
    #[ts(type = "number")]
    pub seq: u64,
    pub by: PersonId,
    pub at: Instant,
    pub reason: String,
    pub reviewed_by: Option<PersonId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    Added,
    Changed,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChangedSince {
    pub path: String,
    pub change: FileChange,
}

/// What is different from the last revision that somebody approved for this environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Since {
    pub revision: u32,
    /// By path, the first two hundred.
    pub files: Vec<ChangedSince>,
    #[ts(type = "number")]
    pub total: u64,
}

/// How approval stands for one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Approvals {
    pub environment: String,
    pub policy: String,
    /// How many people have to approve.
    pub wanted: u32,
    /// One of each of these among them, each a person of its own.
    pub each_role: Vec<Role>,
    pub roles: Vec<Role>,
    pub hours: u32,
    pub authors_may: bool,
    /// What is wanted, in a sentence.
    pub wants: String,
    pub given: u32,
    /// Enough people approved, of the roles that are wanted.
    pub enough: bool,
    /// Enough people approved, and nobody's no stands.
    pub complete: bool,
    /// Until when it stays so if nothing else happens.
    pub until: Option<Instant>,
    /// What is missing, in a sentence; empty if nothing is.
    pub missing: String,
    /// In the order they were given.
    pub answers: Vec<Answer>,
    pub asked: Vec<Asked>,
    /// Who may approve.
    pub may: Vec<PersonId>,
    /// Who may go without.
    pub may_break: Vec<PersonId>,
    /// Nobody may go without.
    pub hard: bool,
    pub broken: Option<Broken>,
    pub since: Option<Since>,
}

/// How many changed files are named.
const MOST_FILES: usize = 200;

/// Everybody who wrote a part of what ships: who recorded it, and whom git names as an author by the
/// mail address of a person in the catalog.
pub fn authors(facts: &Facts, hotfix: &Hotfix) -> Vec<Author> {
    let mut all: Vec<Author> = Vec::new();
    let mut add = |person: &PersonId, what: String, claim: bool| match all
        .iter_mut()
        .find(|one| &one.person == person)
    {
        Some(known) => {
            known.claimed &= claim;
            if !known.wrote.contains(&what) {
                known.wrote.push(what);
            }
        }
        None => {
            all.push(Author { person: person.clone(), wrote: vec![what], claimed: claim });
        }
    };
    for one in &hotfix.authors {
        let what = match &one.what {
            Wrote::Solution => "the solution".into(),
            Wrote::Change(commit) => change(commit),
            Wrote::Configuration(id) => format!("configuration change {id}"),
            Wrote::Package(revision) => format!("package r{revision}"),
        };
        add(&one.person, what, false);
    }
    for recorded in &hotfix.changes {
        let mails: Vec<&str> = std::iter::once(recorded.text.author.reach.as_str())
            .chain(co_authors(&recorded.text.message))
            .map(str::trim)
            .filter(|mail| !mail.is_empty())
            .collect();
        for person in facts.people() {
            let own = person.mail.trim();
            if mails.iter().any(|mail| mail.eq_ignore_ascii_case(own)) {
                facts.person(&person.id);
                add(&person.id, change(&recorded.change.commit), true);
            }
        }
    }
    all
}

fn change(commit: &str) -> String {
    format!("change {}", commit.get(..10).unwrap_or(commit))
}

/// The mail addresses of `Co-authored-by: Name <mail>` lines.
fn co_authors(message: &str) -> impl Iterator<Item = &str> {
    message.lines().filter_map(|line| {
        let (label, rest) = line.split_once(':')?;
        if !label.trim().eq_ignore_ascii_case("co-authored-by") {
            return None;
        }
        rest.rsplit_once('<')?.1.split_once('>').map(|(mail, _)| mail)
    })
}

/// Why somebody may not approve, if so.
pub fn refusal(
    facts: &Facts,
    hotfix: &Hotfix,
    policy: &Policy,
    person: &PersonId,
) -> Option<(AnswerState, Error)> {
    facts.person(person);
    refused(facts, hotfix, policy, &authors(facts, hotfix), person)
}

fn refused(
    facts: &Facts,
    hotfix: &Hotfix,
    policy: &Policy,
    authors: &[Author],
    person: &PersonId,
) -> Option<(AnswerState, Error)> {
    let name = facts.name_of(person);
    if !policy.authors_may_approve
        && let Some(author) = authors.iter().find(|one| &one.person == person)
    {
        let claim = if author.claimed { ", by git’s claim" } else { "" };
        let message =
            format!("{name} is an author of {}: {}{claim}.", hotfix.key, author.wrote.join(", "));
        let hint = "Ask somebody who did not write the change, the solution or the package.";
        return Some((AnswerState::Author, Error::denied(message).hint(hint)));
    }
    let counted = counted_roles(policy);
    let known = facts.roles_of(person);
    if counted.iter().any(|role| known.contains(role)) {
        return None;
    }
    let message = format!("{name} has none of the roles that may approve.");
    let hint = format!("The policy “{}” wants: {}.", policy.name, roles(&counted));
    Some((AnswerState::NoRole, Error::denied(message).hint(hint)))
}

/// The roles whose approvals count.
fn counted_roles(policy: &Policy) -> Vec<Role> {
    let mut all = policy.approver_roles.clone();
    all.extend(policy.each_role.iter().copied());
    all.sort_unstable();
    all.dedup();
    all
}

/// How many people have to approve.
fn wanted(policy: &Policy) -> usize {
    (policy.approvals as usize).max(policy.each_role.len())
}

/// How approval of the current revision stands for an environment, at this moment.
pub fn approvals(facts: &Facts, hotfix: &Hotfix, environment: &str) -> Judge<Approvals> {
    let policy = super::change::policy(facts, hotfix, environment);
    let current = hotfix.current().map(|built| &built.package.hash);
    let authors = authors(facts, hotfix);
    let refused = |person: &PersonId| refused(facts, hotfix, &policy, &authors, person);
    let answers: Vec<Answer> = hotfix
        .approvals
        .iter()
        .enumerate()
        .filter(|(_, one)| one.environment == environment)
        .map(|(index, one)| {
            // Whose answer it is matters; the roles of all others do not.
            facts.person(&one.by);
            let (how, why) = standing(facts, hotfix, index, one, &refused);
            Answer {
                by: one.by.clone(),
                approved: one.expires_at.is_some(),
                state: how,
                why,
                hash: one.hash.clone(),
                revision: hotfix.package(&one.hash).map(|built| built.package.revision),
                at: one.at,
                expires_at: one.expires_at,
                note: one.note.clone(),
            }
        })
        .collect();
    let yes: Vec<&Answer> =
        answers.iter().filter(|one| one.state == AnswerState::Standing).collect();
    let no = answers.iter().rfind(|one| one.state == AnswerState::Declined);
    let wanted = wanted(&policy);
    let people = |from: &[&Answer]| -> Vec<Vec<Role>> {
        from.iter().map(|one| facts.roles_of(&one.by).to_vec()).collect()
    };
    let lacking = unfilled(&policy.each_role, &people(&yes));
    let enough = yes.len() >= wanted && lacking.is_empty();
    let may: Vec<PersonId> = facts
        .people()
        .map(|person| person.id.clone())
        .filter(|person| refused(person).is_none())
        .collect();
    let complete = enough && no.is_none();
    let asked = hotfix
        .approval_requests
        .iter()
        .filter(|one| one.environment == environment)
        .map(|one| {
            let void = Some(&one.hash) != current;
            let candidates = if one.people.is_empty() { &may } else { &one.people };
            let waits_for = candidates.iter().filter(|person| {
                !answers.iter().any(|answer| {
                    &answer.by == *person
                        && matches!(answer.state, AnswerState::Standing | AnswerState::Declined)
                })
            });
            let still = !void && !enough && hotfix.is_open();
            Asked {
                by: one.by.clone(),
                at: one.at,
                note: one.note.clone(),
                revision: hotfix.package(&one.hash).map(|built| built.package.revision),
                people: one.people.clone(),
                waits_for: if still { waits_for.cloned().collect() } else { Vec::new() },
                void,
            }
        })
        .collect();
    let mut ends: Vec<Instant> = yes.iter().filter_map(|one| one.expires_at).collect();
    ends.sort_unstable();
    let until = ends.into_iter().find(|end| {
        let left: Vec<&Answer> =
            yes.iter().filter(|one| one.expires_at.is_some_and(|at| at > *end)).copied().collect();
        left.len() < wanted || !unfilled(&policy.each_role, &people(&left)).is_empty()
    });
    let broken = hotfix.overrides.iter().rfind(|one| {
        one.blocker == MISSING
            && one.environment.as_deref() == Some(environment)
            && one.hash.as_ref() == current
    });
    Ok(Approvals {
        environment: environment.to_owned(),
        policy: policy.name.clone(),
        wanted: wanted as u32,
        wants: wants(&policy),
        given: yes.len() as u32,
        enough,
        complete,
        until: until.filter(|_| complete),
        missing: missing(facts, &policy, &answers, yes.len(), &lacking, no),
        may_break: facts
            .people()
            .filter(|one| policy.override_roles.iter().any(|role| one.roles.contains(role)))
            .map(|one| one.id.clone())
            .collect(),
        hard: policy.hard.iter().any(|code| code == MISSING),
        broken: broken.map(|one| Broken {
            seq: one.seq,
            by: one.by.clone(),
            at: one.at,
            reason: one.reason.clone(),
            reviewed_by: one.reviewed_by.clone(),
        }),
        since: since(hotfix, environment),
        hours: policy.approval_hours,
        authors_may: policy.authors_may_approve,
        roles: counted_roles(&policy),
        each_role: policy.each_role,
        answers,
        asked,
        may,
    })
}

/// How one answer stands, and why it does not count.
fn standing(
    facts: &Facts,
    hotfix: &Hotfix,
    index: usize,
    one: &Approval,
    refused: &dyn Fn(&PersonId) -> Option<(AnswerState, Error)>,
) -> (AnswerState, String) {
    let name = || facts.name_of(&one.by);
    let current = hotfix.current().map(|built| &built.package);
    if current.map(|package| &package.hash) != Some(&one.hash) {
        let now = current.map_or_else(
            || "there is no package".into(),
            |package| format!("the package is r{} by now", package.revision),
        );
        let was = hotfix.package(&one.hash).map_or_else(
            || format!("for {}", one.hash.short()),
            |built| format!("for r{}", built.package.revision),
        );
        return (AnswerState::Void, format!("It was {was}; {now}."));
    }
    if one.withdrawn_at.is_some() {
        let why = one.withdrawn_why.trim();
        return (
            AnswerState::Withdrawn,
            match why {
                "" => format!("{} took it back.", name()),
                why => format!("{} took it back: {why}", name()),
            },
        );
    }
    let again = hotfix.approvals.iter().skip(index + 1).any(|later| {
        later.by == one.by && later.environment == one.environment && later.hash == one.hash
    });
    if again {
        return (AnswerState::Replaced, format!("{} answered again.", name()));
    }
    let Some(end) = one.expires_at else { return (AnswerState::Declined, String::new()) };
    if end <= facts.at {
        return (AnswerState::Expired, "It has expired.".into());
    }
    match refused(&one.by) {
        Some((how, error)) => (how, error.message),
        None => (AnswerState::Standing, String::new()),
    }
}

/// The roles for which there is nobody, when each person fills one at most (Kuhn's matching).
fn unfilled(wanted: &[Role], people: &[Vec<Role>]) -> Vec<Role> {
    fn find(
        role: usize,
        wanted: &[Role],
        people: &[Vec<Role>],
        filled: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for (person, has) in people.iter().enumerate() {
            if seen[person] || !has.contains(&wanted[role]) {
                continue;
            }
            seen[person] = true;
            let moved = match filled[person] {
                None => true,
                Some(other) => find(other, wanted, people, filled, seen),
            };
            if moved {
                filled[person] = Some(role);
                return true;
            }
        }
        false
    }
    let mut filled = vec![None; people.len()];
    (0..wanted.len())
        .filter(|role| {
            let mut seen = vec![false; people.len()];
            !find(*role, wanted, people, &mut filled, &mut seen)
        })
        .map(|role| wanted[role])
        .collect()
}

fn wants(policy: &Policy) -> String {
    let wanted = wanted(policy);
    if wanted == 0 {
        return "No approval is wanted.".into();
    }
    let each = match policy.each_role.as_slice() {
        [] => String::new(),
        some => format!(", one each by: {}", roles(some)),
    };
    let by = if policy.approver_roles.is_empty() || policy.each_role.len() == wanted {
        String::new()
    } else {
        format!(" by {}", either(&counted_roles(policy)))
    };
    let authors = if policy.authors_may_approve { "authors may" } else { "none by an author" };
    format!(
        "{}{by}{each}; {authors}; each holds for {} h.",
        super::count(wanted, "approval"),
        policy.approval_hours
    )
}

/// "owner, release manager or approver".
pub(super) fn either(some: &[Role]) -> String {
    match some.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} or {}", roles(rest), roles(std::slice::from_ref(last)))
        }
        _ => roles(some),
    }
}

fn missing(
    facts: &Facts,
    policy: &Policy,
    answers: &[Answer],
    given: usize,
    lacking: &[Role],
    no: Option<&Answer>,
) -> String {
    let wanted = wanted(policy);
    let mut said = Vec::new();
    if let Some(no) = no {
        said.push(format!("{} declined.", facts.name_of(&no.by)));
    }
    if given < wanted || !lacking.is_empty() {
        said.push(format!("{given} of {} given.", super::count(wanted, "approval")));
        if !lacking.is_empty() {
            said.push(format!("One is wanted by: {}.", roles(lacking)));
        }
        let of = |wanted| answers.iter().filter(|one| one.state == wanted).count();
        let expired = of(AnswerState::Expired);
        if expired > 0 {
            said.push(format!("{expired} expired."));
        }
        let counts = [of(AnswerState::Author), of(AnswerState::NoRole)];
        if counts[0] > 0 {
            said.push("An author’s does not count.".into());
        }
        if counts[1] > 0 {
            said.push("One by somebody without the role does not count.".into());
        }
        if given == 0 && of(AnswerState::Void) > 0 {
            said.push("Those for an earlier revision are void.".into());
        }
    }
    said.join(" ")
}

/// The files that differ from the last revision that somebody approved for this environment.
fn since(hotfix: &Hotfix, environment: &str) -> Option<Since> {
    let current = &hotfix.current()?.package;
    let before = hotfix
        .approvals
        .iter()
        .rev()
        .filter(|one| one.environment == environment && one.expires_at.is_some())
        .find_map(|one| {
            hotfix.package(&one.hash).filter(|built| built.package.hash != current.hash)
        })?;
    let old: std::collections::BTreeMap<&str, &PackagedFile> =
        before.package.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let new: std::collections::BTreeMap<&str, &PackagedFile> =
        current.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut files: Vec<ChangedSince> = Vec::new();
    let mut add = |path: &str, change| files.push(ChangedSince { path: path.to_owned(), change });
    for (path, file) in &new {
        match old.get(path) {
            None => add(path, FileChange::Added),
            Some(was)
                if was.sha256 != file.sha256 || was.mode != file.mode || was.role != file.role =>
            {
                add(path, FileChange::Changed);
            }
            Some(_) => {}
        }
    }
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        add(path, FileChange::Removed);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let total = files.len() as u64;
    files.truncate(MOST_FILES);
    Some(Since { revision: before.package.revision, files, total })
}
