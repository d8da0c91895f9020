//! A unified diff of any length, found by line.
//!
//! It is read once, as it comes, and only every so many lines is remembered where it begins and how
//! it is counted there; what is shown is read again from there. A line is what its hunk says it is,
//! so a removed line that begins like a header is a removed line. Absent: what made the diff.

use crate::error::{Error, Result};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead, BufReader, Seek as _, SeekFrom},
};

/// Lines from one remembered place to the next.
const STRIDE: u64 = 64;
/// Of a longer line only its beginning is shown.
const SHOWN: usize = 4_000;
/// What is looked at of a line to tell what it is: more than any header of a hunk needs.
const HEAD: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first line of a file: `diff --git …`.
    File,
    /// Modes, names, "Binary files differ".
    About,
    Hunk,
    Context,
    Added,
    Removed,
    /// `\ No newline at end of file`.
    Note,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    pub old: Option<u64>,
    pub new: Option<u64>,
    /// Without its sign; what cannot be seen is made visible.
    pub text: String,
    /// How many bytes of it are left out.
    pub cut: u64,
}

/// The encoding with this label, as browsers know them.
pub fn encoding(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Error::field("encoding", format!("There is no encoding “{label}”."))
            .hint("One of those that browsers know, such as windows-1252, shift_jis or koi8-r.")
    })
}

/// Where one is within a diff.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    old: u64,
    new: u64,
    old_left: u64,
    new_left: u64,
}

impl Cursor {
    /// Lines of a hunk are still to come.
    pub fn is_inside(&self) -> bool {
        self.old_left > 0 || self.new_left > 0
    }

    /// What the next line is, with its numbers on both sides.
    pub fn step(&mut self, line: &[u8]) -> (Kind, Option<u64>, Option<u64>) {
        if self.is_inside() {
            let (old, new) = (self.old, self.new);
            match line.first() {
                Some(b'+') if self.new_left > 0 => {
                    self.new += 1;
                    self.new_left -= 1;
                    return (Kind::Added, None, Some(new));
                }
                Some(b'-') if self.old_left > 0 => {
                    self.old += 1;
                    self.old_left -= 1;
                    return (Kind::Removed, Some(old), None);
                }
                // Some tools write an empty line of context without its space.
                None | Some(b' ' | b'\n' | b'\r') if self.old_left > 0 && self.new_left > 0 => {
                    self.old += 1;
                    self.new += 1;
                    self.old_left -= 1;
                    self.new_left -= 1;
                    return (Kind::Context, Some(old), Some(new));
                }
                Some(b'\\') => return (Kind::Note, None, None),
                _ => *self = Self::default(),
            }
        }
        if line.starts_with(b"\\") {
            return (Kind::Note, None, None);
        }
        if line.starts_with(b"diff --git ") {
            return (Kind::File, None, None);
        }
        if let Some(hunk) = hunk(line) {
            *self = hunk;
            return (Kind::Hunk, None, None);
        }
        (Kind::About, None, None)
    }
}

/// `@@ -3,7 +3,9 @@`: from which line, and how many, on both sides.
fn hunk(line: &[u8]) -> Option<Cursor> {
    let line = std::str::from_utf8(&line[..line.len().min(HEAD)]).unwrap_or_else(|error| {
        std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default()
    });
    let mut words = line.strip_prefix("@@ -")?.split(' ');
    let span = |text: &str| -> Option<(u64, u64)> {
        let (from, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((from.parse().ok()?, count.parse().ok()?))
    };
    let (old, old_left) = span(words.next()?)?;
    let (new, new_left) = span(words.next()?.strip_prefix('+')?)?;
    (words.next()?.trim_end() == "@@").then_some(Cursor { old, new, old_left, new_left })
}

/// Where the lines of a diff are.
#[derive(Clone, Debug, Default)]
pub struct Index {
    marks: Vec<(u64, Cursor)>,
    cursor: Cursor,
    lines: u64,
    bytes: u64,
    /// The beginning of a line whose end has not come yet, and where it begins.
    head: Vec<u8>,
    begun: u64,
    /// The line on which each file begins, and each hunk.
    files: Vec<u64>,
    hunks: Vec<u64>,
}

impl Index {
    /// Takes in what comes next.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let end = memchr::memchr(b'\n', bytes);
            let part = end.map_or(bytes, |end| &bytes[..end]);
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend_from_slice(&part[..part.len().min(room)]);
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.bytes += taken as u64;
            bytes = &bytes[taken..];
            if end.is_some() {
                self.line();
            }
        }
    }

    /// No more comes: a last line without an end is a line.
    pub fn finish(&mut self) {
        if self.begun < self.bytes {
            self.line();
        }
    }

    fn line(&mut self) {
        if self.lines.is_multiple_of(STRIDE) {
            self.marks.push((self.begun, self.cursor));
        }
        match self.cursor.step(&self.head).0 {
            Kind::File => self.files.push(self.lines),
            Kind::Hunk => self.hunks.push(self.lines),
            _ => {}
        }
        self.lines += 1;
        self.head.clear();
        self.begun = self.bytes;
    }

    pub fn lines(&self) -> u64 {
        self.lines
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn files(&self) -> &[u64] {
        &self.files
    }

    /// The line of the next hunk after a line, and of the last one before it.
    pub fn hunks_around(&self, line: u64) -> (Option<u64>, Option<u64>) {
        let before = self.hunks.partition_point(|hunk| *hunk < line);
        let after = self.hunks.partition_point(|hunk| *hunk <= line);
        let previous = before.checked_sub(1).and_then(|at| self.hunks.get(at));
        (self.hunks.get(after).copied(), previous.copied())
    }

    /// Some lines, read again. `encoding` is what bytes that are no UTF-8 are taken for.
    pub fn read(
        &self,
        file: &File,
        from: u64,
        count: u64,
        encoding: Option<&'static Encoding>,
    ) -> Result<Vec<Line>> {
        let last = from.saturating_add(count).min(self.lines);
        let Some((offset, cursor)) = self.marks.get((from / STRIDE) as usize).copied() else {
            return Ok(Vec::new());
        };
        let mut cursor = cursor;
        let mut reader = BufReader::with_capacity(64 << 10, file);
        reader.seek(SeekFrom::Start(offset))?;
        let mut lines = Vec::new();
        let mut bytes = Vec::new();
        for number in from / STRIDE * STRIDE..last {
            bytes.clear();
            let Some(cut) = read_line(&mut reader, &mut bytes)? else {
                return Err(Error::damaged("The diff became shorter while it was read."));
            };
            let (kind, old, new) = cursor.step(&bytes);
            if number >= from {
                let signed = matches!(kind, Kind::Context | Kind::Added | Kind::Removed);
                let text = bytes.get(usize::from(signed)..).unwrap_or_default();
                let text = visible(&decode(text, cut > 0, encoding));
                lines.push(Line { kind, old, new, text, cut });
            }
        }
        Ok(lines)
    }
}

/// Reads up to the line's end, which is left out, and answers how much of it was not kept.
fn read_line(reader: &mut impl BufRead, out: &mut Vec<u8>) -> Result<Option<u64>> {
    let (mut cut, mut any) = (0, false);
    loop {
        let there = reader.fill_buf()?;
        if there.is_empty() {
            return Ok(any.then_some(cut));
        }
        any = true;
        let end = memchr::memchr(b'\n', there);
        let part = end.map_or(there, |end| &there[..end]);
        let kept = part.len().min(SHOWN.saturating_sub(out.len()));
        out.extend_from_slice(&part[..kept]);
        cut += (part.len() - kept) as u64;
        let taken = end.map_or(there.len(), |end| end + 1);
        reader.consume(taken);
        if end.is_some() {
            return Ok(Some(cut));
        }
    }
}

fn decode<'a>(bytes: &'a [u8], cut: bool, encoding: Option<&'static Encoding>) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // Cut within a character.
        Err(error) if cut && bytes.len() - error.valid_up_to() < 4 => {
            Cow::Borrowed(std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
        }
        Err(_) => encoding.unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes).0,
    }
}

/// Characters that show nothing, or turn others around, so that what is read is what is there.
fn visible(text: &str) -> String {
    let odd = |c: char| (c.is_control() && c != '\t') || turns(c);
    if !text.contains(odd) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push(c),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('\u{2421}'),
            c if odd(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// What changes the direction of text, or hides in it.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn lines(diff: &[u8], from: u64, count: u64) -> Vec<Line> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(diff).unwrap();
        let mut index = Index::default();
        diff.chunks(7).for_each(|chunk| index.feed(chunk));
        index.finish();
        assert_eq!(index.bytes(), diff.len() as u64);
        index.read(&file, from, count, None).unwrap()
    }

    const DIFF: &str = "diff --git a/x.sql b/x.sql\nindex 1..2 100644\n--- a/x.sql\n+++ b/x.sql\n\
        @@ -1,3 +1,3 @@ create\n first\n--- a comment in SQL\n+++ more\n last\n\
        @@ -9 +9 @@\n-old\n\\ No newline at end of file\n+new\n";

    #[test]
    fn a_line_is_what_its_hunk_says_and_has_its_numbers_on_both_sides() {
        use Kind::*;
        let all = lines(DIFF.as_bytes(), 0, 100);
        let kinds: Vec<_> = all.iter().map(|line| line.kind).collect();
        assert_eq!(
            kinds,
            [
                File, About, About, About, Hunk, Context, Removed, Added, Context, Hunk, Removed,
                Note, Added
            ]
        );
        assert_eq!(
            (all[6].old, all[6].new, all[6].text.as_str()),
            (Some(2), None, "-- a comment in SQL")
        );
        assert_eq!((all[8].old, all[8].new, all[8].text.as_str()), (Some(3), Some(3), "last"));
        assert_eq!((all[12].old, all[12].new), (None, Some(9)));
    }

    #[test]
    fn the_hunks_before_and_after_a_line_are_found() {
        let mut index = Index::default();
        DIFF.as_bytes().chunks(5).for_each(|chunk| index.feed(chunk));
        assert_eq!(index.hunks_around(0), (Some(4), None));
        assert_eq!(index.hunks_around(4), (Some(9), None));
        assert_eq!(index.hunks_around(7), (Some(9), Some(4)));
        assert_eq!(index.hunks_around(9), (None, Some(4)));
        assert_eq!(index.hunks_around(u64::MAX), (None, Some(9)));
        assert_eq!(Index::default().hunks_around(0), (None, None));
    }

    #[test]
    fn what_is_no_text_and_what_is_too_long_is_shown_all_the_same() {
        let long = "x".repeat(10_000);
        let mut diff =
            b"diff --git a/x b/x\n@@ -1,3 +1,4 @@\n+caf\xe9\r\n+a\xe2\x80\xaeb\n-\0\x7f\n+"
                .to_vec();
        diff.extend_from_slice(long.as_bytes());
        diff.extend_from_slice(b"\n last without an end");
        let all = lines(&diff, 2, 10);
        assert_eq!(all[0].text, "café␍");
        assert_eq!(all[1].text, "a⟨U+202E⟩b");
        assert_eq!(all[2].text, "␀␡");
        assert_eq!((all[3].text.len() as u64, all[3].cut), (3_999, 10_001 - 4_000));
        assert_eq!(all[4].text, "last without an end");
        let shift_jis = encoding_rs::SHIFT_JIS.encode("日本").0.into_owned();
        assert_eq!(decode(&shift_jis, false, Some(encoding_rs::SHIFT_JIS)), "日本");
    }

    #[test]
    fn every_page_of_a_long_diff_says_what_the_whole_says() {
        let mut diff = String::new();
        for file in 0..9 {
            diff.push_str(&format!("diff --git a/{file} b/{file}\n--- a/{file}\n+++ b/{file}\n"));
            for hunk in 0..7 {
                let from = hunk * 20 + 1;
                diff.push_str(&format!("@@ -{from},9 +{from},8 @@\n"));
                diff.push_str(&(0..6).map(|n| format!(" same {n}\n")).collect::<String>());
                diff.push_str("-a\n-b\n-c\n+d\n+e\n");
            }
        }
        let whole = lines(diff.as_bytes(), 0, u64::MAX);
        for from in (0..whole.len()).step_by(37) {
            let page = lines(diff.as_bytes(), from as u64, 11);
            assert_eq!(page, whole[from..(from + 11).min(whole.len())]);
        }
        assert!(lines(diff.as_bytes(), whole.len() as u64, 5).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_indexed_line_by_line(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
            let count = bytes.split(|byte| *byte == b'\n').count() - usize::from(bytes.last().is_none_or(|byte| *byte == b'\n'));
            let all = lines(&bytes, 0, u64::MAX);
            prop_assert_eq!(all.len(), count);
            prop_assert!(all.iter().all(|line| !line.text.contains(|c: char| c.is_control() && c != '\t')));
        }
    }
}
