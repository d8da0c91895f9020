//! The question to a reporter before it is asked: the words of a template of the catalog with the
//! issue's own names in them, for a person to change.

use crate::{
    error::{Error, Result},
    event::words::*,
    model::{
        Actor, Judge, State,
        issue::Issue,
        template::{Values, render},
    },
};
use minijinja::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What is asked where the catalog has no template for it.
const USUAL: &str = "You reported “{{ title }}” ({{ key }}). To go on, we need to know:\n\n\
    - What did you do right before it happened?\n\
    - Does it happen every time?\n\
    - Which version do you use, and since when do you see it?\n";

/// Show the question before it is asked.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct QuestionPreview {
    pub key: IssueKey,
    /// A template of the catalog; the first one for questions if left out.
    #[serde(default)]
    pub template: Option<CatalogId>,
}

/// A question, filled in for one issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskedReporter {
    pub text: String,
    /// The words with their names not filled in: for several issues at once.
    pub words: String,
    pub template: Option<CatalogId>,
}

impl QuestionPreview {
    pub fn judge(&self, state: &State, _: &Actor) -> Judge<AskedReporter> {
        let issue = state.issue(&self.key)?;
        let mut fitting =
            state.catalog.templates().filter(|template| template.purpose == Purpose::Question);
        let template = match &self.template {
            None => fitting.next(),
            Some(id) => Some(fitting.find(|template| &template.id == id).ok_or_else(|| {
                Error::field("template", format!("There is no question “{id}”."))
                    .hint("Settings, Templates lists them.")
            })?),
        };
        let words = template.map_or_else(|| USUAL.to_owned(), |template| template.body.clone());
        Ok(AskedReporter {
            text: fill("template", &words, state, issue)?,
            words,
            template: template.map(|template| template.id.clone()),
        })
    }
}

/// The words with the issue's own names in them.
pub fn fill(field: &str, words: &str, state: &State, issue: &Issue) -> Result<String> {
    let product = issue.product.as_ref();
    let name = product.and_then(|id| state.catalog.product(id)).map(|one| one.name.clone());
    let owner = issue.owner.as_ref().map(|owner| state.catalog.name_of(owner));
    let text = |name, text: String| (name, Value::from(text));
    // A person looks at it before it is asked, so all that is known may be used.
    let values = Values::new(
        BTreeMap::from([
            text("key", issue.key.0.clone()),
            text("title", issue.text.title.clone()),
            text("product", name.unwrap_or_default()),
            text("priority", issue.priority().map_or("", Priority::name).to_owned()),
            ("issues", Value::from(vec![issue.key.0.clone()])),
            ("affected", Value::from(issue.affected)),
            text("workaround", issue.text.workaround.clone()),
            text("cause", String::new()),
            text("solution", String::new()),
            ("revision", Value::from(0)),
            text("owner", owner.unwrap_or_default()),
        ]),
        Readers::Internal,
    );
    render(field, words, &values)
}
