//! Telemetry: probe samples and deployment logs. Many and prunable; what follows from them is
//! journaled. How samples are put together as they grow old: `stretch.rs`.

use super::Store;
use crate::{clock::Instant, error::Result};
use rusqlite::{Connection, params};

/// How many log lines a deployment keeps.
const KEEP: i64 = 20_000;
/// How many characters of a log line are kept.
const LINE: usize = 4_000;
/// The line that says how many earlier ones were left out; it is the first of its deployment.
const LEFT_OUT: &str = "left_out";

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub at: Instant,
    /// `success`, `failure`, `inconclusive` or `error`.
    pub result: String,
    /// Milliseconds until the answer, or the number that was measured.
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
        self.add_all(samples.iter().map(|sample| (subject, probe, sample)))
    }

    /// Adds samples in one transaction: subject, probe and sample of each.
    pub fn add_all<'a>(
        &self,
        samples: impl IntoIterator<Item = (&'a str, &'a str, &'a Sample)>,
    ) -> Result<()> {
        self.write(|tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO sample (subject, probe, at, result, value, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (subject, probe, sample) in samples {
                insert.execute(params![
                    subject,
                    probe,
                    sample.at.micros(),
                    sample.result,
                    sample.value,
                    sample.detail
                ])?;
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
        "SELECT at, result, value, detail FROM sample WHERE subject = ?1 AND probe = ?2 ORDER BY at DESC, id DESC LIMIT ?3",
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
}
