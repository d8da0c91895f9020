//! How a host outside is reached by what looks at it: probes, gates and automatic checks.

use super::CatalogId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is sent along to some hosts, and by which way they are reached. The secret of its login is kept in
/// the keychain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Access {
    pub id: CatalogId,
    pub name: String,
    /// `host` or `host:port` that it is for, one at least. Nothing of it goes to any other.
    pub hosts: Vec<String>,
    #[serde(default)]
    pub headers: Vec<AccessHeader>,
    #[serde(default)]
    pub login: AccessLogin,
    /// `http://host:port` of the proxy that its calls go through; empty for none.
    #[serde(default)]
    pub proxy: String,
    /// Certificates (PEM) of the authorities that alone are trusted here; empty for this machine's.
    #[serde(default)]
    pub ca: String,
}

/// Sent with every request, for everybody to read: no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AccessHeader {
    pub name: String,
    pub value: String,
}

/// As whom it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum AccessLogin {
    #[default]
    Nobody,
    /// A token (RFC 6750).
    Bearer,
    /// A user and a password (RFC 7617).
    Basic { user: String },
    /// The secret is the whole value of a header, such as `X-Api-Key`.
    Header { name: String },
}

/// What names an access: which, for which address.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'a> {
    pub access: &'a CatalogId,
    pub url: &'a str,
    /// No proxy can be asked on its behalf.
    pub directly: bool,
}

impl Access {
    pub fn wants_secret(&self) -> bool {
        self.login != AccessLogin::Nobody
    }

    /// What its secret is called.
    pub fn secret_word(&self) -> &'static str {
        match self.login {
            AccessLogin::Basic { .. } => "password",
            AccessLogin::Bearer => "token",
            AccessLogin::Header { .. } | AccessLogin::Nobody => "secret",
        }
    }
}
