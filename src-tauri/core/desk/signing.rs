//! The workspace's signing key: its public half in the journal, its secret half in this machine's
//! keychain (or systemd's credentials), under the key's number.
//!
//! A new key takes the place of the present one; what was signed before stays known by the old one.
//! Whoever has no secret half builds unsigned packages, and is told why.

use super::{
    Call,
    actions::Action,
    files::{typed, write_new},
};
use crate::{
    error::{Error, Result},
    event::words::SigningKey,
    integrations::archive::sign::{self, Public},
    stages::{Done, configure::signing::ChooseSigningKey},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{io::Write as _, path::Path};
use ts_rs::TS;

/// Under what the keychain holds the secret halves: no endpoint can be called so.
pub const HOLDER: &str = "workspace+signing";

/// The keys of this workspace, and whether this machine can sign.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskSigning {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SigningView {
    /// The present one last.
    pub keys: Vec<SigningKey>,
    /// Packages that are built here are signed.
    pub here: bool,
    /// Why they are not.
    pub why: String,
}

/// Make a key; the one before it signs no more. Without a keychain, `session` keeps it until the
/// program ends.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct MakeSigningKey {
    #[serde(default)]
    pub session: bool,
}

/// Sign with a key that was made elsewhere: its public half, as minisign writes it, or the path of
/// the file with it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AdoptSigningKey {
    pub public_key: String,
}

/// Keep the secret half of the present key in this machine's keychain.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct GiveSigningKey {
    /// As minisign writes it, without a password.
    pub secret: String,
    #[serde(default)]
    pub session: bool,
}

/// Write the present public key to a new file, for `minisign -V -p`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportSigningKey {
    pub path: String,
}

/// Who signs here, or why nobody does.
pub enum Signer {
    Key { secret: SecretString, public: Public },
    Nobody(String),
}

pub fn keys(call: &Call) -> Result<Vec<SigningKey>> {
    call.judge(|state, _| Ok(state.workspace()?.signing_keys.clone()))
}

/// The present key's secret half. May wait for the person to unlock the keychain.
pub fn signer(call: &Call) -> Result<Signer> {
    let Some(key) = keys(call)?.pop() else {
        return Ok(Signer::Nobody("This workspace has no signing key.".into()));
    };
    let public = Public::parse(&key.public_key)?;
    let secret = match call.desk().secrets().get(HOLDER, &key.id) {
        Ok(Some(secret)) => secret,
        Ok(None) => {
            return Ok(Signer::Nobody(format!("This machine does not have the key {}.", key.id)));
        }
        Err(error) => {
            let why = error.message;
            let told = format!("This machine does not have the key {} at hand: {why}", key.id);
            return Ok(Signer::Nobody(told));
        }
    };
    Ok(match sign::public_of(&secret) {
        Ok(own) if own == public => Signer::Key { secret, public },
        Ok(_) => Signer::Nobody(format!("What this machine has is not the key {}.", key.id)),
        Err(error) => Signer::Nobody(error.message),
    })
}

fn view(call: &Call) -> Result<SigningView> {
    let (here, why) = match signer(call)? {
        Signer::Key { .. } => (true, String::new()),
        Signer::Nobody(why) => (false, why),
    };
    Ok(SigningView { keys: keys(call)?, here, why })
}

impl Action for AskSigning {
    type Answer = SigningView;

    fn run(self, call: &Call) -> Result<SigningView> {
        view(call)
    }
}

impl Action for MakeSigningKey {
    type Answer = SigningView;

    fn run(self, call: &Call) -> Result<SigningView> {
        let before = keys(call)?.pop();
        let (secret, public) = sign::generate()?;
        keep(call, &public, &secret, self.session)?;
        let chosen = choose(call, &public);
        // The half that nothing is signed with any more has no reason to be kept: the new one if it
        // was refused, else the old one. A keychain that fails now is no reason to fail.
        let gone = match &chosen {
            Err(_) => Some(public.id()),
            Ok(_) => before.map(|key| key.id),
        };
        if let Some(id) = gone {
            call.desk().secrets().set_for_session(HOLDER, &id, "");
            if !self.session {
                drop(call.desk().secrets().set(HOLDER, &id, ""));
            }
        }
        chosen?;
        view(call)
    }
}

impl Action for AdoptSigningKey {
    type Answer = SigningView;

    fn run(self, call: &Call) -> Result<SigningView> {
        let text = self.public_key.trim();
        // A key's text begins with its comment or with RW and is no path.
        let is_path = text.starts_with('/') || text.starts_with("~/") || text.ends_with(".pub");
        let public = match is_path {
            true => read_key(&typed(text))?,
            false => Public::parse(text).map_err(|error| error.at("public_key"))?,
        };
        choose(call, &public)?;
        view(call)
    }
}

/// A public key out of a file.
pub fn read_key(path: &Path) -> Result<Public> {
    use std::io::Read as _;
    let told = |error: std::io::Error| {
        Error::field("public_key", format!("{} cannot be read: {error}.", path.display()))
    };
    let mut text = Vec::new();
    std::fs::File::open(path).map_err(told)?.take(8 << 10).read_to_end(&mut text).map_err(told)?;
    Public::parse(&String::from_utf8_lossy(&text)).map_err(|error| error.at("public_key"))
}

impl Action for GiveSigningKey {
    type Answer = SigningView;

    fn run(self, call: &Call) -> Result<SigningView> {
        let secret = SecretString::from(self.secret);
        let public = sign::public_of(&secret)?;
        let Some(key) = keys(call)?.pop() else {
            return Err(Error::denied("This workspace has no signing key.")
                .hint("Choose its public half first."));
        };
        if key.public_key != public.line() {
            let message = format!("It is the key {}; the present one is {}.", public.id(), key.id);
            return Err(Error::field("secret", message));
        }
        keep(call, &public, &secret, self.session)?;
        view(call)
    }
}

impl Action for ExportSigningKey {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let key = keys(call)?.pop().ok_or_else(|| {
            Error::denied("This workspace has no signing key.").hint("Make one first.")
        })?;
        let text = Public::parse(&key.public_key)?.file();
        write_new(&self.path, |file| Ok(file.write_all(text.as_bytes())?))?;
        Ok(Done {})
    }
}

fn choose(call: &Call, public: &Public) -> Result<Done> {
    call.command(&ChooseSigningKey { id: public.id(), public_key: public.line() })
}

fn keep(call: &Call, public: &Public, secret: &SecretString, session: bool) -> Result<()> {
    use secrecy::ExposeSecret as _;
    let (secrets, text) = (call.desk().secrets(), secret.expose_secret());
    if session {
        secrets.set_for_session(HOLDER, &public.id(), text);
        return Ok(());
    }
    secrets.set(HOLDER, &public.id(), text)
}
