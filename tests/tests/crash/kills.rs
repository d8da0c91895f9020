//! Two hundred kills of the real agent in the midst of its runs (`HOTFIX_KILLS`: a thousand in `make
//! torture`), at moments that follow from a printed seed (`HOTFIX_SEED`). One agent after another is killed
//! in the same run, until one is left alone.
//!
//! What was acknowledged is in the journal afterwards, no step is sent twice, every run ends or asks.

use super::{
    Story, Undisturbed, audit, come_to_the_end, intended, look, records, side_by_side, started_at,
    summary, undisturbed,
};
use hotfix_core::desk::Desk;
use hotfix_tests::{
    counter::Counter,
    ground::{Ground, call},
    program::agent,
};
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const KILLS: usize = 200;
/// So many agents of a run are killed at most.
const MOST: u64 = 8;
/// Runs at the same time: most of what they do is wait.
const SIDE_BY_SIDE: usize = 16;
const STORIES: [Story; 4] = [Story::Good, Story::RolledBack, Story::Forgets, Story::RunsAll];

fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's multiplier: a seed is all that is needed to see the same kills again.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// A run whose agents are killed.
struct Run<'a> {
    story: Story,
    whole: &'a Undisturbed,
    place: String,
    service: Counter,
    path: PathBuf,
    desk: Desk,
    /// The journal's last record and its hash, each time somebody looked.
    seen: Vec<(i64, Vec<u8>)>,
    /// Issues whose logging was answered.
    logged: Vec<String>,
}

impl Run<'_> {
    fn file(&self) -> Connection {
        let file = Connection::open(&self.path).unwrap();
        file.busy_timeout(Duration::from_secs(30)).unwrap();
        file
    }

    /// Lets an agent work for this long and kills it. How far the run had come, in percent of its
    /// records; `None` when it was over before.
    fn kill_after(&mut self, pause: Duration, nth: u64) -> Option<u64> {
        let mut agent = agent(&self.path, &format!("{}-{nth}", name_of(&self.path)));
        let until = Instant::now() + pause;
        let file = self.file();
        let issue = json!({ "text": { "title": "Acknowledged" }, "product": "shop" });
        let key = call(&self.desk, "issue_log", issue)["key"].clone();
        self.logged.push(key.as_str().unwrap().to_owned());
        loop {
            let last = "SELECT seq, hash FROM workspace";
            self.seen.push(file.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap());
            if look(&self.desk, self.story, &self.place).is_some() {
                return None;
            }
            let left = until.saturating_duration_since(Instant::now());
            thread::sleep(left.min(Duration::from_millis(40)));
            if Instant::now() >= until {
                break;
            }
        }
        agent.kill();
        // As if the time had passed: no test needs to wait for it each time.
        file.execute("UPDATE lease SET until = 0", []).unwrap();
        if look(&self.desk, self.story, &self.place).is_some() {
            return None;
        }
        let done = records_of_the_run(&self.path) * 100 / records_of_the_run(&self.whole.path);
        Some(done.min(99))
    }

    fn judge(&self, end: &Result<(), String>) {
        let place = &self.place;
        let meant = intended(&self.path, records(&self.desk));
        let received = self.service.received();
        assert!(received.values().all(|times| *times == 1), "{place}: sent twice: {received:?}");
        match end {
            Ok(()) => {
                for key in self.whole.received.keys().filter(|key| !received.contains_key(*key)) {
                    // Its agent died before it was sent, and a person took everything back.
                    let taken_back = self.story == Story::RolledBack && key.contains(".start.");
                    let ran = meant.iter().any(|(known, run)| known == key && run.is_some());
                    assert!(taken_back && !ran, "{place}: {key} never arrived");
                }
                assert!(received.len() <= self.whole.received.len(), "{place}: {received:?}");
                assert_eq!(outcome(&self.desk, self.story), self.outcome_undisturbed(), "{place}");
            }
            Err(unknown) => {
                let cannot_tell = matches!(self.story, Story::Forgets | Story::RunsAll);
                assert!(cannot_tell, "{place}: this endpoint can tell: {unknown}");
            }
        }
        let file = self.file();
        for (seq, hash) in &self.seen {
            let kept = "SELECT hash FROM journal WHERE seq = ?1";
            let kept: Option<Vec<u8>> =
                file.query_row(kept, [seq], |row| row.get(0)).optional().unwrap();
            assert_eq!(kept.as_ref(), Some(hash), "{place}: record {seq} was there");
        }
        for key in &self.logged {
            let kept = "SELECT count(*) FROM journal WHERE stream = ?1";
            let kept: i64 = file.query_row(kept, [key], |row| row.get(0)).unwrap();
            assert!(kept > 0, "{place}: {key} was acknowledged");
        }
        for key in received.keys() {
            assert!(meant.iter().any(|(known, _)| known == key), "{place}: {key} was not meant");
        }
        audit(&self.desk, place);
    }

    fn outcome_undisturbed(&self) -> Value {
        without_steps(self.whole.summary.clone(), self.story)
    }
}

fn outcome(desk: &Desk, story: Story) -> Value {
    without_steps(summary(desk), story)
}

/// Where it is rolled back, a healthy target may have been looked at before or after the other failed.
fn without_steps(mut summary: Value, story: Story) -> Value {
    if story == Story::RolledBack {
        for target in summary["targets"].as_array_mut().unwrap() {
            target["steps"].take();
        }
    }
    summary
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn records_of_the_run(path: &Path) -> u64 {
    let first = started_at(path).cast_signed();
    let file = Connection::open(path).unwrap();
    let count = "SELECT count(*) FROM journal WHERE seq >= ?1 AND stream LIKE 'DEP-%'";
    file.query_row(count, [first], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
}

#[test]
fn two_hundred_kills_in_the_midst_of_runs_lose_nothing_and_send_nothing_twice() {
    let wanted = from_environment("HOTFIX_KILLS").unwrap_or(KILLS);
    let seed = from_environment("HOTFIX_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("HOTFIX_SEED={seed}");
    let begun = Instant::now();
    let ground = Ground::make();
    let wholes = STORIES.map(|story| undisturbed(&ground, story));
    let kills = Mutex::new(Vec::new());
    let (next, asked) = (AtomicU64::new(0), AtomicU64::new(0));
    side_by_side(SIDE_BY_SIDE, &[(); SIDE_BY_SIDE], |()| {
        while kills.lock().unwrap().len() < wanted {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let which = (number % STORIES.len() as u64) as usize;
            let (story, whole) = (STORIES[which], &wholes[which]);
            let mut dice = Dice(seed.wrapping_add(number).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let (service, path, desk) = story.begin(&ground, &format!("kills-{number}"));
            let place = format!("run {number}, {story:?}, HOTFIX_SEED={seed}");
            let (seen, logged) = (Vec::new(), Vec::new());
            let mut run = Run { story, whole, place, service, path, desk, seen, logged };
            let longest = whole.took.as_micros() as u64;
            for nth in 0..1 + dice.roll(MOST) {
                // Every other one shorter: a run that is over cannot be killed any more.
                let below = if nth % 2 == 0 { longest } else { 1 + dice.roll(longest) };
                let pause = Duration::from_micros(dice.roll(below));
                let Some(done) = run.kill_after(pause, nth) else { break };
                kills.lock().unwrap().push(done);
            }
            let last = agent(&run.path, &format!("{}-last", name_of(&run.path)));
            let end = come_to_the_end(&run.desk, story, &run.place);
            drop(last);
            run.judge(&end);
            asked.fetch_add(u64::from(end.is_err()), Ordering::Relaxed);
        }
    });
    let kills = kills.into_inner().unwrap();
    let quarters = [0, 25, 50, 75]
        .map(|from| kills.iter().filter(|done| (from..from + 25).contains(*done)).count());
    println!(
        "{} kills in {} runs ({} asked a person), by quarters of the run {quarters:?}, in {:?}",
        kills.len(),
        next.into_inner(),
        asked.into_inner(),
        begun.elapsed()
    );
    let share = kills.len() / 50;
    assert!(quarters.iter().all(|many| *many > share), "all over the run: {quarters:?}");
}
