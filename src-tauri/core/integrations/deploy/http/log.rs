//! A long log, piece by piece: whole lines, so that a secret is never cut in two.

use super::super::recipe::Section;
use crate::integrations::http::{Answer, PIECE};
use bytes::Bytes;
use std::sync::OnceLock;

/// The piece that is asked for, and then what was read of it.
pub(super) struct Piece {
    pub from: u64,
    ended: bool,
    pub read: OnceLock<Read>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub bytes: u64,
    pub more: bool,
}

impl Piece {
    pub fn new(from: u64, ended: bool) -> Self {
        Self { from, ended, read: OnceLock::new() }
    }

    /// Leaves the whole lines in an answer, and notes how far they reach.
    pub fn take(&self, mut answer: Answer) -> Answer {
        if answer.status == 416 {
            // Nothing is there behind what was read.
            answer.body = Bytes::new();
        }
        let (bytes, text) = whole_lines(&answer.body, answer.more, self.ended);
        let more = answer.more;
        answer.body = text.unwrap_or_else(|| answer.body.slice(..bytes));
        // A call is made once, and so its piece is read once.
        let _ = self.read.set(Read { bytes: bytes as u64, more });
        answer
    }
}

/// Whether the text that a section finds is the body of its last answer, which can be long.
pub(super) fn in_pieces(section: &Section) -> bool {
    let is_body = |source: &String| source == "body";
    !section.only_new
        && section.calls.last().is_some_and(|call| {
            call.extract.values().chain(call.extract_optional.values()).any(is_body)
        })
}

/// A part, or nothing behind what was read before.
pub(super) fn is_piece(answer: &Answer) -> bool {
    matches!(answer.status, 206 | 416)
}

/// How many bytes are whole lines, and what stands for them if they cannot be shown.
fn whole_lines(body: &[u8], more: bool, ended: bool) -> (usize, Option<Bytes>) {
    let end = body.iter().rposition(|byte| *byte == b'\n').map(|place| place + 1);
    match end {
        _ if ended && !more => (body.len(), None),
        Some(end) => (end, None),
        // The end of the line may still be coming.
        None if !more || body.len() < PIECE => (0, None),
        // A line without end is cut where no word is.
        None => match body.iter().rposition(u8::is_ascii_whitespace) {
            Some(place) => (place + 1, None),
            None => {
                let said = format!("({} bytes without a blank are left out)\n", body.len());
                (body.len(), Some(said.into()))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_taken_until_the_run_has_ended() {
        assert_eq!(whole_lines(b"one\ntwo\nthr", false, false), (8, None));
        assert_eq!(whole_lines(b"one\ntwo\nthr", false, true), (11, None));
        assert_eq!(whole_lines(b"one\ntwo\nthr", true, true), (8, None), "there is more of it");
        assert_eq!(whole_lines(b"thr", false, false), (0, None));
        assert_eq!(whole_lines(b"", true, false), (0, None));
    }

    #[test]
    fn a_line_without_end_is_cut_at_a_blank_or_left_out() {
        let mut long = vec![b'x'; PIECE];
        let (bytes, said) = whole_lines(&long, true, false);
        assert_eq!(bytes, PIECE);
        assert!(said.is_some_and(|said| said.starts_with(b"(1048576 bytes")));
        long[100] = b' ';
        assert_eq!(whole_lines(&long, true, false), (101, None));
    }
}
