//! Messages that are due. The row is in the journal; attempts are operational state, so a rebuild
//! sends nothing twice. Delivery is at least once.

mod next;
#[cfg(test)]
mod tests;

use super::{Busy, Engine, rhythm};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Refusal, words::*},
    integrations::message::{Outgoing, Recipient, SendError, Told},
    model::deployment::Message,
    stages::announce::EndMessage,
    store::operational::{Attempt, Delivery, attempts, deliveries},
};
use async_trait::async_trait;
use next::{Next, pause};
use rusqlite::{Connection, params};
use std::fmt;

/// How many messages go to one mail server or chat system at the same time.
const AT_ONCE: usize = 4;

/// Sends what is due.
pub(super) async fn messages(engine: &Engine) -> Result<()> {
    for (message, attempt) in engine.blocking(due).await? {
        let Some(line) = free_line(engine, message.messenger.as_ref()) else { continue };
        let Some(busy) = engine.claim(&message.key.0) else { continue };
        let engine = engine.clone();
        tokio::spawn(async move {
            let _busy = (busy, line);
            if let Err(error) = send(&engine, message, attempt).await {
                tracing::warn!(%error, "a message stays queued");
            }
        });
    }
    Ok(())
}

/// One of the lines that a messenger is sent by at the same time.
fn free_line(engine: &Engine, messenger: Option<&CatalogId>) -> Option<Busy> {
    let name = messenger.map_or("", |id| id.0.as_str());
    (0..AT_ONCE).find_map(|line| engine.claim(format!("messenger/{name}/{line}")))
}

/// Queued messages whose time has come, with the number of the next attempt; of each messenger the oldest, so
/// that a slow one does not hold up the others. What was tried to its end by a process that died before it
/// said so is ended here, and not tried again.
fn due(engine: &Engine) -> Result<Vec<(Message, u32)>> {
    let now = engine.desk.now();
    let mut due = Vec::new();
    for key in oldest(&*engine.desk.store().read()?, now)? {
        if engine.is_busy(&key) {
            continue;
        }
        let key = MessageKey(key);
        let message =
            engine.desk.as_engine(None).judge(|state, _| Ok(state.message(&key)?.clone()))?;
        let tried = attempts(&*engine.desk.store().read()?, &key.0)?;
        match next::next(&tried, message.send_at, now) {
            Next::Send { attempt } => due.push((message, attempt)),
            Next::Wait { .. } => {}
            Next::Sent { attempt } => end(engine, key, attempt, String::new())?,
            Next::GiveUp { attempt } => {
                let error = tried.last().map(|last| last.detail.clone()).unwrap_or_default();
                end(engine, key, attempt, error)?;
            }
        }
    }
    Ok(due)
}

/// What waits for its next attempt does not stand in the way of what is due.
fn oldest(db: &Connection, now: Instant) -> Result<Vec<String>> {
    let mut named =
        db.prepare_cached("SELECT DISTINCT messenger FROM messages WHERE state = 'queued'")?;
    let messengers: Vec<Option<String>> =
        named.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut statement = db.prepare_cached(
        "SELECT key FROM messages m
         WHERE state = 'queued' AND messenger IS ?2 AND send_at <= ?1 AND NOT EXISTS (
             SELECT 1 FROM attempt a WHERE a.message = m.key AND a.at >= m.send_at AND a.next_at > ?1
             AND a.attempt = (SELECT max(attempt) FROM attempt WHERE message = m.key)
         ) ORDER BY num LIMIT ?3",
    )?;
    let mut keys = Vec::new();
    for messenger in messengers {
        let most = (AT_ONCE * 4) as i64;
        let rows = statement.query_map(params![now.micros(), messenger, most], |row| row.get(0))?;
        keys.extend(rows.collect::<Result<Vec<String>, _>>()?);
    }
    Ok(keys)
}

/// Says what came of a message. Whoever the last attempt did not reach is named; if it reached nobody, it
/// failed.
fn end(engine: &Engine, key: MessageKey, attempt: u32, mut error: String) -> Result<()> {
    let known = deliveries(&*engine.desk.store().read()?, &key.0)?;
    let all = known.len();
    let refused: Vec<Refusal> = known
        .into_iter()
        .filter_map(|one| Some(Refusal { place: one.place, why: one.refused? }))
        .collect();
    if let (true, Some(first), true) = (error.is_empty(), refused.first(), refused.len() == all) {
        error = match all {
            1 => format!("It was refused: {}.", first.why),
            _ => format!("All {all} recipients were refused, the first: {}.", first.why),
        };
    }
    let request = EndMessage { key, attempt, error, refused };
    engine.desk.as_engine(engine.fence()).command(&request).map(drop)
}

async fn send(engine: &Engine, message: Message, attempt: u32) -> Result<()> {
    let error = leave(engine, &message).await?.err();
    engine
        .blocking(move |engine| {
            let (store, now) = (engine.desk.store(), engine.desk.now());
            let tried = attempts(&*store.read()?, &message.key.0)?;
            // Failed attempts before a retry by hand do not count against it.
            let failures = tried.iter().filter(|one| Some(one.at) >= message.send_at).count() + 1;
            let again = error
                .as_ref()
                .filter(|error| error.retryable)
                .and_then(|error| pause(failures, error.wait, rhythm::dice()))
                .map(|pause| now.plus(pause));
            let record = Attempt {
                attempt,
                at: now,
                outcome: if error.is_some() { "failed" } else { "sent" }.into(),
                detail: error.map(|error| error.message).unwrap_or_default(),
                next_at: again,
            };
            store.record_attempt(&message.key.0, &record)?;
            if again.is_some() {
                engine.desk.announce(vec!["message".into()]);
                return Ok(());
            }
            end(engine, message.key, attempt, record.detail)
        })
        .await
}

/// In a dry run nothing leaves the building; text to copy and a draft leave by a person's hand.
async fn leave(engine: &Engine, message: &Message) -> Result<Result<(), SendError>> {
    let channel = match (message.channel.filter(|_| !message.dry_run), &message.messenger) {
        (Some(MessageChannel::Desktop), _) => engine.outside.desktop(),
        (Some(_), Some(id)) => {
            let id = id.clone();
            let found = engine.blocking(move |engine| {
                let catalog = engine.desk.catalog()?;
                let messenger = catalog.messenger(&id).ok_or_else(|| {
                    Error::offline(format!("The messenger “{id}” is not in Settings any more."))
                })?;
                engine.outside.messenger(messenger)
            });
            match found.await {
                Ok(channel) => channel,
                Err(error) => {
                    let hint = error.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
                    return Ok(Err(SendError::lasting(format!("{}{hint}", error.message))));
                }
            }
        }
        _ => return Ok(Ok(())),
    };
    let key = message.key.clone();
    let (outgoing, ledger) = engine
        .blocking({
            let message = message.clone();
            move |engine| {
                let known = deliveries(&*engine.desk.store().read()?, &message.key.0)?;
                Ok((outgoing(&message, engine.desk.store().id(), &known), known.len()))
            }
        })
        .await?;
    if ledger > 0 && outgoing.recipients.is_empty() {
        // The last of them was sent to by a process that died right after.
        return Ok(Ok(()));
    }
    Ok(channel.send(&outgoing, &Ledger { engine: engine.clone(), key }).await)
}

/// A message for those of whom it is not known yet what became.
fn outgoing(message: &Message, workspace: impl fmt::Display, known: &[Delivery]) -> Outgoing {
    let recipients = (0..).zip(&message.text.recipients);
    Outgoing {
        id: format!("{}.{workspace}", message.key),
        subject: message.text.subject.clone(),
        body: message.text.body.clone(),
        hotfix: message.hotfix.as_ref().map(|key| key.0.clone()).unwrap_or_default(),
        purpose: message.purpose.map(spelled).unwrap_or_default(),
        queued_at: message.queued_at.map(|at| at.to_string()).unwrap_or_default(),
        recipients: recipients
            .filter(|(place, _)| !known.iter().any(|one| one.place == *place))
            .map(|(place, one)| Recipient {
                place,
                name: one.contact.name.clone(),
                reach: one.contact.reach.clone(),
            })
            .collect(),
    }
}

/// As JSON spells it.
fn spelled(purpose: Purpose) -> String {
    let word = serde_json::to_value(purpose).ok();
    word.and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}

/// Keeps what became of each recipient, before the next is sent to.
struct Ledger {
    engine: Engine,
    key: MessageKey,
}

#[async_trait]
impl Told for Ledger {
    async fn told(&self, place: u32, refused: Option<String>) -> Result<(), SendError> {
        let (key, one) = (self.key.clone(), Delivery { place, refused });
        let kept = self.engine.blocking(move |engine| {
            engine.desk.store().record_delivery(&key.0, &one, engine.desk.now())
        });
        kept.await.map_err(|error| {
            SendError::passing(format!("What was sent could not be noted: {}", error.message))
        })
    }
}
