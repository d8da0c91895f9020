//! What follows a fix in the sample: messages with every attempt, probes with their samples, a
//! breach that was looked into and one that is open, people to call back, questions and feedback.

use super::Maker;
use crate::{
    clock::Instant,
    desk::breach::ActOnBreach,
    error::Result,
    event::{PublicText, words::*},
    stages::{announce, monitor, report},
    store::{operational::Attempt, telemetry::Sample},
};
use std::time::Duration;

const MINUTE: u64 = 60;
/// How often the sample's probes ask. Nothing answers where they point to, and a reader of the
/// sample should have hours before that becomes a breach of its own.
const EVERY: u32 = 3600;

/// The probes of an environment.
pub(super) fn probes(product: &str, production: bool) -> Vec<ProbeSpec> {
    let probe = |id: &str, name: &str, text: &str, most: u32| ProbeSpec {
        id: id.into(),
        name: name.into(),
        url: format!("http://127.0.0.1:9/{product}/{id}"),
        expect_text: text.into(),
        max_millis: Some(most),
        every_seconds: EVERY,
        retry_seconds: EVERY,
        ..ProbeSpec::default()
    };
    let mut probes = vec![probe("front", "Front page", "", 500)];
    if production {
        probes.push(probe("orders", "An order can be paid", "paid", 800));
    }
    probes
}

/// Writes to people as the template says, and lets it leave.
pub(super) fn tell(maker: &Maker, key: &HotfixKey, purpose: Purpose) -> Result<()> {
    let message = write(maker, key, purpose, MessageChannel::Clipboard)?;
    maker.pass(1);
    let at = maker.desk.now();
    let sent =
        Attempt { attempt: 1, at, outcome: "sent".into(), detail: String::new(), next_at: None };
    maker.desk.store().record_attempt(&message.0, &sent)?;
    end(maker, message, 1, "")
}

fn write(
    maker: &Maker,
    key: &HotfixKey,
    purpose: Purpose,
    channel: MessageChannel,
) -> Result<MessageKey> {
    let audience = Some(CatalogId::from("affected"));
    let ask = announce::PreviewMessage {
        hotfix: key.clone(),
        purpose,
        audience: audience.clone(),
        template: None,
        deployment: None,
        channel: Some(channel),
    };
    let text = maker.desk.as_person(&"rita".into()).judge(|state, by| ask.judge(state, by))?;
    let send = announce::SendMessage {
        hotfix: key.clone(),
        purpose,
        channel,
        messenger: None,
        audience,
        subject: text.subject,
        body: text.body,
        notice: None,
        now: false,
    };
    Ok(MessageKey(maker.by("rita", &send)?.key))
}

fn end(maker: &Maker, key: MessageKey, attempt: u32, error: &str) -> Result<()> {
    let end = announce::EndMessage::failed(key, attempt, error);
    maker.desk.as_engine(None).command(&end).map(drop)
}

/// What people outside are told, in words of their own.
pub(super) fn public_words(maker: &Maker, key: &HotfixKey, what: &str) -> Result<()> {
    let text = PublicText { what: what.into(), ..PublicText::default() };
    let write =
        announce::WritePublicWords { key: key.clone(), text, answers: Vec::new(), base: None };
    maker.by("sam", &write).map(drop)
}

/// A word in between that was thought better of.
pub(super) fn taken_back(maker: &Maker, key: &HotfixKey) -> Result<()> {
    let message = write(maker, key, Purpose::Delayed, MessageChannel::Clipboard)?;
    maker.by("rita", &announce::CancelMessage { key: message }).map(drop)
}

/// A notice for which the desktop has no place, and when it was written.
pub(super) fn undelivered(maker: &Maker, key: &HotfixKey) -> Result<(MessageKey, Instant)> {
    let message = write(maker, key, Purpose::Feedback, MessageChannel::Desktop)?;
    Ok((message, maker.desk.now()))
}

/// Every attempt at it, the last of which was one too many.
pub(super) fn given_up(maker: &Maker, message: MessageKey, written: Instant) -> Result<()> {
    const WHY: &str =
        "This desktop shows no notifications (no such service). Is a notification service running?";
    let pauses = [1, 5, 30, 120, 300];
    let mut at = written;
    for index in 0..=pauses.len() {
        let next = pauses.get(index).map(|minutes| at.plus(Duration::from_secs(minutes * MINUTE)));
        let attempt = index as u32 + 1;
        let made =
            Attempt { attempt, at, outcome: "failed".into(), detail: WHY.into(), next_at: next };
        maker.desk.store().record_attempt(&message.0, &made)?;
        at = next.unwrap_or(at);
    }
    end(maker, message, pauses.len() as u32 + 1, WHY)
}

/// Two more callers with the same trouble, one of them by telephone.
pub(super) fn callers(maker: &Maker, issue: &IssueKey) -> Result<()> {
    for (name, reach, channel, said) in [
        (
            "Greta Lindqvist",
            "+49 30 5550417",
            Channel::Phone,
            "Third time this week. Please call me when it works, I do not read mails.",
        ),
        (
            "Tomás Ferreira",
            "tomas@customer.example",
            Channel::Mail,
            "Same for all of our branches.",
        ),
    ] {
        let add = report::AddPerson {
            key: issue.clone(),
            contact: Contact { name: name.into(), reach: reach.into() },
            channel,
            affected: 3,
            said: said.into(),
        };
        maker.by("noor", &add)?;
    }
    Ok(())
}

/// A breach of the second day, looked into and closed.
pub(super) fn looked_into(maker: &Maker, key: &HotfixKey) -> Result<()> {
    maker.pass(90);
    let open = monitor::OpenBreach {
        key: key.clone(),
        probe: "orders".into(),
        environment: "production".into(),
        detail: "1,412 ms, 800 at most".into(),
    };
    maker.desk.as_engine(None).command(&ActOnBreach(open))?;
    maker.pass(35);
    let close = monitor::CloseBreach {
        key: key.clone(),
        breach: "orders-1".into(),
        finding: "The nightly export ran late and held the orders table. Not ours; moved to 02:00."
            .into(),
    };
    maker.by("rita", &close).map(drop)
}

/// What happened since, up to now, on a hot fix that is still being watched.
pub(super) fn until_now(
    maker: &mut Maker,
    key: &HotfixKey,
    now: Instant,
    burns: bool,
) -> Result<()> {
    let (product, deployed) = maker.desk.as_person(&"rita".into()).judge(|state, _| {
        let hotfix = state.hotfix(key)?;
        let product = state.product(&hotfix.product)?;
        let deployed = match product.environments.iter().rfind(|one| one.production) {
            Some(production) => state.deployed(hotfix, &production.id)?,
            None => None,
        };
        Ok((product.id.0.clone(), deployed.map(|(_, at)| at)))
    })?;
    samples(maker, key, &product, (deployed.unwrap_or(now), now), burns)?;
    maker.by(
        "rita",
        &monitor::ExtendMonitoring {
            key: key.clone(),
            until: now.plus(Duration::from_secs(if burns { 26 } else { 118 } * 3600)),
            reason: "Watched until the month’s billing run has passed.".into(),
        },
    )?;
    for (by, name, text, answer) in [
        (
            "sam",
            "Ann Petrov",
            "Do customers have to sign in again?",
            "No, the next page they open is the new one.",
        ),
        (
            "noor",
            "Omar Farouk",
            "Are the orders of yesterday lost?",
            "No: they were never created, nobody was charged.",
        ),
        ("sam", "Lena Okafor", "Does it help who is still on the old app?", ""),
    ] {
        let from = Contact { name: name.into(), reach: String::new() };
        let (key, text, answer) = (key.clone(), text.into(), answer.into());
        maker.by(by, &monitor::NoteSupport { key, text, answer, from })?;
    }
    for (score, name, text) in [
        (5, "Ann Petrov", "Worked at once after your message."),
        (3, "Omar Farouk", "Fine now, but I called four times before anybody knew about it."),
    ] {
        let from = Contact { name: name.into(), reach: String::new() };
        let said = monitor::RecordFeedback { key: key.clone(), score, from, text: text.into() };
        maker.by("sam", &said)?;
    }
    if burns {
        let open = monitor::OpenBreach {
            key: key.clone(),
            probe: "orders".into(),
            environment: "production".into(),
            detail: "1,274 ms, 800 at most".into(),
        };
        maker.desk.as_engine(None).command(&ActOnBreach(open))?;
    }
    Ok(())
}

/// An hour a sample: failing before the fix, well after it, and (if it burns) slow again lately.
fn samples(
    maker: &mut Maker,
    key: &HotfixKey,
    product: &str,
    (deployed, now): (Instant, Instant),
    burns: bool,
) -> Result<()> {
    let hour = Duration::from_secs(EVERY.into());
    let start = deployed.minus(hour * 72);
    let production = probes(product, true).into_iter().map(|spec| ("production", spec));
    let staging = probes(product, false).into_iter().map(|spec| ("staging", spec));
    for (environment, spec) in production.chain(staging) {
        let orders = spec.id == "orders";
        let mut all = Vec::new();
        let mut at = start;
        while at < now {
            let after = at >= deployed;
            let late = burns && orders && now.since(at) < hour * 4;
            let usual = if orders { 240 } else { 90 };
            let wobble = maker.dice.below(usual / 2);
            let slow = if maker.dice.below(24) == 0 { usual } else { 0 };
            let millis = match (after, late) {
                (_, true) => 1100 + wobble,
                (false, _) if orders => 420 + wobble * 2,
                _ => usual + wobble + slow,
            };
            let broken = !after && orders && maker.dice.below(4) != 0;
            let (result, detail) = if broken {
                ("failure", "500, 200 expected".to_owned())
            } else if late {
                ("failure", format!("{millis} ms, 800 at most"))
            } else {
                ("success", format!("200 in {millis} ms"))
            };
            all.push(Sample { at, result: result.into(), value: Some(millis as f64), detail });
            at = at.plus(hour);
        }
        maker.desk.store().add_samples(&format!("{key}/{environment}"), &spec.id, &all)?;
    }
    Ok(())
}
