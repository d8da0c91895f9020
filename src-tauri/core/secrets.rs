//! Secrets: in the operating system's keychain, never in the file, a log, an event or the window.
//!
//! Without a Secret Service a secret can be kept for this session alone, and only if the person
//! says so. A headless agent reads what systemd's LoadCredential gave it. Deliberately absent: a
//! file of our own, and a plain-text fallback.

use crate::error::{Error, Result};
use keyring_core::{Entry, api::CredentialStoreApi as _};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};
use ts_rs::TS;
use zbus_secret_service_keyring_store::Store;

/// A locked keychain asks the person for its password; that much time is given.
const PATIENCE: Duration = Duration::from_secs(60);
const SERVICE: &str = "hotfix-desk";
/// How long what the keychain gave is good for whoever asks many times a minute.
const RECENT: Duration = Duration::from_secs(60);

/// The connection to this machine's keychain. Only a success is kept: a keychain that was started
/// or restarted meanwhile is found by the next question.
static KEYCHAIN: Mutex<Option<Arc<Store>>> = Mutex::new(None);

/// Where a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptIn {
    /// Until the program ends.
    Session,
    /// In what systemd's LoadCredential gave.
    Credentials,
    Keychain,
}

/// The secrets of one workspace.
pub struct Secrets {
    workspace: String,
    session: Mutex<HashMap<String, SecretString>>,
    /// What the keychain gave, and when.
    recent: Mutex<HashMap<String, (Instant, SecretString)>>,
    /// The folder of systemd's credentials, if the program was started with some.
    credentials: Option<PathBuf>,
}

impl Secrets {
    pub fn new(workspace: String) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self { workspace, session: Mutex::default(), recent: Mutex::default(), credentials }
    }

    fn name(&self, endpoint: &str, name: &str) -> String {
        format!("{}/{endpoint}/{name}", self.workspace)
    }

    /// Keeps a secret in the keychain; an empty one is removed.
    pub fn set(&self, endpoint: &str, name: &str, value: &str) -> Result<()> {
        let (user, value) = (self.name(endpoint, name), SecretString::from(value.to_owned()));
        self.session().remove(&user);
        self.recent().remove(&user);
        let done = ask(user, move |entry| match value.expose_secret() {
            "" => entry.delete_credential(),
            value => entry.set_password(value),
        });
        done.map(drop)
    }

    /// Keeps a secret until the program ends.
    pub fn set_for_session(&self, endpoint: &str, name: &str, value: &str) {
        let value = SecretString::from(value.to_owned());
        self.session().insert(self.name(endpoint, name), value);
    }

    /// A secret: of this session, of systemd's credentials, or of the keychain. Blocks while a
    /// locked keychain asks for its password.
    pub fn get(&self, endpoint: &str, name: &str) -> Result<Option<SecretString>> {
        Ok(self.find(endpoint, name)?.map(|(secret, _)| secret))
    }

    /// As [`Secrets::get`], with where it was found.
    pub fn find(&self, endpoint: &str, name: &str) -> Result<Option<(SecretString, KeptIn)>> {
        if let Some(secret) = self.session().get(&self.name(endpoint, name)) {
            return Ok(Some((secret.clone(), KeptIn::Session)));
        }
        if let Some(secret) = self.credential(endpoint, name)? {
            return Ok(Some((secret, KeptIn::Credentials)));
        }
        let found = ask(self.name(endpoint, name), Entry::get_password)?;
        Ok(found.map(|secret| (SecretString::from(secret), KeptIn::Keychain)))
    }

    /// As [`Secrets::get`], for a probe that asks again and again: another program's change of the keychain is
    /// seen within a minute. What is not there is looked for each time.
    pub fn recently(&self, endpoint: &str, name: &str) -> Result<Option<SecretString>> {
        let user = self.name(endpoint, name);
        if !self.session().contains_key(&user) {
            let mut recent = self.recent();
            recent.retain(|_, (at, _)| at.elapsed() < RECENT);
            if let Some((_, secret)) = recent.get(&user) {
                return Ok(Some(secret.clone()));
            }
        }
        let Some((secret, place)) = self.find(endpoint, name)? else { return Ok(None) };
        if place == KeptIn::Keychain {
            self.recent().insert(user, (Instant::now(), secret.clone()));
        }
        Ok(Some(secret))
    }

    /// A credential of systemd is the file `ENDPOINT.NAME`.
    fn credential(&self, endpoint: &str, name: &str) -> Result<Option<SecretString>> {
        let Some(folder) = &self.credentials else { return Ok(None) };
        let file = format!("{endpoint}.{name}");
        if file.contains('/') || file.starts_with('.') {
            return Ok(None);
        }
        match std::fs::read_to_string(folder.join(&file)) {
            Ok(text) => Ok(Some(SecretString::from(text.trim_end_matches('\n').to_owned()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Error::offline(format!("The credential {file} cannot be read: {error}.")))
            }
        }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, HashMap<String, SecretString>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, SecretString)>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts one question to the keychain, on a thread of its own: the bus may never answer. None means
/// that there is no such entry.
fn ask<T: Send + 'static>(
    user: String,
    question: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<Option<T>> {
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let asked = keychain().and_then(|store| {
            let entry = store.build(SERVICE, &user, None).map_err(|error| unreachable(&error))?;
            match question(&entry) {
                Ok(value) => Ok(Some(value)),
                Err(keyring_core::Error::NoEntry) => Ok(None),
                Err(error) => {
                    *kept() = None;
                    Err(unreachable(&error))
                }
            }
        });
        drop(sender.send(asked));
    });
    answer.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        Err(Error::offline("The keychain is locked, or does not answer.")
            .hint("Unlock it, or keep the secret for this session only."))
    })
}

fn kept() -> std::sync::MutexGuard<'static, Option<Arc<Store>>> {
    KEYCHAIN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keychain() -> Result<Arc<Store>> {
    if let Some(store) = kept().as_ref() {
        return Ok(Arc::clone(store));
    }
    // Not under the lock: connecting may take its time.
    let store = Store::new().map_err(|error| {
        Error::offline(format!("This machine has no keychain that answers ({error})."))
            .hint("Start one (gnome-keyring, KWallet), or keep the secret for this session only.")
    })?;
    *kept() = Some(Arc::clone(&store));
    Ok(store)
}

fn unreachable(error: &keyring_core::Error) -> Error {
    Error::offline(format!("The keychain does not answer: {error}."))
        .hint("Unlock it, or keep the secret for this session only.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_secret_is_found_without_any_keychain_and_only_under_its_own_name() {
        let secrets = Secrets::new("w".into());
        secrets.set_for_session("agent", "token", "s3cret");
        let found = secrets.get("agent", "token").unwrap().unwrap();
        assert_eq!(found.expose_secret(), "s3cret");
        assert_eq!(format!("{found:?}"), "SecretBox<str>([REDACTED])");
        assert!(!secrets.session().contains_key(&secrets.name("agent", "other")));
    }

    #[test]
    fn an_agent_reads_what_systemd_gave_it_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("credentials");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("prod.token"), "s3cret\n").unwrap();
        std::fs::write(folder.path().join("x.token"), "outside").unwrap();
        let mut secrets = Secrets::new("w".into());
        secrets.credentials = Some(inner);
        let read = |endpoint: &str, name: &str| {
            secrets.credential(endpoint, name).unwrap().map(|s| s.expose_secret().to_owned())
        };
        assert_eq!(read("prod", "token").as_deref(), Some("s3cret"));
        assert_eq!(read("prod", "other"), None);
        assert_eq!(read("../x", "token"), None);
        assert_eq!(secrets.get("prod", "token").unwrap().unwrap().expose_secret(), "s3cret");
    }

    #[test]
    #[ignore = "wants a Secret Service: scripts/keyring-test.sh starts one"]
    fn a_secret_survives_in_the_real_keychain() {
        Secrets::new("test".into()).set("agent", "token", "s3cret").unwrap();
        let again = Secrets::new("test".into());
        assert_eq!(again.get("agent", "token").unwrap().unwrap().expose_secret(), "s3cret");
        assert!(Secrets::new("other".into()).get("agent", "token").unwrap().is_none());
        let recently = || {
            again.recently("agent", "token").unwrap().map(|found| found.expose_secret().to_owned())
        };
        assert_eq!(recently().as_deref(), Some("s3cret"));
        Secrets::new("test".into()).set("agent", "token", "changed").unwrap();
        assert_eq!(again.get("agent", "token").unwrap().unwrap().expose_secret(), "changed");
        assert_eq!(recently().as_deref(), Some("s3cret"), "within a minute");
        again.set("agent", "token", "").unwrap();
        assert!(again.get("agent", "token").unwrap().is_none());
        assert_eq!(recently(), None, "what is changed here is seen at once");
        again.set("agent", "token", "").unwrap();
    }
}
