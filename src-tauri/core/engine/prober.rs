//! Probes of what is being watched, and the health of endpoints. Samples are telemetry; a limit
//! that is crossed becomes an event.

use super::Engine;
use crate::{
    error::Result,
    event::words::*,
    integrations::{
        message::{Nobody, Outgoing},
        monitor,
    },
    model::facts::EndpointHealth,
    stages::monitor::OpenBreach,
    store::telemetry::{self, Sample, samples},
};
use std::time::Duration;

/// How often an endpoint is asked whether it answers.
const ENDPOINTS: Duration = Duration::from_secs(60);

/// Samples every probe that is due.
pub(super) async fn probes(engine: &Engine) -> Result<()> {
    let watched = engine.blocking(watched).await?;
    for (hotfix, environment, spec) in watched {
        let subject = format!("{hotfix}/{environment}");
        let name = format!("{subject}/{}", spec.id);
        let every = Duration::from_secs(spec.every_seconds.max(1).into());
        if engine.is_busy(&name) || !engine.is_due(&name, every) {
            continue;
        }
        let Some(busy) = engine.claim(name) else { continue };
        let engine = engine.clone();
        tokio::spawn(async move {
            let _busy = busy;
            if let Err(error) = probe(&engine, hotfix, environment, subject, spec).await {
                tracing::warn!(%error, "a probe was lost");
            }
        });
    }
    Ok(())
}

/// What is being watched: the probes of the environments of hot fixes in Monitoring, and in
/// Rollout, so that the time before the deployment is known too.
fn watched(engine: &Engine) -> Result<Vec<(HotfixKey, String, ProbeSpec)>> {
    let rows: Vec<(String, String)> = {
        let db = engine.desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT key, product FROM hotfixes WHERE phase IN ('rollout', 'monitoring') ORDER BY num",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    let catalog = engine.desk.catalog()?;
    let mut watched = Vec::new();
    for (key, product) in rows {
        let environments =
            catalog.product(&CatalogId(product)).map(|product| product.environments.clone());
        for environment in environments.unwrap_or_default() {
            for spec in &environment.probes {
                watched.push((HotfixKey(key.clone()), environment.id.clone(), spec.clone()));
            }
        }
    }
    Ok(watched)
}

async fn probe(
    engine: &Engine,
    hotfix: HotfixKey,
    environment: String,
    subject: String,
    spec: ProbeSpec,
) -> Result<()> {
    let mut sample = match engine.outside.probe(&spec) {
        Ok(probe) => {
            let seen = probe.sample().await;
            let result = match seen.result {
                monitor::Outcome::Success => "success",
                monitor::Outcome::Failure => "failure",
                // Nothing that could be held against a limit was answered.
                monitor::Outcome::Inconclusive | monitor::Outcome::Error => "error",
            };
            Sample {
                at: engine.desk.now(),
                result: result.into(),
                value: seen.value,
                detail: seen.detail,
            }
        }
        Err(error) => Sample {
            at: engine.desk.now(),
            result: "error".into(),
            value: None,
            detail: error.to_string(),
        },
    };
    let opened = engine
        .blocking(move |engine| {
            compare(engine, &hotfix, &environment, &subject, &spec, &mut sample)?;
            let detail = sample.detail.clone();
            engine.desk.store().add_sample(&subject, &spec.id, &sample)?;
            engine.desk.announce(vec!["sample".into()]);
            let recent = samples(&*engine.desk.store().read()?, &subject, &spec.id, 20)?;
            if !crossed(&spec, &recent) {
                return Ok(None);
            }
            let request = OpenBreach {
                key: hotfix.clone(),
                probe: spec.id.clone(),
                environment: environment.clone(),
                detail,
            };
            let before = engine.desk.seq();
            match engine.desk.as_engine(engine.fence()).command(&request) {
                Ok(_) => {}
                // In Rollout there is no monitoring yet: samples alone are kept.
                Err(error) if error.kind == crate::error::Kind::Denied => return Ok(None),
                Err(error) => return Err(error),
            }
            Ok((engine.desk.seq() != before).then_some((hotfix, spec.name)))
        })
        .await?;
    if let Some((hotfix, name)) = opened {
        let notice = Outgoing {
            id: format!("{hotfix}-breach"),
            subject: format!("{hotfix}: {name} is over its limit"),
            body: "Open Monitoring to see since when and why.".into(),
            ..Outgoing::default()
        };
        if let Err(error) = engine.outside.desktop().send(&notice, &Nobody).await {
            tracing::info!(error = %error.message, "no notification was shown");
        }
    }
    Ok(())
}

/// Holds what was measured against what was usual before the deployment, where the probe says so.
fn compare(
    engine: &Engine,
    hotfix: &HotfixKey,
    environment: &str,
    subject: &str,
    spec: &ProbeSpec,
    sample: &mut Sample,
) -> Result<()> {
    let (Some(per_cent), Some(value), "success") =
        (spec.above_before, sample.value, sample.result.as_str())
    else {
        return Ok(());
    };
    let deployed_at = engine.desk.as_engine(None).judge(|state, _| {
        let mut at = None;
        for key in &state.hotfix(hotfix)?.deployments {
            let deployment = state.deployment(key)?;
            if deployment.environment == environment {
                at = deployment.deployed_at.or(at);
            }
        }
        Ok(at)
    })?;
    let Some(deployed_at) = deployed_at else { return Ok(()) };
    let usual = telemetry::before(&*engine.desk.store().read()?, subject, &spec.id, deployed_at)?;
    let Some(usual) = usual else { return Ok(()) };
    if spec.most(Some(usual)).is_some_and(|most| value > most) {
        sample.result = "failure".into();
        sample.detail = format!(
            "{value:.3} is more than {per_cent} % above {usual:.3}, which was usual before"
        );
    }
    Ok(())
}

/// Failures or errors in a row, over their limit (strictly).
fn crossed(spec: &ProbeSpec, recent: &[Sample]) -> bool {
    let in_a_row =
        |result: &str| recent.iter().rev().take_while(|sample| sample.result == result).count();
    in_a_row("failure") > spec.failure_limit as usize
        || in_a_row("error") > spec.error_limit as usize
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn sample(result: &str) -> Sample {
        Sample {
            at: Instant::from_micros(1),
            result: result.into(),
            value: None,
            detail: String::new(),
        }
    }

    #[test]
    fn the_narrower_of_its_own_limit_and_what_was_usual_counts() {
        let spec = |more: serde_json::Value| -> ProbeSpec {
            let mut spec = serde_json::json!({
                "id": "p", "name": "Errors", "url": "http://p/", "expect_status": 200, "every_seconds": 1,
            });
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(spec).unwrap()
        };
        use serde_json::json;
        let query = spec(json!({ "by": "prometheus", "at_most": 10, "above_before": 20 }));
        assert_eq!(query.most(None), Some(10.0));
        assert_eq!(query.most(Some(2.0)), Some(2.4));
        assert_eq!(query.most(Some(90.0)), Some(10.0));
        let http = spec(json!({ "max_millis": 500, "at_most": 1 }));
        assert_eq!(http.most(Some(2.0)), Some(500.0), "a limit of a query is none of an answer");
        assert_eq!(spec(json!({})).most(Some(2.0)), None);
    }

    #[test]
    fn a_limit_is_crossed_when_strictly_exceeded_in_a_row() {
        let spec: ProbeSpec = serde_json::from_value(serde_json::json!({
            "id": "p", "name": "Checkout", "url": "http://127.0.0.1/", "expect_status": 200, "every_seconds": 1
        }))
        .unwrap();
        let run =
            |results: &[&str]| results.iter().map(|result| sample(result)).collect::<Vec<_>>();
        assert!(!crossed(&spec, &run(&["failure", "failure"])));
        assert!(crossed(&spec, &run(&["success", "failure", "failure", "failure"])));
        assert!(!crossed(&spec, &run(&["failure", "failure", "success", "failure"])));
        assert!(!crossed(&spec, &run(&["error", "error", "error", "error"])));
        assert!(crossed(&spec, &run(&["error", "error", "error", "error", "error"])));
    }
}
