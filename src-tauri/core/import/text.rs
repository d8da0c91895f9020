//! Bytes of some encoding as UTF-8, as they are read.
//!
//! A sequence that means nothing in its encoding comes out as the byte 0xFF, which is never part of
//! UTF-8: so the row that holds it can be named, and nothing is replaced silently.

use crate::error::{Error, Result};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read};

/// How far a file is read to tell UTF-8 from what it could be mistaken for.
const FAR: usize = 64 << 20;

/// The encoding with this label, as browsers know them.
pub fn encoding(label: &str) -> Result<&'static Encoding> {
    let latin = ["latin1", "latin-1"].contains(&label.trim().to_lowercase().as_str());
    let found = if latin { Some(WINDOWS_1252) } else { Encoding::for_label(label.as_bytes()) };
    found.ok_or_else(|| {
        Error::field("encoding", format!("There is no encoding “{label}”."))
            .hint("Use utf-8, utf-16le, windows-1252, shift_jis or another of the usual names.")
    })
}

/// The beginning of a file.
pub struct Sample {
    pub bytes: Vec<u8>,
    /// The file goes on after it.
    pub cut: bool,
}

impl Sample {
    pub fn readable(&self, encoding: &'static Encoding) -> Vec<u8> {
        let mut readable = Vec::with_capacity(self.bytes.len());
        // Reading from memory has no errors.
        drop(Text::new(&*self.bytes, encoding).read_to_end(&mut readable));
        readable
    }
}

/// Reads a file's beginning and tells its encoding: by its mark, by the zeros of UTF-16, and by
/// whether it can be UTF-8 as far as is looked. What is not UTF-8 is taken for Windows-1252, of
/// which Latin-1 is a part.
pub fn sample(
    source: &mut dyn Read,
    most: usize,
    label: Option<&str>,
) -> Result<(Sample, &'static Encoding)> {
    let mut bytes = Vec::new();
    (&mut *source).take(most as u64).read_to_end(&mut bytes)?;
    let cut = bytes.len() == most;
    let told = match label {
        Some(label) => Some(encoding(label)?),
        None => Encoding::for_bom(&bytes).map(|(encoding, _)| encoding).or_else(|| wide(&bytes)),
    };
    let encoding = match told {
        Some(encoding) => encoding,
        None => narrow(&bytes, source)?,
    };
    Ok((Sample { bytes, cut }, encoding))
}

/// UTF-16 without a mark: separators and line ends have a zero in the one or the other place, and
/// hardly any text of another encoding has any. A text of one byte a letter may hold a zero itself, so
/// what reads as UTF-8 is wide only if nearly every pair has the high half of a European letter.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let bytes = &bytes[..bytes.len().min(4096)];
    let narrow = std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true);
    let pairs = bytes.chunks_exact(2);
    let (mut high, mut low, mut plain) = ([0, 0], [0, 0], 0);
    let all = pairs.len();
    for pair in pairs {
        high[0] += usize::from(pair[0] == 0 && pair[1] != 0);
        low[0] += usize::from(pair[1] == 0 && pair[0] != 0);
        high[1] += usize::from(pair[0] < 9);
        low[1] += usize::from(pair[1] < 9);
        plain += usize::from(pair.iter().all(|byte| matches!(byte, b' '..=b'~')));
    }
    let enough = |count: [usize; 2]| {
        count[0] * 20 > all && if narrow { count[1] * 10 > all * 9 } else { plain * 2 <= all }
    };
    match (enough(high), enough(low)) {
        (true, false) if low[0] == 0 => Some(UTF_16BE),
        (false, true) if high[0] == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// A stray byte in a file that otherwise is UTF-8 is an error of its line; a file with more stray
/// bytes than proper sequences was never UTF-8.
fn narrow(first: &[u8], rest: &mut dyn Read) -> Result<&'static Encoding> {
    let (mut proper, mut stray) = (0_u64, 0_u64);
    let mut count = |mut bytes: &[u8], last: bool| -> usize {
        let whole = bytes.len();
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    proper += foreign(text.as_bytes());
                    return whole;
                }
                Err(error) => {
                    let (good, bad) = bytes.split_at(error.valid_up_to());
                    proper += foreign(good);
                    match error.error_len() {
                        Some(length) => {
                            stray += 1;
                            bytes = &bad[length..];
                        }
                        None if last => {
                            stray += 1;
                            return whole;
                        }
                        // The sequence goes on in what is read next.
                        None => return whole - bad.len(),
                    }
                }
            }
        }
    };
    let mut buffer = first.to_vec();
    let mut far = 0;
    loop {
        let used = count(&buffer, false);
        buffer.drain(..used);
        far += used;
        let before = buffer.len();
        if far < FAR {
            (&mut *rest).take(1 << 20).read_to_end(&mut buffer)?;
        }
        if buffer.len() == before {
            if far < FAR {
                count(&buffer, true);
            }
            break;
        }
    }
    Ok(if stray > proper { WINDOWS_1252 } else { UTF_8 })
}

/// How many sequences of more than one byte there are.
fn foreign(text: &[u8]) -> u64 {
    if text.is_ascii() {
        return 0;
    }
    text.iter().filter(|byte| **byte >= 0xC0).count() as u64
}

/// The bytes of `inner` as UTF-8, without the mark at their beginning.
pub struct Text<R> {
    inner: R,
    /// None for UTF-8, whose bytes are handed on as they are.
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    used: usize,
    /// Whether a mark may still come.
    fresh: bool,
    ended: bool,
    /// A malformed sequence is still to be told.
    stray: bool,
    /// What was decoded for a reader that asked for less than a letter.
    held: Vec<u8>,
}

impl<R: Read> Text<R> {
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        Self {
            inner,
            decoder,
            raw: Vec::new(),
            used: 0,
            fresh: true,
            ended: false,
            stray: false,
            held: Vec::new(),
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.raw.drain(..self.used);
        self.used = 0;
        let before = self.raw.len();
        self.inner.by_ref().take(1 << 16).read_to_end(&mut self.raw)?;
        self.ended = self.raw.len() == before;
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if !self.held.is_empty() {
            let length = out.len().min(self.held.len());
            out[..length].copy_from_slice(&self.held[..length]);
            self.held.drain(..length);
            return Ok(length);
        }
        if self.decoder.is_none() {
            if self.fresh {
                self.fresh = false;
                self.refill()?;
                if self.raw.starts_with(b"\xEF\xBB\xBF") {
                    self.used = 3;
                }
            }
            if self.used < self.raw.len() {
                let length = out.len().min(self.raw.len() - self.used);
                out[..length].copy_from_slice(&self.raw[self.used..self.used + length]);
                self.used += length;
                return Ok(length);
            }
            return self.inner.read(out);
        }
        // The longest sequence of UTF-8 must fit.
        if out.len() < 4 {
            let mut room = [0; 32];
            let length = self.read(&mut room)?;
            self.held.extend_from_slice(&room[..length]);
            return self.read(&mut out[..usize::from(length > 0)]);
        }
        loop {
            if std::mem::take(&mut self.stray) {
                out[0] = 0xFF;
                return Ok(1);
            }
            let Some(decoder) = &mut self.decoder else { return Ok(0) };
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(&self.raw[self.used..], out, self.ended);
            self.used += read;
            match result {
                DecoderResult::Malformed(..) => self.stray = true,
                DecoderResult::OutputFull => return Ok(written),
                DecoderResult::InputEmpty if self.ended => {
                    // Nothing more comes; the decoder must not be asked again.
                    self.decoder = None;
                    self.fresh = false;
                    self.raw.clear();
                    self.used = 0;
                    return Ok(written);
                }
                DecoderResult::InputEmpty if written == 0 => self.refill()?,
                DecoderResult::InputEmpty => {}
            }
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: &'static Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        Text::new(bytes, encoding).read_to_end(&mut out).unwrap();
        out
    }

    fn told(bytes: &[u8]) -> &'static str {
        sample(&mut &*bytes, 1 << 20, None).unwrap().1.name()
    }

    #[test]
    fn marks_zeros_and_umlauts_tell_the_encoding() {
        assert_eq!(told(b"\xEF\xBB\xBFtitle"), "UTF-8");
        assert_eq!(told("Zahlung hängt, 検索".as_bytes()), "UTF-8");
        assert_eq!(told(b"Zahlung h\xE4ngt"), "windows-1252");
        assert_eq!(told(b"\xFF\xFEt\0i\0"), "UTF-16LE");
        let wide: Vec<u8> = "title\nx".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(told(&wide), "UTF-16BE");
        let wide: Vec<u8> = "тема;описание\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(told(&wide), "UTF-16LE");
        // Zeros within a text do not widen it.
        assert_eq!(told("title\tdescription\r\n\"0\"\t\"\0¡0¡ aA\u{1}\"\r\n".as_bytes()), "UTF-8");
        assert_eq!(
            told("title,description\r\n\" \",\"a\0A\0#𐀀¡\0\u{7f}\"\r\n".as_bytes()),
            "UTF-8"
        );
        // One stray byte does not make a file of another encoding.
        assert_eq!(
            told(
                "äöü ÄÖÜ ß \n"
                    .as_bytes()
                    .iter()
                    .copied()
                    .chain([0xE4, b'\n'])
                    .collect::<Vec<_>>()
                    .as_slice()
            ),
            "UTF-8"
        );
    }

    #[test]
    fn what_means_nothing_in_its_encoding_is_neither_dropped_nor_replaced() {
        let mut wide: Vec<u8> = "a".encode_utf16().flat_map(u16::to_le_bytes).collect();
        wide.extend([0x00, 0xD8, b'b', 0]);
        assert_eq!(read(&wide, UTF_16LE), b"a\xFFb");
        wide.push(7);
        assert_eq!(read(&wide, UTF_16LE), b"a\xFFb\xFF");
    }

    #[test]
    fn long_texts_come_out_whole_in_every_encoding() {
        let text = "Zahlung hängt – 検索が空 💥\n".repeat(20_000);
        let wide: Vec<u8> = [0xFEFF_u16]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect();
        assert!(read(&wide, UTF_16BE) == text.as_bytes());
        assert!(read(format!("\u{FEFF}{text}").as_bytes(), UTF_8) == text.as_bytes());
        let latin = b"gr\xFC\xDFe \x80\n".repeat(40_000);
        assert!(read(&latin, WINDOWS_1252) == "grüße €\n".repeat(40_000).as_bytes());
    }
}
