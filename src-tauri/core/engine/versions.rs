//! What runs where, as the endpoints tell it: asked now and then, and whenever a person wants to know.
//! A difference from what is believed becomes an event; what they said is operational state.

use super::{Engine, Outside};
use crate::{
    desk::Call,
    error::Result,
    event::words::*,
    integrations::deploy::Place,
    model::deployment::{LastTold, TargetTold},
    stages::deploy::{HearVersion, Heard},
    store::operational::TOLD,
};
use std::{sync::Arc, time::Duration};

/// How often an environment is asked; besides, once as soon as something else runs there.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// Asks each environment that is due, and where nothing is being deployed.
pub(super) async fn versions(engine: &Engine) -> Result<()> {
    let catalog = engine.blocking(|engine| engine.desk.catalog()).await?;
    for product in catalog.products() {
        for environment in product.environments.iter().filter(|one| !one.targets.is_empty()) {
            let (id, place) = (product.id.clone(), environment.id.clone());
            let (held, since) = engine
                .blocking(move |engine| {
                    engine.desk.as_engine(None).judge(|state, _| {
                        let state = state.environment(&id, &place)?;
                        let since = state.running.as_ref().map(|running| running.since);
                        Ok((state.held_by.is_some(), since))
                    })
                })
                .await?;
            let name = format!("version/{}/{}", product.id, environment.id);
            let due = format!("{name}/{}", since.map_or(0, |since| since.micros()));
            if held || engine.is_busy(&name) || !engine.is_due(&due, EVERY) {
                continue;
            }
            let Some(busy) = engine.claim(name) else { continue };
            let (engine, product, environment) =
                (engine.clone(), product.id.clone(), environment.clone());
            tokio::spawn(async move {
                let _busy = busy;
                let targets = ask(&engine.outside, &product, &environment).await;
                let told = LastTold { at: engine.desk.now(), since, targets };
                let noted = engine
                    .blocking(move |engine| {
                        let call = engine.desk.as_engine(engine.fence());
                        take_in(&call, product, environment.id, told)
                    })
                    .await;
                if let Err(error) = noted {
                    tracing::warn!(%error, "what an endpoint said of its version was lost");
                }
            });
        }
    }
    Ok(())
}

/// What the endpoint of each target says, all asked at once.
pub async fn ask(
    outside: &Arc<dyn Outside>,
    product: &CatalogId,
    environment: &Environment,
) -> Vec<TargetTold> {
    let mut asked = tokio::task::JoinSet::new();
    for (index, target) in environment.targets.iter().cloned().enumerate() {
        let outside = Arc::clone(outside);
        let place = Place {
            product: product.0.clone(),
            environment: environment.id.clone(),
            target: target.id.clone(),
        };
        asked.spawn(async move { (index, one(outside, target, place).await) });
    }
    let mut told = Vec::new();
    while let Some(one) = asked.join_next().await {
        match one {
            Ok(one) => told.push(one),
            Err(error) => tracing::warn!(%error, "an endpoint was not asked to the end"),
        }
    }
    told.sort_by_key(|(index, _)| *index);
    told.into_iter().map(|(_, told)| told).collect()
}

async fn one(outside: Arc<dyn Outside>, target: Target, place: Place) -> TargetTold {
    let mut told = TargetTold {
        target: target.id.clone(),
        endpoint: target.endpoint.clone(),
        version: String::new(),
        commit: String::new(),
        package: String::new(),
        error: String::new(),
    };
    // Secrets come out of the keychain, which may take its time.
    let ready = tokio::task::spawn_blocking(move || outside.endpoint(&target)).await;
    let answer = match ready {
        Ok(Ok(endpoint)) => endpoint.version(&place).await.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match answer {
        Ok(Some(said)) => {
            told.version = said.version;
            told.commit = said.commit.unwrap_or_default();
            told.package = said.package.unwrap_or_default();
        }
        Ok(None) => {}
        Err(error) => told.error = error,
    }
    told
}

/// Decides about what was said, and keeps it beside the journal.
pub fn take_in(
    call: &Call,
    product: CatalogId,
    environment: String,
    told: LastTold,
) -> Result<Heard> {
    let store = call.desk().store();
    let name = format!("{TOLD}{product}/{environment}");
    let before: Option<LastTold> =
        store.setting(&name)?.and_then(|text| serde_json::from_str(&text).ok());
    let heard_before = before.as_ref().is_some_and(|before| {
        before.since == told.since && before.targets.iter().any(|one| !one.version.is_empty())
    });
    let heard = call.command(&HearVersion {
        product,
        environment,
        since: told.since,
        first: !heard_before,
        told: told.targets.clone(),
    })?;
    if heard != Heard::MovedOn {
        store.set_setting(&name, &serde_json::to_string(&told)?)?;
        if before.is_none_or(|before| before.targets != told.targets) {
            call.desk().announce(vec!["environment".into()]);
        }
    }
    Ok(heard)
}
