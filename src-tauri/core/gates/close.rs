//! Monitoring → Closed: the period over without a breach, people told, the fix on every branch.

use super::{Gate, Ledger, Missing, Ship, count, names, owner, when};
use crate::{
    clock::Instant,
    event::words::*,
    model::{Judge, State, hotfix::Hotfix},
};

/// Every reason why a hot fix may not be closed at `now`.
pub fn close(state: &State, hotfix: &Hotfix, now: Instant) -> Judge<Ship> {
    let product = state.product(&hotfix.product)?;
    let environment = product.environments.last().map_or("", |last| last.id.as_str());
    let policy = state.catalog.policy(&product.id, environment, hotfix.priority);
    let mut ledger = Ledger::new(hotfix, &policy, Gate::Close, None);
    let missing = |section, message: String, remedy: &str| {
        Missing::new(section, message, remedy).who(owner(hotfix))
    };
    let until = hotfix.monitoring.as_ref().map(|monitoring| monitoring.until);
    ledger.want(
        "still_monitoring",
        when(
            until.is_some_and(|until| until <= now),
            "The monitoring period has passed.",
            missing(
                "monitor",
                "The monitoring period is not over.".into(),
                "Wait, or end it with a reason.",
            )
            .until(until),
        ),
    );
    let open: Vec<_> = hotfix.breaches.iter().filter(|breach| breach.closed_at.is_none()).collect();
    ledger.want(
        "breach_open",
        when(
            open.is_empty(),
            "No breach is open.",
            missing(
                "monitor",
                format!(
                    "{} open: {}.",
                    count(open.len(), "breach"),
                    names(open.iter().map(|one| one.probe.as_str()))
                ),
                "Find out why, and close it with what you found.",
            ),
        ),
    );
    ledger.want(
        "recurred",
        when(
            hotfix.recurrences.is_empty(),
            "It has not come back.",
            missing(
                "monitor",
                format!(
                    "It came back: {}.",
                    names(hotfix.recurrences.iter().map(|key| key.0.as_str()))
                ),
                "Finish the hot fix for the recurrence first.",
            ),
        ),
    );
    let told =
        hotfix.told.iter().find(|told| matches!(told.purpose, Purpose::Fixed | Purpose::Closed));
    ledger.want(
        "people_untold",
        when(
            told.is_some(),
            "The affected people have been told.",
            missing(
                "announce",
                "The affected people have not been told that it is fixed.".into(),
                "Send “it is fixed”.",
            ),
        ),
    );
    let mut to_call = Vec::new();
    for key in &hotfix.issues {
        let issue = state.issue(key)?;
        for person in &issue.people {
            if person.channel == Channel::Phone
                && !person.called_back
                && !person.contact.reach.contains('@')
            {
                to_call.push(person.contact.name.clone());
            }
        }
    }
    ledger.want(
        "call_backs_open",
        when(
            to_call.is_empty(),
            "Nobody waits for a call.",
            missing(
                "announce",
                format!(
                    "{} to be called back: {}.",
                    people(to_call.len()),
                    names(to_call.iter().map(String::as_str))
                ),
                "Call them and tick it off.",
            ),
        ),
    );
    branches(&mut ledger, product, hotfix);
    ledger.want(
        "feedback_unasked",
        when(
            hotfix.feedback_asked_at.is_some() || !hotfix.feedback.is_empty(),
            "Feedback was asked for.",
            missing(
                "monitor",
                "Nobody has been asked for feedback.".into(),
                "Ask the people who were told.",
            ),
        ),
    );
    let reviews: Vec<_> = hotfix.overrides.iter().filter(|one| one.reviewed_at.is_none()).collect();
    ledger.want(
        "review_open",
        when(
            reviews.is_empty(),
            "No review is open.",
            Missing::new(
                "review",
                format!(
                    "{} of overrides open: {}.",
                    count(reviews.len(), "review"),
                    names(reviews.iter().map(|one| one.blocker.as_str()))
                ),
                "Somebody other than who overrode has to look back at it.",
            )
            .who("release manager"),
        ),
    );
    ledger.want(
        "lessons_missing",
        when(
            !hotfix.lessons.trim().is_empty(),
            "The lessons are written down.",
            missing(
                "close",
                "The report lacks the lessons.".into(),
                "Write down what is to be done differently.",
            ),
        ),
    );
    Ok(ledger.ship)
}

/// Each change on each living branch, by its own commit or by the same patch: the next release would
/// bring the fault back where it is not.
fn branches(ledger: &mut Ledger, product: &Product, hotfix: &Hotfix) {
    if product.branches.is_empty() || hotfix.changes.is_empty() {
        return;
    }
    let mut absent = Vec::new();
    for recorded in &hotfix.changes {
        for branch in &product.branches {
            let looked = recorded.change.branches.iter().find(|one| &one.branch == branch);
            if looked.is_some_and(BranchPresence::is_there) {
                continue;
            }
            let commit = &recorded.change.commit;
            let commit = commit.get(..10).unwrap_or(commit);
            absent.push(match looked {
                None => format!("{commit} was not looked for on {branch}"),
                Some(one) if one.presence == Presence::Missing && one.doubt.is_none() => {
                    format!("{commit} is missing on {branch}")
                }
                Some(one) => {
                    let why = one.sentence();
                    let why = why.trim_end_matches('.');
                    let how = match one.presence {
                        Presence::Missing => "missing",
                        _ => "uncertain",
                    };
                    format!("{commit} is {how} on {branch} ({why})")
                }
            });
        }
    }
    let found = when(
        absent.is_empty(),
        "The fix is on every living branch.",
        Missing::new(
            "develop",
            format!(
                "The fix is not known to be everywhere it must be: {}.",
                names(absent.iter().map(String::as_str))
            ),
            "Merge or cherry-pick it there, then look again: the next release would bring the fault back.",
        )
        .who(owner(hotfix)),
    );
    ledger.want("branch_missing", found);
}

fn people(number: usize) -> String {
    if number == 1 { "1 person".into() } else { format!("{number} people") }
}
