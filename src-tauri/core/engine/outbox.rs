//! Messages that are due. The row is in the journal; attempts are operational state, so a rebuild
//! sends nothing twice. Delivery is at least once.

mod next;

use super::{Engine, rhythm};
use crate::{
    error::Result,
    event::words::*,
    integrations::message::{Outgoing, SendError},
    model::deployment::Message,
    stages::announce::EndMessage,
    store::operational::{Attempt, attempts},
};
use next::{Next, pause};

/// Sends what is due.
pub(super) async fn messages(engine: &Engine) -> Result<()> {
    for (message, attempt) in engine.blocking(due).await? {
        let Some(busy) = engine.claim(&message.key.0) else { continue };
        let engine = engine.clone();
        tokio::spawn(async move {
            let _busy = busy;
            if let Err(error) = send(&engine, message, attempt).await {
                tracing::warn!(%error, "a message stays queued");
            }
        });
    }
    Ok(())
}

/// Queued messages whose time has come, with the number of the next attempt. What was tried to its end by a
/// process that died before it said so is ended here, and not tried again.
fn due(engine: &Engine) -> Result<Vec<(Message, u32)>> {
    let now = engine.desk.now();
    let keys: Vec<String> = {
        let db = engine.desk.store().read()?;
        // What waits for its next attempt does not stand in the way of what is due.
        let mut statement = db.prepare_cached(
            "SELECT key FROM messages m WHERE state = 'queued' AND send_at <= ?1 AND NOT EXISTS (
                 SELECT 1 FROM attempt a WHERE a.message = m.key AND a.at >= m.send_at AND a.next_at > ?1
                 AND a.attempt = (SELECT max(attempt) FROM attempt WHERE message = m.key)
             ) ORDER BY num LIMIT 50",
        )?;
        let rows = statement.query_map([now.micros()], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut due = Vec::new();
    for key in keys {
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

fn end(engine: &Engine, key: MessageKey, attempt: u32, error: String) -> Result<()> {
    let request = EndMessage { key, attempt, error };
    engine.desk.as_engine(engine.fence()).command(&request).map(drop)
}

async fn send(engine: &Engine, message: Message, attempt: u32) -> Result<()> {
    let error = leave(engine, &message).await.err();
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

/// In a dry run nothing leaves the building; text to copy leaves by a person's hand.
async fn leave(engine: &Engine, message: &Message) -> Result<(), SendError> {
    let channel = message.channel.filter(|_| !message.dry_run);
    let Some(channel) = channel.and_then(|channel| engine.outside.channel(channel)) else {
        return Ok(());
    };
    let to = message.text.recipients.iter().map(|one| one.contact.reach.clone());
    let outgoing = Outgoing {
        id: message.key.0.clone(),
        subject: message.text.subject.clone(),
        body: message.text.body.clone(),
        recipients: to.collect(),
    };
    channel.send(&outgoing).await
}
