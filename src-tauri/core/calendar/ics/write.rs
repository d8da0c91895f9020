//! Rules written down as a calendar that other programs read (RFC 5545), and that `entries` reads back
//! to the same.
//!
//! A series begins with its first occurrence, because other programs count DTSTART as one; single
//! days that are excluded are written as the starts that fall on them; UNTIL is an instant. Each
//! zone is described as far as the entries and ten years more need it, change by change.

use super::{
    super::recurrence::{self, Rule, single_starts},
    entries::OURS,
};
use crate::{clock::Instant, error::Result};
use jiff::{civil, tz::TimeZone};
use std::{collections::BTreeMap, fmt::Write as _};

/// How many octets a line holds (RFC 5545, 3.1).
const WIDTH: usize = 75;
/// How far beyond the present zones are described.
const YEARS: i16 = 10;

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    pub uid: String,
    pub name: &'a str,
    pub note: &'a str,
    /// What the entry is, for programs that show categories.
    pub category: &'a str,
    pub rule: &'a Rule,
    /// What this program reads back, by field.
    pub said: Vec<(&'static str, Vec<String>)>,
}

/// The calendar's text, and which entries (by their place) never take place and so are not in it.
pub fn write(
    entries: &[Written],
    name: &str,
    zone: &str,
    now: Instant,
) -> Result<(String, Vec<usize>)> {
    let mut events = String::new();
    let mut zones: BTreeMap<String, i16> = BTreeMap::new();
    let mut never = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match event(entry, now, &mut events)? {
            Some(first) => {
                let year = zones.entry(entry.rule.zone.clone()).or_insert(first.year());
                *year = first.year().min(*year);
            }
            None => never.push(index),
        }
    }
    let mut out = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hotfix Desk//Calendar//EN"] {
        line(&mut out, text);
    }
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    line(&mut out, &format!("X-WR-TIMEZONE:{zone}"));
    let last = TimeZone::UTC.to_datetime(now.timestamp()).year() + YEARS;
    for (name, year) in &zones {
        if name != "UTC" {
            describe(&mut out, name, *year, last)?;
        }
    }
    out.push_str(&events);
    line(&mut out, "END:VCALENDAR");
    Ok((out, never))
}

/// Writes one event with its moved instances; answers when it begins, or nothing if it never does.
fn event(entry: &Written, now: Instant, out: &mut String) -> Result<Option<civil::DateTime>> {
    let rule = entry.rule;
    let zone = recurrence::zone(&rule.zone, "zone")?;
    let starts = single_starts(rule)?;
    let Some(first) = starts.first else { return Ok(None) };
    let utc = zone.iana_name() == Some("UTC");
    let at = |name: &str, wall: civil::DateTime| {
        let stamp = wall.strftime("%Y%m%dT%H%M%S");
        match utc {
            true => format!("{name}:{stamp}Z"),
            false => format!("{name};TZID={}:{stamp}", rule.zone),
        }
    };
    let stamp = format!("DTSTAMP:{}", instant(now));
    let ends = |start: civil::DateTime, minutes: u32| match rule.wall_clock {
        true => at("DTEND", start.saturating_add(jiff::Span::new().minutes(minutes))),
        false => format!("DURATION:PT{minutes}M"),
    };
    let head = |out: &mut String| {
        line(out, "BEGIN:VEVENT");
        line(out, &format!("UID:{}", escaped(&entry.uid)));
        line(out, &stamp);
        line(out, &format!("SUMMARY:{}", escaped(entry.name)));
    };
    head(out);
    if !entry.note.is_empty() {
        line(out, &format!("DESCRIPTION:{}", escaped(entry.note)));
    }
    line(out, &format!("CATEGORIES:{}", escaped(entry.category)));
    line(out, &at("DTSTART", first));
    line(out, &ends(first, rule.duration_minutes));
    if let Some(text) = &starts.rrule {
        line(out, &format!("RRULE:{text}"));
    }
    for wall in &starts.added {
        line(out, &at("RDATE", *wall));
    }
    for wall in &starts.excluded {
        line(out, &at("EXDATE", *wall));
    }
    for (field, values) in &entry.said {
        let values: Vec<_> = values.iter().map(|value| escaped(value)).collect();
        line(out, &format!("{OURS}{field}:{}", values.join(",")));
    }
    line(out, "END:VEVENT");
    for (from, to, minutes) in &starts.moved {
        head(out);
        line(out, &at("RECURRENCE-ID", *from));
        line(out, &at("DTSTART", *to));
        line(out, &ends(*to, *minutes));
        line(out, "END:VEVENT");
    }
    Ok(Some(first))
}

pub(super) fn instant(at: Instant) -> String {
    TimeZone::UTC.to_datetime(at.timestamp()).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A zone, change by change, from a year before `first` to `last`.
fn describe(out: &mut String, name: &str, first: i16, last: i16) -> Result<()> {
    let zone = recurrence::zone(name, "zone")?;
    let begin = civil::date((first - 1).max(1970), 1, 1).at(0, 0, 0, 0);
    let from = recurrence::place(begin, &TimeZone::UTC)?.timestamp();
    let until = recurrence::place(civil::date(last, 12, 31).at(0, 0, 0, 0), &TimeZone::UTC)?;
    let mut before = zone.to_offset(from);
    // Changes from one offset to another, by their wall clock before the change.
    let mut changes: BTreeMap<(i32, i32, bool), Vec<civil::DateTime>> = BTreeMap::new();
    let start = before.to_datetime(from);
    changes.insert((before.seconds(), before.seconds(), false), vec![start]);
    for change in zone.following(from).take_while(|one| one.timestamp() < until.timestamp()) {
        let after = change.offset();
        if after != before {
            let wall = before.to_datetime(change.timestamp());
            let key = (before.seconds(), after.seconds(), change.dst().is_dst());
            changes.entry(key).or_default().push(wall);
        }
        before = after;
    }
    line(out, "BEGIN:VTIMEZONE");
    line(out, &format!("TZID:{name}"));
    for ((from, to, dst), walls) in changes {
        let part = if dst { "DAYLIGHT" } else { "STANDARD" };
        line(out, &format!("BEGIN:{part}"));
        line(out, &format!("TZOFFSETFROM:{}", offset(from)));
        line(out, &format!("TZOFFSETTO:{}", offset(to)));
        for (index, wall) in walls.iter().enumerate() {
            let name = if index == 0 { "DTSTART" } else { "RDATE" };
            line(out, &format!("{name}:{}", wall.strftime("%Y%m%dT%H%M%S")));
        }
        line(out, &format!("END:{part}"));
    }
    line(out, "END:VTIMEZONE");
    Ok(())
}

fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    let mut text = format!("{sign}{:02}{:02}", size / 3600, size / 60 % 60);
    if !size.is_multiple_of(60) {
        let _ = write!(text, "{:02}", size % 60);
    }
    text
}

/// Text with its escapes (RFC 5545, 3.3.11). Control characters but for the end of a line have none.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(letter),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// One content line, folded between characters.
pub(super) fn line(out: &mut String, text: &str) {
    let mut width = 0;
    for letter in text.chars() {
        if width + letter.len_utf8() > WIDTH {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(letter);
        width += letter.len_utf8();
    }
    out.push_str("\r\n");
}
