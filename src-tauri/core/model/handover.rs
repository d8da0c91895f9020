//! A note from one shift to the next: what the events of its stream add up to.

use super::Meta;
use crate::{
    clock::Instant,
    event::{Event, HandOverText, words::*},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A hand-over note.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HandOverNote {
    pub key: HandOverKey,
    #[ts(type = "number")]
    pub version: u64,
    pub from: PersonId,
    pub to: PersonId,
    /// What it is about; everything where none is named.
    pub products: Vec<CatalogId>,
    pub text: HandOverText,
    pub at: Option<Instant>,
    /// When whom it is for said that they have read it.
    pub read_at: Option<Instant>,
}

impl HandOverNote {
    pub(super) fn apply(&mut self, event: &Event, meta: &Meta) {
        self.version = meta.version;
        match event {
            Event::DutyHandedOver { to, products, private } => {
                self.key = HandOverKey(meta.stream.clone());
                self.from = meta.actor.clone();
                self.to.clone_from(to);
                self.products.clone_from(products);
                self.text = private.clone();
                self.at = Some(meta.at);
            }
            Event::HandOverRead {} => self.read_at = Some(meta.at),
            _ => {}
        }
    }
}
