//! Commands on this machine, of endpoints and of probes: allowed twice, and an endpoint's made ready.
//!
//! The workspace allows programs at all (journaled), and this machine allows each command as it is
//! written, word by word. The second is kept beside the workspace's file and not in it: opening a file
//! that somebody sent must run nothing, and the engine asks for the health of every endpoint by itself.
//! A command that is changed has to be allowed again.

use super::super::{Call, Desk, actions::Action, lock};
use crate::{
    error::{Error, Result},
    event::words::*,
    integrations::deploy::command::{CommandEndpoint, Program, run::Watching, variable_of},
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::PathBuf,
    sync::Mutex,
    time::Duration,
};
use ts_rs::TS;

/// Two calls of this program must not write the list at once.
static WRITING: Mutex<()> = Mutex::new(());

/// Whether an endpoint's command may run here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskEndpointCommand {
    pub endpoint: CatalogId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndpointCommandView {
    /// The workspace lets programs of this machine be run.
    pub workspace: bool,
    /// This machine lets these very words be run.
    pub machine: bool,
    /// What secrets are called among its variables.
    pub variables: Vec<String>,
}

/// Let an endpoint's command, as it is saved, be run on this machine, or not any more.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AllowEndpointCommand {
    pub endpoint: CatalogId,
    pub on: bool,
}

fn no_folder() -> Error {
    Error::offline("This machine has no folder where it could keep what may be run here.")
        .hint("Set HOME, or XDG_DATA_HOME.")
}

fn list_of(desk: &Desk) -> Result<PathBuf> {
    let folder = desk.0.commands.as_ref().ok_or_else(no_folder)?;
    Ok(folder.join(format!("{}.allowed", desk.store().id())))
}

/// What was looked at when it was allowed.
fn mark(endpoint: &Endpoint) -> Result<String> {
    let said = serde_json::to_vec(&(&endpoint.id, &endpoint.command, &endpoint.secrets))?;
    Ok(hex::encode(Sha256::digest(said)))
}

fn listed(desk: &Desk) -> Result<BTreeSet<String>> {
    let Ok(path) = list_of(desk) else { return Ok(BTreeSet::new()) };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(Error::offline(format!("{} cannot be read: {error}.", path.display()))),
    }
}

fn command_of(desk: &Desk, id: &CatalogId) -> Result<Endpoint> {
    let catalog = desk.catalog()?;
    let endpoint = super::endpoint(&catalog, id)?;
    if endpoint.recipe != COMMAND {
        return Err(Error::field("endpoint", format!("{} runs no command.", endpoint.name)));
    }
    Ok(endpoint.clone())
}

impl Action for AskEndpointCommand {
    type Answer = EndpointCommandView;

    fn run(self, call: &Call) -> Result<EndpointCommandView> {
        let endpoint = command_of(call.desk(), &self.endpoint)?;
        Ok(EndpointCommandView {
            workspace: runs_programs(call.desk())?,
            machine: is_allowed(call.desk(), &mark(&endpoint)?)?,
            variables: endpoint.secrets.iter().map(|name| variable_of(name)).collect(),
        })
    }
}

impl Action for AllowEndpointCommand {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let endpoint = command_of(call.desk(), &self.endpoint)?;
        allow(call.desk(), mark(&endpoint)?, self.on)?;
        Ok(Done {})
    }
}

/// A program with its words and its folder, for something.
#[derive(Serialize)]
pub struct Words<'a> {
    pub what: &'a str,
    pub argv: &'a [String],
    pub folder: &'a str,
}

impl Words<'_> {
    /// What is looked at when they are allowed.
    pub fn mark(&self) -> Result<String> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(self)?)))
    }
}

/// Lets what has this mark be run on this machine, or not any more.
pub fn allow(desk: &Desk, mark: String, on: bool) -> Result<()> {
    let path = list_of(desk)?;
    let _writing = lock(&WRITING);
    let mut all = listed(desk)?;
    let changed = if on { all.insert(mark) } else { all.remove(&mark) };
    if changed {
        let folder = path.parent().ok_or_else(no_folder)?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        for line in &all {
            writeln!(file, "{line}")?;
        }
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
    }
    Ok(())
}

/// Whether this machine lets it be run.
pub fn is_allowed(desk: &Desk, mark: &str) -> Result<bool> {
    Ok(listed(desk)?.contains(mark))
}

/// Whether the workspace lets programs of this machine be run at all.
pub fn runs_programs(desk: &Desk) -> Result<bool> {
    desk.me()?.judge(|state, _| Ok(state.workspace()?.test_commands))
}

/// Refused unless it does.
pub fn workspace_allows(desk: &Desk) -> Result<()> {
    if runs_programs(desk)? {
        return Ok(());
    }
    Err(Error::denied("This workspace does not allow programs of this machine.").hint(
        "Allow them in Settings, Workspace, or with `hotfix call tests_allow '{\"on\":true}'`: they \
         run with your rights.",
    ))
}

/// Refused unless the workspace lets programs be run, and this machine the one with this mark. `whose` command it
/// is, and what to do where the machine does not.
pub fn allowed(desk: &Desk, mark: &str, whose: &str, hint: &str) -> Result<()> {
    workspace_allows(desk)?;
    if !is_allowed(desk, mark)? {
        let message =
            format!("The command of {whose} was not allowed on this machine as it is now.");
        return Err(Error::denied(message).hint(hint));
    }
    Ok(())
}

/// The endpoint, ready to run its programs: refused unless both have allowed it.
pub fn ready(
    desk: &Desk,
    endpoint: &Endpoint,
    secrets: BTreeMap<String, String>,
) -> Result<CommandEndpoint> {
    let command = endpoint.command.clone().unwrap_or_default();
    let hint = format!(
        "Look at its words in Settings, Endpoints, and allow it there, or with `hotfix endpoint \
         allow {}`.",
        endpoint.id
    );
    allowed(desk, &mark(endpoint)?, &endpoint.name, &hint)?;
    let missing = endpoint.secrets.iter().find(|name| !secrets.contains_key(*name));
    if let Some(name) = missing {
        return Err(super::no_secret(name));
    }
    let folder = desk.0.commands.as_ref().ok_or_else(no_folder)?;
    Ok(CommandEndpoint::new(Program {
        start: command.argv,
        rollback: command.rollback,
        health: command.health,
        version: command.version,
        folder: command.folder.trim().into(),
        variables: command.environment,
        patience: Duration::from_secs(u64::from(command.timeout_minutes) * 60),
        secrets,
        runs: folder.join("runs").join(desk.store().id().to_string()),
        watching: Watching::of_this_program()?,
    }))
}
