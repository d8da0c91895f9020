//! Secrets: in the operating system's keychain, never in the file, a log, an event or the window.
//!
//! Without a Secret Service a secret can be kept for this session alone, and only if the person
//! says so. A headless agent reads what systemd's LoadCredential gave it.

use crate::error::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

/// Whether the keychain of this machine could be reached; asked once.
static KEYCHAIN: OnceLock<std::result::Result<(), String>> = OnceLock::new();

/// The secrets of one workspace.
pub struct Secrets {
    workspace: String,
    session: Mutex<HashMap<String, SecretString>>,
}

fn keychain() -> Result<()> {
    KEYCHAIN
        .get_or_init(|| {
            let store = zbus_secret_service_keyring_store::Store::new()
                .map_err(|error| error.to_string())?;
            keyring_core::set_default_store(store);
            Ok(())
        })
        .clone()
        .map_err(|error| {
            Error::offline(format!("This machine has no keychain that answers ({error}).")).hint(
                "Start one (gnome-keyring, KWallet), or keep the secret for this session only.",
            )
        })
}

impl Secrets {
    pub fn new(workspace: String) -> Self {
        Self { workspace, session: Mutex::default() }
    }

    fn name(&self, endpoint: &str, name: &str) -> String {
        format!("{}/{endpoint}/{name}", self.workspace)
    }

    fn entry(&self, endpoint: &str, name: &str) -> Result<keyring_core::Entry> {
        keychain()?;
        keyring_core::Entry::new("hotfix-desk", &self.name(endpoint, name))
            .map_err(|error| unreachable_keychain(&error))
    }

    /// Keeps a secret in the keychain; an empty one is removed.
    pub fn set(&self, endpoint: &str, name: &str, value: &str) -> Result<()> {
        let entry = self.entry(endpoint, name)?;
        let done =
            if value.is_empty() { entry.delete_credential() } else { entry.set_password(value) };
        match done {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(unreachable_keychain(&error)),
        }
    }

    /// Keeps a secret until the program ends.
    pub fn set_for_session(&self, endpoint: &str, name: &str, value: &str) {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.insert(self.name(endpoint, name), SecretString::from(value.to_owned()));
    }

    /// A secret: of this session, of systemd's credentials, or of the keychain.
    pub fn get(&self, endpoint: &str, name: &str) -> Result<Option<SecretString>> {
        {
            let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(secret) = session.get(&self.name(endpoint, name)) {
                return Ok(Some(SecretString::from(secret.expose_secret().to_owned())));
            }
        }
        if let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") {
            let path = std::path::Path::new(&folder).join(format!("{endpoint}.{name}"));
            if let Ok(text) = std::fs::read_to_string(path) {
                return Ok(Some(SecretString::from(text.trim_end_matches('\n').to_owned())));
            }
        }
        match self.entry(endpoint, name)?.get_password() {
            Ok(value) => Ok(Some(SecretString::from(value))),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(unreachable_keychain(&error)),
        }
    }
}

fn unreachable_keychain(error: &keyring_core::Error) -> Error {
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
    }

    /// Needs a Secret Service: the outer harness starts gnome-keyring and sets the variable.
    #[test]
    fn a_secret_survives_in_the_real_keychain() {
        if std::env::var_os("HOTFIX_TEST_KEYRING").is_none() {
            return;
        }
        Secrets::new("test".into()).set("agent", "token", "s3cret").unwrap();
        let again = Secrets::new("test".into());
        assert_eq!(again.get("agent", "token").unwrap().unwrap().expose_secret(), "s3cret");
        again.set("agent", "token", "").unwrap();
        assert!(again.get("agent", "token").unwrap().is_none());
    }
}
