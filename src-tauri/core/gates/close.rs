//! Monitoring → Closed: the period over without a breach, people told, the fix on every branch.

use super::{Gate, Ledger, Missing, Ship, count, names, owner, when, words};
use crate::{
    event::words::*,
    model::{Judge, facts::Facts, hotfix::Hotfix},
};

/// Every reason why a hot fix may not be closed now.
pub fn close(facts: &Facts, hotfix: &Hotfix) -> Judge<Ship> {
    let product = facts.product(&hotfix.product)?;
    let environment = product.environments.last().map_or("", |last| last.id.as_str());
    let policy = facts.policy(&product.id, environment, hotfix.priority);
    let mut ledger = Ledger::new(hotfix, &policy, Gate::Close, None);
    let missing = |section, message: String, remedy: &str| {
        Missing::new(section, message, remedy).who(owner(hotfix))
    };
    let until = hotfix.monitoring.as_ref().map(|monitoring| monitoring.until);
    ledger.want(
        "still_monitoring",
        when(
            until.is_some_and(|until| until <= facts.at),
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
    let asked: Vec<_> = hotfix.doubts.iter().filter(|one| one.settled_at.is_none()).collect();
    ledger.want(
        "doubt_open",
        when(
            asked.is_empty(),
            "Every probe says yes or no.",
            missing(
                "monitor",
                format!(
                    "Neither well nor over its limit: {}.",
                    names(asked.iter().map(|one| one.probe.as_str()))
                ),
                "Look at it, and say whether it is well or a breach.",
            ),
        ),
    );
    let mut back = Vec::new();
    for key in &hotfix.recurrences {
        if facts.issue(key)?.is_open() {
            back.push(key.0.as_str());
        }
    }
    ledger.want(
        "recurred",
        when(
            back.is_empty(),
            match hotfix.recurrences.len() {
                0 => "It has not come back.",
                _ => "What came back is mended.",
            },
            missing(
                "monitor",
                format!("It came back: {}.", names(back.iter().copied())),
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
        let issue = facts.issue(key)?;
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
    let reviews = hotfix.overrides.iter().filter(|one| one.reviewed_at.is_none());
    let reviews: Vec<String> = reviews.map(|one| words::called(&one.blocker)).collect();
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
                    names(reviews.iter().map(String::as_str))
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
/// bring the fault back where it is not. What was read before the last change says nothing of now.
fn branches(ledger: &mut Ledger, product: &Product, hotfix: &Hotfix) {
    let Some(last) = hotfix.changes.iter().map(|recorded| recorded.at).max() else { return };
    if product.branches.is_empty() {
        return;
    }
    let (mut unread, mut absent) = (Vec::new(), Vec::new());
    for recorded in &hotfix.changes {
        let commit = &recorded.change.commit;
        let commit = commit.get(..10).unwrap_or(commit);
        match recorded.looked_at {
            None => unread.push(format!("{commit} was looked for on none")),
            Some(looked_at) if looked_at < last => {
                unread.push(format!("{commit} was looked for before the last change"));
            }
            Some(_) => {}
        }
        for branch in &product.branches {
            let Some(one) = recorded.change.branches.iter().find(|one| &one.branch == branch)
            else {
                if recorded.looked_at.is_some() {
                    unread.push(format!("{commit} was not looked for on {branch}"));
                }
                continue;
            };
            if one.is_there() {
                continue;
            }
            let how = match one.presence {
                Presence::Missing => "missing",
                _ => "uncertain",
            };
            absent.push(match (one.presence, one.doubt) {
                (Presence::Missing, None) => format!("{commit} is missing on {branch}"),
                _ => {
                    let why = one.sentence();
                    format!("{commit} is {how} on {branch} ({})", why.trim_end_matches('.'))
                }
            });
        }
    }
    let read = when(
        unread.is_empty(),
        "The living branches were read after the last change.",
        Missing::new(
            "develop",
            format!(
                "The living branches have not all been read since the last change: {}.",
                names(unread.iter().map(String::as_str))
            ),
            "Look on the branches again.",
        )
        .who(owner(hotfix)),
    );
    ledger.want("branches_unread", read);
    let found = when(
        absent.is_empty(),
        "The fix is missing on no living branch that was read.",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Instant, model::hotfix::RecordedChange};

    const FIRST: &str = "c13c13c13c13c13c13c13c13c13c13c13c13c13c";
    const SECOND: &str = "c14c14c14c14c14c14c14c14c14c14c14c14c14c";

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn on(branch: &str, presence: Presence, doubt: Option<Doubt>) -> BranchPresence {
        BranchPresence {
            branch: branch.into(),
            presence,
            commit: String::new(),
            doubt,
            other: String::new(),
        }
    }

    fn change(
        commit: &str,
        added: i64,
        looked: Option<i64>,
        branches: Vec<BranchPresence>,
    ) -> RecordedChange {
        RecordedChange {
            change: Change {
                commit: commit.into(),
                branch: String::new(),
                authored_at: None,
                files: Vec::new(),
                branches,
            },
            text: ChangeText::default(),
            by: "dana".into(),
            at: at(added),
            looked_at: looked.map(at),
        }
    }

    /// What stands in the way on `main` and `release/2.4`, by code.
    fn blockers(changes: Vec<RecordedChange>) -> Vec<(String, String)> {
        let product: Product = serde_json::from_value(serde_json::json!({
            "id": "shop", "name": "Shop", "branches": ["main", "release/2.4"], "environments": [],
        }))
        .unwrap();
        let hotfix = Hotfix { changes, ..Hotfix::default() };
        let policy = Policy::default();
        let mut ledger = Ledger::new(&hotfix, &policy, Gate::Close, None);
        branches(&mut ledger, &product, &hotfix);
        ledger.ship.blockers.into_iter().map(|one| (one.code, one.message)).collect()
    }

    fn everywhere() -> Vec<BranchPresence> {
        vec![on("main", Presence::Commit, None), on("release/2.4", Presence::PatchId, None)]
    }

    #[test]
    fn a_fix_that_is_missing_on_a_living_branch_keeps_it_open_with_both_names() {
        let missing =
            vec![on("main", Presence::Commit, None), on("release/2.4", Presence::Missing, None)];
        assert_eq!(
            blockers(vec![change(FIRST, 1, Some(1), missing)]),
            [(
                "branch_missing".to_owned(),
                "The fix is not known to be everywhere it must be: c13c13c13c is missing on \
                 release/2.4."
                    .to_owned()
            )]
        );
        let gone = vec![
            on("main", Presence::Uncertain, Some(Doubt::Squashed)),
            on("release/2.4", Presence::Missing, Some(Doubt::NoBranch)),
        ];
        let found = blockers(vec![change(FIRST, 1, Some(1), gone)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.contains("c13c13c13c is uncertain on main (Its lines are there"));
        assert!(found[0].1.contains("c13c13c13c is missing on release/2.4 ("), "{found:?}");
        assert!(blockers(vec![change(FIRST, 1, Some(1), everywhere())]).is_empty());
    }

    #[test]
    fn branches_that_were_never_read_or_before_the_last_change_keep_it_open() {
        let never = blockers(vec![change(FIRST, 1, None, Vec::new())]);
        assert_eq!(
            never,
            [(
                "branches_unread".to_owned(),
                "The living branches have not all been read since the last change: c13c13c13c was \
                 looked for on none."
                    .to_owned()
            )]
        );
        let first = change(FIRST, 1, Some(1), everywhere());
        let stale = blockers(vec![first.clone(), change(SECOND, 5, Some(5), everywhere())]);
        assert_eq!(stale.len(), 1);
        assert!(
            stale[0].1.ends_with("c13c13c13c was looked for before the last change."),
            "{stale:?}"
        );
        let again = RecordedChange { looked_at: Some(at(5)), ..first };
        assert!(blockers(vec![again, change(SECOND, 5, Some(6), everywhere())]).is_empty());
        let one_branch = vec![on("main", Presence::Commit, None)];
        let other = blockers(vec![change(FIRST, 1, Some(1), one_branch)]);
        assert!(other[0].1.ends_with("was not looked for on release/2.4."), "{other:?}");
    }
}
