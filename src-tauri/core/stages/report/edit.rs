//! What was reported is corrected: its words, and what it is about.
//!
//! An edit brings the whole report. It is refused where the report was written since the version that
//! the edit names, or something of it was erased; comments, triage and the like are no reason.

use super::super::{Command, Done, not_moved, required};
use crate::{
    error::Error,
    event::{Event, ReportText, words::*},
    model::{Actor, Decide, Decided, State, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Correct what an issue says. `base` is the version of the issue that the edit is based on; none
/// writes over whatever stands there.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct EditIssue {
    pub key: IssueKey,
    #[ts(type = "number | null")]
    pub base: Option<u64>,
    pub text: ReportText,
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub component: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub environment: String,
}

impl Command for EditIssue {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        let (theirs, mine) = self.differences(issue);
        not_moved(self.base, issue.edited, &self.key.0, &theirs.join("\n"), &mine.join("\n"))?;
        required("text.title", &self.text.title, "The sentence that says what is wrong")?;
        if let Some(product) = &self.product {
            state.product(product)?;
            if let (IssueState::InHotFix, Some(hotfix)) = (issue.state, &issue.hotfix) {
                let fixed = &state.hotfix(hotfix)?.product;
                if product != fixed {
                    return Err(Error::field(
                        "product",
                        format!("{} is in {hotfix}, which changes {fixed}.", self.key),
                    )
                    .hint("A hot fix changes one product; undo that it was taken in first.")
                    .into());
                }
            }
        }
        let mut decided = Decided::new(Done {});
        if theirs != mine || self.text.reporter != issue.text.reporter {
            decided.push(
                &self.key.0,
                Event::IssueEdited {
                    product: self.product.clone(),
                    component: self.component.trim().to_owned(),
                    version: self.version.trim().to_owned(),
                    environment: self.environment.trim().to_owned(),
                    private: self.text.clone(),
                },
            );
        }
        Ok(decided)
    }
}

impl EditIssue {
    /// What differs, as it stands there and as it is to be; both empty if nothing does.
    fn differences<'a>(&'a self, issue: &'a Issue) -> (Vec<&'a str>, Vec<&'a str>) {
        let id = |product: &'a Option<CatalogId>| product.as_ref().map_or("", CatalogId::as_str);
        let (there, here) = (&issue.text, &self.text);
        let fields: [(&'a str, &'a str); 11] = [
            (id(&issue.product), id(&self.product)),
            (&issue.component, self.component.trim()),
            (&issue.product_version, self.version.trim()),
            (&issue.environment, self.environment.trim()),
            (&there.title, &here.title),
            (&there.description, &here.description),
            (&there.steps, &here.steps),
            (&there.expected, &here.expected),
            (&there.actual, &here.actual),
            (&there.workaround, &here.workaround),
            (&there.tell_caller, &here.tell_caller),
        ];
        fields.iter().filter(|(was, is)| was != is).copied().unzip()
    }
}
