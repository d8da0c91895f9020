//! Samples that came within a second: judged in memory, kept in one transaction, and what follows from them
//! journaled by commands.

use super::{Memory, Watched};
use crate::{
    clock::Instant,
    desk::breach::ActOnBreach,
    engine::Engine,
    error::{Kind, Result},
    event::words::*,
    gates::{
        watch::{Tally, Verdict},
        wave,
    },
    integrations::monitor::{self, Outcome},
    stages::monitor as stage,
    store::{
        stretch,
        telemetry::{self, Sample},
    },
};
use std::{collections::HashMap, sync::Arc};

/// An answer as it came.
pub(super) struct Seen {
    pub name: String,
    pub watched: Arc<Watched>,
    pub at: Instant,
    pub sample: monitor::Sample,
}

/// What this desktop is told.
pub(super) struct Notice {
    pub hotfix: HotfixKey,
    pub about: &'static str,
    pub title: String,
    pub body: String,
}

#[derive(Default)]
pub(super) struct Batch {
    seen: Vec<Seen>,
    memories: HashMap<String, Memory>,
}

type Kept = (HashMap<String, Memory>, Vec<Notice>);

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Takes the probe's memory along until the batch is kept.
    pub fn add(&mut self, seen: Seen, memory: &mut Memory) {
        self.memories.entry(seen.name.clone()).or_insert_with(|| std::mem::take(memory));
        self.seen.push(seen);
    }

    /// What could not be kept or journaled is said in the program's log; the next sample tries again.
    pub fn keep(mut self, engine: &Engine) -> Kept {
        let mut rows = Vec::new();
        let mut verdicts: HashMap<String, (Arc<Watched>, Verdict, String)> = HashMap::new();
        for seen in self.seen {
            let Seen { name, watched, at, sample } = seen;
            let mut sample = Sample {
                at,
                result: sample.result.name().into(),
                value: sample.value,
                detail: sample.detail,
            };
            let memory = self.memories.entry(name.clone()).or_default();
            match judged(engine, &watched, memory, &mut sample) {
                Ok(Some(verdict)) => {
                    let found = (Arc::clone(&watched), verdict, sample.detail.clone());
                    verdicts.insert(name, found);
                }
                Ok(None) => {
                    verdicts.remove(&name);
                }
                Err(error) => tracing::warn!(%error, "a sample was not judged"),
            }
            rows.push((watched, sample));
        }
        let all = rows
            .iter()
            .map(|(watched, sample)| (watched.subject.as_str(), watched.spec.id.as_str(), sample));
        if let Err(error) = engine.desk.store().add_all(all) {
            tracing::warn!(%error, "samples were lost");
        }
        engine.desk.announce(vec!["sample".into()]);
        let mut notices = Vec::new();
        for (name, (watched, verdict, detail)) in verdicts {
            let Some(memory) = self.memories.get_mut(&name) else { continue };
            // As of when it was asked: says nothing of the journal as it is now, so it is not remembered.
            if watched.breached || watched.doubted && verdict == Verdict::Doubt {
                continue;
            }
            // What the journal has refused or taken is not asked for again until it moves.
            if memory.told == Some((engine.desk.seq(), verdict)) {
                continue;
            }
            match tell(engine, &watched, verdict, detail) {
                Ok(notice) => {
                    notices.extend(notice);
                    memory.told = Some((engine.desk.seq(), verdict));
                }
                Err(error) => tracing::warn!(%error, "a verdict is told again"),
            }
        }
        (self.memories, notices)
    }
}

/// Holds a sample against what was usual before, and counts it.
fn judged(
    engine: &Engine,
    watched: &Watched,
    memory: &mut Memory,
    sample: &mut Sample,
) -> Result<Option<Verdict>> {
    compare(engine, watched, memory, sample)?;
    let Some(since) = watched.since.filter(|since| sample.at >= *since) else {
        memory.tally = None;
        return Ok(None);
    };
    let spec = &watched.spec;
    if memory.tally.as_ref().is_none_or(|(counting, _)| *counting != (since, spec.within)) {
        // After a start, or once a breach is over: what is kept is counted again.
        let db = engine.desk.store().read()?;
        let kept = telemetry::samples(&db, &watched.subject, &spec.id, MOST_WITHIN)?;
        let mut tally = Tally::default();
        for one in kept.iter().filter(|one| one.at >= since && one.at < sample.at) {
            tally.count(spec, wave::Seen::of(&one.result));
        }
        memory.tally = Some(((since, spec.within), tally));
    }
    let Some((_, tally)) = &mut memory.tally else { return Ok(None) };
    Ok(tally.count(spec, wave::Seen::of(&sample.result)))
}

/// Holds what was measured against what was usual before the deployment, where the probe says so.
fn compare(
    engine: &Engine,
    watched: &Watched,
    memory: &mut Memory,
    sample: &mut Sample,
) -> Result<()> {
    let spec = &watched.spec;
    let (Some(per_cent), Some(value), "success") =
        (spec.above_before, sample.value, sample.result.as_str())
    else {
        return Ok(());
    };
    let Some((deployment, at)) = &watched.deployed else { return Ok(()) };
    let usual = match &memory.usual {
        Some((of, usual)) if of == deployment => *usual,
        _ => {
            let db = engine.desk.store().read()?;
            let usual = stretch::before(&db, &watched.subject, &spec.id, *at)?;
            memory.usual = Some((deployment.clone(), usual));
            usual
        }
    };
    let Some(usual) = usual else { return Ok(()) };
    if spec.most(Some(usual)).is_some_and(|most| value > most) {
        sample.result = Outcome::Failure.name().into();
        sample.detail = format!(
            "{value:.3} is more than {per_cent} % above {usual:.3}, which was usual before"
        );
    }
    Ok(())
}

/// Journals a verdict, and does what the probe has it do. What is to be shown, if it is news.
fn tell(
    engine: &Engine,
    watched: &Watched,
    verdict: Verdict,
    detail: String,
) -> Result<Option<Notice>> {
    let (key, probe) = (watched.hotfix.clone(), watched.spec.id.clone());
    let environment = watched.environment.clone();
    let call = engine.desk.as_engine(engine.fence());
    let before = engine.desk.seq();
    let done = match verdict {
        Verdict::Breach => call.command(&ActOnBreach(stage::OpenBreach {
            key: key.clone(),
            probe: probe.clone(),
            environment: environment.clone(),
            detail,
        })),
        Verdict::Doubt => {
            call.command(&stage::RaiseDoubt { key: key.clone(), probe, environment, detail })
        }
    };
    match done {
        Ok(_) if engine.desk.seq() == before => return Ok(None),
        Ok(_) => {}
        // It is not watched any more, or another process watches it by now.
        Err(error) if matches!(error.kind, Kind::Denied | Kind::Conflict) => return Ok(None),
        Err(error) => return Err(error),
    }
    let name = &watched.spec.name;
    Ok(Some(match verdict {
        Verdict::Doubt => Notice {
            hotfix: key,
            about: "doubt",
            title: format!("{name} says neither yes nor no"),
            body: "Open Monitoring and say whether it is well.".into(),
        },
        Verdict::Breach => Notice {
            about: "breach",
            title: format!("{name} is over its limit"),
            body: done_by_itself(engine, watched)?,
            hotfix: key,
        },
    }))
}

/// What the breach that was just opened did, in a sentence.
fn done_by_itself(engine: &Engine, watched: &Watched) -> Result<String> {
    let deed = engine.desk.as_engine(None).judge(|state, _| {
        let hotfix = state.hotfix(&watched.hotfix)?;
        let mine =
            |one: &&crate::model::hotfix::Breach| one.of(&watched.environment, &watched.spec.id);
        Ok(hotfix.breaches.iter().rev().find(mine).map(|one| one.deed.clone()))
    })?;
    Ok(match deed.unwrap_or_default() {
        BreachDeed::Notified => "Open Monitoring to see since when and why.".into(),
        BreachDeed::Reopened { hotfix: Some(key), .. } => {
            format!("Its issues are open again, in {key}.")
        }
        BreachDeed::Reopened { hotfix: None, .. } => "Its issues are open again.".into(),
        BreachDeed::RolledBack { deployment } => {
            format!("{} is being rolled back ({deployment}).", watched.environment)
        }
        BreachDeed::Refused { wanted: OnBreach::RollBack, why } => {
            format!("It could not be rolled back by itself: {why}")
        }
        BreachDeed::Refused { why, .. } => format!("Its issues were not opened again: {why}"),
    })
}
