//! The window's way to the core: one command for every request, one for every stream.

use crate::workspace::Shell;
use hotfix_core::{
    api::window_may_call,
    desk::Desk,
    error::{Error, Result},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tauri::{Manager as _, State, WebviewWindow, ipc::Channel};
use tokio::sync::broadcast::error::RecvError;

/// Asks the core for one thing of its list.
#[tauri::command]
pub async fn call(shell: State<'_, Shell>, name: String, request: Value) -> Result<Value> {
    window_may_call(&name)?;
    ask(shell.decided().await.desk()?, name, request).await
}

async fn ask(desk: Desk, name: String, request: Value) -> Result<Value> {
    tauri::async_runtime::spawn_blocking(move || desk.call(&name, request))
        .await
        .map_err(|error| Error::internal(format!("The request broke off: {error}.")))?
}

/// How long a stream waits when nothing is said: what is not journaled (a log's lines) has no
/// change to announce it.
const PATIENCE: Duration = Duration::from_millis(250);
/// The shortest time between two answers of a stream: one frame.
const FRAME: Duration = Duration::from_millis(16);

/// Streams that were told to stop, by window and channel.
#[derive(Default)]
pub struct Stopped(Mutex<BTreeSet<(String, u32)>>);

impl Stopped {
    fn add(&self, window: &str, channel: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((window.to_owned(), channel));
    }

    fn take(&self, window: &str, channel: u32) -> bool {
        let mut stopped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.remove(&(window.to_owned(), channel))
    }
}

/// Repeats a query while it has something new to say, and sends each new answer down the channel.
///
/// A list whose lines have a numeric `id` is a growing log: the next request carries the last one as
/// `after`, and an empty page is not sent. Any other answer is a state, and is sent when it differs
/// from the last. The stream ends when a state says `done: true`, when the window goes, when the
/// workspace changes, when `unfollow` names its channel, or with the query's error.
#[tauri::command]
pub async fn follow(
    window: WebviewWindow,
    shell: State<'_, Shell>,
    stopped: State<'_, Stopped>,
    name: String,
    request: Value,
    channel: Channel<Value>,
) -> Result<()> {
    window_may_call(&name)?;
    let desk = shell.decided().await.desk()?;
    let (label, id) = (window.label().to_owned(), channel.id());
    let mut changes = desk.subscribe();
    let mut page = Pages { request, last: None };
    loop {
        let answer = ask(desk.clone(), name.clone(), page.request.clone()).await?;
        let done = answer["done"] == Value::Bool(true);
        if let Some(answer) = page.fresh(answer)
            && channel.send(answer).is_err()
        {
            return Ok(());
        }
        if done {
            return Ok(());
        }
        tokio::time::sleep(FRAME).await;
        match tokio::time::timeout(PATIENCE, changes.recv()).await {
            Ok(Err(RecvError::Closed)) => return Ok(()),
            // Many changes at once make one question.
            _ => changes = changes.resubscribe(),
        }
        let here = window.app_handle().get_webview_window(&label).is_some();
        let same = shell.desk().is_ok_and(|open| open.path() == desk.path());
        if !here || !same || stopped.take(&label, id) {
            return Ok(());
        }
    }
}

/// Ends a stream of this window.
#[tauri::command]
pub async fn unfollow(
    window: WebviewWindow,
    stopped: State<'_, Stopped>,
    channel: u32,
) -> Result<()> {
    stopped.add(window.label(), channel);
    Ok(())
}

/// What a stream asks next, and whether what it heard is new.
struct Pages {
    request: Value,
    last: Option<Value>,
}

impl Pages {
    fn fresh(&mut self, answer: Value) -> Option<Value> {
        if let (Some(lines), Some(request)) = (answer.as_array(), self.request.as_object_mut()) {
            match lines.last().and_then(|line| line["id"].as_i64()) {
                Some(id) => {
                    request.insert("after".into(), id.into());
                    return Some(answer);
                }
                None if lines.is_empty() && request.contains_key("after") => return None,
                None => {}
            }
        }
        if self.last.as_ref() == Some(&answer) {
            return None;
        }
        self.last = Some(answer.clone());
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_growing_log_is_asked_for_from_where_it_ended() {
        let mut pages = Pages { request: json!({ "key": "DEP-1" }), last: None };
        let first = json!([{ "id": 6, "text": "one" }, { "id": 7, "text": "two" }]);
        assert_eq!(pages.fresh(first.clone()), Some(first));
        assert_eq!(pages.request, json!({ "key": "DEP-1", "after": 7 }));
        assert_eq!(pages.fresh(json!([])), None, "nothing new is not sent");
        assert_eq!(pages.request["after"], 7, "and nothing is read twice");
    }

    #[test]
    fn progress_is_told_only_when_it_moves() {
        let mut pages = Pages { request: json!({}), last: None };
        assert!(pages.fresh(json!({ "percent": 10 })).is_some());
        assert!(pages.fresh(json!({ "percent": 10 })).is_none());
        assert!(pages.fresh(json!({ "percent": 20 })).is_some());
    }
}
