//! A calendar elsewhere that deployments are published to, and which of them.

use super::CatalogId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A CalDAV collection that is kept in step with the deployments of its scope. Each list limits it to
/// any of what it names; an empty one does not limit it.
///
/// The password is in the keychain alone, under the mark and the server: it goes to no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishedCalendar {
    pub id: CatalogId,
    #[serde(default)]
    pub name: String,
    /// Of the collection: https://dav.example.com/calendars/team/releases/.
    pub address: String,
    /// Empty where the server wants nobody to log in.
    #[serde(default)]
    pub user: String,
    /// Chosen at random once, and never again: by it our events are known there, whatever else is in
    /// the calendar and whoever else publishes to it.
    pub mark: String,
    #[serde(default)]
    pub products: Vec<CatalogId>,
    #[serde(default)]
    pub environments: Vec<String>,
    #[serde(default)]
    pub production_only: bool,
    #[serde(default)]
    pub paused: bool,
}

impl PublishedCalendar {
    /// Whether a deployment is one of those that are published there.
    pub fn covers(&self, product: &CatalogId, environment: &str, production: bool) -> bool {
        (self.products.is_empty() || self.products.contains(product))
            && (self.environments.is_empty()
                || self.environments.iter().any(|one| one == environment))
            && (production || !self.production_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_limits_by_each_of_its_lists_and_by_production() {
        let shop = CatalogId::from("shop");
        let all = PublishedCalendar::default();
        assert!(all.covers(&shop, "staging", false));
        let live = PublishedCalendar { production_only: true, ..all.clone() };
        assert!(live.covers(&shop, "production", true) && !live.covers(&shop, "staging", false));
        let some = PublishedCalendar {
            products: vec!["wiki".into(), "shop".into()],
            environments: vec!["staging".into()],
            ..all
        };
        assert!(some.covers(&shop, "staging", false));
        assert!(!some.covers(&shop, "production", true));
        assert!(!some.covers(&"billing".into(), "staging", false));
    }
}
