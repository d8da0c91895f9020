//! What a report says, before it is Markdown, HTML or PDF: headings, paragraphs, lists, tables, code.
//!
//! Text is text: nothing in it is markup, so what a person typed stays inert in every format. Each
//! writer escapes what its own format would read otherwise.

use serde::Serialize;

/// A whole report. `after` was added once it was frozen; the rest is as it was then.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// `HF-3`.
    pub key: String,
    pub title: String,
    /// As of when it is, in a sentence.
    pub state: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Block {
    /// Level 2 is a chapter; 1 is the title alone.
    Heading(u8, String),
    Paragraph(Vec<Span>),
    List(Vec<Item>),
    Table(Table),
    /// Lines as they are, such as a difference of two texts.
    Code(String),
}

/// One point of a list, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    pub mark: Mark,
    pub text: Vec<Span>,
    pub below: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mark {
    Dot,
    /// By its place in the list, from 1.
    Number(usize),
    Ticked,
    Unticked,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Empty: the first column names what the second says.
    pub heads: Vec<String>,
    /// How wide each column wants to be, compared with the others.
    pub widths: Vec<u16>,
    pub rows: Vec<Vec<Vec<Span>>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    pub look: Look,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Look {
    Plain,
    Strong,
    /// A hash, a path, a commit.
    Mono,
}

pub fn plain(text: impl Into<String>) -> Span {
    Span { look: Look::Plain, text: text.into() }
}

pub fn strong(text: impl Into<String>) -> Span {
    Span { look: Look::Strong, text: text.into() }
}

pub fn mono(text: impl Into<String>) -> Span {
    Span { look: Look::Mono, text: text.into() }
}

/// A cell or an item of one piece of text.
impl From<&str> for Span {
    fn from(text: &str) -> Self {
        plain(text)
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        plain(text)
    }
}

impl Item {
    pub fn new(text: impl Into<Spans>) -> Self {
        Self { mark: Mark::Dot, text: text.into().0, below: Vec::new() }
    }

    #[must_use]
    pub fn marked(mut self, mark: Mark) -> Self {
        self.mark = mark;
        self
    }

    /// Puts a line under it, unless it says nothing.
    pub fn under(&mut self, text: impl Into<Spans>) {
        let text = text.into().0;
        if !says_nothing(&text) {
            self.below.push(Self { mark: Mark::Dot, text, below: Vec::new() });
        }
    }
}

/// One span or several.
pub struct Spans(pub Vec<Span>);

impl From<Vec<Span>> for Spans {
    fn from(spans: Vec<Span>) -> Self {
        Self(spans)
    }
}

impl<T: Into<Span>> From<T> for Spans {
    fn from(one: T) -> Self {
        Self(vec![one.into()])
    }
}

impl Table {
    /// Columns by name and width.
    pub fn new(columns: &[(&str, u16)]) -> Self {
        Self {
            heads: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            widths: columns.iter().map(|(_, width)| *width).collect(),
            rows: Vec::new(),
        }
    }

    /// Two columns: what it is, and what it says.
    pub fn of_facts() -> Self {
        Self { heads: Vec::new(), widths: vec![26, 74], rows: Vec::new() }
    }

    /// A row of facts, unless it says nothing.
    pub fn fact(&mut self, name: &str, value: impl Into<Spans>) {
        let value = value.into().0;
        if !says_nothing(&value) {
            self.rows.push(vec![vec![plain(name)], value]);
        }
    }

    pub fn row(&mut self, cells: Vec<Spans>) {
        self.rows.push(cells.into_iter().map(|cell| cell.0).collect());
    }
}

fn says_nothing(spans: &[Span]) -> bool {
    spans.iter().all(|span| span.text.trim().is_empty())
}

/// Blocks one after the other, as the chapters add them.
#[derive(Default)]
pub struct Blocks(pub Vec<Block>);

impl Blocks {
    pub fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.0.push(Block::Heading(level, text.into()));
    }

    pub fn paragraph(&mut self, text: impl Into<Spans>) {
        let text = text.into().0;
        if !says_nothing(&text) {
            self.0.push(Block::Paragraph(text));
        }
    }

    /// What somebody wrote: its paragraphs are kept, its lines too.
    pub fn prose(&mut self, text: &str) {
        let mut paragraph = String::new();
        for line in text.lines().chain([""]) {
            if line.trim().is_empty() {
                self.paragraph(std::mem::take(&mut paragraph));
                continue;
            }
            if !paragraph.is_empty() {
                paragraph.push('\n');
            }
            paragraph.push_str(line);
        }
    }

    /// The same behind a word that says what it is.
    pub fn labelled(&mut self, label: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let from = self.0.len();
        self.prose(text);
        if let Some(Block::Paragraph(spans)) = self.0.get_mut(from) {
            spans.insert(0, strong(format!("{label}: ")));
        }
    }

    pub fn list(&mut self, items: Vec<Item>) {
        if !items.is_empty() {
            self.0.push(Block::List(items));
        }
    }

    pub fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.0.push(Block::Table(table));
        }
    }

    pub fn code(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Block::Code(text));
        }
    }

    /// A heading over what `write` adds, or nothing if that is nothing.
    pub fn part(&mut self, level: u8, name: &str, write: impl FnOnce(&mut Self)) {
        self.heading(level, name);
        let before = self.0.len();
        write(self);
        if self.0.len() == before {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_keeps_its_paragraphs_and_lines() {
        let mut blocks = Blocks::default();
        blocks.labelled("Meanwhile", "one\r\ntwo\n\n\nthree\n");
        assert_eq!(
            blocks.0,
            [
                Block::Paragraph(vec![strong("Meanwhile: "), plain("one\ntwo")]),
                Block::Paragraph(vec![plain("three")]),
            ]
        );
    }

    #[test]
    fn a_heading_stands_over_something() {
        let mut blocks = Blocks::default();
        blocks.part(2, "Breaches", |blocks| blocks.list(Vec::new()));
        assert!(blocks.0.is_empty());
        blocks.part(2, "Lessons", |blocks| blocks.prose("Test more"));
        assert_eq!(blocks.0.len(), 2);
    }
}
