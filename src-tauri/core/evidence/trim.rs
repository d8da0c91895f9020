//! XML as it is read, made harmless: any encoding as UTF-8, long texts cut, comments and processing
//! instructions left out, a document type refused. So whoever parses it holds little at a time.

use super::MOST_BYTES;
use crate::error::Error;
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, BufRead, Read};

/// Bytes of one text or CDATA section that are handed on.
const MOST_TEXT: usize = 64 << 10;
/// Bytes of one tag with its attributes.
const MOST_TAG: usize = 1 << 20;
const PIECE: usize = 8 << 10;

/// Whether it begins as XML does, in whatever encoding.
pub fn is_xml(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let plain = start.iter().find(|byte| !byte.is_ascii_whitespace());
    plain == Some(&b'<') || wide(start).is_some()
}

/// UTF-16 by its mark, or by the zero beside the first `<`.
fn wide(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// By its mark, else by what its first line declares.
fn encoding(start: &[u8]) -> &'static Encoding {
    let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding).or_else(|| wide(start));
    let declared = || {
        let end = start.iter().take(400).position(|byte| *byte == b'>')?;
        let line = std::str::from_utf8(&start[..end]).ok()?.trim_start();
        let (_, after) = line.strip_prefix("<?xml")?.split_once("encoding")?;
        let label = after.trim_start().strip_prefix('=')?.trim_start();
        let label = label.trim_start_matches(['"', '\'']);
        Encoding::for_label(label.split(['"', '\'', '?']).next()?.as_bytes())
    };
    // What declares UTF-16 in single bytes is not that.
    let declared = || declared().filter(|encoding| ![UTF_16BE, UTF_16LE].contains(encoding));
    marked.or_else(declared).unwrap_or(UTF_8)
}

/// Where in the document the next byte is.
enum State {
    Text,
    /// After `<`, while it is not clear yet what begins.
    Undecided,
    Tag {
        quote: Option<u8>,
        closing: bool,
    },
    Instruction,
    Comment,
    Data,
}

pub struct Trim<R> {
    source: R,
    decoder: Option<Decoder>,
    /// Raw bytes so far.
    read: u64,
    out: Vec<u8>,
    used: usize,
    /// Lines before what `out` holds.
    lines: u64,
    fresh_lines: u64,
    state: State,
    /// Bytes of the text or tag so far.
    kept: usize,
    /// What has come of an undecided beginning.
    pending: Vec<u8>,
    /// The two bytes before this one.
    last: [u8; 2],
    ended: bool,
    pub refusal: Option<Error>,
}

impl<R: Read> Trim<R> {
    pub fn new(source: R) -> Self {
        Self {
            source,
            decoder: None,
            read: 0,
            out: Vec::with_capacity(PIECE * 3),
            used: 0,
            lines: 1,
            fresh_lines: 0,
            state: State::Text,
            kept: 0,
            pending: Vec::new(),
            last: [0; 2],
            ended: false,
            refusal: None,
        }
    }

    /// The line that is being read.
    pub fn line(&self) -> u64 {
        let inside = self.out[..self.used].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.lines + inside.min(self.fresh_lines)
    }

    fn refuse(&mut self, error: Error) -> io::Error {
        let error = error.at(format!("line {}", self.lines + self.fresh_lines));
        self.refusal.get_or_insert(error.clone());
        io::Error::other(error)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.lines += self.fresh_lines;
        self.fresh_lines = 0;
        self.out.clear();
        self.used = 0;
        while self.out.is_empty() && !self.ended {
            let mut raw = Vec::with_capacity(PIECE);
            self.source.by_ref().take(PIECE as u64).read_to_end(&mut raw)?;
            self.read += raw.len() as u64;
            if self.read > MOST_BYTES {
                let most = MOST_BYTES >> 20;
                return Err(self.refuse(
                    Error::invalid(format!("The report has more than {most} MiB."))
                        .hint("Record the suites one by one, without what the tests printed."),
                ));
            }
            self.ended = raw.is_empty();
            let decoder =
                self.decoder.get_or_insert_with(|| encoding(&raw).new_decoder_with_bom_removal());
            let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(PIECE * 4);
            let mut text = vec![0; room];
            let (_, _, written, _) = decoder.decode_to_utf8(&raw, &mut text, self.ended);
            self.take_in_all(&text[..written])?;
        }
        if self.ended && matches!(self.state, State::Undecided) {
            self.state = State::Text;
            self.out.append(&mut self.pending);
        }
        Ok(())
    }

    /// Bytes, those at once that cannot end what they are in.
    fn take_in_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let ends = match self.state {
                State::Text => b'<',
                State::Instruction | State::Comment | State::Data => b'>',
                State::Undecided | State::Tag { .. } => {
                    self.take_in(bytes[0])?;
                    bytes = &bytes[1..];
                    continue;
                }
            };
            let length = memchr::memchr(ends, bytes).unwrap_or(bytes.len());
            let (plain, rest) = bytes.split_at(length);
            self.fresh_lines += memchr::memchr_iter(b'\n', plain).count() as u64;
            if matches!(self.state, State::Text | State::Data) {
                self.keep(plain);
            }
            match plain {
                [.., one, two] => self.last = [*one, *two],
                [one] => self.last = [self.last[1], *one],
                [] => {}
            }
            bytes = match rest {
                [] => rest,
                [one, after @ ..] => {
                    self.take_in(*one)?;
                    after
                }
            };
        }
        Ok(())
    }

    /// Part of a text, as far as there is room for it; a letter is kept whole.
    fn keep(&mut self, text: &[u8]) {
        let mut room = MOST_TEXT.saturating_sub(self.kept).min(text.len());
        if self.kept <= MOST_TEXT {
            while room < text.len() && text[room] & 0xC0 == 0x80 {
                room += 1;
            }
        }
        self.out.extend_from_slice(&text[..room]);
        self.kept = if room < text.len() { MOST_TEXT + 1 } else { self.kept + room };
    }

    /// The next byte, in the state that the bytes before it made.
    fn take_in(&mut self, byte: u8) -> io::Result<()> {
        self.fresh_lines += u64::from(byte == b'\n');
        match &mut self.state {
            State::Text if byte == b'<' => {
                self.state = State::Undecided;
                self.pending.push(byte);
            }
            State::Text => self.keep(&[byte]),
            State::Undecided => self.decide(byte)?,
            State::Tag { quote, closing } => {
                self.out.push(byte);
                match (byte, *quote) {
                    (b'>', None) => self.begin(State::Text),
                    (b'"' | b'\'', None) if !*closing => *quote = Some(byte),
                    (same, Some(open)) if same == open => *quote = None,
                    _ => {}
                }
                self.kept += 1;
                if self.kept > MOST_TAG {
                    return Err(self.refuse(
                        Error::invalid("A tag of the report has more than a mebibyte.")
                            .hint("A test runner writes no such thing."),
                    ));
                }
            }
            State::Instruction => {
                if (self.last[1], byte) == (b'?', b'>') {
                    self.begin(State::Text);
                }
            }
            State::Comment => {
                if (self.last, byte) == ([b'-', b'-'], b'>') {
                    self.begin(State::Text);
                }
            }
            State::Data => {
                let ends = (self.last, byte) == ([b']', b']'], b'>');
                if ends && self.kept > MOST_TEXT {
                    self.out.extend_from_slice(b"]]>");
                } else {
                    self.keep(&[byte]);
                    if ends && self.kept > MOST_TEXT {
                        self.out.extend_from_slice(b"]]>");
                    }
                }
                if ends {
                    self.begin(State::Text);
                }
            }
        }
        self.last = [self.last[1], byte];
        Ok(())
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.kept = 0;
        self.last = [0; 2];
    }

    fn decide(&mut self, byte: u8) -> io::Result<()> {
        self.pending.push(byte);
        let pending = self.pending.as_slice();
        match pending {
            b"<!--" => {
                self.pending.clear();
                self.begin(State::Comment);
            }
            b"<![CDATA[" => {
                self.out.append(&mut self.pending);
                self.begin(State::Data);
            }
            b"<?" => {
                self.pending.clear();
                self.begin(State::Instruction);
            }
            _ if b"<!--".starts_with(pending) || b"<![CDATA[".starts_with(pending) => {}
            [b'<', b'!', ..] => {
                return Err(self.refuse(
                    Error::invalid("The report has a document type of its own, which is not read.")
                        .hint("Its entities could become any size. Take the <!…> out."),
                ));
            }
            _ => {
                self.pending.pop();
                self.out.append(&mut self.pending);
                self.begin(State::Tag { quote: None, closing: byte == b'/' });
                // It may be the end of the tag already.
                self.fresh_lines -= u64::from(byte == b'\n');
                return self.take_in(byte);
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Trim<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let there = self.fill_buf()?;
        let length = there.len().min(out.len());
        out[..length].copy_from_slice(&there[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Trim<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.out.len() {
            self.refill()?;
        }
        Ok(&self.out[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trimmed(bytes: &[u8]) -> Result<String, Error> {
        let mut trim = Trim::new(bytes);
        let mut out = String::new();
        match trim.read_to_string(&mut out) {
            Ok(_) => Ok(out),
            Err(_) => Err(trim.refusal.expect("a refusal has its reason")),
        }
    }

    #[test]
    fn what_a_document_says_stays_and_what_it_does_not_say_goes() {
        let xml = "<?xml version='1.0'?><!-- a < b --><a b=\"1 > 0\"><![CDATA[x ]] <y>]]>&amp;</a>";
        assert_eq!(
            trimmed(xml.as_bytes()).unwrap(),
            "<a b=\"1 > 0\"><![CDATA[x ]] <y>]]>&amp;</a>"
        );
    }

    #[test]
    fn long_texts_are_cut_at_a_letter_and_the_markup_after_them_is_found() {
        let long = "ä".repeat(MOST_TEXT);
        for (open, close) in [("", ""), ("<![CDATA[", "]]>")] {
            let out = trimmed(format!("<a>{open}x{long}{close}</a><b/>").as_bytes()).unwrap();
            assert!(out.len() < MOST_TEXT + 40, "{}", out.len());
            assert!(out.ends_with(&format!("{close}</a><b/>")), "{}", &out[out.len() - 30..]);
        }
    }

    #[test]
    fn other_encodings_are_read_by_their_mark_or_their_declaration() {
        let wide: Vec<u8> = "<a>äß</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(trimmed(&wide).unwrap(), "<a>äß</a>");
        let latin = b"<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>gr\xFC\xDFe</a>";
        assert_eq!(trimmed(latin).unwrap(), "<a>grüße</a>");
        assert_eq!(trimmed(b"\xEF\xBB\xBF<a>\xFF</a>").unwrap(), "<a>\u{FFFD}</a>");
    }

    #[test]
    fn a_document_type_is_refused_with_its_line() {
        let error = trimmed(b"<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
        let error = error.unwrap_err();
        assert_eq!(error.location.as_deref(), Some("line 2"));
        assert!(error.message.contains("document type"), "{error}");
    }
}
