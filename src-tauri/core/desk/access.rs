//! How a host outside is reached by what looks at it: an access with its secret, made ready for one address;
//! and keeping that secret.

use super::{Call, Desk, actions::Action};
use crate::{
    error::{Error, Result},
    event::words::*,
    integrations::http::{
        AllowedHosts, Http, Reach, Way, authorization, reach::Along, record::Mask,
    },
    model::reached,
    secrets::KeptIn,
    stages::Done,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the one secret of an access is called in the keychain.
const SECRET: &str = "secret";

/// Keep an access's secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetAccessSecret {
    pub access: CatalogId,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Whether this machine has an access's secret.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskAccessSecret {
    pub access: CatalogId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AccessSecret {
    pub kept: bool,
    /// Where it is, if it is kept.
    pub place: Option<KeptIn>,
}

/// Under what the keychain holds it: no endpoint can be called so.
fn secret_place(id: &CatalogId) -> String {
    format!("access+{id}")
}

fn find(desk: &Desk, id: &CatalogId) -> Result<Access> {
    desk.catalog()?.access(id).cloned().ok_or_else(|| {
        Error::field("access", format!("There is no access “{id}”."))
            .hint("`hotfix access list` names them.")
    })
}

/// What would keep it from being used, at the field: `hosts`, `proxy`, `ca`.
pub fn check(access: &Access) -> Result<()> {
    Http::by(AllowedHosts::new(&access.hosts)?, &way(access)).map(drop)
}

fn way(access: &Access) -> Way {
    Way { proxy: access.proxy.clone(), ca: access.ca.clone() }
}

/// How what names an access is reached; as this machine does it, where nothing is named. It is looked at
/// again that the access is for that address: the catalog may have moved since it was saved. Blocks while a
/// locked keychain asks for its password. Errors are at `access` and `url`, or say which secret is missing.
pub fn reach(desk: &Desk, named: Option<Reached>) -> Result<Reach> {
    let Some(named) = named else { return Ok(Reach::default()) };
    let catalog = desk.catalog()?;
    let access = reached::named(&catalog, &named)?;
    let mut headers: Vec<(String, String)> =
        access.headers.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
    let mut mask = Mask::default();
    if access.wants_secret() {
        let secret = secret(desk, access)?;
        let secret = secret.expose_secret();
        mask = Mask::new([secret]);
        headers.extend(match &access.login {
            AccessLogin::Nobody => None,
            AccessLogin::Bearer => Some(("Authorization".into(), authorization("", secret))),
            AccessLogin::Basic { user } => {
                Some(("Authorization".into(), authorization(user.trim(), secret)))
            }
            AccessLogin::Header { name } => Some((name.clone(), secret.to_owned())),
        });
    }
    let along = Along { hosts: AllowedHosts::new(&access.hosts)?, headers };
    Ok(Reach { way: way(access), along: Some(along), mask })
}

fn secret(desk: &Desk, access: &Access) -> Result<SecretString> {
    let found = desk.secrets().recently(&secret_place(&access.id), SECRET)?;
    found.filter(|secret| !secret.expose_secret().is_empty()).ok_or_else(|| {
        let what = access.secret_word();
        Error::offline(format!("This machine has no {what} for “{}”.", access.name)).hint(format!(
            "Give it in Settings, Access, or with `hotfix access secret {}`.",
            access.id
        ))
    })
}

impl Action for SetAccessSecret {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let access = find(call.desk(), &self.access)?;
        // A wrong one is refused here, where it can be corrected.
        if !self.value.bytes().all(|byte| byte == b'\t' || (byte >= 0x20 && byte != 0x7f)) {
            let message = format!("A {} is one line of text.", access.secret_word());
            return Err(Error::field("value", message).hint("Copy it whole, and nothing after it."));
        }
        let (secrets, place) = (call.desk().secrets(), secret_place(&access.id));
        if self.session {
            secrets.set_for_session(&place, SECRET, &self.value);
        } else {
            secrets.set(&place, SECRET, &self.value)?;
        }
        Ok(Done {})
    }
}

impl Action for AskAccessSecret {
    type Answer = AccessSecret;

    fn run(self, call: &Call) -> Result<AccessSecret> {
        let access = find(call.desk(), &self.access)?;
        let found = call.desk().secrets().find(&secret_place(&access.id), SECRET)?;
        // One that was emptied for this session is none.
        let kept = found.filter(|(secret, _)| !secret.expose_secret().is_empty());
        let place = kept.map(|(_, place)| place);
        Ok(AccessSecret { kept: place.is_some(), place })
    }
}
