//! A report as PDF: A4, tagged for readers, with an outline, by the fonts of this machine.
//!
//! Blocks become rows of lines (`lay.rs`), rows become pages (`page.rs`). Nothing here knows what a
//! hot fix is.

mod lay;
mod lines;
mod page;

use super::document::Document;
use crate::error::{Error, Result};
use cosmic_text::fontdb::Database;

/// Points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const SIDE: f32 = 56.0;
const TOP: f32 = 68.0;
const BOTTOM: f32 = 60.0;

/// The whole file. `step(done, of)` may answer `false` to stop: blocks are laid out, then pages drawn.
pub fn write(document: &Document, step: &mut dyn FnMut(u64, u64) -> bool) -> Result<Vec<u8>> {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    typeset(document, fonts, step)
}

fn typeset(
    document: &Document,
    fonts: Database,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<u8>> {
    let mut setter = lines::Setter::new(fonts)?;
    let laid = lay::lay(document, &mut setter, step)?;
    page::draw(document, laid, &mut setter, step)
}

fn cancelled() -> Error {
    Error::conflict("Writing the report was cancelled; nothing was written.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_fonts_is_told_what_it_needs() {
        let document = Document {
            key: "HF-1".into(),
            title: "x".into(),
            state: String::new(),
            blocks: Vec::new(),
        };
        let error = typeset(&document, Database::new(), &mut |_, _| true).unwrap_err();
        assert!(error.message.contains("no font"), "{error}");
        assert!(error.hint.unwrap().contains("fonts-dejavu-core"));
    }
}
