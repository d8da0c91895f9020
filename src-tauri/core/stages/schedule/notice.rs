//! Who is told of a deployment, and when. The audiences of the catalog say it for each product and
//! environment; a plan may say otherwise. Somebody always looks at the text and sends it: a due
//! notice waits for a person, it never leaves by itself.

use crate::{
    error::{Error, Result},
    event::{Event, Note, words::*},
    model::{
        Actor, Decide, Decided, Judge, State,
        notice::{NoticeStand, NoticeState, notices, usual},
    },
    stages::{Command, Done, check_leads, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be told of a deployment, and what was.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskNotices {
    pub key: DeploymentKey,
}

impl AskNotices {
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<Vec<NoticeStand>> {
        Ok(notices(state.deployment(&self.key)?, by.at))
    }
}

/// Whom a deployment of this product into this environment is told to, as the catalog has it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskAudiences {
    pub product: CatalogId,
    pub environment: String,
}

impl AskAudiences {
    pub fn judge(&self, state: &State, _: &Actor) -> Judge<Vec<NoticePlan>> {
        Ok(usual(state, &self.product, &self.environment))
    }
}

/// The plan of who is told, each audience known and named once.
pub(super) fn check(state: &State, plans: &[NoticePlan]) -> Result<Vec<NoticePlan>> {
    let mut checked: Vec<NoticePlan> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let place = format!("expected.notices.{index}");
        if !state.catalog.audiences().any(|one| one.id == plan.audience) {
            let message = format!("There is no audience “{}”.", plan.audience);
            return Err(Error::field(&place, message));
        }
        if checked.iter().any(|one| one.audience == plan.audience) {
            return Err(Error::field(&place, format!("“{}” is named twice.", plan.audience)));
        }
        let mut tell = plan.tell.clone();
        check_leads(&format!("{place}.tell.before_minutes"), &tell.before_minutes)?;
        tell.before_minutes.sort_unstable_by(|one, other| other.cmp(one));
        tell.before_minutes.dedup();
        checked.push(NoticePlan { audience: plan.audience.clone(), tell });
    }
    Ok(checked)
}

/// Leave a due notice out: nobody is told, and the reason is kept.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SkipNotice {
    pub key: DeploymentKey,
    pub notice: Notice,
    pub reason: String,
}

impl Command for SkipNotice {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        required("reason", &self.reason, "Why nobody is told")?;
        let stands = notices(deployment, by.at);
        let open = stands.iter().any(|one| {
            one.notice == self.notice && matches!(one.state, NoticeState::Due | NoticeState::Coming)
        });
        if !open {
            return Err(Error::denied("This notice was given already, or its time is over.").into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::NoticeGiven {
                notice: self.notice.clone(),
                message: None,
                by: by.person.clone(),
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}
