//! What a program prints, as it is kept: bounded, its beginning and its end; and a line of it as it is shown.

use crate::{desk::Call, error::Result, event::words::*};
use std::collections::VecDeque;

/// Letters of a line that is shown.
pub const MOST_LINE: usize = 2_000;
const KEPT_BEGINNING: usize = 2 << 20;
const KEPT_END: usize = 2 << 20;

#[derive(Default)]
pub struct Log {
    beginning: Vec<u8>,
    end: VecDeque<u8>,
    total: u64,
}

impl Log {
    pub fn take_in(&mut self, piece: &[u8]) {
        self.total += piece.len() as u64;
        let room = KEPT_BEGINNING.saturating_sub(self.beginning.len()).min(piece.len());
        self.beginning.extend_from_slice(&piece[..room]);
        self.end.extend(&piece[room..]);
        let over = self.end.len().saturating_sub(KEPT_END);
        self.end.drain(..over);
    }

    /// What is kept of it, with a line that says what is not.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.beginning;
        let left_out = self.total - bytes.len() as u64 - self.end.len() as u64;
        if left_out > 0 {
            let cut = format!("\n[{left_out} bytes of the output were left out here]\n");
            bytes.extend_from_slice(cut.as_bytes());
        }
        bytes.extend(self.end);
        bytes
    }
}

/// Stores what was printed.
pub fn keep(call: &Call, bytes: &[u8]) -> Result<Attachment> {
    let (hash, size) = call.desk().put_blob(bytes)?;
    Ok(Attachment { hash, size, name: "output.log".into(), media: "text/plain".into() })
}

/// A line as it is shown: what was written over is gone, and so are colours.
pub fn line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches(['\n', '\r']);
    let text = text.rsplit('\r').next().unwrap_or_default();
    let mut shown = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // An escape sequence ends with a letter.
            for inside in letters.by_ref() {
                if inside.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if letter == '\t' || !letter.is_control() {
            shown.push(letter);
        }
    }
    shown.chars().take(MOST_LINE).collect()
}
