//! Notifications on this desktop, through the freedesktop notification service.

use super::{Channel, Outgoing, SendError};
use async_trait::async_trait;
use std::{sync::Mutex, time::Duration};

/// A notification daemon answers at once or is not there.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many notifications are kept open: GNOME closes those whose connection is gone.
const KEEP: usize = 16;

#[derive(Default)]
pub struct Desktop {
    open: std::sync::Arc<Mutex<Vec<notify_rust::NotificationHandle>>>,
}

#[async_trait]
impl Channel for Desktop {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname("Hotfix Desk")
            .summary(&outgoing.subject)
            // Some daemons read mark-up in the body; what people typed is no mark-up.
            .body(&outgoing.body.replace('&', "&amp;").replace('<', "&lt;"));
        let open = std::sync::Arc::clone(&self.open);
        let shown = tokio::task::spawn_blocking(move || {
            let handle = notification.show()?;
            let mut open = open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if open.len() >= KEEP {
                open.remove(0);
            }
            open.push(handle);
            Ok::<_, notify_rust::error::Error>(())
        });
        let failed = |message: String| SendError { message, retryable: true };
        match tokio::time::timeout(PATIENCE, shown).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(failed(format!(
                "This desktop shows no notifications ({error}). Is a notification service running?"
            ))),
            Ok(Err(error)) => Err(failed(format!("The notification broke off: {error}."))),
            Err(_) => Err(failed("The notification service does not answer.".into())),
        }
    }
}
