//! Blocks as rows: what stands beside each other, how high it is, and what it must not be parted from.

use super::{
    super::document::{Block, Document, Item, Mark, Span, Table, plain},
    SIDE, WIDTH, cancelled,
    lines::{Line, Setter, Style},
};
use crate::error::Result;
use krilla::tagging::{ListNumbering, TableHeaderScope, Tag, TagKind};
use std::num::NonZeroU16;

const TITLE: Style = Style { size: 20.0, leading: 26.0, bold: true };
const CHAPTER: Style = Style { size: 13.0, leading: 18.0, bold: true };
const PART: Style = Style { size: 10.5, leading: 15.0, bold: true };
const BODY: Style = Style { size: 9.5, leading: 14.0, bold: false };
const CELL: Style = Style { size: 8.5, leading: 12.0, bold: false };
const HEAD: Style = Style { size: 8.5, leading: 12.0, bold: true };
const CODE: Style = Style { size: 8.5, leading: 11.5, bold: false };
const INDENT: f32 = 16.0;
const PADDING: f32 = 4.0;
/// Of a table's row: more lines than these may be parted by a page's end.
const TOGETHER: usize = 12;
pub const INNER: f32 = WIDTH - 2.0 * SIDE;

pub struct Row {
    /// Space above, which is left out at the top of a page.
    pub before: f32,
    pub height: f32,
    /// Not parted from the next one.
    pub keep: bool,
    pub cells: Vec<Cell>,
    pub line: Hairline,
    pub shaded: bool,
    /// The table it is of.
    pub table: Option<usize>,
    /// It begins a chapter (2) or a part (3) of this name.
    pub heading: Option<(u8, String)>,
    pub muted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hairline {
    None,
    Above,
    Below,
}

pub struct Cell {
    pub x: f32,
    /// How far below the row's top.
    pub down: f32,
    pub line: Line,
    /// The group of the tag tree it is of.
    pub group: usize,
}

/// A group of the tag tree: what it is, and what is in it.
pub struct Group {
    pub tag: TagKind,
    pub children: Vec<usize>,
}

#[derive(Default)]
pub struct Laid {
    pub rows: Vec<Row>,
    pub groups: Vec<Group>,
    /// Groups that are in no other, in reading order.
    pub roots: Vec<usize>,
    /// The rows that begin each table anew on another page.
    pub heads: Vec<Vec<Row>>,
}

impl Laid {
    fn group(&mut self, tag: impl Into<TagKind>, parent: Option<usize>) -> usize {
        let id = self.groups.len();
        self.groups.push(Group { tag: tag.into(), children: Vec::new() });
        match parent {
            Some(parent) => self.groups[parent].children.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Lines below each other. The first two stay together, and so do the last two.
    fn lines(&mut self, lines: Vec<Line>, x: f32, before: f32, group: usize) {
        let count = lines.len();
        for (at, line) in lines.into_iter().enumerate() {
            let mut row = Row::new(line.style.leading);
            row.before = if at == 0 { before } else { 0.0 };
            row.keep = at + 1 < count && (at == 0 || at + 2 == count);
            row.cells.push(Cell { x, down: 0.0, line, group });
            self.rows.push(row);
        }
    }
}

impl Row {
    fn new(height: f32) -> Self {
        Self {
            before: 0.0,
            height,
            keep: false,
            cells: Vec::new(),
            line: Hairline::None,
            shaded: false,
            table: None,
            heading: None,
            muted: false,
        }
    }
}

pub fn lay(
    document: &Document,
    setter: &mut Setter,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Laid> {
    let mut laid = Laid::default();
    let title = format!("{} {}", document.key, document.title);
    heading(&mut laid, setter, 1, &title);
    let state = laid.group(Tag::P, None);
    let lines = setter.lines(&[plain(document.state.as_str())], BODY, INNER);
    let from = laid.rows.len();
    laid.lines(lines, 0.0, 2.0, state);
    for row in &mut laid.rows[from..] {
        row.muted = true;
    }
    let of = document.blocks.len() as u64;
    for (done, block) in document.blocks.iter().enumerate() {
        if !step(done as u64, of) {
            return Err(cancelled());
        }
        match block {
            Block::Heading(level, text) => heading(&mut laid, setter, *level, text),
            Block::Paragraph(spans) => {
                let lines = setter.lines(spans, BODY, INNER);
                let group = laid.group(Tag::P, None);
                laid.lines(lines, 0.0, 6.0, group);
            }
            Block::List(items) => list(&mut laid, setter, items, 0.0, None, 6.0),
            Block::Table(one) => table(&mut laid, setter, one, step)?,
            Block::Code(text) => code(&mut laid, setter, text),
        }
    }
    Ok(laid)
}

fn heading(laid: &mut Laid, setter: &mut Setter, level: u8, text: &str) {
    let (style, before) = match level {
        1 => (TITLE, 0.0),
        2 => (CHAPTER, 26.0),
        _ => (PART, 14.0),
    };
    let number = NonZeroU16::new(u16::from(level)).unwrap_or(NonZeroU16::MIN);
    let group = laid.group(Tag::Hn(number, Some(text.to_owned())), None);
    let lines = setter.lines(&[plain(text)], style, INNER);
    for (at, line) in lines.into_iter().enumerate() {
        let mut row = Row::new(style.leading);
        row.keep = true;
        if at == 0 {
            row.before = before;
            row.heading = (level > 1).then(|| (level, text.to_owned()));
        }
        if level == 2 && at == 0 {
            row.line = Hairline::Above;
        }
        row.cells.push(Cell { x: 0.0, down: 0.0, line, group });
        laid.rows.push(row);
    }
}

fn list(
    laid: &mut Laid,
    setter: &mut Setter,
    items: &[Item],
    x: f32,
    parent: Option<usize>,
    before: f32,
) {
    let numbered = items.iter().any(|item| matches!(item.mark, Mark::Number(_)));
    let numbering = if numbered { ListNumbering::Decimal } else { ListNumbering::Disc };
    let whole = laid.group(Tag::L(numbering), parent);
    for (at, item) in items.iter().enumerate() {
        let mark = match item.mark {
            Mark::Dot => "•".to_owned(),
            Mark::Number(number) => format!("{number}."),
            Mark::Ticked => "☑".into(),
            Mark::Unticked => "☐".into(),
        };
        let one = laid.group(Tag::LI, Some(whole));
        let label = laid.group(Tag::Lbl, Some(one));
        let body = laid.group(Tag::LBody, Some(one));
        let lines = setter.lines(&item.text, BODY, INNER - x - INDENT);
        let from = laid.rows.len();
        laid.lines(lines, x + INDENT, if at == 0 { before } else { 2.0 }, body);
        let mark = setter.lines(&[plain(mark)], BODY, INDENT * 2.0).into_iter().next();
        if let (Some(row), Some(line)) = (laid.rows.get_mut(from), mark) {
            row.cells.insert(0, Cell { x: x + 2.0, down: 0.0, line, group: label });
        }
        if !item.below.is_empty() {
            list(laid, setter, &item.below, x + INDENT, Some(body), 1.0);
        }
    }
}

fn table(
    laid: &mut Laid,
    setter: &mut Setter,
    table: &Table,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<()> {
    let sum: u16 = table.widths.iter().sum();
    let widths: Vec<f32> = table
        .widths
        .iter()
        .map(|width| INNER * f32::from(*width) / f32::from(sum.max(1)))
        .collect();
    let id = laid.heads.len();
    laid.heads.push(Vec::new());
    let whole = laid.group(Tag::Table, None);
    let mut before = 8.0;
    if !table.heads.is_empty() {
        let cells: Vec<Vec<Span>> =
            table.heads.iter().map(|head| vec![plain(head.as_str())]).collect();
        let head = laid.group(Tag::THead, Some(whole));
        let groups = row_groups(laid, head, cells.len(), |_| true);
        let mut rows = table_row(setter, &cells, &widths, &groups, |_| HEAD);
        // On another page they begin the table anew.
        let mut again = table_row(setter, &cells, &widths, &groups, |_| HEAD);
        for row in rows.iter_mut().chain(&mut again) {
            (row.shaded, row.keep) = (true, true);
        }
        if let Some(row) = rows.first_mut() {
            row.before = std::mem::take(&mut before);
        }
        laid.heads[id] = again;
        laid.rows.extend(rows);
    }
    let body = laid.group(Tag::TBody, Some(whole));
    for (at, cells) in table.rows.iter().enumerate() {
        if at % 64 == 63 && !step(0, 0) {
            return Err(cancelled());
        }
        let facts = table.heads.is_empty();
        let groups = row_groups(laid, body, cells.len(), |column| facts && column == 0);
        let style = |column: usize| if facts && column == 0 { HEAD } else { CELL };
        let mut rows = table_row(setter, cells, &widths, &groups, style);
        if let Some(row) = rows.first_mut() {
            row.before = std::mem::take(&mut before);
        }
        for row in &mut rows {
            row.table = Some(id);
        }
        laid.rows.extend(rows);
    }
    Ok(())
}

/// A row of the tag tree, and its cells.
fn row_groups(
    laid: &mut Laid,
    parent: usize,
    columns: usize,
    heads: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let row = laid.group(Tag::TR, Some(parent));
    let scope = match laid.groups[parent].tag {
        TagKind::THead(_) => TableHeaderScope::Column,
        _ => TableHeaderScope::Row,
    };
    (0..columns)
        .map(|column| match heads(column) {
            true => laid.group(Tag::TH(scope), Some(row)),
            false => laid.group(Tag::TD, Some(row)),
        })
        .collect()
}

/// A table's row, a line of every cell at a time: so one that is longer than a page goes on after it.
fn table_row(
    setter: &mut Setter,
    cells: &[Vec<Span>],
    widths: &[f32],
    groups: &[usize],
    style: impl Fn(usize) -> Style,
) -> Vec<Row> {
    let mut x = 0.0;
    let mut columns = Vec::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let lines = setter.lines(cell, style(at), (width - 2.0 * PADDING).max(12.0));
        columns.push((x + PADDING, groups.get(at).copied(), lines.into_iter()));
        x += width;
    }
    let count = columns.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or(0).max(1);
    (0..count)
        .map(|at| {
            let (first, last) = (at == 0, at + 1 == count);
            let mut row = Row::new(CELL.leading);
            let down = if first { 3.0 } else { 0.0 };
            row.height += down + if last { 3.0 } else { 0.0 };
            row.keep = !last && (count <= TOGETHER || first || at + 2 == count);
            row.line = if last { Hairline::Below } else { Hairline::None };
            for (x, group, lines) in &mut columns {
                if let (Some(line), Some(group)) = (lines.next(), *group) {
                    row.cells.push(Cell { x: *x, down, line, group });
                }
            }
            row
        })
        .collect()
}

fn code(laid: &mut Laid, setter: &mut Setter, text: &str) {
    let group = laid.group(Tag::Code, None);
    let mut before = 6.0;
    for line in text.lines() {
        // What is indented stays so.
        let line = line.replace('\t', "    ").replace(' ', "\u{a0}");
        let mono = super::super::document::mono(line);
        for line in setter.lines(&[mono], CODE, INNER - 12.0) {
            let mut row = Row::new(CODE.leading);
            row.before = std::mem::take(&mut before);
            row.shaded = true;
            row.cells.push(Cell { x: 6.0, down: 0.0, line, group });
            laid.rows.push(row);
        }
    }
}
