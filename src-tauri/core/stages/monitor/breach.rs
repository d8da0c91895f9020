//! Breaches and doubts of what is being watched: opened by the engine, ended by a person.
//!
//! A breach is journaled together with what it did by itself, so that it happens once, whatever becomes of who
//! opened it. Deliberately absent: the rollback itself, which is another stage's; whoever may see both
//! composes them (`desk/breach.rs`).

use super::{
    super::{Command, Done, Events, phase_is, required},
    came_back,
};
use crate::{
    error::Error,
    event::{Event, Note, words::*},
    model::{Actor, Decide, Decided, Judge, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A probe crossed its limit. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct OpenBreach {
    pub key: HotfixKey,
    pub probe: String,
    pub environment: String,
    pub detail: String,
}

/// What a breach that opens now is to do.
pub enum Opening {
    /// It is open already.
    Open,
    /// These events, and this was done.
    Does(BreachDeed, Events),
    /// This deployment is to be rolled back, for this reason.
    RollsBack { deployment: DeploymentKey, reason: String },
}

impl OpenBreach {
    /// What is to be done, by the probe as it is written now.
    pub fn opening(&self, state: &State) -> Judge<Opening> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring], "it is not being watched")?;
        if is_open(hotfix, &self.environment, &self.probe) {
            return Ok(Opening::Open);
        }
        let product = state.product(&hotfix.product)?;
        let spec = product
            .environment(&self.environment)
            .and_then(|one| one.probes.iter().find(|probe| probe.id == self.probe));
        if spec.is_some_and(|spec| spec.dry_run) {
            return Err(Error::denied("The probe is in a dry run: it decides nothing.").into());
        }
        let name = spec.map_or(self.probe.as_str(), |spec| spec.name.as_str());
        let reason = format!("{name} is over its limit: {}", self.detail);
        Ok(match spec.map(|spec| spec.on_breach).unwrap_or_default() {
            OnBreach::Notify => Opening::Does(BreachDeed::Notified, Events::new()),
            OnBreach::Reopen => {
                let mut issues = Vec::new();
                for key in &hotfix.issues {
                    // What was reopened before has been told and is being worked on.
                    if !state.issue(key)?.is_open() {
                        issues.push(key.clone());
                    }
                }
                if issues.is_empty() {
                    let why = "Its issues are open again already.".into();
                    let deed = BreachDeed::Refused { wanted: OnBreach::Reopen, why };
                    return Ok(Opening::Does(deed, Events::new()));
                }
                let (events, began) = came_back(state, hotfix, &issues, &reason)?;
                Opening::Does(BreachDeed::Reopened { issues, hotfix: began }, events)
            }
            OnBreach::RollBack => match self.rolls_back(state, hotfix)? {
                Ok(deployment) => Opening::RollsBack { deployment, reason },
                Err(why) => {
                    let deed = BreachDeed::Refused { wanted: OnBreach::RollBack, why };
                    Opening::Does(deed, Events::new())
                }
            },
        })
    }

    /// The deployment that runs there now and can be taken back, or why not.
    fn rolls_back(&self, state: &State, hotfix: &Hotfix) -> Judge<Result<DeploymentKey, String>> {
        let Some((key, _)) = state.deployed(hotfix, &self.environment)? else {
            return Ok(Err(format!("{} was not deployed there.", hotfix.key)));
        };
        let deployment = state.deployment(&key)?;
        let there = state.environment(&deployment.product, &self.environment)?;
        let ours = there.running.as_ref().filter(|one| one.hash.as_ref() == Some(&deployment.hash));
        if ours.is_none() || deployment.state != DeploymentState::Done {
            return Ok(Err(format!("{key} is not what runs there now.")));
        }
        if there.history.last().is_none() {
            return Ok(Err("Nothing is known that ran there before.".into()));
        }
        Ok(Ok(key))
    }

    /// The breach, with what was done.
    pub fn opened(&self, state: &State, deed: BreachDeed) -> Judge<Event> {
        let number = state.hotfix(&self.key)?.breaches.len() + 1;
        Ok(Event::BreachOpened {
            breach: format!("{}-{number}", self.probe),
            probe: self.probe.clone(),
            environment: self.environment.clone(),
            deed,
            private: Note { text: self.detail.clone() },
        })
    }
}

fn is_open(hotfix: &Hotfix, environment: &str, probe: &str) -> bool {
    hotfix.breaches.iter().any(|one| one.of(environment, probe) && one.closed_at.is_none())
}

/// Close a breach with what was found.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CloseBreach {
    pub key: HotfixKey,
    pub breach: String,
    pub finding: String,
}

impl Command for CloseBreach {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("finding", &self.finding, "What was found")?;
        let open =
            hotfix.breaches.iter().any(|one| one.id == self.breach && one.closed_at.is_none());
        if !open {
            return Err(Error::field("breach", "There is no such open breach.").into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::BreachClosed {
                breach: self.breach.clone(),
                private: Note { text: self.finding.clone() },
            },
        ))
    }
}

/// A probe says neither yes nor no, over its limit: a person is asked. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RaiseDoubt {
    pub key: HotfixKey,
    pub probe: String,
    pub environment: String,
    pub detail: String,
}

impl Command for RaiseDoubt {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring], "it is not being watched")?;
        let mut decided = Decided::new(Done {});
        let asked = hotfix
            .doubts
            .iter()
            .any(|one| one.of(&self.environment, &self.probe) && one.settled_at.is_none());
        if !asked && !is_open(hotfix, &self.environment, &self.probe) {
            decided.push(
                &self.key.0,
                Event::DoubtRaised {
                    doubt: format!("{}-{}", self.probe, hotfix.doubts.len() + 1),
                    probe: self.probe.clone(),
                    environment: self.environment.clone(),
                    private: Note { text: self.detail.clone() },
                },
            );
        }
        Ok(decided)
    }
}

/// Say what is behind a probe that says neither yes nor no: it is well, or it counts as a breach.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SettleDoubt {
    pub key: HotfixKey,
    pub doubt: String,
    /// It is not well: a breach opens, and nothing else happens by itself.
    pub breach: bool,
    pub finding: String,
}

impl Command for SettleDoubt {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("finding", &self.finding, "What was found")?;
        let doubt = hotfix
            .doubts
            .iter()
            .find(|one| one.id == self.doubt && one.settled_at.is_none())
            .ok_or_else(|| Error::field("doubt", "There is no such open question."))?;
        let private = Note { text: self.finding.clone() };
        let mut decided = Decided::new(Done {}).with(
            &self.key.0,
            Event::DoubtSettled { doubt: self.doubt.clone(), breach: self.breach, private },
        );
        if self.breach && !is_open(hotfix, &doubt.environment, &doubt.probe) {
            phase_is(hotfix, &[Phase::Monitoring], "it is not being watched")?;
            let open = OpenBreach {
                key: self.key.clone(),
                probe: doubt.probe.clone(),
                environment: doubt.environment.clone(),
                detail: self.finding.clone(),
            };
            decided.push(&self.key.0, open.opened(state, BreachDeed::Notified)?);
        }
        Ok(decided)
    }
}
