//! Going through in an emergency: every blocker that may go is overridden by name with one reason, the
//! deployment is planned for now, and started.
//!
//! Overrides and plan are kept together or not at all. The start is a command of its own, so that its
//! gate is asked once more with what the endpoints say.

use super::{Call, actions::Action};
use crate::{
    error::{Error, Kind, Result},
    event::words::*,
    gates::{self, Blocker, Emergency, Gate},
    stages::{Made, approve, deploy, package, schedule},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Override everything that may go, and take the next step.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct GoThrough {
    pub key: HotfixKey,
    #[serde(default)]
    pub environment: Option<String>,
    pub reason: String,
    /// The blockers that whoever decided has seen, by code: anything else refuses it.
    pub blockers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WentThrough {
    /// Each of them opened a review.
    pub overridden: Vec<String>,
    pub deployment: Option<DeploymentKey>,
    /// The step was taken.
    pub done: bool,
    /// What is in the way all the same.
    pub left: Vec<Blocker>,
}

fn look(call: &Call, request: &GoThrough) -> Result<Emergency> {
    let environment = request.environment.as_deref();
    call.judge(|state, by| {
        gates::emergency(&state.facts(by.at), &request.key, environment, &by.person)
    })
}

fn may(found: &Emergency, request: &GoThrough) -> Result<()> {
    if request.reason.trim().is_empty() {
        return Err(Error::field("reason", "The reason is missing."));
    }
    let in_the_way: Vec<&Blocker> = found.stays.iter().chain(&found.others).collect();
    if !in_the_way.is_empty() {
        let messages: Vec<_> = in_the_way.iter().map(|one| one.message.as_str()).collect();
        let remedies: Vec<_> = in_the_way.iter().map(|one| one.remedy.as_str()).collect();
        return Err(Error::denied(messages.join(" ")).hint(remedies.join(" ")));
    }
    let unseen = found.lets_go.iter().find(|one| !request.blockers.contains(&one.code));
    match unseen {
        Some(one) => Err(Error::conflict(format!("This is in the way by now: {}", one.message))
            .hint("Look at what is left, then decide again.")),
        None => Ok(()),
    }
}

impl Action for GoThrough {
    type Answer = WentThrough;

    fn run(self, call: &Call) -> Result<WentThrough> {
        let found = look(call, &self)?;
        may(&found, &self)?;
        let over = |blocker: &str| approve::OverrideBlocker {
            key: self.key.clone(),
            gate: found.gate.name().into(),
            blocker: blocker.to_owned(),
            environment: found.environment.clone(),
            time: None,
            about: Vec::new(),
            reason: self.reason.clone(),
        };
        let mut seen = Vec::new();
        let mut overridden = Vec::new();
        for one in &found.lets_go {
            if !seen.contains(&one.code) {
                seen.push(one.code.clone());
            }
        }
        let declare = found.declares.then(|| approve::ClassifyChange {
            key: self.key.clone(),
            change: ChangeKind::Emergency,
            template: None,
            reason: self.reason.clone(),
        });
        if found.gate == Gate::Rollout {
            call.many(|many| {
                if let Some(declare) = &declare {
                    many.command(declare, None)?;
                    overridden.push(approve::EMERGENCY.into());
                }
                for code in &seen {
                    many.command(&over(code), None)?;
                    overridden.push(code.clone());
                }
                many.command(&package::StartRollout { key: self.key.clone() }, None)
            })?;
            return Ok(WentThrough { overridden, deployment: None, done: true, left: Vec::new() });
        }
        let environment = found.environment.clone().unwrap_or_default();
        let before_planning = ["predecessor_open", "soaking"];
        let deployment = call.many(|many| {
            let now = call.desk().now();
            if let Some(declare) = &declare {
                many.command(declare, None)?;
                overridden.push(approve::EMERGENCY.into());
            }
            let (first, then): (Vec<_>, Vec<_>) =
                seen.iter().partition(|code| before_planning.contains(&code.as_str()));
            for code in first {
                many.command(&over(code), None)?;
                overridden.push(code.clone());
            }
            let deployment = match &found.deployment {
                Some(key) => {
                    if found.moves {
                        let to_now = schedule::MoveDeployment {
                            key: key.clone(),
                            starts_at: now,
                            window_ends_at: now.plus(gates::emergency::WINDOW),
                            automatic: false,
                            expected: None,
                            note: self.reason.clone(),
                        };
                        many.command(&to_now, None)?;
                    }
                    key.clone()
                }
                None => {
                    let plan = schedule::PlanDeployment {
                        key: self.key.clone(),
                        environment: environment.clone(),
                        targets: (!found.targets.is_empty()).then(|| found.targets.clone()),
                        starts_at: now,
                        window_ends_at: now.plus(gates::emergency::WINDOW),
                        automatic: false,
                        expected: Expected::default(),
                        note: self.reason.clone(),
                    };
                    let Made { key } = many.command(&plan, None)?;
                    DeploymentKey(key)
                }
            };
            for code in then {
                many.command(&over(code), None)?;
                overridden.push(code.clone());
            }
            Ok(deployment)
        })?;
        let start = deploy::StartDeployment { key: deployment.clone() };
        let (done, left) = match call.command(&start) {
            Ok(_) => (true, Vec::new()),
            // The gate found something that was not there a moment ago: it is said, and stands.
            Err(error) if error.kind == Kind::Denied => {
                let environment = Some(environment.as_str());
                let ship = call
                    .judge(|state, by| gates::ship(&state.facts(by.at), &self.key, environment))?;
                if ship.blockers.is_empty() {
                    return Err(error);
                }
                (false, ship.blockers)
            }
            Err(error) => return Err(error),
        };
        Ok(WentThrough { overridden, deployment: Some(deployment), done, left })
    }
}
