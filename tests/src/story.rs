//! Who works at the shop, what it runs and by which rules: the catalog that the journey in the core
//! and the one in the window both begin with.

use crate::shop::{Environment, Shop};
use hotfix_core::desk::Desk;
use serde_json::{Value, json};

/// Fills the catalog and sits down as Rita. `watch_minutes` is how long a hot fix is watched.
pub fn fill_catalog(desk: &Desk, shop: &Shop, watch_minutes: u32) {
    let call = |name: &str, request: Value| {
        if let Err(error) = desk.call(name, request.clone()) {
            panic!("{name} {request}: {error}");
        }
    };
    let save = |object: Value| call("catalog_save", json!({ "object": object }));
    for (id, name, roles) in [
        ("rita", "Rita Marsh", json!(["release_manager", "owner"])),
        ("dana", "Dana Novak", json!(["developer"])),
        ("marc", "Marc Weber", json!(["approver"])),
        ("sam", "Sam Okafor", json!(["support"])),
    ] {
        save(json!({
            "kind": "person", "id": id, "name": name, "mail": format!("{id}@example.org"),
            "roles": roles, "zone": "UTC",
        }));
    }
    save(json!({ "kind": "team", "id": "support", "name": "Support", "members": ["sam"] }));
    let mut environments = Vec::new();
    for (place, production) in [(&shop.staging, false), (&shop.production, true)] {
        let endpoint = format!("{}-agent", place.name);
        save(json!({
            "kind": "endpoint", "id": endpoint, "name": format!("{} agent", title(place)),
            "recipe": "generic-http", "base_url": place.agent_url,
        }));
        environments.push(json!({
            "id": place.name, "name": title(place), "production": production, "soak_minutes": 0,
            "rollout": { "health_seconds": 2 },
            "targets": [{ "id": format!("{}-1", place.name), "wave": 1, "endpoint": endpoint }],
            "probes": [{
                "id": "healthz", "name": "Shop answers", "url": format!("{}/healthz", place.shop_url),
                "expect_status": 200, "every_seconds": 1,
            }],
        }));
    }
    save(json!({
        "kind": "product", "id": "shop", "name": "Lantern & Loom", "components": ["Checkout"],
        "versions": ["4.8.0"], "branches": [], "repository": shop.repository,
        "environments": environments,
    }));
    save(json!({
        "kind": "policy", "id": "standard", "name": "Standard", "approvals": 1,
        "approver_roles": ["approver"], "approval_hours": 24, "monitoring_minutes": watch_minutes,
        "tell_before": true, "override_roles": ["owner"],
    }));
    save(json!({
        "kind": "checklist", "id": "checks", "name": "After a deployment",
        "items": [
            { "id": "backup", "kind": "procedure", "text": "The database was backed up", "required": true },
            { "id": "fixed", "kind": "functional", "text": "A saved card can pay", "required": true },
        ],
    }));
    call("profile_choose", json!({ "person": "rita" }));
}

/// What an environment is called in the window.
pub fn title(place: &Environment) -> String {
    let mut name = place.name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
