//! How many pixels an image has, as its header says: what a decoder would have to hold. A few bytes can
//! ask for gigabytes, so an image is drawn only if its header can be read and asks for little. Absent:
//! any decoding.

/// As many as a large screenshot over three monitors has, and four times that.
const MOST_PIXELS: u64 = 50_000_000;

/// Whether the image may be handed to a decoder.
pub fn drawable(bytes: &[u8]) -> bool {
    size(bytes).is_some_and(|(width, height)| {
        width > 0 && height > 0 && u64::from(width) * u64::from(height) <= MOST_PIXELS
    })
}

/// Width and height; None if the header does not say.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let header = bytes.get(12..24)?;
        return header
            .starts_with(b"IHDR")
            .then(|| Some((big(header.get(4..8)?), big(header.get(8..12)?))))?;
    }
    if bytes.starts_with(b"GIF8") {
        return Some((little(bytes.get(6..8)?), little(bytes.get(8..10)?)));
    }
    if bytes.starts_with(b"RIFF") {
        return webp(bytes);
    }
    bytes.starts_with(b"\xff\xd8").then(|| jpeg(bytes))?
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let body = bytes.get(20..)?;
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(body.get(4..7)?) + 1, little(body.get(7..10)?) + 1)),
        b"VP8 " => {
            let at = |from: usize| Some(little(body.get(from..from + 2)?) & 0x3fff);
            Some((at(6)?, at(8)?))
        }
        b"VP8L" => {
            let bits = little(body.get(1..5)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// The size stands in the first frame header, behind any number of other segments.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // A fill byte, and segments without a length.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((big(bytes.get(at + 7..at + 9)?), big(bytes.get(at + 5..at + 7)?)));
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + big(bytes.get(at + 2..at + 4)?) as usize,
        }
    }
}

fn big(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The header of an image of this size.
    pub fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    #[test]
    fn each_form_says_its_size() {
        assert_eq!(size(&png(640, 480)), Some((640, 480)));
        assert_eq!(size(b"GIF89a\x80\x02\xe0\x01"), Some((640, 480)));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08\x01\xe0\x02\x80\x03";
        assert_eq!(size(jpeg), Some((640, 480)));
        let riff = |body: &[u8]| [b"RIFF\0\0\0\0WEBP", body].concat();
        let extended = riff(b"VP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0");
        assert_eq!(size(&extended), Some((640, 480)));
        let lossy = riff(b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01");
        assert_eq!(size(&lossy), Some((640, 480)));
        let lossless = riff(b"VP8L\0\0\0\0\x2f\x7f\xc2\x77\x00");
        assert_eq!(size(&lossless), Some((640, 480)));
    }

    #[test]
    fn what_asks_for_too_much_or_says_nothing_is_not_drawn() {
        assert!(drawable(&png(7680, 4320)));
        assert!(!drawable(&png(100_000, 100_000)));
        assert!(!drawable(&png(u32::MAX, u32::MAX)));
        assert!(!drawable(&png(0, 10)));
        for cut in 0..24 {
            assert!(!drawable(&png(640, 480)[..cut]), "{cut}");
        }
        assert!(!drawable(b"\xff\xd8\xff\xda"));
        assert!(!drawable(&[b"\xff\xd8".as_slice(), &[0xff; 4096]].concat()));
    }
}
