//! Messages that are due. The row is in the journal; attempts are operational state, so a rebuild
//! sends nothing twice. Delivery is at least once.

use super::Engine;
use crate::{
    error::Result,
    event::words::*,
    integrations::message::Outgoing,
    model::deployment::Message,
    stages::announce::EndMessage,
    store::operational::{Attempt, attempts},
};
use std::time::Duration;

/// Pauses after failed attempts, as in Standard Webhooks 1.0, shortened at the end.
const BACKOFF: [u64; 5] = [5, 300, 1800, 7200, 18_000];

/// Sends what is due.
pub(super) async fn messages(engine: &Engine) -> Result<()> {
    let due = engine.blocking(due).await?;
    for (message, attempt) in due {
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

/// Queued messages whose time has come, with the number of the next attempt.
fn due(engine: &Engine) -> Result<Vec<(Message, u32)>> {
    let now = engine.desk.now();
    let keys: Vec<String> = {
        let db = engine.desk.store().read()?;
        let mut statement = db
            .prepare_cached("SELECT key FROM messages WHERE state = 'queued' AND send_at <= ?1 ORDER BY num LIMIT 50")?;
        let rows = statement.query_map([now.micros()], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut due = Vec::new();
    for key in keys {
        let key = MessageKey(key);
        let message =
            engine.desk.as_engine(None).judge(|state, _| Ok(state.message(&key)?.clone()))?;
        let earlier = attempts(&*engine.desk.store().read()?, &key.0)?;
        let waits = earlier.last().and_then(|last| last.next_at).is_some_and(|at| at > now);
        // Failed attempts before a retry by hand do not count against it.
        let since = message.send_at;
        let counted = earlier.iter().filter(|one| Some(one.at) >= since).count();
        if !waits && counted <= BACKOFF.len() {
            due.push((message, earlier.len() as u32 + 1));
        }
    }
    Ok(due)
}

async fn send(engine: &Engine, message: Message, attempt: u32) -> Result<()> {
    let mut error = None;
    // In a dry run nothing leaves the building; text to copy leaves by a person's hand.
    if !message.dry_run
        && let Some(channel) = message.channel.and_then(|channel| engine.outside.channel(channel))
    {
        let outgoing = Outgoing {
            id: message.key.0.clone(),
            subject: message.text.subject.clone(),
            body: message.text.body.clone(),
            recipients: message
                .text
                .recipients
                .iter()
                .map(|one| one.contact.reach.clone())
                .collect(),
        };
        error = channel.send(&outgoing).await.err();
    }
    engine
        .blocking(move |engine| {
            let now = engine.desk.now();
            let again = error
                .as_ref()
                .filter(|error| error.retryable)
                .and_then(|_| BACKOFF.get(attempt.saturating_sub(1) as usize))
                .map(|seconds| now.plus(Duration::from_secs(*seconds)));
            let record = Attempt {
                attempt,
                at: now,
                outcome: if error.is_some() { "failed" } else { "sent" }.into(),
                detail: error.as_ref().map(|error| error.message.clone()).unwrap_or_default(),
                next_at: again,
            };
            engine.desk.store().record_attempt(&message.key.0, &record)?;
            if again.is_some() {
                engine.desk.announce(vec!["message".into()]);
                return Ok(());
            }
            let request = EndMessage { key: message.key, attempt, error: record.detail };
            engine.desk.as_engine(engine.fence()).command(&request).map(drop)
        })
        .await
}
