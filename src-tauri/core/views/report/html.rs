//! A report as HTML: one file with its own style sheet, or the body alone for the window. It holds no
//! script, no link and nothing that is fetched; every text is escaped.

use super::document::{Block, Document, Item, Look, Mark, Span, Table};

/// The whole file.
pub fn page(document: &Document) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{} {}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        escaped(&document.key),
        escaped(&document.title),
        include_str!("../report.css"),
        body(document)
    )
}

pub fn body(document: &Document) -> String {
    let mut out = format!(
        "<h1>{} {}</h1>\n<p><em>{}</em></p>\n",
        escaped(&document.key),
        escaped(&document.title),
        escaped(&document.state)
    );
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => {
                out.push_str(&format!("<h{level}>{}</h{level}>\n", escaped(text)));
            }
            Block::Paragraph(spans) => out.push_str(&format!("<p>{}</p>\n", inline(spans))),
            Block::List(items) => list(&mut out, items),
            Block::Table(one) => table(&mut out, one),
            Block::Code(text) => {
                out.push_str(&format!("<pre><code>{}</code></pre>\n", escaped(text)));
            }
        }
    }
    out
}

fn list(out: &mut String, items: &[Item]) {
    let Some(first) = items.first() else { return };
    let name = if matches!(first.mark, Mark::Number(_)) { "ol" } else { "ul" };
    out.push_str(&format!("<{name}>\n"));
    for item in items {
        let mark = match item.mark {
            Mark::Ticked => "☑ ",
            Mark::Unticked => "☐ ",
            Mark::Dot | Mark::Number(_) => "",
        };
        out.push_str(&format!("<li>{mark}{}", inline(&item.text)));
        list(out, &item.below);
        out.push_str("</li>\n");
    }
    out.push_str(&format!("</{name}>\n"));
}

fn table(out: &mut String, table: &Table) {
    out.push_str("<table>\n");
    if !table.heads.is_empty() {
        let heads = table.heads.iter().map(|head| format!("<th>{}</th>", escaped(head)));
        out.push_str(&format!("<thead><tr>{}</tr></thead>\n", heads.collect::<String>()));
    }
    out.push_str("<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let cell = inline(cell);
            match table.heads.is_empty() && column == 0 {
                true => out.push_str(&format!("<th>{cell}</th>")),
                false => out.push_str(&format!("<td>{cell}</td>")),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn inline(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        let text = escaped(&span.text).replace('\n', "<br>");
        match span.look {
            Look::Plain => out.push_str(&text),
            Look::Strong => out.push_str(&format!("<strong>{text}</strong>")),
            Look::Mono => out.push_str(&format!("<code>{text}</code>")),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            // Nothing that a document may not hold.
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}
