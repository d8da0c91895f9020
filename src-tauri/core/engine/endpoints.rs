//! The health of endpoints: whether each of them answers, asked every minute.

use super::Engine;
use crate::{error::Result, model::facts::EndpointHealth};
use std::time::Duration;

/// How often an endpoint is asked whether it answers.
const ENDPOINTS: Duration = Duration::from_secs(60);

/// Asks each endpoint that some environment uses whether it answers.
pub(super) async fn endpoints(engine: &Engine) -> Result<()> {
    let catalog = engine.blocking(|engine| engine.desk.catalog()).await?;
    for product in catalog.products() {
        for target in product.environments.iter().flat_map(|environment| &environment.targets) {
            let Some(endpoint) = catalog.endpoint(&target.endpoint) else { continue };
            let name = format!("endpoint/{}/{}", endpoint.id, endpoint.base_url);
            if engine.is_busy(&name) || !engine.is_due(&name, ENDPOINTS) {
                continue;
            }
            let Some(busy) = engine.claim(name) else { continue };
            let (engine, endpoint) = (engine.clone(), endpoint.clone());
            tokio::spawn(async move {
                let _busy = busy;
                let asked = match engine.outside.named_endpoint(&endpoint) {
                    Ok(asked) => asked.health().await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                let at = engine.desk.now();
                let health = match asked {
                    // It answers: whether what it deploys is well is the health gate's question.
                    Ok(health) => EndpointHealth { ok: true, detail: health.detail, at },
                    Err(detail) => EndpointHealth { ok: false, detail, at },
                };
                let noted = engine.blocking(move |engine| {
                    engine.desk.set_health(endpoint.id, health);
                    Ok(())
                });
                if let Err(error) = noted.await {
                    tracing::warn!(%error, "what an endpoint said was lost");
                }
            });
        }
    }
    Ok(())
}
