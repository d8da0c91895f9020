//! What was said and seen once it was out: messages, the watch, feedback, lessons; and the record of it all.

use super::super::super::timeline::TimelineEntry;
use super::*;
use crate::model::deployment::Message;

pub fn messages(case: &Case, out: &mut Blocks) {
    out.part(2, "Messages", |out| {
        let mut sent = Table::new(&[
            ("Message", 11),
            ("About", 13),
            ("By", 14),
            ("To", 18),
            ("When", 18),
            ("What came of it", 26),
        ]);
        for one in &case.messages {
            sent.row(message(case, one));
        }
        out.table(sent);
        for one in &case.messages {
            let text = format!("“{}”", one_line(&one.text.subject));
            out.paragraph(vec![strong(format!("{} ", one.key)), plain(text)]);
            out.prose(&one.text.body);
            let refused = one.refused.iter().map(|refusal| {
                let who = one.text.recipients.get(refusal.place as usize);
                let who = who.map_or_else(
                    || "somebody without a name".into(),
                    |recipient| named(&recipient.contact),
                );
                Item::new(format!("Did not reach {who}{}", because(&refusal.why)))
            });
            out.list(refused.collect());
        }
        out.list(call_backs(case));
    });
}

fn message(case: &Case, one: &Message) -> Vec<Spans> {
    let mut by = one.channel.map_or_else(String::new, said);
    if let Some(id) = &one.messenger {
        let name = case.catalog.messenger(id).map_or(id.0.as_str(), |one| one.name.as_str());
        by.push_str(&format!(" ({})", one_line(name)));
    }
    let people = counted(one.text.recipients.len(), "recipient", "recipients");
    let to = match &one.audience {
        Some(audience) => format!("{}, {people}", one_line(&case.catalog.audience_name(audience))),
        None => people,
    };
    let mut came = said(one.state);
    if one.dry_run {
        came.push_str(" (dry run: it did not leave the building)");
    }
    if one.attempts > 1 {
        came.push_str(&format!(", {} attempts", one.attempts));
    }
    if !one.refused.is_empty() {
        came.push_str(&format!(", {} not reached", one.refused.len()));
    }
    came.push_str(&because(&one.error));
    vec![
        one.key.0.as_str().into(),
        one.purpose.map_or_else(String::new, said).into(),
        by.into(),
        to.into(),
        one.ended_at.or(one.queued_at).map_or_else(String::new, time).into(),
        came.into(),
    ]
}

/// Who reported by telephone, and whether somebody called them back.
fn call_backs(case: &Case) -> Vec<Item> {
    let mut all = Vec::new();
    for key in &case.hotfix.issues {
        let Some(issue) = case.issues.get(key) else { continue };
        for one in &issue.people {
            if one.channel == Channel::Phone && !one.contact.reach.contains('@') {
                let done =
                    if one.called_back { "was called back" } else { "has not been called back" };
                all.push(Item::new(format!("{} ({key}) {done}", named(&one.contact))));
            }
        }
    }
    all
}

pub fn monitoring(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    out.part(2, "Monitoring", |out| {
        if let Some(watch) = &hotfix.monitoring {
            out.paragraph(format!(
                "From {} to {} in {}.",
                time(watch.from),
                time(watch.until),
                case.environment(&watch.environment)
            ));
        }
        let extended = case.timeline.iter().filter(|entry| entry.kind == "monitoring_extended");
        out.list(extended.map(|entry| Item::new(happened(entry))).collect());
        probes(case, out);
        let breaches = hotfix.breaches.iter().map(|breach| {
            let place = case.environment(&breach.environment);
            let mut item = Item::new(format!(
                "{} over its limit in {place} on {}{}",
                one_line(&breach.probe),
                time(breach.at),
                because(&breach.detail)
            ));
            match &breach.deed {
                BreachDeed::Notified => {}
                BreachDeed::Reopened { issues, hotfix } => {
                    let issues = join(issues.iter().map(|key| key.0.clone()));
                    let begun = hotfix
                        .as_ref()
                        .map_or_else(String::new, |key| format!(", mended in {key}"));
                    item.under(format!("Opened {issues} again by itself{begun}"));
                }
                BreachDeed::RolledBack { deployment } => {
                    item.under(format!("Rolled {place} back by itself ({deployment})"));
                }
                BreachDeed::Refused { why, .. } => {
                    item.under(format!("Could do nothing by itself{}", because(why)));
                }
            }
            item.under(match (breach.closed_at, &breach.closed_by) {
                (Some(at), Some(by)) => {
                    format!(
                        "Closed {} by {}{}",
                        time(at),
                        case.person(by),
                        because(&breach.resolution)
                    )
                }
                _ => "It is open.".into(),
            });
            item
        });
        out.list(breaches.collect());
        let doubts = hotfix.doubts.iter().map(|doubt| {
            let place = case.environment(&doubt.environment);
            let mut item = Item::new(format!(
                "{} was neither well nor not in {place} on {}{}",
                one_line(&doubt.probe),
                time(doubt.at),
                because(&doubt.detail)
            ));
            item.under(match (doubt.settled_at, &doubt.settled_by) {
                (Some(at), Some(by)) => {
                    let (verdict, by) =
                        (if doubt.breach { "a breach" } else { "well" }, case.person(by));
                    let why = because(&doubt.finding);
                    format!("Said to be {verdict} {} by {by}{why}", time(at))
                }
                _ => "Open".to_owned(),
            });
            item
        });
        out.list(doubts.collect());
        let back = case.timeline.iter().filter(|entry| entry.kind == "recurrence_confirmed");
        out.list(back.map(|entry| Item::new(happened(entry))).collect());
    });
}

/// Each probe with its limit, and what it measured before and after, as far as that is still kept.
fn probes(case: &Case, out: &mut Blocks) {
    let mut measured = Table::new(&[
        ("Probe", 24),
        ("Where", 16),
        ("Limit", 16),
        ("Before: mean, worst", 22),
        ("After: mean, worst", 22),
    ]);
    for probe in &case.watch.probes {
        let unit = match probe.spec.by {
            Measure::Http => " ms",
            Measure::Certificate => " days",
            _ => "",
        };
        let number = |value: f64| format!("{}{unit}", (value * 100.0).round() / 100.0);
        let figures = |stretch: &Option<super::super::super::monitoring::Stretch>| match stretch {
            None => "not measured".to_owned(),
            Some(one) => {
                let value = |value: Option<f64>| value.map_or_else(|| "–".into(), number);
                let (mean, worst) = (value(one.mean), value(one.slowest));
                format!("{mean}, {worst}; {} of {} bad", one.bad, one.count)
            }
        };
        let mut limit =
            probe.limit.map_or_else(String::new, |most| format!("at most {}", number(most)));
        if let Some(least) = probe.spec.at_least {
            limit = join([format!("at least {}", number(least)), limit]);
        }
        if limit.is_empty() {
            limit = match probe.spec.by {
                Measure::Http => format!("answers {}", probe.spec.expect_status),
                _ => "none".to_owned(),
            };
        }
        measured.row(vec![
            one_line(&probe.spec.name).into(),
            case.environment(&probe.environment).into(),
            limit.into(),
            figures(&probe.before).into(),
            figures(&probe.after).into(),
        ]);
    }
    out.table(measured);
}

pub fn feedback(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    out.part(2, "Questions that reached support", |out| {
        let notes = hotfix.support_notes.iter().map(|note| {
            let by = case.person(&note.by);
            let asked = if note.from.name.is_empty() { by } else { named(&note.from) };
            let mut item = Item::new(format!("{}, {asked}: {}", time(note.at), note.text.trim()));
            if let (Some(at), Some(by)) = (note.answered_at, &note.answered_by) {
                let by = case.person(by);
                item.under(format!("Answered {}, {by}: {}", time(at), note.answer.trim()));
            }
            if let Some(at) = note.instructed_at {
                item.under(format!("In the instructions since {}", time(at)));
            }
            item
        });
        out.list(notes.collect());
    });
    out.part(2, "Feedback", |out| {
        if let Some(at) = hotfix.feedback_asked_at {
            out.paragraph(format!("People were asked on {}.", time(at)));
        }
        let all = &hotfix.feedback;
        if !all.is_empty() {
            let sum: u32 = all.iter().map(|one| u32::from(one.score)).sum();
            let mean = f64::from(sum) / all.len() as f64;
            let answers = counted(all.len(), "answer", "answers");
            out.paragraph(format!("Mean: {mean:.1} of 5, from {answers}."));
            let given = SCORES.rev().map(|score| {
                let of = all.iter().filter(|one| one.score == score).count();
                format!("{score} of 5: {of}")
            });
            out.paragraph(given.collect::<Vec<_>>().join(", "));
        }
        let given = all.iter().map(|one| {
            Item::new(format!("{} of 5, {}{}", one.score, named(&one.from), because(&one.text)))
        });
        out.list(given.collect());
    });
}

pub fn lessons(case: &Case, out: &mut Blocks) {
    out.part(2, "Lessons", |out| out.prose(&case.hotfix.lessons));
    out.part(2, "Instructions for the future", |out| {
        if let Some(cause) = &case.hotfix.cause {
            out.labelled("Where it could happen next", &cause.text.next);
        }
        if let Some(public) = &case.hotfix.public {
            out.labelled("What people outside are told", &public.text.what);
            out.labelled("What they have to do", &public.text.instructions);
        }
        for key in &case.hotfix.issues {
            if let Some(issue) = case.issues.get(key) {
                out.labelled(&format!("What callers are told ({key})"), &issue.text.tell_caller);
            }
        }
    });
}

pub fn timeline(case: &Case, out: &mut Blocks) {
    out.heading(2, "Everything that happened");
    out.table(entries(&case.timeline));
    out.paragraph(vec![
        plain(format!("Written from the journal up to record {}, whose hash is ", case.seq)),
        mono(case.hash.as_str()),
        plain("."),
    ]);
}

pub fn later(case: &Case, out: &mut Blocks) {
    let Some(after) = &case.after else { return };
    out.heading(2, "After the close");
    match after.is_empty() {
        true => out.paragraph("Nothing has happened to it since."),
        false => out.table(entries(after)),
    }
}

pub fn entries(all: &[TimelineEntry]) -> Table {
    let mut table = Table::new(&[("When", 27), ("Who", 18), ("What", 55)]);
    for entry in all {
        let about = match entry.stream.starts_with("ISS-") {
            true => format!("{}: ", entry.stream),
            false => String::new(),
        };
        table.row(vec![
            time(entry.at).into(),
            one_line(&entry.actor_name).into(),
            format!("{about}{}{}", one_line(&entry.text), because(&noted(entry))).into(),
        ]);
    }
    table
}

/// What was typed with it, where no chapter says it: of long texts the chapter has them.
fn noted(entry: &TimelineEntry) -> String {
    let own = matches!(
        entry.kind.as_str(),
        "review_done"
            | "returned_to_development"
            | "hotfix_closed"
            | "hotfix_cancelled"
            | "validation_failed"
            | "deployment_failed"
            | "issue_reopened"
            | "recurrence_confirmed"
            | "message_failed"
    );
    if own { one_line(&entry.note) } else { String::new() }
}

fn happened(entry: &TimelineEntry) -> String {
    let who = one_line(&entry.actor_name);
    format!("{}: {who} {}{}", time(entry.at), entry.text, because(&entry.note))
}
