//! A file of issues taken in: looked at, tried, then logged by the same command as any other report.
//!
//! By default all of it in one transaction, after a pass that finds every bad row: an error, a
//! cancel or a kill leaves nothing. With `skip_bad` the good rows are kept in parts, so that others
//! get to write in between. What was taken in before is known by its origin and not logged again.

use super::{Call, Desk, actions::Action, many::Many};
use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    event::{stream, words::*},
    import::{self, Draft, FileColumn, FileFormat, ImportField, MappedField, Rows, Shape, Wishes},
    model::{State, catalog::Catalog},
    stages::{Command as _, Done, report::LogIssue, triage::CloseIssue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io::{Read, Seek as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use ts_rs::TS;

/// Rows that are shown before anything is done.
const SHOWN: usize = 20;
/// Letters of a text that are shown of it there.
const SHOWN_LETTERS: usize = 2_000;
/// Bad rows that are told one by one; the others are counted.
const TOLD: usize = 1_000;
/// Rows to a transaction when bad ones are skipped.
const PART: u64 = 2_000;
/// Rows after which progress is told.
const STRIDE: u64 = 500;

/// What becomes of what is over elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosedElsewhere {
    /// It comes as a closed issue.
    #[default]
    Import,
    Skip,
}

/// How a file is read. Whatever is left out is told from its content.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ImportHow {
    pub format: Option<FileFormat>,
    /// A name such as `utf-8`, `windows-1252`, `shift_jis`.
    pub encoding: Option<String>,
    /// One character.
    pub separator: Option<String>,
    /// Which columns are these fields; a field with no column is not imported.
    pub map: Vec<MappedField>,
    /// 03/04 is the third of April.
    pub day_first: Option<bool>,
    /// What times without a zone mean; the workspace's zone if left out.
    pub zone: Option<String>,
    /// The product of rows that name none.
    pub product: Option<CatalogId>,
    /// What names the rows' ids uniquely, if two systems write files alike.
    pub source: Option<String>,
    pub closed: ClosedElsewhere,
}

/// Look into a file of issues before it is imported.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct LookAtFile {
    pub path: String,
    #[serde(default)]
    pub how: ImportHow,
}

/// What a file is, and its first rows as they would be logged.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FileLook {
    pub format: FileFormat,
    pub encoding: String,
    /// None for JSON.
    pub separator: Option<String>,
    #[ts(type = "number")]
    pub bytes: u64,
    pub columns: Vec<FileColumn>,
    pub mapping: Vec<MappedField>,
    pub day_first: bool,
    /// 03/04 occurs, and nothing in the file tells which month it is in.
    pub dates_ambiguous: bool,
    pub rows: Vec<RowLook>,
}

/// One row as it would be logged, or why it is not. Long texts are cut.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RowLook {
    #[ts(type = "number")]
    pub line: u64,
    pub log: Option<LogIssue>,
    pub at: Option<Instant>,
    /// Its state elsewhere, if it is over there.
    pub closed: Option<String>,
    /// The issue that it became before.
    pub known: Option<IssueKey>,
    /// Why it is left out, though nothing is wrong with it.
    pub left_out: Option<String>,
    pub error: Option<String>,
}

/// Import a file of issues.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ImportFile {
    pub path: String,
    #[serde(default)]
    pub how: ImportHow,
    /// Keep the good rows, although there are bad ones.
    #[serde(default)]
    pub skip_bad: bool,
    /// Find out what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What came of it. Rows are imported, skipped (known already, or left out) or bad.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Imported {
    #[ts(type = "number")]
    pub imported: u64,
    #[ts(type = "number")]
    pub skipped: u64,
    /// Of the skipped: those that were taken in before, or twice in the file.
    #[ts(type = "number")]
    pub known: u64,
    /// Of the imported: those that are over elsewhere.
    #[ts(type = "number")]
    pub closed: u64,
    /// How many rows are bad; `errors` tells the first thousand.
    #[ts(type = "number")]
    pub bad: u64,
    pub errors: Vec<BadLine>,
    pub dry_run: bool,
    pub format: Option<FileFormat>,
    /// The first and the last of the new issues.
    pub first: Option<IssueKey>,
    pub last: Option<IssueKey>,
}

/// A row that cannot be imported, the reason and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BadLine {
    #[ts(type = "number")]
    pub line: u64,
    pub message: String,
}

/// How far the import is that this program runs, or how its last one ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskImport {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ImportProgress {
    pub path: String,
    /// Nothing is under way (any more).
    pub done: bool,
    /// The rows are only being checked as yet.
    pub checking: bool,
    #[ts(type = "number")]
    pub rows: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    #[ts(type = "number")]
    pub of_bytes: u64,
    #[ts(type = "number")]
    pub bad: u64,
    pub result: Option<Imported>,
    pub error: Option<Error>,
}

/// Stop the import that is under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelImport {}

/// The import that this program runs; one at a time.
pub type UnderWay = super::under_way::UnderWay<ImportProgress>;

/// Copies a stream that can be read only once, such as standard input, to a file that goes away
/// with the answer.
pub fn spool(source: &mut dyn Read) -> Result<tempfile::TempPath> {
    let mut file = tempfile::NamedTempFile::new()?;
    std::io::copy(source, &mut file)?;
    Ok(file.into_temp_path())
}

/// An open file and what it is.
struct Opened {
    file: File,
    shape: Shape,
    bytes: u64,
    zone: String,
}

impl Opened {
    fn new(call: &Call, path: &str, how: &ImportHow) -> Result<Self> {
        let told = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::field("path", format!("There is no file {path}."))
            }
            _ => Error::offline(format!("{path} cannot be read: {error}.")).at("path"),
        };
        let mut file = File::open(path).map_err(told)?;
        let kind = file.metadata().map_err(told)?;
        if kind.is_dir() {
            return Err(Error::field("path", format!("{path} is a folder, not a file.")));
        }
        if !kind.is_file() {
            file = File::open(spool(&mut file)?).map_err(told)?;
        }
        let bytes = file.metadata().map_err(told)?.len();
        let mut separator = how.separator.iter().flat_map(|text| text.chars());
        let separator = match (separator.next(), separator.next()) {
            (Some(one), None) => Some(one),
            (None, _) => None,
            _ => return Err(Error::field("how.separator", "A separator is one character.")),
        };
        let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
        let mut wishes = Wishes {
            format: how.format,
            encoding: how.encoding.clone(),
            separator,
            map: how.map.clone(),
            day_first: how.day_first,
            lines: ending.is_some_and(|ending| {
                ["jsonl", "ndjson"].contains(&ending.to_lowercase().as_str())
            }),
            far: false,
        };
        let shape = match import::look(&mut file, &wishes) {
            Err(_) if bytes > import::SAMPLE as u64 => {
                wishes.far = true;
                file.rewind()?;
                import::look(&mut file, &wishes)?
            }
            looked => looked?,
        };
        let zone = match &how.zone {
            Some(zone) => zone.clone(),
            None => call.judge(|state, _| Ok(state.workspace()?.zone.clone()))?,
        };
        Ok(Self { file, shape, bytes, zone })
    }

    /// The rows from the beginning; `read` counts the bytes.
    fn rows(&mut self, read: &Arc<AtomicU64>) -> Result<Rows<Counted<'_>>> {
        self.file.rewind()?;
        read.store(0, Ordering::Relaxed);
        let counted = Counted { file: &self.file, read: Arc::clone(read) };
        Rows::new(counted, &self.shape, &self.zone)
    }
}

struct Counted<'a> {
    file: &'a File,
    read: Arc<AtomicU64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read(out)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Drafts made into requests.
struct Making<'a> {
    how: &'a ImportHow,
    shape: &'a Shape,
    catalog: Arc<Catalog>,
    /// How often the same content came, of rows that have no id.
    contents: HashMap<[u8; 16], u32>,
}

/// What is to be done with a row.
enum Made {
    Log(Box<LogIssue>, Option<Instant>, Option<String>),
    LeftOut(&'static str),
}

impl<'a> Making<'a> {
    fn new(how: &'a ImportHow, shape: &'a Shape, catalog: Arc<Catalog>) -> Self {
        Self { how, shape, catalog, contents: HashMap::new() }
    }

    /// A row made into a request; what is wrong names the row where its line does not.
    fn row(
        &mut self,
        draft: Result<Draft, import::Bad>,
        line: u64,
        number: u64,
    ) -> Result<Made, String> {
        let made = draft.map_err(|bad| bad.message).and_then(|draft| self.make(draft));
        made.map_err(|message| match number > line {
            true => format!("Object {number}: {message}"),
            false => message,
        })
    }

    fn make(&mut self, draft: Draft) -> Result<Made, String> {
        if let Some(other) = draft.other {
            return Ok(Made::LeftOut(other));
        }
        if draft.closed.is_some() && self.how.closed == ClosedElsewhere::Skip {
            return Ok(Made::LeftOut("closed elsewhere"));
        }
        if draft.text.title.trim().is_empty() {
            let columns = self.shape.mapping.get(&ImportField::Title);
            let columns = columns.map(|all| all.join(", ")).unwrap_or_default();
            return Err(format!(
                "The title is missing (“{columns}” is empty). Fill it in, or map title to another \
                 column."
            ));
        }
        let id = if draft.id.is_empty() {
            // The same row again in one file is another report; in another file it is the same.
            let times = self.contents.entry(draft.content).or_default();
            *times += 1;
            let name = format!("sha256:{}", hex::encode(draft.content));
            if *times == 1 { name } else { format!("{name}:{times}") }
        } else {
            draft.id
        };
        let named = self.how.source.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let source = named.map_or(draft.source, str::to_owned);
        let log = LogIssue {
            text: draft.text,
            channel: draft.channel,
            product: self.product(&draft.product)?,
            component: draft.component,
            version: draft.version,
            environment: draft.environment,
            affected: draft.affected,
            attachments: Vec::new(),
            origin: Some(Origin { source, id, url: draft.url }),
        };
        Ok(Made::Log(Box::new(log), draft.at, draft.closed))
    }

    /// The product by its id or its name.
    fn product(&self, called: &str) -> Result<Option<CatalogId>, String> {
        if called.is_empty() {
            return Ok(self.how.product.clone());
        }
        let same = |name: &str| name.to_lowercase() == called.to_lowercase();
        let found = self.catalog.all().find_map(|(_, object)| match object {
            CatalogObject::Product(one) if same(&one.id.0) || same(&one.name) => {
                Some(one.id.clone())
            }
            _ => None,
        });
        found.map(Some).ok_or_else(|| {
            let called: String = called.chars().take(100).collect();
            format!(
                "There is no product “{called}”. Add it in Settings, Products, or do not map \
                 “product”."
            )
        })
    }
}

impl Imported {
    fn bad(&mut self, line: u64, message: String) {
        self.bad += 1;
        if self.errors.len() < TOLD {
            self.errors.push(BadLine { line, message });
        }
    }

    fn left_out(&mut self) {
        self.skipped += 1;
    }

    fn was_known(&mut self) {
        self.skipped += 1;
        self.known += 1;
    }

    fn took(&mut self, key: &str, closed: bool) {
        self.imported += 1;
        self.closed += u64::from(closed);
        let key = IssueKey(key.to_owned());
        self.first.get_or_insert_with(|| key.clone());
        self.last = Some(key);
    }
}

/// Whether a refusal is about the row, and the next one may be fine.
fn of_the_row(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Denied)
}

/// A refusal as a line of the list of errors.
fn sentence(error: &Error) -> String {
    match &error.hint {
        Some(hint) => format!("{} {hint}", error.message),
        None => error.message.clone(),
    }
}

/// One import while it runs: who watches it, and whether it is to stop.
struct Run<'a> {
    desk: &'a Desk,
    read: Arc<AtomicU64>,
    rows: u64,
}

impl<'a> Run<'a> {
    fn begin(desk: &'a Desk, path: &str, bytes: u64) -> Result<Self> {
        let first = ImportProgress {
            path: path.to_owned(),
            checking: true,
            of_bytes: bytes,
            ..ImportProgress::default()
        };
        if !desk.0.import.begin(first) {
            return Err(Error::conflict("Another import is under way.")
                .hint("Wait for its end, or cancel it."));
        }
        Ok(Self { desk, read: Arc::default(), rows: 0 })
    }

    fn phase(&mut self, checking: bool) {
        self.rows = 0;
        self.desk.0.import.update(|progress| {
            progress.checking = checking;
            progress.rows = 0;
        });
    }

    /// One row more. An error once somebody wants it to stop.
    fn step(&mut self, bad: u64) -> Result<()> {
        let way = &self.desk.0.import;
        if way.is_cancelled() {
            return Err(Error::conflict("The import was cancelled.").at("cancelled"));
        }
        self.rows += 1;
        if self.rows.is_multiple_of(STRIDE) {
            way.update(|progress| {
                progress.rows = self.rows;
                progress.bytes = self.read.load(Ordering::Relaxed);
                progress.bad = bad;
            });
            self.desk.announce(vec!["import".into()]);
        }
        Ok(())
    }

    fn end(self, ended: &Result<Imported>) {
        self.desk.0.import.update(|progress| {
            progress.rows = self.rows;
            match ended {
                Ok(result) => {
                    progress.bytes = progress.of_bytes;
                    progress.bad = result.bad;
                    progress.result = Some(result.clone());
                }
                Err(error) => progress.error = Some(error.clone()),
            }
        });
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.desk.0.import.update(|progress| progress.done = true);
        self.desk.0.import.end();
        self.desk.announce(vec!["import".into()]);
    }
}

impl Action for LookAtFile {
    type Answer = FileLook;

    fn run(self, call: &Call) -> Result<FileLook> {
        let mut opened = Opened::new(call, &self.path, &self.how)?;
        let shape = opened.shape.clone();
        let mut making = Making::new(&self.how, &shape, call.desk().catalog()?);
        let check = Check::new(call)?;
        let mut rows = Vec::new();
        for row in opened.rows(&Arc::default())?.take(SHOWN) {
            let row = row?;
            let made = making.row(row.draft, row.line, row.number);
            let mut look = RowLook {
                line: row.line,
                log: None,
                at: None,
                closed: None,
                known: None,
                left_out: None,
                error: None,
            };
            match made {
                Err(message) => look.error = Some(message),
                Ok(Made::LeftOut(why)) => look.left_out = Some(why.into()),
                Ok(Made::Log(log, at, closed)) => {
                    match check.decide(&log) {
                        Ok(known) => look.known = known,
                        Err(error) if of_the_row(&error) => look.error = Some(sentence(&error)),
                        Err(error) => return Err(error),
                    }
                    (look.at, look.closed) = (at, closed);
                    look.log = Some(shortened(*log));
                }
            }
            rows.push(look);
        }
        Ok(FileLook {
            format: shape.format,
            encoding: shape.encoding.name().to_lowercase(),
            separator: shape.separator.map(|byte| char::from(byte).to_string()),
            bytes: opened.bytes,
            columns: shape.columns,
            mapping: shape
                .mapping
                .into_iter()
                .map(|(field, columns)| MappedField { field, columns })
                .collect(),
            day_first: shape.day_first,
            dates_ambiguous: shape.dates_ambiguous,
            rows,
        })
    }
}

fn shortened(mut log: LogIssue) -> LogIssue {
    let text = &mut log.text;
    for long in [
        &mut text.title,
        &mut text.description,
        &mut text.steps,
        &mut text.expected,
        &mut text.actual,
        &mut text.workaround,
        &mut text.tell_caller,
    ] {
        if let Some((at, _)) = long.char_indices().nth(SHOWN_LETTERS) {
            long.truncate(at);
            long.push('…');
        }
    }
    log
}

/// Decides about rows without keeping anything.
struct Check<'a> {
    db: crate::store::Reader<'a>,
    catalog: Arc<Catalog>,
    actor: crate::model::Actor,
    /// The next free number: it is not what a check is about.
    next: u64,
}

impl<'a> Check<'a> {
    fn new(call: &'a Call) -> Result<Self> {
        let db = call.desk.0.store.read()?;
        let next = super::fold::next_number(&db, "ISS")?;
        Ok(Self { db, catalog: call.desk.catalog()?, actor: call.actor(), next })
    }

    /// The issue that a row became before, if it did.
    fn decide(&self, log: &LogIssue) -> Result<Option<IssueKey>> {
        let mut state = State::new(Arc::clone(&self.catalog), BTreeMap::new());
        state.load_number("ISS", self.next);
        loop {
            match log.decide(&state, &self.actor) {
                Ok(decided) => {
                    let known = decided.answer.known;
                    return Ok(known.then_some(IssueKey(decided.answer.key)));
                }
                Err(stop) => super::load_within(&self.db, &mut state, stop)?,
            }
        }
    }
}

impl Action for ImportFile {
    type Answer = Imported;

    fn run(self, call: &Call) -> Result<Imported> {
        if !self.dry_run {
            call.desk().writable()?;
        }
        let mut opened = Opened::new(call, &self.path, &self.how)?;
        if !opened.shape.mapping.contains_key(&ImportField::Title) {
            let names: Vec<&str> =
                opened.shape.columns.iter().take(30).map(|one| one.name.as_str()).collect();
            return Err(Error::field("map", "None of the columns looks like a title.")
                .hint(format!("Map one: title=COLUMN. The file has: {}.", names.join(", "))));
        }
        let mut run = Run::begin(call.desk(), &self.path, opened.bytes)?;
        let ended = self.through(call, &mut opened, &mut run);
        run.end(&ended);
        ended
    }
}

impl ImportFile {
    fn through(&self, call: &Call, opened: &mut Opened, run: &mut Run) -> Result<Imported> {
        let format = Some(opened.shape.format);
        if self.dry_run || !self.skip_bad {
            let checked = self.check(call, opened, run)?;
            if self.dry_run {
                return Ok(Imported { format, dry_run: true, first: None, last: None, ..checked });
            }
            if checked.bad > 0 {
                let errors = checked.errors;
                return Ok(Imported { format, bad: checked.bad, errors, ..Imported::default() });
            }
        }
        run.phase(false);
        let shape = opened.shape.clone();
        let mut making = Making::new(&self.how, &shape, call.desk().catalog()?);
        let read = Arc::clone(&run.read);
        let mut rows = opened.rows(&read)?;
        let mut kept = Imported { format, ..Imported::default() };
        loop {
            let mut result = kept.clone();
            let part = call.many(|many| self.part(many, &mut rows, &mut making, run, &mut result));
            match part {
                Ok(over) => {
                    kept = result;
                    if over {
                        return Ok(kept);
                    }
                }
                Err(error) if error.location.as_deref() == Some("cancelled") => {
                    let stays = match kept.imported {
                        0 => "Nothing was imported.".into(),
                        some => format!(
                            "{some} issues had been imported and stay; the same file again goes on \
                             from there."
                        ),
                    };
                    return Err(Error { message: format!("{} {stays}", error.message), ..error });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds out what would happen to each row.
    fn check(&self, call: &Call, opened: &mut Opened, run: &mut Run) -> Result<Imported> {
        let shape = opened.shape.clone();
        let mut making = Making::new(&self.how, &shape, call.desk().catalog()?);
        let check = Check::new(call)?;
        let mut result = Imported::default();
        let mut seen = HashSet::new();
        let read = Arc::clone(&run.read);
        for row in opened.rows(&read)? {
            let row = row?;
            run.step(result.bad)?;
            let made = making.row(row.draft, row.line, row.number);
            match made {
                Err(message) => result.bad(row.line, message),
                Ok(Made::LeftOut(_)) => result.left_out(),
                Ok(Made::Log(log, _, closed)) => match check.decide(&log) {
                    Ok(Some(_)) => result.was_known(),
                    Ok(None) => {
                        let name = log.origin.as_ref().map(stream::origin).unwrap_or_default();
                        if seen.insert(name) {
                            result.took("", closed.is_some());
                        } else {
                            result.was_known();
                        }
                    }
                    Err(error) if of_the_row(&error) => result.bad(row.line, sentence(&error)),
                    Err(error) => return Err(error),
                },
            }
        }
        Ok(result)
    }

    /// Logs rows in one transaction: all that are left, or a part. True at the end.
    fn part(
        &self,
        many: &mut Many,
        rows: &mut Rows<Counted>,
        making: &mut Making,
        run: &mut Run,
        result: &mut Imported,
    ) -> Result<bool> {
        let mut done = 0;
        loop {
            let Some(row) = rows.next() else { return Ok(true) };
            let row = row?;
            run.step(result.bad)?;
            let made = making.row(row.draft, row.line, row.number);
            let bad = match made {
                Ok(Made::LeftOut(_)) => {
                    result.left_out();
                    None
                }
                Ok(Made::Log(log, at, closed)) => match many.command(&*log, at) {
                    Ok(logged) if logged.known => {
                        result.was_known();
                        None
                    }
                    Ok(logged) => {
                        if let Some(state) = &closed {
                            let keys = vec![IssueKey(logged.key.clone())];
                            let reason = format!("It came from elsewhere as “{state}”.");
                            many.command(&CloseIssue { keys, reason, partly: false }, None)?;
                        }
                        result.took(&logged.key, closed.is_some());
                        None
                    }
                    Err(error) if of_the_row(&error) => Some(sentence(&error)),
                    Err(error) => return Err(error),
                },
                Err(message) => Some(message),
            };
            if let Some(message) = bad {
                if !self.skip_bad {
                    return Err(Error::conflict(format!(
                        "The file or the catalog changed while it was imported, and nothing was \
                         kept: line {}: {message}",
                        row.line
                    ))
                    .hint("Import it again."));
                }
                result.bad(row.line, message);
            }
            done += 1;
            if self.skip_bad && done >= PART {
                return Ok(false);
            }
        }
    }
}

impl Action for AskImport {
    type Answer = ImportProgress;

    fn run(self, call: &Call) -> Result<ImportProgress> {
        let way = &call.desk().0.import;
        let mut progress = way.progress();
        progress.done |= !way.is_running();
        Ok(progress)
    }
}

impl Action for CancelImport {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().0.import.cancel();
        Ok(Done {})
    }
}
