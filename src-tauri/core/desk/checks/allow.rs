//! The command of a check is allowed twice, as an endpoint's is: by the workspace, and by this machine for these
//! very words in this very folder. Opening a file that somebody sent must run nothing.

use crate::{
    desk::{
        Call, Desk,
        actions::Action,
        reach::commands::{Words, allow, is_allowed, runs_programs, workspace_allows},
    },
    error::{Error, Result},
    event::words::*,
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use ts_rs::TS;

/// Whether the command of a check may run here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskCheckCommand {
    pub how: CheckHow,
    /// Whose repository a folder without a beginning is below.
    #[serde(default)]
    pub product: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckCommandView {
    /// The workspace lets programs of this machine be run.
    pub workspace: bool,
    /// This machine lets these very words be run there.
    pub machine: bool,
    /// Where it runs.
    pub folder: String,
    /// Why that cannot be told.
    pub problem: Option<String>,
}

/// Let the command of a check, as it is written, be run on this machine, or not any more.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AllowCheckCommand {
    pub how: CheckHow,
    #[serde(default)]
    pub product: Option<CatalogId>,
    pub on: bool,
}

/// What was looked at when it was allowed: the words, and where they run.
fn mark(argv: &[String], folder: &Path) -> Result<String> {
    Words { what: "check", argv, folder: &folder.to_string_lossy() }.mark()
}

fn command(how: &CheckHow) -> Result<&CheckCommand> {
    match how {
        CheckHow::Command(command) => Ok(command),
        _ => Err(Error::field("how.by", "This check runs no command.")),
    }
}

impl Action for AskCheckCommand {
    type Answer = CheckCommandView;

    fn run(self, call: &Call) -> Result<CheckCommandView> {
        let command = command(&self.how)?;
        let workspace = runs_programs(call.desk())?;
        let folder = super::local::folder(call, self.product.as_ref(), &command.folder);
        Ok(match folder {
            Ok(folder) => CheckCommandView {
                workspace,
                machine: is_allowed(call.desk(), &mark(&command.argv, &folder)?)?,
                folder: folder.display().to_string(),
                problem: None,
            },
            Err(error) => CheckCommandView {
                workspace,
                machine: false,
                folder: String::new(),
                problem: Some(error.message),
            },
        })
    }
}

impl Action for AllowCheckCommand {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let command = command(&self.how)?;
        let folder = super::local::folder(call, self.product.as_ref(), &command.folder)?;
        allow(call.desk(), mark(&command.argv, &folder)?, self.on)?;
        Ok(Done {})
    }
}

/// Refused unless both have allowed it.
pub fn granted(desk: &Desk, argv: &[String], folder: &Path) -> Result<()> {
    workspace_allows(desk)?;
    if is_allowed(desk, &mark(argv, folder)?)? {
        return Ok(());
    }
    let message = "The command of this check was not allowed on this machine as it is now.";
    Err(Error::denied(message).hint(
        "Whoever sits here looks at its words and allows it beside the check, in Settings, Checklists, \
         or with `hotfix fix validate allow KEY CHECK`.",
    ))
}
