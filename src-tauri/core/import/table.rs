//! Rows of separated cells, in any of the dialects that spreadsheets and trackers write.
//!
//! The dialect's grammar is csv-core's. What it does not tell is told here: the line a row begins
//! on, a row that is not as long as the header, and a quote that is never closed.

use super::{Bad, FileColumn, ImportField, MOST_ROW, Shape};
use crate::error::{Error, Result};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::BufRead;

/// A row's cells, as text.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    pub fn cell(&self, index: usize) -> &'a str {
        let Some(end) = self.ends.get(index) else { return "" };
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).unwrap_or(&0);
        self.text.get(*start..*end).unwrap_or("")
    }

    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let this = *self;
        (0..this.ends.len()).map(move |index| this.cell(index))
    }
}

/// The rows of a table after its header.
pub struct Table<R> {
    input: R,
    core: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// The line that is read next.
    line: u64,
    after_return: bool,
    pub header: Vec<String>,
}

/// What was read of a row before it was looked at.
struct Raw {
    line: u64,
    bytes: usize,
    count: usize,
    /// It is the last, and a quote in it is still open.
    open: bool,
}

impl<R: BufRead> Table<R> {
    pub fn new(input: R, separator: u8) -> Result<Self> {
        let mut table = Self {
            input,
            core: ReaderBuilder::new().delimiter(separator).build(),
            cells: vec![0; 1 << 12],
            ends: vec![0; 64],
            line: 1,
            after_return: false,
            header: Vec::new(),
        };
        loop {
            let unreadable = |message: String| Error::field("path", message);
            let Some(raw) = table.raw()? else {
                return Err(unreadable("The file has no row of column names.".into()));
            };
            let raw = raw.map_err(|(_, bad)| unreadable(format!("The header: {}", bad.message)))?;
            let record = table
                .record(&raw)
                .map_err(|bad| unreadable(format!("The header: {}", bad.message)))?;
            // Excel's own line about the separator.
            let first = record.cell(0).to_ascii_lowercase();
            if raw.line == 1 && first.starts_with("sep=") && raw.count <= 2 {
                continue;
            }
            table.header = record.cells().map(|name| name.trim().to_owned()).collect();
            return Ok(table);
        }
    }

    /// The next row with its line. Empty rows are none.
    #[allow(clippy::type_complexity, reason = "a row, where it is, and what is wrong with it")]
    pub fn next(&mut self) -> Option<Result<(u64, Result<Record<'_>, Bad>)>> {
        loop {
            let raw = match self.raw() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(Err((line, bad)))) => return Some(Ok((line, Err(bad)))),
                Ok(Some(Ok(raw))) => raw,
            };
            if self.cells[..raw.bytes].iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = raw.line;
            return Some(Ok((line, self.checked(&raw))));
        }
    }

    fn checked(&self, raw: &Raw) -> Result<Record<'_>, Bad> {
        if raw.open {
            return Err(Bad::last(
                "A quote (\") is opened in this row and never closed, so everything after it is in \
                 one cell. Close it, or double it if it belongs to the text.",
            ));
        }
        let record = self.record(raw)?;
        let wanted = self.header.len();
        let surplus = record.cells().skip(wanted).any(|cell| !cell.is_empty());
        if raw.count < wanted || surplus {
            return Err(Bad::new(format!(
                "The row has {} cells and the header {wanted}. Quote cells that hold the \
                 separator, and fill the row up.",
                raw.count
            )));
        }
        Ok(record)
    }

    fn record(&self, raw: &Raw) -> Result<Record<'_>, Bad> {
        let ends = &self.ends[..raw.count];
        let text = std::str::from_utf8(&self.cells[..raw.bytes]).map_err(|error| {
            let at = error.valid_up_to();
            let column = ends.iter().take_while(|end| **end <= at).count();
            let name = self.header.get(column).map_or("", String::as_str);
            not_text(self.cells[at], name)
        })?;
        match ends.iter().find(|end| !text.is_char_boundary(**end)) {
            Some(end) => Err(not_text(self.cells[*end], "")),
            None => Ok(Record { text, ends }),
        }
    }

    /// Reads one row: its cells lie one after another in `cells` and end at `ends`.
    #[allow(
        clippy::type_complexity,
        reason = "an error of the disk, the end, a row too long, a row"
    )]
    fn raw(&mut self) -> Result<Option<Result<Raw, (u64, Bad)>>> {
        // Between rows there may be empty lines, and the second half of a line's end.
        loop {
            let input = self.input.fill_buf()?;
            let length = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if length == 0 {
                break;
            }
            let ends = input[..length].to_vec();
            self.count(&ends);
            self.input.consume(length);
        }
        let line = self.line;
        let (mut bytes, mut count, mut whole) = (0, 0, 0);
        let mut quotes = 0_usize;
        let mut ended = false;
        loop {
            let input = self.input.fill_buf()?;
            ended |= input.is_empty();
            let (result, read, written, more) =
                self.core.read_record(input, &mut self.cells[bytes..], &mut self.ends[count..]);
            let (mut lines, mut after) = (0, self.after_return);
            for byte in &input[..read] {
                match byte {
                    b'\n' => {
                        lines += u64::from(!after);
                        after = false;
                    }
                    b'\r' => {
                        lines += 1;
                        after = true;
                    }
                    b'"' => {
                        quotes += 1;
                        after = false;
                    }
                    _ => after = false,
                }
            }
            (self.line, self.after_return) = (self.line + lines, after);
            self.input.consume(read);
            (bytes, count, whole) = (bytes + written, count + more, whole + read);
            if whole > MOST_ROW {
                return Ok(Some(Err((
                    line,
                    Bad::last(format!(
                        "The row is longer than {} MB: a quote (\") is never closed, or this is \
                         no table.",
                        MOST_ROW >> 20
                    )),
                ))));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    let open = ended && !quotes.is_multiple_of(2) && self.line > line;
                    return Ok(Some(Ok(Raw { line, bytes, count, open })));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn count(&mut self, ends: &[u8]) {
        for byte in ends {
            if *byte == b'\r' || !self.after_return {
                self.line += 1;
            }
            self.after_return = *byte == b'\r';
        }
    }
}

fn not_text(byte: u8, column: &str) -> Bad {
    let place = if column.is_empty() { String::new() } else { format!(" in “{column}”") };
    Bad::new(format!(
        "The row is not text in the file's encoding (byte 0x{byte:02X}{place}). Save the file as \
         UTF-8, or name its encoding, such as windows-1252."
    ))
}

/// The separator that gives the first rows the same number of cells, and most of them.
pub fn separator(sample: &[u8]) -> u8 {
    let sample = &sample[..sample.len().min(1 << 18)];
    if let Some(named) = sample
        .get(..4)
        .filter(|four| four.eq_ignore_ascii_case(b"sep="))
        .and_then(|_| sample.get(4))
        && !named.is_ascii_alphanumeric()
    {
        return *named;
    }
    let mut best = (0_usize, b',');
    for separator in *b",;\t|" {
        let Ok((header, rows)) = first(sample, separator, 50, true) else { continue };
        if header.len() < 2 {
            continue;
        }
        let alike = rows.iter().filter(|row| row.len() == header.len()).count();
        // A header that no row follows is a sign, but a weak one.
        let score = header.len().min(20) + 1000 * alike / rows.len().max(1);
        if score > best.0 {
            best = (score, separator);
        }
    }
    best.1
}

/// The header and the first rows of a sample; the last row of one that was cut is left out.
#[allow(clippy::type_complexity, reason = "the header, and the rows")]
pub fn first(
    sample: &[u8],
    separator: u8,
    most: usize,
    cut: bool,
) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let mut table = Table::new(sample, separator)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    while rows.len() <= most {
        let Some(raw) = table.raw()? else {
            if cut {
                rows.pop();
            }
            break;
        };
        let Ok(raw) = raw else { break };
        let text = String::from_utf8_lossy(&table.cells[..raw.bytes]).into_owned();
        let ends = &table.ends[..raw.count];
        let record = Record { text: &text, ends };
        rows.push(record.cells().map(str::to_owned).collect());
    }
    rows.truncate(most);
    Ok((table.header, rows))
}

pub fn columns(header: &[String], rows: &[Vec<String>]) -> Vec<FileColumn> {
    let mut columns: Vec<FileColumn> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = if name.is_empty() { format!("#{}", index + 1) } else { name.clone() };
        // Trackers repeat a column's name for each of several values.
        if columns.iter().any(|known| known.name == name) {
            continue;
        }
        let sample = rows.iter().filter_map(|row| row.get(index)).find(|cell| !cell.is_empty());
        columns.push(FileColumn { name, sample: excerpt(sample.map_or("", String::as_str)) });
    }
    columns
}

pub fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

/// What stands in the columns of times.
pub fn times(header: &[String], rows: &[Vec<String>], shape: &Shape) -> Vec<String> {
    let Some(columns) = shape.mapping.get(&ImportField::At) else { return Vec::new() };
    let at: Vec<usize> = columns.iter().flat_map(|column| places(header, column)).collect();
    rows.iter().flat_map(|row| at.iter().filter_map(|index| row.get(*index).cloned())).collect()
}

/// The places of all columns with this name; `#3` is the third.
pub fn places(header: &[String], column: &str) -> Vec<usize> {
    let exact: Vec<usize> = (0..header.len()).filter(|index| header[*index] == column).collect();
    if !exact.is_empty() {
        return exact;
    }
    let numbered = column.strip_prefix('#').and_then(|number| number.parse::<usize>().ok());
    numbered
        .and_then(|number| number.checked_sub(1))
        .filter(|at| *at < header.len())
        .into_iter()
        .collect()
}
