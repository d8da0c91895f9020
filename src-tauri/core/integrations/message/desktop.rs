//! Notifications on this desktop, through the freedesktop notification service.

use super::{Channel, Outgoing, SendError, Told};
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
    async fn send(&self, outgoing: &Outgoing, _: &dyn Told) -> Result<(), SendError> {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname("Hotfix Desk")
            .summary(&outgoing.subject)
            // Some daemons read mark-up in the body; what people typed is no mark-up.
            .body(&outgoing.body.replace('&', "&amp;").replace('<', "&lt;"));
        let open = std::sync::Arc::clone(&self.open);
        let (sender, shown) = tokio::sync::oneshot::channel();
        // A thread of its own: one of the runtime's, stuck in a bus that never answers, would keep
        // the program from ending.
        std::thread::spawn(move || {
            let result = notification.show().map(|handle| {
                let mut open = open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if open.len() >= KEEP {
                    open.remove(0);
                }
                open.push(handle);
            });
            drop(sender.send(result));
        });
        match tokio::time::timeout(PATIENCE, shown).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(SendError::passing(format!(
                "This desktop shows no notifications ({error}). Is a notification service running?"
            ))),
            Ok(Err(error)) => {
                Err(SendError::passing(format!("The notification broke off: {error}.")))
            }
            Err(_) => Err(SendError::passing("The notification service does not answer.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_BUS: &str = "HOTFIX_TEST_WITHOUT_A_BUS";

    /// The bus is named by the environment, so this test runs itself again in one that has none.
    #[test]
    fn without_a_notification_service_it_says_so_and_does_not_hang() {
        if std::env::var_os(NO_BUS).is_none() {
            let name = "without_a_notification_service_it_says_so_and_does_not_hang";
            let started = std::time::Instant::now();
            let done = std::process::Command::new(std::env::current_exe().unwrap())
                .arg(name)
                .env(NO_BUS, "1")
                .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            assert!(done.status.success() && said.contains("1 passed"), "{said}");
            assert!(started.elapsed() < PATIENCE * 2);
            return;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outgoing = Outgoing {
            id: "1".into(),
            subject: "It is fixed".into(),
            body: "a < b & c".into(),
            ..Outgoing::default()
        };
        let channel = Desktop::default();
        let error = runtime.block_on(channel.send(&outgoing, &super::super::Nobody)).unwrap_err();
        assert!(error.retryable && error.message.contains("notification"), "{error:?}");
    }
}
