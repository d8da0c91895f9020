//! A report as Markdown (CommonMark with tables). Whatever could be read as markup is escaped.

use super::document::{Block, Document, Item, Look, Mark, Span, Table};

pub fn write(document: &Document) -> String {
    let mut out = format!(
        "# {} {}\n\n{}\n",
        line(&document.key),
        line(&document.title),
        line(&document.state)
    );
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(level, text) => {
                out.push_str(&format!("{} {}\n", "#".repeat(usize::from(*level)), line(text)));
            }
            Block::Paragraph(spans) => out.push_str(&format!("{}\n", inline(spans, "\\\n"))),
            Block::List(items) => list(&mut out, items, 0),
            Block::Table(one) => table(&mut out, one),
            Block::Code(text) => code(&mut out, text),
        }
    }
    out
}

fn list(out: &mut String, items: &[Item], depth: usize) {
    for item in items {
        let mark = match item.mark {
            Mark::Dot => "-".to_owned(),
            Mark::Number(number) => format!("{number}."),
            Mark::Ticked => "- [x]".into(),
            Mark::Unticked => "- [ ]".into(),
        };
        let indent = "   ".repeat(depth);
        // A line of a point that goes on stands under its text.
        let broken = format!("\\\n{indent}   ");
        out.push_str(&format!("{indent}{mark} {}\n", inline(&item.text, &broken)));
        list(out, &item.below, depth + 1);
    }
}

fn table(out: &mut String, table: &Table) {
    let row = |out: &mut String, cells: Vec<String>| {
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    };
    match table.heads.is_empty() {
        true => out.push_str("| | |\n"),
        false => row(out, table.heads.iter().map(|head| line(head)).collect()),
    }
    out.push_str(&format!("|{}\n", "---|".repeat(table.widths.len())));
    for cells in &table.rows {
        row(out, cells.iter().map(|cell| inline(cell, "<br>")).collect());
    }
}

/// A block by indentation ends nowhere else than it should, whatever it holds.
fn code(out: &mut String, text: &str) {
    for text in text.lines() {
        let text: String =
            text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
        out.push_str(&format!("    {text}\n"));
    }
}

fn inline(spans: &[Span], newline: &str) -> String {
    let mut out = String::new();
    for (place, span) in spans.iter().enumerate() {
        let text = |text: &str, newline: &str| escaped(text, newline, place == 0);
        match span.look {
            Look::Plain => out.push_str(&text(&span.text, newline)),
            // The markers touch words: what is white inside would keep them from being read.
            Look::Strong => {
                let words = span.text.trim_end();
                out.push_str(&format!("**{}**{}", text(words, " "), &span.text[words.len()..]));
            }
            Look::Mono if span.text.contains(['`', '|', '\\', '\n', '\r']) => {
                out.push_str(&text(&span.text, " "));
            }
            Look::Mono => out.push_str(&format!("`{}`", span.text)),
        }
    }
    out
}

/// Text in which nothing can be read as Markdown or HTML: no heading, list, link, mention or formula.
/// `begins`: at the beginning of a block, where more is read than in the midst of a line.
fn escaped(text: &str, newline: &str, begins: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // So far nothing but digits stands on this line: a dot would make it a point of a list.
    let (mut fresh, mut counts) = (begins, begins);
    let mut before = '\0';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let begins_address = match character {
            ':' => characters.peek() == Some(&'/'),
            '.' => matches!(before, 'w' | 'W'),
            _ => false,
        };
        // Two of them would be read as a dash, three as a row of dots.
        let repeats = matches!(character, '-' | '.') && before == character;
        match character {
            '\n' => {
                out.push_str(newline);
                (fresh, counts, before) = (true, true, character);
                continue;
            }
            // At the beginning of a line they would make a block of code.
            ' ' | '\t' if fresh => out.push('\u{a0}'),
            '\r' | '\0' => out.push(' '),
            '.' | ',' | ';' | ':' | '-' | '+' | '=' | '/' | '?' | '!' | '%' | '(' | '\'' | '"'
                if !fresh && !counts && !begins_address && !repeats =>
            {
                out.push(character);
            }
            _ if character.is_ascii_punctuation() => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
        fresh &= character.is_whitespace();
        counts &= character.is_ascii_digit() || character.is_whitespace();
        before = character;
    }
    out
}

/// Text inside a heading: one line.
fn line(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "), " ", true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_text() {
        for text in [
            "# a heading\n## another",
            "1. a list\n2) another",
            "- [ ] a box\n+ plus\n* star",
            "title\n=====\nother\n-----",
            "![picture](http://x.example/a.png) [link](javascript:alert(1))",
            "<script>alert(1)</script> &lt; <https://x.example>",
            "www.x.example and https://x.example and a@x.example",
            "`code` ``` ~~~ **bold** _it_ ~~no~~ $x$ |---| > quote",
            "    indented\n\tcode",
            "back\\slash\\\nat the end\\",
        ] {
            let cell = vec![super::super::document::plain(text)];
            let written = inline(&cell, "\\\n");
            let events: Vec<_> =
                pulldown_cmark::Parser::new_ext(&written, pulldown_cmark::Options::all()).collect();
            use pulldown_cmark::{Event, Tag, TagEnd};
            let read: String = events
                .iter()
                .map(|event| match event {
                    Event::Text(text) => text.to_string(),
                    Event::HardBreak => "\n".into(),
                    Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => String::new(),
                    other => panic!("{text}: {other:?} in {written}"),
                })
                .collect();
            let same = |text: &str| text.replace(['\u{a0}', '\t'], " ");
            assert_eq!(same(&read), same(text), "{written}");
        }
    }
}
