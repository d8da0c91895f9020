//! The secrets of endpoints: which this machine has, and giving one. Values never come back.

use super::super::{Call, actions::Action};
use crate::{error::Result, event::words::*, secrets::KeptIn, stages::Done};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Keep a secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetSecret {
    pub endpoint: CatalogId,
    pub name: String,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Which of an endpoint's secrets this machine has. Their values never come here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListSecrets {
    pub endpoint: CatalogId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SecretRow {
    pub name: String,
    pub kept: bool,
    /// Where it is, if it is kept.
    pub place: Option<KeptIn>,
    /// Why it cannot be told, with the remedy.
    pub problem: Option<String>,
}

impl Action for SetSecret {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        if self.session {
            call.desk().secrets().set_for_session(&self.endpoint.0, &self.name, &self.value);
        } else {
            call.desk().secrets().set(&self.endpoint.0, &self.name, &self.value)?;
        }
        Ok(Done {})
    }
}

impl Action for ListSecrets {
    type Answer = Vec<SecretRow>;

    fn run(self, call: &Call) -> Result<Vec<SecretRow>> {
        let catalog = call.desk().catalog()?;
        let endpoint = super::endpoint(&catalog, &self.endpoint)?;
        let secrets = call.desk().secrets();
        let mut silent: Option<String> = None;
        let row = |name: &String| {
            // A keychain that is locked is asked once, not once for each.
            let found = match &silent {
                Some(_) => Ok(None),
                None => secrets.find(&endpoint.id.0, name),
            };
            let (place, problem) = match found {
                Ok(found) => (found.map(|(_, place)| place), silent.clone()),
                Err(error) => {
                    let hint = error.hint.as_deref().unwrap_or_default();
                    silent = Some(format!("{} {hint}", error.message).trim_end().to_owned());
                    (None, silent.clone())
                }
            };
            SecretRow { name: name.clone(), kept: place.is_some(), place, problem }
        };
        Ok(endpoint.secrets.iter().map(row).collect())
    }
}
