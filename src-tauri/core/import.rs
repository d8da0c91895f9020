//! Issues of others: a CSV file, JSON lines, or the export of a tracker, read as drafts of issues.
//!
//! [`look`] tells from a file's beginning what it is and which of its columns is which field;
//! [`Rows`] then reads it row by row, of any length, holding one row at a time. What cannot be
//! read is told with its line, the reason and the remedy, and the rows after it are read all the
//! same. Nothing is trimmed or repaired: a text comes out as it went in.
//!
//! Deliberately absent: comments, attachments and priorities of the other system (its priorities
//! are not ours: the matrix gives them), and formulas of spreadsheets.

mod draft;
mod formats;
mod json;
mod table;
mod text;
mod times;
mod words;

#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use text::encoding;

use crate::error::{Error, Result};
use draft::{Cells, Reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{BufReader, Read},
};
use text::Text;
use ts_rs::TS;

/// The longest row that is read: a text of 10 MB in each of its fields, and room for their escapes.
const MOST_ROW: usize = 256 << 20;
/// How much of a file is looked at to tell what it is.
pub const SAMPLE: usize = 4 << 20;
/// How many rows are looked at for it.
const SAMPLE_ROWS: usize = 200;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Csv,
    /// JSON objects: one a line, in a list, or in a list within one object.
    Jsonl,
    Github,
    Gitlab,
    Jira,
    Zendesk,
}

/// What a column can be of an issue.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ImportField {
    Title,
    Description,
    Steps,
    Expected,
    Actual,
    Workaround,
    TellCaller,
    /// A name, an address, or “Name <address>”.
    Reporter,
    /// The reporter's mail address or telephone number.
    Reach,
    Product,
    Component,
    Version,
    Environment,
    Affected,
    /// When it was reported.
    At,
    /// Whether it is over there.
    State,
    /// Since when it is over there; empty while it is open.
    ClosedAt,
    /// What it is called there.
    Id,
    Url,
    Channel,
    /// The component is found among them if it has no column of its own.
    Labels,
}

impl ImportField {
    pub const ALL: [Self; 21] = [
        Self::Title,
        Self::Description,
        Self::Steps,
        Self::Expected,
        Self::Actual,
        Self::Workaround,
        Self::TellCaller,
        Self::Reporter,
        Self::Reach,
        Self::Product,
        Self::Component,
        Self::Version,
        Self::Environment,
        Self::Affected,
        Self::At,
        Self::State,
        Self::ClosedAt,
        Self::Id,
        Self::Url,
        Self::Channel,
        Self::Labels,
    ];

    /// As the command line and JSON spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Steps => "steps",
            Self::Expected => "expected",
            Self::Actual => "actual",
            Self::Workaround => "workaround",
            Self::TellCaller => "tell_caller",
            Self::Reporter => "reporter",
            Self::Reach => "reach",
            Self::Product => "product",
            Self::Component => "component",
            Self::Version => "version",
            Self::Environment => "environment",
            Self::Affected => "affected",
            Self::At => "at",
            Self::State => "state",
            Self::ClosedAt => "closed_at",
            Self::Id => "id",
            Self::Url => "url",
            Self::Channel => "channel",
            Self::Labels => "labels",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// All of its columns count, not the first that is filled.
    fn is_list(self) -> bool {
        matches!(self, Self::Component | Self::Version | Self::Environment | Self::Labels)
    }
}

/// Which columns are a field; none says that the file has nothing for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MappedField {
    pub field: ImportField,
    pub columns: Vec<String>,
}

/// What is known of a file beforehand, instead of being told from its content.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub format: Option<FileFormat>,
    /// A label such as `utf-8`, `windows-1252`, `shift_jis`.
    pub encoding: Option<String>,
    pub separator: Option<char>,
    /// Instead of what would be guessed for these fields.
    pub map: Vec<MappedField>,
    /// 03/04 is the third of April.
    pub day_first: Option<bool>,
    /// Its name ends in `.jsonl` or `.ndjson`: an object never goes on in the next line.
    pub lines: bool,
    /// Look as far as the longest first row may reach, after less was not enough.
    pub far: bool,
}

/// A column and what stands in it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FileColumn {
    pub name: String,
    pub sample: String,
}

/// What a file is, and how its rows become issues.
#[derive(Clone, Debug)]
pub struct Shape {
    pub format: FileFormat,
    pub encoding: &'static encoding_rs::Encoding,
    /// None for JSON.
    pub separator: Option<u8>,
    pub columns: Vec<FileColumn>,
    pub mapping: BTreeMap<ImportField, Vec<String>>,
    pub day_first: bool,
    pub lines: bool,
    /// 03/04 occurs, and nothing in the file tells which month it is in.
    pub dates_ambiguous: bool,
}

/// One row of a file.
#[derive(Debug)]
pub struct Row {
    /// Where it begins; the first line is 1.
    pub line: u64,
    /// The how many-th it is; several may stand on one line.
    pub number: u64,
    /// The issue it describes, or why none can be read and what to do.
    pub draft: Result<Draft, Bad>,
}

/// What is wrong with a row, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    pub message: String,
    /// Nothing after it can be read.
    pub last: bool,
}

impl Bad {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), last: false }
    }

    fn last(message: impl Into<String>) -> Self {
        Self { message: message.into(), last: true }
    }
}

/// Tells what a file is from its beginning.
pub fn look(source: &mut dyn Read, wishes: &Wishes) -> Result<Shape> {
    let most = if wishes.far { SAMPLE + MOST_ROW } else { SAMPLE };
    let (sample, encoding) = text::sample(source, most, wishes.encoding.as_deref())?;
    if sample.bytes.is_empty() {
        return Err(Error::field("path", "The file is empty."));
    }
    let readable = sample.readable(encoding);
    let json = match wishes.format {
        Some(FileFormat::Csv) => false,
        Some(FileFormat::Jsonl) => true,
        _ => json::looks_like(&readable),
    };
    let mut shape = Shape {
        format: FileFormat::Csv,
        encoding,
        separator: None,
        columns: Vec::new(),
        mapping: BTreeMap::new(),
        day_first: true,
        lines: wishes.lines,
        dates_ambiguous: false,
    };
    let times = if json {
        let items = json::first(&readable, wishes.lines, SAMPLE_ROWS);
        shape.columns = json::columns(&items);
        shape.format = wishes.format.unwrap_or_else(|| formats::of_items(&items));
        shape.mapping = formats::mapping(&shape, wishes, true)?;
        json::times(&items, &shape)
    } else {
        let separator = match wishes.separator {
            Some(given) => u8::try_from(given).map_err(|_| {
                Error::field("separator", "The separator must be one plain character.")
            })?,
            None => table::separator(&readable),
        };
        shape.separator = Some(separator);
        let (header, rows) = table::first(&readable, separator, SAMPLE_ROWS, sample.cut)?;
        shape.columns = table::columns(&header, &rows);
        shape.format = wishes.format.unwrap_or_else(|| formats::of_header(&header));
        shape.mapping = formats::mapping(&shape, wishes, false)?;
        table::times(&header, &rows, &shape)
    };
    let order = times::order(times.iter().map(String::as_str));
    shape.dates_ambiguous = order == times::Order::Ambiguous;
    shape.day_first = wishes.day_first.unwrap_or(order != times::Order::MonthFirst);
    Ok(shape)
}

/// The rows of a file, from its first byte on.
pub struct Rows<R: Read> {
    source: Source<R>,
    reading: Reading,
    number: u64,
    over: bool,
}

enum Source<R: Read> {
    Table(Box<table::Table<BufReader<Text<R>>>>),
    Items(json::Items<BufReader<Text<R>>>),
}

impl<R: Read> Rows<R> {
    /// `zone` is what times without a zone mean.
    pub fn new(source: R, shape: &Shape, zone: &str) -> Result<Self> {
        let input = BufReader::with_capacity(1 << 16, Text::new(source, shape.encoding));
        let mut reading = Reading::new(shape, zone)?;
        let source = match shape.separator {
            Some(separator) => {
                let table = table::Table::new(input, separator)?;
                reading.resolve(&table.header);
                Source::Table(Box::new(table))
            }
            None => Source::Items(json::Items::new(input, shape.lines)),
        };
        Ok(Self { source, reading, number: 0, over: false })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row>;

    /// An error is one of the disk, not of the file's content; nothing follows it.
    fn next(&mut self) -> Option<Result<Row>> {
        if self.over {
            return None;
        }
        self.number += 1;
        let number = self.number;
        let next = match &mut self.source {
            Source::Table(table) => table.next().map(|next| {
                next.map(|(line, record)| {
                    let draft = record.and_then(|record| {
                        self.reading.draft(&Cells::Record(record, &self.reading))
                    });
                    Row { line, number, draft }
                })
            }),
            Source::Items(items) => items.next().map(|next| {
                next.map(|(line, item)| {
                    let draft = item
                        .and_then(|item| self.reading.draft(&Cells::Item(&item, &self.reading)));
                    Row { line, number, draft }
                })
            }),
        };
        self.over = match &next {
            None | Some(Err(_)) => true,
            Some(Ok(row)) => row.draft.as_ref().is_err_and(|bad| bad.last),
        };
        next
    }
}
