//! Messages and their way: queued, sent, failed; and who waits for a call.

use super::{
    Incoming, Page, Question, Read, number,
    page::{Filter, Numbered},
    unword, word,
};
use crate::{
    clock::Instant,
    error::Result,
    event::{stream, words::*},
    model::{Folded, Judge, State, deployment::Message, hotfix::Hotfix},
    store::operational,
};
use rusqlite::{Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List messages, the newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListMessages {
    pub hotfix: Option<HotfixKey>,
    pub state: Option<MessageState>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// One message with everything about it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowMessage {
    pub key: MessageKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessageView {
    pub message: Message,
    pub attempts: Vec<Attempt>,
    /// Whom it reached and whom not, in a sentence, where it was given up after it had reached some.
    pub reach: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Attempt {
    pub attempt: u32,
    pub at: Instant,
    pub outcome: String,
    pub detail: String,
    pub next_at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessageRow {
    pub key: MessageKey,
    pub hotfix: Option<HotfixKey>,
    pub purpose: Option<Purpose>,
    pub channel: Option<MessageChannel>,
    pub state: MessageState,
    pub subject: String,
    #[ts(type = "number")]
    pub recipients: u64,
    pub dry_run: bool,
    pub queued_at: Instant,
    pub send_at: Option<Instant>,
    pub error: String,
    pub messenger: Option<CatalogId>,
}

/// Who reported by telephone and waits to hear that it is over.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListCallBacks {
    pub hotfix: Option<HotfixKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CallBackRow {
    pub issue: IssueKey,
    pub index: u32,
    pub hotfix: HotfixKey,
    /// The title of the hot fix that answers them.
    pub answer: String,
    pub contact: Contact,
    pub title: String,
    /// What they said when they called, and when that was.
    pub said: String,
    pub reported_at: Instant,
    /// What to tell them: what the others were told in writing, where that has happened.
    pub say: String,
    pub done: bool,
}

/// Keeps the table in step with the events of messages.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record) = (incoming.tx, incoming.record);
    if stream::topic(&record.stream) != "message" {
        return Ok(());
    }
    let Folded::Message(one) = incoming.state()? else {
        return Ok(());
    };
    tx.prepare_cached("INSERT OR REPLACE INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")?
        .execute(params![
            number(&record.stream),
            record.stream,
            one.hotfix.as_ref().map(HotfixKey::as_str),
            one.purpose.map(word),
            one.channel.map(word),
            one.messenger.as_ref().map(|id| &id.0),
            word(one.state),
            one.text.subject,
            one.text.recipients.len() as i64,
            one.dry_run,
            one.queued_at.unwrap_or(record.recorded_at).micros(),
            one.send_at.map(Instant::micros),
            one.error,
        ])?;
    Ok(())
}

const MESSAGES: Numbered = Numbered {
    from: "messages",
    num: "num",
    columns: "key, hotfix, purpose, channel, state, subject, recipients, dry_run, queued_at, send_at, error, messenger",
};

fn row(row: &Row) -> rusqlite::Result<MessageRow> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    Ok(MessageRow {
        key: MessageKey(row.get(0)?),
        hotfix: text(1)?.map(HotfixKey),
        purpose: text(2)?.as_deref().and_then(unword),
        channel: text(3)?.as_deref().and_then(unword),
        state: unword(&row.get::<_, String>(4)?).unwrap_or_default(),
        subject: row.get(5)?,
        recipients: row.get::<_, i64>(6)?.unsigned_abs(),
        dry_run: row.get(7)?,
        queued_at: Instant::from_micros(row.get(8)?),
        send_at: row.get::<_, Option<i64>>(9)?.map(Instant::from_micros),
        error: row.get(10)?,
        messenger: text(11)?.map(CatalogId),
    })
}

impl Question for ListMessages {
    type Answer = Page<MessageRow>;

    fn ask(&self, read: &Read) -> Result<Page<MessageRow>> {
        Filter::none()
            .equal("hotfix", self.hotfix.as_ref().map(|key| key.0.clone()))
            .equal("state", self.state.map(word))
            .newest(read, &MESSAGES, self.after.as_deref(), self.limit, row)
    }
}

impl Question for ShowMessage {
    type Answer = MessageView;

    fn ask(&self, read: &Read) -> Result<MessageView> {
        let message = read.judge(|state| Ok(state.message(&self.key)?.clone()))?;
        let attempts = operational::attempts(read.db, &self.key.0)?
            .into_iter()
            .map(|one| Attempt {
                attempt: one.attempt,
                at: one.at,
                outcome: one.outcome,
                detail: one.detail,
                next_at: one.next_at,
            })
            .collect();
        Ok(MessageView { reach: message.reach(), message, attempts })
    }
}

impl Question for ListCallBacks {
    type Answer = Vec<CallBackRow>;

    fn ask(&self, read: &Read) -> Result<Vec<CallBackRow>> {
        let hotfixes = match &self.hotfix {
            Some(key) => vec![key.clone()],
            None => super::board::keys(read, "phase = 'monitoring'")?,
        };
        let mut rows = Vec::new();
        for key in hotfixes {
            rows.extend(read.judge(|state| {
                let hotfix = state.hotfix(&key)?;
                let written = to_say(state, hotfix)?;
                let mut rows = Vec::new();
                for issue_key in &hotfix.issues {
                    let issue = state.issue(issue_key)?;
                    for (index, person) in issue.people.iter().enumerate() {
                        if person.channel != Channel::Phone || person.contact.reach.contains('@') {
                            continue;
                        }
                        rows.push(CallBackRow {
                            issue: issue_key.clone(),
                            index: index as u32,
                            hotfix: key.clone(),
                            answer: hotfix.title.clone(),
                            contact: person.contact.clone(),
                            title: issue.text.title.clone(),
                            said: person.said.clone(),
                            reported_at: person.at,
                            say: written.clone().unwrap_or_else(|| {
                                format!(
                                    "“{}” is fixed. Please tell us if you still see it.",
                                    issue.text.title
                                )
                            }),
                            done: person.called_back,
                        });
                    }
                }
                Ok(rows)
            })?);
        }
        Ok(rows)
    }
}

/// What whoever calls says: the last message that told affected people that it is over, or the public words
/// where they are newer. What colleagues were told is not for a caller.
fn to_say(state: &State, hotfix: &Hotfix) -> Judge<Option<String>> {
    let mut said = None;
    for told in hotfix.told.iter().rev() {
        if !matches!(told.purpose, Purpose::Fixed | Purpose::Closed) {
            continue;
        }
        let message = state.message(&told.message)?;
        let audience = message.audience.as_ref().map(|id| state.catalog.audience(id));
        let public = match audience {
            None => true,
            Some(known) => known.is_some_and(|one| one.readers() == Readers::Public),
        };
        if public {
            said = Some((told.at, message.text.body.clone()));
            break;
        }
    }
    let words = hotfix.public.as_ref().map(|public| {
        let parts = [&public.text.what, &public.text.instructions];
        let parts: Vec<&str> =
            parts.into_iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
        (public.at, parts.join("\n\n"))
    });
    let words = words.filter(|(_, text)| !text.is_empty());
    Ok(match (said, words) {
        (Some(said), Some(words)) if words.0 > said.0 => Some(words.1),
        (said, words) => said.or(words).map(|(_, text)| text),
    })
}
