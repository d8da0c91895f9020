//! Endpoints: where deployments are called, and by which way.

use super::CatalogId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The recipe of an endpoint that runs a program of this machine.
pub const COMMAND: &str = "command";
/// The recipe of an endpoint whose recipe's text is its own.
pub const CUSTOM: &str = "custom";

/// Where deployments are called. Secrets are named here and kept in the keychain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Endpoint {
    pub id: CatalogId,
    pub name: String,
    /// A recipe that ships with the program (`generic-http`), `custom`, or `command`.
    pub recipe: String,
    /// The text of a custom recipe; empty otherwise.
    #[serde(default)]
    pub recipe_text: String,
    /// The recipe's setting of that name; empty where the recipe has none, or one of its own.
    #[serde(default)]
    pub base_url: String,
    /// The recipe's other settings. A target's own value goes before.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// `host` or `host:port` that calls may reach; empty means those of its addresses.
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default)]
    pub secrets: Vec<String>,
    /// `http://host:port` of the proxy that its calls go through; empty for none.
    #[serde(default)]
    pub proxy: String,
    /// Certificates (PEM) of the authorities that alone are trusted here; empty for this machine's.
    #[serde(default)]
    pub ca: String,
    /// What the recipe `command` runs.
    #[serde(default)]
    pub command: Option<EndpointCommand>,
}

/// Programs of this machine that deploy: each a list of words, never through a shell. A word that is
/// `{{target}}` stands for a value; the first one is the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct EndpointCommand {
    /// What a deployment runs.
    pub argv: Vec<String>,
    /// What a rollback runs; empty if it cannot roll back.
    pub rollback: Vec<String>,
    /// Ends with 0 if all is well; empty if nothing is asked.
    pub health: Vec<String>,
    /// Prints the version that runs, on its first line; empty if nothing is asked.
    pub version: Vec<String>,
    /// An absolute path.
    pub folder: String,
    /// Names of variables of this program's surroundings that it sees too.
    pub environment: Vec<String>,
    pub timeout_minutes: u32,
}
