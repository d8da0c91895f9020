//! What is known of a thing from elsewhere as its events made it: the issue that it became, and how
//! much of what the source tells has been counted. No rules.

use crate::event::{Event, words::*};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    pub version: u64,
    pub issue: Option<IssueKey>,
    /// The happenings of it that go on, by the short names that the source gave them.
    pub going_on: BTreeSet<String>,
    /// How often the source itself counted it.
    pub total: u64,
    /// It is over there.
    pub over: bool,
}

impl Taken {
    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        match event {
            Event::OriginTaken { issue, .. } => self.issue = Some(issue.clone()),
            Event::OriginSeen { began, ended, total, over } => {
                for mark in ended {
                    self.going_on.remove(mark);
                }
                self.going_on.extend(began.iter().cloned());
                self.total = self.total.max(*total);
                self.over = over.unwrap_or(self.over);
            }
            _ => {}
        }
    }
}
