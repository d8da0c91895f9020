//! Tells the windows what changed, whoever changed it: event `changed` {seq, topics}, at most once a
//! frame. Absent: what the change was; a window asks again for what it shows.

use hotfix_core::desk::{Change, Desk};
use std::{collections::BTreeSet, time::Duration};
use tauri::{AppHandle, Emitter as _, async_runtime::JoinHandle};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// One frame at 60 Hz: a person cannot see more often, and a bulk import says hundreds a second.
const FRAME: Duration = Duration::from_millis(16);

/// Everything is stale: the feed fell behind, or another workspace is open.
pub const ALL: &str = "*";

pub fn start(app: AppHandle, desk: &Desk) -> JoinHandle<()> {
    let mut changes = desk.subscribe();
    tauri::async_runtime::spawn(async move {
        while let Some(change) = next(&mut changes).await {
            if let Err(error) = app.emit("changed", &change) {
                tracing::warn!("a change did not reach the windows: {error}");
            }
        }
    })
}

/// The next change, with all that follow it within a frame; None when the desk is gone.
async fn next(changes: &mut Receiver<Change>) -> Option<Change> {
    let (mut seq, mut topics) = match changes.recv().await {
        Ok(first) => (first.seq, BTreeSet::from_iter(first.topics)),
        Err(RecvError::Lagged(_)) => (0, BTreeSet::from([ALL.to_owned()])),
        Err(RecvError::Closed) => return None,
    };
    let frame = tokio::time::sleep(FRAME);
    tokio::pin!(frame);
    loop {
        tokio::select! {
            () = &mut frame => break,
            change = changes.recv() => match change {
                Ok(change) => {
                    seq = seq.max(change.seq);
                    topics.extend(change.topics);
                }
                Err(RecvError::Lagged(_)) => { topics.insert(ALL.to_owned()); }
                Err(RecvError::Closed) => break,
            },
        }
    }
    Some(Change { seq, topics: topics.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::broadcast;

    fn change(seq: u64, topic: &str) -> Change {
        Change { seq, topics: vec![topic.to_owned()] }
    }

    #[tokio::test]
    async fn changes_of_one_frame_arrive_as_one() {
        let (say, mut hear) = broadcast::channel(8);
        for (seq, topic) in [(1, "issue"), (2, "hotfix"), (3, "issue")] {
            say.send(change(seq, topic)).unwrap();
        }
        let heard = next(&mut hear).await.unwrap();
        assert_eq!((heard.seq, heard.topics), (3, vec!["hotfix".to_owned(), "issue".to_owned()]));
        drop(say);
        assert!(next(&mut hear).await.is_none());
    }

    #[tokio::test]
    async fn a_feed_that_fell_behind_says_that_all_is_stale() {
        let (say, mut hear) = broadcast::channel(2);
        for seq in 1..=5 {
            say.send(change(seq, "issue")).unwrap();
        }
        assert!(next(&mut hear).await.unwrap().topics.contains(&ALL.to_owned()));
    }
}
