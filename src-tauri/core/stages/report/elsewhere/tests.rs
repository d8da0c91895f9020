//! Rules of taking in, each against a small world that remembers what was decided.

use super::*;
use crate::{
    error::Result,
    model::{Folded, Meta, Stop, catalog::Catalog},
};
use std::{collections::BTreeMap, sync::Arc};

/// What happened so far, by stream.
#[derive(Default)]
struct World {
    streams: BTreeMap<String, (u64, Folded)>,
}

impl World {
    fn state(&self) -> State {
        State::new(Arc::new(Catalog::default()), BTreeMap::new())
    }

    fn take(&mut self, request: &TakeIn) -> Became {
        self.run(request).unwrap().became
    }

    fn run<C: Command>(&mut self, request: &C) -> Result<C::Answer> {
        let at = Instant::from_micros(1_000_000);
        let by = Actor { person: "engine".into(), device: "test".into(), at };
        let mut state = self.state();
        let decided = loop {
            match request.decide(&state, &by) {
                Ok(decided) => break decided,
                Err(Stop::Refuse(error)) => return Err(error),
                Err(Stop::Need(name)) => {
                    let folded = self.streams.get(&name).map(|(_, folded)| folded.clone());
                    state.load(name.clone(), folded.unwrap_or_else(|| Folded::empty(&name)));
                }
                Err(Stop::NeedNumber(prefix)) => {
                    let issues = self.streams.keys().filter(|name| name.starts_with("ISS-"));
                    state.load_number(prefix, 1 + issues.count() as u64);
                }
                Err(other) => panic!("{other:?}"),
            }
        };
        for (name, event) in &decided.events {
            let (version, folded) =
                self.streams.entry(name.clone()).or_insert_with(|| (0, Folded::empty(name)));
            *version += 1;
            let meta = Meta {
                stream: name.clone(),
                seq: 1,
                version: *version,
                actor: by.person.clone(),
                at,
                occurred_at: at,
            };
            folded.apply(event, &meta);
        }
        Ok(decided.answer)
    }

    fn issue(&self, key: &str) -> &crate::model::issue::Issue {
        match &self.streams[key].1 {
            Folded::Issue(issue) => issue,
            other => panic!("{other:?}"),
        }
    }

    fn issues(&self) -> usize {
        self.streams.keys().filter(|name| name.starts_with("ISS-")).count()
    }
}

fn thing(id: &str, seen: Seen) -> TakeIn {
    let origin = Origin { source: "alertmanager:prod".into(), id: id.into(), url: String::new() };
    let text = ReportText { title: id.into(), ..ReportText::default() };
    let report = LogIssue { text, origin: Some(origin), ..LogIssue::default() };
    TakeIn { report, seen, ..TakeIn::default() }
}

fn now(marks: impl IntoIterator<Item = u32>) -> Seen {
    Seen::Now { marks: marks.into_iter().map(|n| n.to_string()).collect(), last_at: None }
}

#[test]
fn a_storm_is_one_issue_with_a_count_and_telling_it_again_changes_nothing() {
    let mut world = World::default();
    let storm = thing("Slow", now(0..10_000));
    assert_eq!(world.take(&storm), Became::Issue);
    for _ in 0..3 {
        assert_eq!(world.take(&storm), Became::Known);
    }
    assert_eq!((world.issues(), world.issue("ISS-1").seen_again), (1, 9_999));
    // Some end, others begin: only those are new.
    assert_eq!(world.take(&thing("Slow", now(5_000..10_500))), Became::Count);
    assert_eq!(world.issue("ISS-1").seen_again, 10_499);
    // What ended and comes back has happened again.
    assert_eq!(world.take(&thing("Slow", now(4_999..10_500))), Became::Count);
    assert_eq!(world.issue("ISS-1").seen_again, 10_500);
}

#[test]
fn what_is_over_is_noted_once_and_when_it_comes_back_a_closed_issue_opens() {
    let mut world = World::default();
    world.take(&thing("Down", now([1, 2])));
    assert_eq!(world.take(&thing("Down", now([]))), Became::Note);
    assert_eq!(world.take(&thing("Down", now([]))), Became::Known);
    let issue = world.issue("ISS-1");
    assert!(issue.comments[0].internal && issue.comments[0].text.contains("over"));
    assert_eq!(issue.comments.len(), 1);
    let closed = Event::IssueClosed { private: Note::default() };
    apply(&mut world, "ISS-1", &closed);
    assert_eq!(world.take(&thing("Down", now([3]))), Became::Count);
    assert_ne!(world.issue("ISS-1").state, IssueState::Closed);
}

fn apply(world: &mut World, name: &str, event: &Event) {
    let at = Instant::from_micros(2_000_000);
    let (version, folded) = world.streams.get_mut(name).unwrap();
    *version += 1;
    let meta = Meta {
        stream: name.into(),
        seq: 1,
        version: *version,
        actor: "lena".into(),
        at,
        occurred_at: at,
    };
    folded.apply(event, &meta);
}

#[test]
fn what_the_source_counts_is_counted_by_the_difference() {
    let mut world = World::default();
    let total = |times| thing("7", Seen::Total { times, last_at: None });
    assert_eq!(world.take(&total(10)), Became::Issue);
    assert_eq!(world.take(&total(10)), Became::Known);
    assert_eq!(world.take(&total(10_000)), Became::Count);
    // An older page that is read again takes nothing back.
    assert_eq!(world.take(&total(12)), Became::Known);
    assert_eq!(world.issue("ISS-1").seen_again, 9_999);
}

#[test]
fn closed_there_is_noted_and_never_logged_and_so_is_opened_again() {
    let mut world = World::default();
    let closed = TakeIn { over: Some("Closed on GitHub.".into()), ..thing("12", Seen::Once) };
    assert_eq!(world.take(&closed), Became::Nothing);
    assert_eq!(world.take(&thing("12", Seen::Once)), Became::Issue);
    assert_eq!(world.take(&closed), Became::Note);
    assert_eq!(world.take(&closed), Became::Known);
    assert_eq!(world.take(&thing("12", Seen::Once)), Became::Note);
    assert_eq!(world.take(&thing("12", Seen::Once)), Became::Known);
    let texts: Vec<_> = world.issue("ISS-1").comments.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["Closed on GitHub.", "It was opened again where it came from."]);
}

#[test]
fn what_is_silenced_or_too_old_is_no_issue_until_it_is_news() {
    let mut world = World::default();
    let silenced = TakeIn { passed_over: true, ..thing("Slow", now([1])) };
    assert_eq!(world.take(&silenced), Became::Nothing);
    assert_eq!(world.take(&thing("Slow", now([1]))), Became::Issue);
}

fn mail(id: &str, answers: &[&str]) -> TakeIn {
    let mut mail = thing(id, Seen::Once);
    mail.report.text.description = format!("{id} says");
    mail.report.text.reporter = Contact { name: "Ada".into(), reach: "ada@example.org".into() };
    mail.answers = answers.iter().map(|id| (*id).to_owned()).collect();
    mail
}

#[test]
fn a_mail_that_answers_a_known_thread_is_a_comment_of_its_reporter() {
    let mut world = World::default();
    assert_eq!(world.take(&mail("one", &[])), Became::Issue);
    let reply = TakeIn { quoted: "> one says".into(), ..mail("two", &["unknown", "one"]) };
    assert_eq!(world.take(&reply), Became::Comment);
    assert_eq!(world.take(&reply), Became::Known);
    // An answer to the answer belongs there too.
    assert_eq!(world.take(&mail("three", &["two"])), Became::Comment);
    let issue = world.issue("ISS-1");
    assert_eq!((world.issues(), issue.comments.len()), (1, 2));
    let comment = &issue.comments[0];
    assert_eq!(comment.from.as_ref().unwrap().name, "Ada");
    assert_eq!((comment.text.as_str(), comment.quoted.as_str()), ("two says", "> one says"));
    assert_eq!(issue.responded_at, None, "a reporter's mail is no answer of ours");
}

#[test]
fn a_machines_answer_is_a_note_and_wakes_nobody() {
    let mut world = World::default();
    world.take(&mail("one", &[]));
    apply(&mut world, "ISS-1", &Event::IssueClosed { private: Note::default() });
    let away = TakeIn { automatic: true, ..mail("away", &["one"]) };
    assert_eq!(world.take(&away), Became::Comment);
    let issue = world.issue("ISS-1");
    assert!(issue.comments[0].internal && issue.state == IssueState::Closed);
    assert_eq!(world.take(&mail("two", &["one"])), Became::Comment);
    assert_eq!(world.issue("ISS-1").state, IssueState::New, "a person's answer opens it");
}

#[test]
fn an_answer_to_what_nobody_knows_is_an_issue_with_all_it_quotes() {
    let mut world = World::default();
    let reply = TakeIn { quoted: "> before".into(), ..mail("two", &["one"]) };
    assert_eq!(world.take(&reply), Became::Issue);
    assert_eq!(world.issue("ISS-1").text.description, "two says\n\n> before");
}

#[test]
fn a_product_that_is_gone_does_not_lose_the_report() {
    let mut world = World::default();
    let mut report = thing("12", Seen::Once);
    report.report.product = Some("retired".into());
    assert_eq!(world.take(&report), Became::Issue);
    assert_eq!(world.issue("ISS-1").product, None);
}
