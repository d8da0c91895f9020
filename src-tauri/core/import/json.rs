//! JSON objects out of a stream: one a line, one after another, in a list, or in a list within one
//! object, as the interfaces of trackers answer. One object is held at a time.
//!
//! A line that is broken does not take the lines after it along: a text that is not closed, or an
//! object that begins where none can, ends what came before.

use super::{Bad, FileColumn, ImportField, MOST_ROW, Shape, table::excerpt};
use crate::error::{Error, Result};
use serde_json::Value;
use std::io::BufRead;

const DEPTH: usize = 100;
/// What a list of things is called within an object.
const LISTS: &[&str] =
    &["issues", "tickets", "items", "results", "records", "rows", "data", "values", "nodes"];
/// What an object has that is a thing itself.
const OWN: &[&str] = &["title", "summary", "subject", "fields", "description", "body", "iid"];

/// Whether a text is JSON rather than a table.
pub fn looks_like(sample: &[u8]) -> bool {
    let mut bytes = sample.iter().filter(|byte| !byte.is_ascii_whitespace());
    match bytes.next() {
        Some(b'{') => true,
        Some(b'[') => matches!(bytes.next(), None | Some(b'{' | b']')),
        _ => false,
    }
}

/// The objects of a stream, each with the line it begins on.
pub struct Items<R> {
    input: R,
    /// An object never goes on in the next line.
    lines: bool,
    line: u64,
    /// Nothing but white space stands before it on its line.
    line_start: bool,
    /// The brackets that are open around the objects.
    around: Vec<u8>,
    item: Vec<u8>,
}

enum Scanned {
    Item,
    /// The object is one around a list, which has just been opened.
    Around,
    Broken(&'static str),
}

impl<R: BufRead> Items<R> {
    pub fn new(input: R, lines: bool) -> Self {
        Self { input, lines, line: 1, line_start: true, around: Vec::new(), item: Vec::new() }
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn take(&mut self, byte: u8) {
        if byte == b'\n' {
            self.line += 1;
            self.line_start = true;
        } else if !byte.is_ascii_whitespace() {
            self.line_start = false;
        }
        self.input.consume(1);
    }

    #[allow(clippy::type_complexity, reason = "an object, where it is, and what is wrong with it")]
    pub fn next(&mut self) -> Option<Result<(u64, Result<Value, Bad>)>> {
        match self.advance() {
            Err(error) => Some(Err(error)),
            Ok(None) => None,
            Ok(Some((line, Err(bad)))) => Some(Ok((line, Err(bad)))),
            Ok(Some((line, Ok(())))) => Some(Ok((line, self.parsed()))),
        }
    }

    fn parsed(&self) -> Result<Value, Bad> {
        let text = std::str::from_utf8(&self.item).map_err(|error| {
            let byte = self.item[error.valid_up_to()];
            Bad::new(format!(
                "The object is not text in the file's encoding (byte 0x{byte:02X}). Save the file \
                 as UTF-8, or name its encoding, such as windows-1252."
            ))
        })?;
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err(Bad::new("This is no JSON object. Each issue is an object: {…}.")),
            Err(error) => {
                let told = error.to_string();
                let what = told.split(" at line ").next().unwrap_or(&told);
                Err(Bad::new(format!(
                    "This is no JSON: {what} (line {} of it, column {}).",
                    error.line(),
                    error.column()
                )))
            }
        }
    }

    /// Reads the bytes of the next object.
    #[allow(clippy::type_complexity, reason = "where it is, and what is wrong with it")]
    fn advance(&mut self) -> Result<Option<(u64, Result<(), Bad>)>> {
        loop {
            let Some(byte) = self.peek()? else {
                let open = !std::mem::take(&mut self.around).is_empty();
                let cut = "The file ends within its list: it was cut off. Export it again.";
                return Ok(open.then(|| (self.line, Err(Bad::last(cut)))));
            };
            match (byte, self.around.last()) {
                (byte, _) if byte.is_ascii_whitespace() => self.take(byte),
                (b'[', None) if !self.lines => {
                    self.take(byte);
                    self.around.push(b'[');
                }
                (b',', Some(b'[')) => self.take(byte),
                (b']', Some(b'[')) => {
                    self.take(byte);
                    self.around.pop();
                    if self.around.last() == Some(&b'{') {
                        // The rest of the object around the list; it may hold another one.
                        self.around.pop();
                        let line = self.line;
                        if let Scanned::Broken(why) = self.scan(true)? {
                            return Ok(Some((line, Err(Bad::new(why)))));
                        }
                    }
                }
                (b'{', _) => {
                    let line = self.line;
                    match self.scan(false)? {
                        Scanned::Item => return Ok(Some((line, Ok(())))),
                        Scanned::Around => {}
                        Scanned::Broken(why) => return Ok(Some((line, Err(Bad::new(why))))),
                    }
                    if self.item.len() > MOST_ROW {
                        let long = "The object is too long to be an issue.";
                        return Ok(Some((line, Err(Bad::last(long)))));
                    }
                }
                _ => return self.junk().map(Some),
            }
        }
    }

    /// What is no object, up to the end of its line or to the next one of its list.
    #[allow(clippy::type_complexity, reason = "where it is, and what is wrong with it")]
    fn junk(&mut self) -> Result<(u64, Result<(), Bad>)> {
        let line = self.line;
        let listed = !self.around.is_empty();
        while let Some(byte) = self.peek()? {
            if byte == b'\n' || listed && matches!(byte, b'{' | b']') {
                break;
            }
            self.take(byte);
        }
        Ok((line, Err(Bad::new("This is no JSON object. Each issue is an object: {…}."))))
    }

    /// Reads an object from its brace on; with `rest`, the end of one whose list was just read.
    fn scan(&mut self, rest: bool) -> Result<Scanned> {
        self.item.clear();
        let mut open: Vec<u8> = if rest { vec![b'{'] } else { Vec::new() };
        // The last byte that is no white space; a value before it, if it ends the list.
        let mut last = if rest { b']' } else { b' ' };
        let (mut quoted, mut escaped) = (false, false);
        let (mut key_at, mut key) = (None, None::<String>);
        let mut own = false;
        loop {
            let Some(byte) = self.peek()? else {
                return Ok(Scanned::Broken(
                    "The object is not closed: the file was cut off. Export it again.",
                ));
            };
            if byte == b'\n' && (quoted || self.lines) {
                self.take(byte);
                return Ok(Scanned::Broken(if quoted {
                    "A text is not closed before the end of its line. Write line breaks within \
                     texts as \\n."
                } else {
                    "The object is not closed before the end of its line."
                }));
            }
            if !quoted && byte == b'{' && self.line_start && !open.is_empty() {
                let expected = match open.last() {
                    Some(b'[') => matches!(last, b'[' | b','),
                    _ => last == b':',
                };
                if !expected {
                    return Ok(Scanned::Broken("The object before the next one is not closed."));
                }
            }
            self.item.push(byte);
            self.take(byte);
            if self.item.len() > MOST_ROW {
                return Ok(Scanned::Broken("The object is too long to be an issue."));
            }
            if quoted {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => {
                        quoted = false;
                        if let Some(at) = key_at.take() {
                            let name = &self.item[at..self.item.len() - 1];
                            own |= OWN.iter().any(|one| one.as_bytes() == name);
                            key = Some(String::from_utf8_lossy(name).into_owned());
                        }
                        last = b'"';
                    }
                    _ => self.text()?,
                }
                continue;
            }
            match byte {
                b'"' => {
                    quoted = true;
                    if open.len() == 1 && matches!(last, b'{' | b',') {
                        key_at = Some(self.item.len());
                    }
                    continue;
                }
                b'{' | b'[' => {
                    let list = byte == b'[' && open.len() == 1 && last == b':';
                    let named = key.as_deref().is_some_and(|key| LISTS.contains(&key));
                    if list
                        && named
                        && !own
                        && !self.lines
                        && self.around.is_empty()
                        && self.holds_objects()?
                    {
                        self.around.extend([b'{', b'[']);
                        self.item.clear();
                        return Ok(Scanned::Around);
                    }
                    if open.len() >= DEPTH {
                        return Ok(Scanned::Broken("The object is nested too deeply."));
                    }
                    open.push(byte);
                }
                b'}' | b']' => {
                    let fits = open.pop() == Some(if byte == b'}' { b'{' } else { b'[' });
                    if !fits {
                        return Ok(Scanned::Broken("The brackets of the object do not match."));
                    }
                    if open.is_empty() {
                        return Ok(Scanned::Item);
                    }
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                last = byte;
            }
        }
    }

    /// The bytes of a text up to the next one that means something, at once.
    fn text(&mut self) -> Result<()> {
        let input = self.input.fill_buf()?;
        let end = memchr::memchr3(b'"', b'\\', b'\n', input).unwrap_or(input.len());
        self.item.extend_from_slice(&input[..end]);
        self.input.consume(end);
        Ok(())
    }

    /// Whether the list that was just opened holds objects, or nothing.
    fn holds_objects(&mut self) -> Result<bool> {
        let input = self.input.fill_buf()?;
        let next = input.iter().find(|byte| !byte.is_ascii_whitespace());
        Ok(matches!(next, Some(b'{' | b']')))
    }
}

/// The first objects of a sample, as far as they can be read.
pub fn first(sample: &[u8], lines: bool, most: usize) -> Vec<Value> {
    let mut items = Items::new(sample, lines);
    let mut found = Vec::new();
    let mut looked = 0;
    while found.len() < most && looked < most {
        looked += 1;
        match items.next() {
            Some(Ok((_, Ok(value)))) => found.push(value),
            Some(Ok(_)) => {}
            None | Some(Err(_)) => break,
        }
    }
    found
}

/// The places of values in objects, as `fields.status.name`, in the order they are met.
pub fn columns(items: &[Value]) -> Vec<FileColumn> {
    let mut columns = Vec::new();
    for item in items {
        flatten(item, "", &mut columns);
    }
    columns
}

fn flatten(value: &Value, above: &str, columns: &mut Vec<FileColumn>) {
    let Value::Object(object) = value else { return };
    for (name, inner) in object {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        if let Value::Object(inside) = inner
            && !inside.is_empty()
            && path.matches('.').count() < 3
            && inside.get("type").and_then(Value::as_str) != Some("doc")
        {
            flatten(inner, &path, columns);
            continue;
        }
        let sample = excerpt(&texts(inner).join(", "));
        match columns.iter().position(|known| known.name == path) {
            Some(at) if columns[at].sample.is_empty() => columns[at].sample = sample,
            None if columns.len() < 400 => columns.push(FileColumn { name: path, sample }),
            _ => {}
        }
    }
}

pub fn times(items: &[Value], shape: &Shape) -> Vec<String> {
    let Some(columns) = shape.mapping.get(&ImportField::At) else { return Vec::new() };
    items.iter().flat_map(|item| columns.iter().flat_map(|column| pick(item, column))).collect()
}

/// The texts at a place of an object; names may hold dots themselves, and a list gives all.
pub fn pick(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().flat_map(|one| pick(one, path)).collect(),
        Value::Object(object) => {
            if let Some(inner) = object.get(path) {
                return texts(inner);
            }
            path.match_indices('.')
                .find_map(|(at, _)| {
                    object.get(&path[..at]).map(|inner| pick(inner, &path[at + 1..]))
                })
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// A value as text: what is nothing gives none, a list gives each, an object its name.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Object(object) => {
            if object.get("type").and_then(Value::as_str) == Some("doc") {
                return vec![document(value)];
            }
            let name = ["name", "displayName", "login", "title", "value"]
                .iter()
                .find_map(|name| object.get(*name).and_then(Value::as_str));
            vec![name.map_or_else(|| value.to_string(), str::to_owned)]
        }
        other => vec![other.to_string()],
    }
}

/// The text of an Atlassian document: a line a paragraph, heading or item.
fn document(value: &Value) -> String {
    fn walk(value: &Value, text: &mut String) {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "text" => text.push_str(value.get("text").and_then(Value::as_str).unwrap_or_default()),
            "hardBreak" => text.push('\n'),
            "mention" | "emoji" => {
                let shown = value.pointer("/attrs/text").and_then(Value::as_str);
                text.push_str(shown.unwrap_or_default());
            }
            _ => {}
        }
        for inner in value.get("content").and_then(Value::as_array).into_iter().flatten() {
            walk(inner, text);
        }
        let block = matches!(kind, "paragraph" | "heading" | "codeBlock" | "tableRow" | "rule");
        if block && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    let mut text = String::new();
    walk(value, &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// The error for a file that holds no objects at all.
pub fn none() -> Error {
    Error::field("path", "The file holds no JSON object that can be read.")
        .hint("Each issue is an object: one a line, or all in a list.")
}
