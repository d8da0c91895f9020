//! Telemetry: probe samples and deployment logs. Many and prunable; what follows from them is
//! journaled.

use super::Store;
use crate::{clock::Instant, error::Result};
use rusqlite::{Connection, params};

/// How many samples a probe keeps, and how many log lines a deployment.
const KEEP: i64 = 20_000;
/// How many characters of a log line are kept.
const LINE: usize = 4_000;
/// The line that says how many earlier ones were left out; it is the first of its deployment.
const LEFT_OUT: &str = "left_out";

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub at: Instant,
    /// `success`, `failure` or `error`.
    pub result: String,
    /// Milliseconds until the answer.
    pub value: Option<f64>,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub id: i64,
    pub at: Instant,
    pub target: String,
    pub stream: String,
    pub text: String,
}

impl Store {
    /// Adds one sample of a probe of a subject (a hot fix's key and environment).
    pub fn add_sample(&self, subject: &str, probe: &str, sample: &Sample) -> Result<()> {
        self.add_samples(subject, probe, std::slice::from_ref(sample))
    }

    /// Adds samples of one probe in one transaction, the oldest first.
    pub fn add_samples(&self, subject: &str, probe: &str, samples: &[Sample]) -> Result<()> {
        self.write(|tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO sample (subject, probe, at, result, value, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for sample in samples {
                insert.execute(params![
                    subject,
                    probe,
                    sample.at.micros(),
                    sample.result,
                    sample.value,
                    sample.detail
                ])?;
            }
            let newest = tx.last_insert_rowid();
            if newest % 1000 == 0 {
                tx.execute(
                    "DELETE FROM sample WHERE subject = ?1 AND probe = ?2 AND id <= (
                        SELECT id FROM sample WHERE subject = ?1 AND probe = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
                    params![subject, probe, KEEP],
                )?;
            }
            Ok(())
        })
    }

    /// Adds log lines in one transaction: target, stream and text of each.
    pub fn add_log(
        &self,
        subject: &str,
        at: Instant,
        lines: Vec<(String, &'static str, String)>,
    ) -> Result<()> {
        self.add(LogLines { subject: subject.to_owned(), at, lines, read: None })
    }

    /// The same for lines of a log that is read somewhere else, and up to where it was read: they are kept
    /// together, so that each line is there once however often its reader dies. `log` is its name.
    pub fn add_read_log(
        &self,
        subject: &str,
        at: Instant,
        lines: Vec<(String, &'static str, String)>,
        log: &str,
        up_to: u64,
    ) -> Result<()> {
        let read = Some((read_name(log), up_to));
        self.add(LogLines { subject: subject.to_owned(), at, lines, read })
    }

    fn add(&self, lines: LogLines) -> Result<()> {
        if lines.lines.is_empty() && lines.read.is_none() {
            return Ok(());
        }
        self.logs.run(lines, |all| {
            self.write(|tx| all.iter().map(|one| Ok(Ok(insert(tx, one)?))).collect())
        })
    }

    /// Up to where a log was read; 0 at first.
    pub fn log_read(&self, log: &str) -> Result<u64> {
        let said = self.setting(&read_name(log))?;
        Ok(said.and_then(|said| said.parse().ok()).unwrap_or_default())
    }

    /// Since when an endpoint does not say how the run of a step stands; `None` once it does.
    pub fn set_silent(&self, step: &str, since: Option<Instant>) -> Result<()> {
        match since {
            Some(since) => self.set_setting(&silent_name(step), &since.micros().to_string()),
            None => self.drop_setting(&silent_name(step)),
        }
    }

    /// Forgets up to where the log of a step was read, and since when its endpoint was silent.
    pub fn follow_is_over(&self, step: &str) -> Result<()> {
        self.write(|tx| {
            let mut forget = tx.prepare_cached("DELETE FROM setting WHERE name = ?1")?;
            for name in [read_name(step), silent_name(step)] {
                forget.execute([name])?;
            }
            Ok(())
        })
    }
}

/// Lines of a deployment that came together.
pub(super) struct LogLines {
    subject: String,
    at: Instant,
    /// Target, stream and text.
    lines: Vec<(String, &'static str, String)>,
    /// A setting, and up to where a log was read.
    read: Option<(String, u64)>,
}

fn read_name(log: &str) -> String {
    format!("log/{log}")
}

fn silent_name(step: &str) -> String {
    format!("silent/{step}")
}

/// Since when the endpoint of a step's run does not say how it stands.
pub fn silent_since(db: &Connection, step: &str) -> Result<Option<Instant>> {
    use rusqlite::OptionalExtension as _;
    let said: Option<String> = db
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([silent_name(step)], |row| row.get(0))
        .optional()?;
    Ok(said.and_then(|said| said.parse().ok()).map(Instant::from_micros))
}

fn insert(tx: &Connection, log: &LogLines) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO log (subject, target, at, stream, text) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let before = tx.last_insert_rowid();
    for (target, stream, text) in &log.lines {
        insert.execute(params![log.subject, target, log.at.micros(), stream, shortened(text)])?;
    }
    if let Some((name, up_to)) = &log.read {
        tx.prepare_cached("INSERT OR REPLACE INTO setting VALUES (?1, ?2)")?
            .execute(params![name, up_to.to_string()])?;
    }
    // Counting is only worth it now and then.
    if log.lines.len() > 500 || before / 500 != tx.last_insert_rowid() / 500 {
        prune(tx, &log.subject)?;
    }
    Ok(())
}

/// A line as it is kept: one of a megabyte is cut, and says so.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LINE) {
        None => text.into(),
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!("{}… ({more} more characters)", &text[..end]).into()
        }
    }
}

/// Leaves the newest lines of a deployment, and says how many earlier ones were left out.
fn prune(tx: &Connection, subject: &str) -> Result<()> {
    use rusqlite::OptionalExtension as _;
    let cut: Option<(i64, i64)> = tx
        .prepare_cached(
            "SELECT id, at FROM log WHERE subject = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
        )?
        .query_row(params![subject, KEEP], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((cut, at)) = cut else { return Ok(()) };
    let said: Option<String> = tx
        .prepare_cached(
            "SELECT text FROM log WHERE subject = ?1 AND stream = ?2 ORDER BY id LIMIT 1",
        )?
        .query_row(params![subject, LEFT_OUT], |row| row.get(0))
        .optional()?;
    let said: i64 = said
        .and_then(|text| text.split(' ').next().and_then(|number| number.parse().ok()))
        .unwrap_or(0);
    let gone = tx
        .prepare_cached("DELETE FROM log WHERE subject = ?1 AND id <= ?2 AND stream <> ?3")?
        .execute(params![subject, cut, LEFT_OUT])?;
    let gone = said + i64::try_from(gone).unwrap_or(i64::MAX);
    tx.prepare_cached("DELETE FROM log WHERE subject = ?1 AND stream = ?2")?
        .execute(params![subject, LEFT_OUT])?;
    tx.prepare_cached(
        "INSERT INTO log (id, subject, target, at, stream, text) VALUES (?1, ?2, '', ?3, ?4, ?5)",
    )?
    .execute(params![
        cut,
        subject,
        at,
        LEFT_OUT,
        format!("{gone} earlier lines were left out")
    ])?;
    Ok(())
}

/// The newest samples of a probe, the oldest first.
pub fn samples(db: &Connection, subject: &str, probe: &str, limit: u32) -> Result<Vec<Sample>> {
    let mut statement = db.prepare_cached(
        "SELECT at, result, value, detail FROM sample WHERE subject = ?1 AND probe = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![subject, probe, limit], |row| {
        Ok(Sample {
            at: Instant::from_micros(row.get(0)?),
            result: row.get(1)?,
            value: row.get(2)?,
            detail: row.get(3)?,
        })
    })?;
    let mut samples: Vec<_> = rows.collect::<Result<_, _>>()?;
    samples.reverse();
    Ok(samples)
}

/// Samples of a stretch of time, put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    pub at: Instant,
    /// The slowest answer in milliseconds, which is what a limit looks at.
    pub slowest: Option<f64>,
    pub mean: Option<f64>,
    pub count: u32,
    /// Answers that were not as expected, and questions without an answer.
    pub bad: u32,
}

/// How long before a deployment counts for what was usual, and how many good samples it takes.
const USUAL: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
const ENOUGH: u32 = 5;

/// What a probe measured before a deployment, on the average of a day's good samples; `None` with less than
/// five.
pub fn before(
    db: &Connection,
    subject: &str,
    probe: &str,
    deployed_at: Instant,
) -> Result<Option<f64>> {
    let (count, mean): (u32, Option<f64>) = db
        .prepare_cached(
            "SELECT count(value), avg(value) FROM sample
             WHERE subject = ?1 AND probe = ?2 AND at >= ?3 AND at < ?4 AND result = 'success'",
        )?
        .query_row(
            params![subject, probe, deployed_at.minus(USUAL).micros(), deployed_at.micros()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    Ok(mean.filter(|_| count >= ENOUGH))
}

/// What a probe saw from one instant to another (the later one left out), in stretches of one
/// length, the oldest first; those without a sample are left out.
pub fn stretches(
    db: &Connection,
    subject: &str,
    probe: &str,
    (from, until): (Instant, Instant),
    most: u32,
) -> Result<Vec<Stretch>> {
    let span = until.micros().saturating_sub(from.micros()).max(1);
    let length = (span / i64::from(most.max(1))).max(1) + i64::from(most > 1);
    let mut statement = db.prepare_cached(
        "SELECT min(at), max(value), avg(value), count(*), sum(result <> 'success') FROM sample
         WHERE subject = ?1 AND probe = ?2 AND at >= ?3 AND at < ?4
         GROUP BY (at - ?3) / ?5 ORDER BY 1",
    )?;
    let rows = statement.query_map(
        params![subject, probe, from.micros(), until.micros(), length],
        |row| {
            Ok(Stretch {
                at: Instant::from_micros(row.get(0)?),
                slowest: row.get(1)?,
                mean: row.get(2)?,
                count: row.get(3)?,
                bad: row.get(4)?,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Log lines after a place, the oldest first, of one target or all.
pub fn log_lines(
    db: &Connection,
    subject: &str,
    target: Option<&str>,
    after: i64,
    limit: u32,
) -> Result<Vec<LogLine>> {
    let mut statement = db.prepare_cached(
        "SELECT id, at, target, stream, text FROM log
         WHERE subject = ?1 AND id > ?2 AND (?3 IS NULL OR target = ?3) ORDER BY id LIMIT ?4",
    )?;
    let rows = statement.query_map(params![subject, after, target, limit], |row| {
        Ok(LogLine {
            id: row.get(0)?,
            at: Instant::from_micros(row.get(1)?),
            target: row.get(2)?,
            stream: row.get(3)?,
            text: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_newest_lines_and_says_how_many_were_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap();
        let flood = |from: i64, count: i64| {
            let lines: Vec<_> = (from..from + count)
                .map(|n| ("web".to_owned(), "endpoint", format!("line {n}")))
                .collect();
            store.add_log("DEP-1", Instant::from_micros(2), lines).unwrap();
        };
        store
            .add_log("DEP-2", Instant::from_micros(2), vec![("a".into(), "call", "x".into())])
            .unwrap();
        flood(0, KEEP + 1_000);
        flood(KEEP + 1_000, 1_000);
        let db = store.read().unwrap();
        let kept = log_lines(&db, "DEP-1", None, 0, 100_000).unwrap();
        assert_eq!(kept.len() as i64, KEEP + 1);
        assert_eq!(
            (kept[0].stream.as_str(), kept[0].text.as_str()),
            (LEFT_OUT, "2000 earlier lines were left out")
        );
        assert_eq!(kept[1].text, "line 2000");
        assert_eq!(kept.last().unwrap().text, format!("line {}", KEEP + 1_999));
        assert_eq!(log_lines(&db, "DEP-2", None, 0, 10).unwrap().len(), 1, "others keep theirs");
        let long = "ß".repeat(LINE + 7);
        store
            .add_log("DEP-2", Instant::from_micros(3), vec![("a".into(), "endpoint", long)])
            .unwrap();
        let kept = log_lines(&db, "DEP-2", None, 0, 10).unwrap();
        assert!(kept[1].text.ends_with("ß… (7 more characters)"));
    }

    #[test]
    fn lines_that_were_read_and_up_to_where_are_kept_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hotfix");
        let store = Store::create(&path, Instant::from_micros(1)).unwrap();
        let add = |text: &str, up_to| {
            let lines = vec![("a".into(), "endpoint", text.to_owned())];
            store.add_read_log("DEP-1", Instant::from_micros(2), lines, "k.1", up_to)
        };
        assert_eq!(store.log_read("k.1").unwrap(), 0);
        add("one", 4).unwrap();
        add("two", u64::MAX).unwrap();
        assert_eq!(store.log_read("k.1").unwrap(), u64::MAX);
        assert_eq!(store.log_read("k.10").unwrap(), 0, "another log");
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.log_read("k.1").unwrap(), u64::MAX);
        assert_eq!(log_lines(&store.read().unwrap(), "DEP-1", None, 0, 10).unwrap().len(), 2);
        let silent = || silent_since(&store.read().unwrap(), "k.1").unwrap();
        store.set_silent("k.1", Some(Instant::from_micros(7))).unwrap();
        assert_eq!(silent(), Some(Instant::from_micros(7)));
        store.follow_is_over("k.1").unwrap();
        assert_eq!((store.log_read("k.1").unwrap(), silent()), (0, None));
    }

    #[test]
    fn a_long_watch_is_put_together_without_losing_its_worst_moment() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap();
        let second = |n: i64| Instant::from_micros(n * 1_000_000);
        let all: Vec<_> = (0..1000)
            .map(|n| Sample {
                at: second(n),
                result: if n == 700 { "failure" } else { "success" }.into(),
                value: Some(if n == 701 { 900.0 } else { 100.0 }),
                detail: String::new(),
            })
            .collect();
        store.add_samples("HF-1/production", "front", &all).unwrap();
        let db = store.read().unwrap();
        let ask = |from, until, most| {
            stretches(&db, "HF-1/production", "front", (second(from), second(until)), most).unwrap()
        };
        let shown = ask(0, 1000, 100);
        assert!(shown.len() <= 100, "{}", shown.len());
        assert_eq!(shown.iter().map(|one| one.count).sum::<u32>(), 1000);
        assert_eq!(shown.iter().map(|one| one.bad).sum::<u32>(), 1);
        assert!(shown.iter().any(|one| one.slowest == Some(900.0)));
        let before = ask(0, 500, 1);
        assert_eq!((before.len(), before[0].count, before[0].mean), (1, 500, Some(100.0)));
        assert_eq!(ask(2000, 3000, 1), Vec::new());
    }
}
