//! Messages that are due. The row is in the journal; attempts are operational state, so a rebuild
//! sends nothing twice. Delivery is at least once.

mod next;
#[cfg(test)]
mod tests;

use super::{Busy, Engine, lock, rhythm};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Refusal, words::*},
    integrations::message::{Channel, Outgoing, Recipient, SendError, Told},
    model::deployment::Message,
    stages::announce::EndMessage,
    store::operational::{Attempt, Delivery, attempts, deliveries},
};
use async_trait::async_trait;
use next::{Next, pause};
use rusqlite::{Connection, params};
use std::{fmt, sync::Arc};

/// How many messages go to one mail server or chat system at the same time.
const AT_ONCE: usize = 4;

/// Sets to work on what is due: of each messenger up to so many lines, each of which goes on until nothing is due
/// any more, so that a slow messenger does not hold up the others.
pub(super) async fn messages(engine: &Engine) -> Result<()> {
    for (messenger, due) in engine.blocking(waiting).await? {
        let name = messenger.as_ref().map_or("", |id| id.0.as_str());
        let free = (0..AT_ONCE).filter_map(|line| engine.claim(format!("messenger/{name}/{line}")));
        for line in free.take(due) {
            let (engine, messenger) = (engine.clone(), messenger.clone());
            tokio::spawn(async move {
                let _line = line;
                if let Err(error) = work_off(&engine, messenger).await {
                    tracing::warn!(%error, "a message stays queued");
                }
            });
        }
    }
    Ok(())
}

/// The messengers for which something is due, and how much of it at least; nothing named: what leaves by none.
fn waiting(engine: &Engine) -> Result<Vec<(Option<CatalogId>, usize)>> {
    let (db, now) = (engine.desk.store().read()?, engine.desk.now());
    let mut named =
        db.prepare_cached("SELECT DISTINCT messenger FROM messages WHERE state = 'queued'")?;
    let messengers: Vec<Option<String>> =
        named.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut waiting = Vec::new();
    for messenger in messengers {
        let keys = oldest(&db, messenger.as_deref(), now)?;
        let due = keys.iter().filter(|key| !engine.is_busy(key)).count();
        if due > 0 {
            waiting.push((messenger.map(CatalogId), due));
        }
    }
    Ok(waiting)
}

/// The oldest that are due by a messenger. What waits for its next attempt does not stand in their way.
fn oldest(db: &Connection, messenger: Option<&str>, now: Instant) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached(
        "SELECT key FROM messages m
         WHERE state = 'queued' AND messenger IS ?2 AND send_at <= ?1 AND NOT EXISTS (
             SELECT 1 FROM attempt a WHERE a.message = m.key AND a.at >= m.send_at AND a.next_at > ?1
             AND a.attempt = (SELECT max(attempt) FROM attempt WHERE message = m.key)
         ) ORDER BY num LIMIT ?3",
    )?;
    let most = (AT_ONCE * 4) as i64;
    let rows = statement.query_map(params![now.micros(), messenger, most], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a line has in its hands: a message that nobody else sends, and the number of the attempt.
struct Due {
    message: Message,
    attempt: u32,
    _busy: Busy,
}

/// Sends one after the other, until nothing is due or this process may no longer act.
async fn work_off(engine: &Engine, messenger: Option<CatalogId>) -> Result<()> {
    let mut line = Line::default();
    while !*engine.stop.borrow() && lock(&engine.token).is_some() {
        let messenger = messenger.clone();
        let Some(due) = engine.blocking(move |engine| next_due(engine, messenger)).await? else {
            break;
        };
        send(engine, &mut line, due).await?;
    }
    line.rest().await;
    Ok(())
}

/// The next that is due. What was tried to its end by a process that died before it said so is ended here, and not
/// tried again.
fn next_due(engine: &Engine, messenger: Option<CatalogId>) -> Result<Option<Due>> {
    let now = engine.desk.now();
    let named = messenger.as_ref().map(|id| id.0.as_str());
    for key in oldest(&*engine.desk.store().read()?, named, now)? {
        let Some(_busy) = engine.claim(&key) else { continue };
        let key = MessageKey(key);
        let message =
            engine.desk.as_engine(None).judge(|state, _| Ok(state.message(&key)?.clone()))?;
        // Another line was faster.
        if message.state != MessageState::Queued {
            continue;
        }
        let tried = attempts(&*engine.desk.store().read()?, &key.0)?;
        match next::next(&tried, message.send_at, now) {
            Next::Send { attempt } => return Ok(Some(Due { message, attempt, _busy })),
            Next::Wait { .. } => {}
            Next::Sent { attempt } => end(engine, &message, attempt, String::new())?,
            Next::GiveUp { attempt } => {
                let error = tried.last().map(|last| last.detail.clone()).unwrap_or_default();
                end(engine, &message, attempt, error)?;
            }
        }
    }
    Ok(None)
}

/// Of whom it is known what became. Who was refused before a retry by hand is tried again.
fn known(engine: &Engine, message: &Message) -> Result<Vec<Delivery>> {
    let mut known = deliveries(&*engine.desk.store().read()?, &message.key.0)?;
    known.retain(|one| one.refused.is_none() || Some(one.at) >= message.send_at);
    Ok(known)
}

/// Says what came of a message. Whoever the last attempt did not reach is named; if it reached nobody, it
/// failed.
fn end(engine: &Engine, message: &Message, attempt: u32, mut error: String) -> Result<()> {
    let known = known(engine, message)?;
    let all = known.len();
    let reached = known.iter().filter(|one| one.refused.is_none()).map(|one| one.place).collect();
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
    let request = EndMessage { key: message.key.clone(), attempt, error, refused, reached };
    engine.desk.as_engine(engine.fence()).command(&request).map(drop)
}

async fn send(engine: &Engine, line: &mut Line, due: Due) -> Result<()> {
    let error = line.leave(engine, &due.message).await?.err();
    engine
        .blocking(move |engine| {
            let Due { message, attempt, _busy } = due;
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
            end(engine, &message, attempt, record.detail)
        })
        .await
}

/// A messenger as this line has it in use.
#[derive(Default)]
struct Line {
    open: Option<(Messenger, Arc<dyn Channel>)>,
}

impl Line {
    /// In a dry run nothing leaves the building; text to copy and a draft leave by a person's hand.
    async fn leave(&mut self, engine: &Engine, message: &Message) -> Result<Result<(), SendError>> {
        let channel = match (message.channel.filter(|_| !message.dry_run), &message.messenger) {
            (Some(MessageChannel::Desktop), _) => engine.outside.desktop(),
            (Some(_), Some(id)) => match self.open(engine, id.clone()).await {
                Ok(channel) => channel,
                Err(error) => {
                    let hint = error.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
                    return Ok(Err(SendError::lasting(format!("{}{hint}", error.message))));
                }
            },
            _ => return Ok(Ok(())),
        };
        let (key, whole) = (message.key.clone(), message.clone());
        let (outgoing, begun) = engine
            .blocking(move |engine| {
                let known = known(engine, &whole)?;
                Ok((outgoing(&whole, engine.desk.store().id(), &known), !known.is_empty()))
            })
            .await?;
        if begun && outgoing.recipients.is_empty() {
            // The last of them was sent to by a process that died right after.
            return Ok(Ok(()));
        }
        let sent = channel.send(&outgoing, &Ledger { engine: engine.clone(), key }).await;
        if sent.is_err() {
            self.rest().await;
        }
        Ok(sent)
    }

    /// The messenger as Settings has it now: the same as before while nobody changed it.
    async fn open(&mut self, engine: &Engine, id: CatalogId) -> Result<Arc<dyn Channel>> {
        let named = id.clone();
        let messenger = engine.blocking(move |engine| {
            let catalog = engine.desk.catalog()?;
            catalog.messenger(&named).cloned().ok_or_else(|| {
                Error::offline(format!("The messenger “{named}” is not in Settings any more."))
            })
        });
        let messenger = messenger.await?;
        if let Some((known, channel)) = &self.open
            && *known == messenger
        {
            return Ok(Arc::clone(channel));
        }
        self.rest().await;
        let wanted = messenger.clone();
        let channel = engine.blocking(move |engine| engine.outside.messenger(&wanted)).await?;
        self.open = Some((messenger, Arc::clone(&channel)));
        Ok(channel)
    }

    /// Nothing more is sent by it for now.
    async fn rest(&mut self) {
        if let Some((_, channel)) = self.open.take() {
            channel.rest().await;
        }
    }
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
        let key = self.key.clone();
        let kept = self.engine.blocking(move |engine| {
            let one = Delivery { place, at: engine.desk.now(), refused };
            engine.desk.store().record_delivery(&key.0, &one)
        });
        kept.await.map_err(|error| {
            SendError::passing(format!("What was sent could not be noted: {}", error.message))
        })
    }
}
