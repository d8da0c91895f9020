//! A mail as an item: its words in Unicode whatever it was written in, what it repeats of earlier
//! mails apart, its attachments, and the mails it may be an answer to.
//!
//! A mail's name is a digest of its Message-ID: what names it for ever must not hold an address
//! that somebody may want erased.

use super::{File, Item, Sender, html, mark, shortened};
use crate::clock::Instant;
use mail_parser::{HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

/// A longer text is cut, and attached whole.
const LONGEST: usize = 1_000_000;
/// How many earlier mails are looked for.
const ANSWERS: usize = 50;

/// Reads a mail. `arrived` is when the server got it; what the mail itself claims is not asked.
pub fn item(raw: &[u8], arrived: Option<Instant>) -> Item {
    let Some(mail) = MessageParser::default().parse(raw) else {
        // Not one header in it: whatever it is, somebody should see it.
        return Item {
            id: format!("raw:{}", name(&String::from_utf8_lossy(raw))),
            title: "A mail that cannot be read".into(),
            files: vec![File {
                name: "mail.eml".into(),
                media: "message/rfc822".into(),
                bytes: raw.to_vec(),
            }],
            at: arrived,
            ..Item::default()
        };
    };
    let from = sender(&mail);
    let whole = body(&mail);
    let mut files: Vec<File> =
        mail.attachments().enumerate().map(|(index, part)| file(index, part)).collect();
    let text = match whole.chars().nth(LONGEST) {
        None => whole,
        Some(_) => {
            let name = "whole-text.txt".into();
            files.push(File {
                name,
                media: "text/plain".into(),
                bytes: whole.clone().into_bytes(),
            });
            shortened(&whole, LONGEST)
        }
    };
    let (text, quoted) = fold(&text);
    let subject = mail.subject().map(one_line).unwrap_or_default();
    let title = match (subject.as_str(), from.name.as_str()) {
        ("", "") => format!("A mail from {} without a subject", from.reach),
        ("", name) => format!("A mail from {name} without a subject"),
        (subject, _) => shortened(subject, 300),
    };
    Item {
        id: mail.message_id().map_or_else(
            || format!("raw:{}", name(&String::from_utf8_lossy(raw))),
            |id| format!("mid:{}", name(id)),
        ),
        title,
        text,
        quoted,
        from,
        at: arrived,
        answers: answers(&mail),
        automatic: is_automatic(&mail),
        files,
        ..Item::default()
    }
}

/// The name of a mail.
fn name(id: &str) -> String {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    format!("{}{}", mark(&["mail", id]), mark(&["mail again", id]))
}

fn sender(mail: &Message) -> Sender {
    // Who wants the answer is who must be told, where the two differ (forms, ticket systems).
    let address = mail.from().and_then(|from| from.first());
    let reply = mail.reply_to().and_then(|reply| reply.first());
    let reach = reply.and_then(|one| one.address()).or_else(|| address?.address());
    Sender {
        name: address.and_then(|one| one.name()).map(one_line).unwrap_or_default(),
        reach: reach.map(one_line).unwrap_or_default().to_lowercase(),
    }
}

fn one_line(text: &str) -> String {
    let plain = text.replace(|c: char| c.is_control(), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The mails this may be an answer to, the nearest first.
fn answers(mail: &Message) -> Vec<String> {
    let list = |value: &HeaderValue| -> Vec<String> {
        match value {
            HeaderValue::Text(id) => vec![format!("mid:{}", name(id))],
            HeaderValue::TextList(ids) => {
                ids.iter().map(|id| format!("mid:{}", name(id))).collect()
            }
            _ => Vec::new(),
        }
    };
    let mut found = list(mail.in_reply_to());
    found.extend(list(mail.references()).into_iter().rev());
    let mut seen = std::collections::HashSet::new();
    found.retain(|id| seen.insert(id.clone()));
    found.truncate(ANSWERS);
    found
}

/// Out of office, bounces (RFC 3834, RFC 3464).
fn is_automatic(mail: &Message) -> bool {
    let is = |name: &'static str, value: &str| {
        let found = mail.header(name).and_then(HeaderValue::as_text);
        found.is_some_and(|found| found.trim().to_ascii_lowercase().starts_with(value))
    };
    let report = mail.content_type().is_some_and(|kind| kind.subtype() == Some("report"));
    is("Auto-Submitted", "auto-replied")
        || mail.header("X-Autoreply").is_some()
        || mail.header("X-Autorespond").is_some()
        || report
}

fn body(mail: &Message) -> String {
    let plain: Vec<String> = mail.text_bodies().map(part_text).collect();
    let mut text = plain.join("\n");
    if text.trim().is_empty() {
        text = mail.html_bodies().map(part_text).collect::<Vec<_>>().join("\n");
    }
    text.replace('\0', "").replace("\r\n", "\n").trim_end().to_owned()
}

fn part_text(part: &MessagePart) -> String {
    match &part.body {
        PartType::Html(page) => html::text(page),
        PartType::Text(text) => {
            let kind = part.content_type();
            let flowed = kind.and_then(|kind| kind.attribute("format"));
            let glued = kind.and_then(|kind| kind.attribute("delsp"));
            match flowed.is_some_and(|flowed| flowed.eq_ignore_ascii_case("flowed")) {
                true => unflow(text, glued.is_some_and(|glued| glued.eq_ignore_ascii_case("yes"))),
                false => text.to_string(),
            }
        }
        _ => String::new(),
    }
}

/// Joins the lines of format=flowed (RFC 3676).
fn unflow(text: &str, glued: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let words = &line[depth..];
        let words = words.strip_prefix(' ').unwrap_or(words);
        match open {
            Some(before) if before == depth => {}
            Some(_) => out.push('\n'),
            None => {}
        }
        if open != Some(depth) && depth > 0 {
            out.push_str(&">".repeat(depth));
            out.push(' ');
        }
        let soft = words.ends_with(' ') && words != "-- ";
        match soft {
            true => out.push_str(if glued { &words[..words.len() - 1] } else { words }),
            false => {
                out.push_str(words);
                out.push('\n');
            }
        }
        open = soft.then_some(depth);
    }
    out
}

fn file(index: usize, part: &MessagePart) -> File {
    let media = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_lowercase(),
            None => kind.ctype().to_lowercase(),
        },
    );
    let given = part.attachment_name().map(one_line).unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim_matches('.').trim();
    let name = match (last, part.is_message()) {
        ("", true) => format!("mail-{}.eml", index + 1),
        ("", false) => format!("attachment-{}", index + 1),
        (name, _) => shortened(name, 150),
    };
    File { name, media, bytes: part.contents().to_vec() }
}

/// A mail's own words, and what it repeats of earlier ones at its end (or at its beginning, where
/// somebody writes below). What is quoted between answers stays: without it they mean nothing.
fn fold(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().collect();
    let quoted = |line: &str| line.trim_start().starts_with('>');
    let own: Vec<usize> = (0..lines.len())
        .filter(|at| !quoted(lines[*at]) && !lines[*at].trim().is_empty())
        .collect();
    let join = |lines: &[&str]| lines.join("\n").trim_matches('\n').trim_end().to_owned();
    if let Some(at) = forwarded_block(&lines) {
        let (mine, theirs) = lines.split_at(at);
        if mine.iter().any(|line| !line.trim().is_empty()) {
            let (text, before) = fold(&join(mine));
            let theirs = join(theirs);
            let quoted = [before, theirs].into_iter().filter(|part| !part.is_empty());
            return (text, quoted.collect::<Vec<_>>().join("\n\n"));
        }
    }
    let (Some(&first), Some(&last)) = (own.first(), own.last()) else {
        return (text.to_owned(), String::new());
    };
    // At the end: only quoted lines follow the last own one, which introduces them.
    if lines[last + 1..].iter().any(|line| quoted(line)) {
        let from = introduction(&lines, last).unwrap_or(last + 1);
        if lines[..from].iter().any(|line| !line.trim().is_empty() && !quoted(line)) {
            return (join(&lines[..from]), join(&lines[from..]));
        }
    }
    // At the beginning: the first own line introduces a block, or comes after one.
    let block = (first..lines.len()).find(|at| quoted(lines[*at]));
    let introduced = block.filter(|at| {
        lines[first..*at].iter().all(|line| line.trim().is_empty() || line.trim().ends_with(':'))
    });
    let start =
        if own.first() == Some(&0) { introduced } else { (0..first).find(|at| quoted(lines[*at])) };
    if let Some(start) = start {
        let end = (start..lines.len())
            .find(|at| !quoted(lines[*at]) && !lines[*at].trim().is_empty())
            .unwrap_or(lines.len());
        let more = lines[end..].iter().any(|line| quoted(line));
        if end < lines.len() && !more {
            return (join(&lines[end..]), join(&lines[..end]));
        }
    }
    (text.trim_end().to_owned(), String::new())
}

/// Where the line, or the two, begin that introduce a quotation: `On Monday Rita wrote:`.
fn introduction(lines: &[&str], last: usize) -> Option<usize> {
    if !lines[last].trim_end().ends_with([':', '：']) {
        return None;
    }
    let dated = |line: &str| line.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let above = last.checked_sub(1)?;
    let wrapped = !dated(lines[last]) && dated(lines[above]) && !lines[above].trim().is_empty();
    Some(if wrapped { above } else { last })
}

/// Where the headers of an earlier mail begin that Outlook and its like repeat without `>`.
fn forwarded_block(lines: &[&str]) -> Option<usize> {
    const FROM: [&str; 14] = [
        "From",
        "Von",
        "De",
        "Da",
        "Van",
        "Från",
        "Fra",
        "Od",
        "От",
        "Lähettäjä",
        "Kimden",
        "发件人",
        "差出人",
        "보낸 사람",
    ];
    let field = |line: &str| {
        let line = line.trim().trim_start_matches('*');
        let (name, rest) = line.split_once([':', '：'])?;
        let name = name.trim_end_matches('*').trim();
        (!name.is_empty() && name.chars().count() < 20).then(|| (name.to_owned(), rest.to_owned()))
    };
    let at = (0..lines.len()).find(|at| {
        let first = field(lines[*at]).is_some_and(|(name, _)| FROM.contains(&name.as_str()));
        first && lines[*at..].iter().take(4).filter(|line| field(line).is_some()).count() >= 3
    })?;
    // The rule above it belongs to it.
    let above = at.checked_sub(1).filter(|above| {
        let line = lines[*above].trim();
        line.len() > 4 && (line.starts_with("---") || line.chars().all(|c| c == '_'))
    });
    Some(above.unwrap_or(at))
}

#[cfg(test)]
mod tests;
