//! The documentation of a hot fix, which writes itself from the journal.
//!
//! What it says is a [`Document`], made once of folded states (`chapters.rs`); Markdown, HTML and PDF
//! are written from it, so they all say the same. Of a closed hot fix it is as of the close (`case.rs`).

mod case;
mod chapters;
mod document;
mod dossier;
mod html;
mod md;
mod pdf;

pub use document::Document;
pub use dossier::{Dossier, Evidence, ReadDossier};

use super::{Question, Read};
use crate::{
    error::{Error, Result},
    event::words::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    #[default]
    Md,
    /// One file, with its own style sheet.
    Html,
    /// The body alone, escaped, for the window.
    Fragment,
    /// For paper; only as a file.
    Pdf,
}

/// The report of one hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskReport {
    pub key: HotfixKey,
    #[serde(default)]
    pub format: ReportFormat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Report {
    pub key: HotfixKey,
    pub text: String,
}

/// Markdown as sanitised HTML. What a person typed cannot bring scripts, styles or frames along.
pub fn markdown(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(
        &mut html,
        pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES),
    );
    ammonia::clean(&html)
}

impl Question for AskReport {
    type Answer = Report;

    fn ask(&self, read: &Read) -> Result<Report> {
        let case = case::Case::load(read, &self.key)?;
        let text = text(&chapters::write(&case), self.format)?;
        Ok(Report { key: self.key.clone(), text })
    }
}

/// What a document says, in a format that is text.
pub fn text(document: &Document, format: ReportFormat) -> Result<String> {
    match format {
        ReportFormat::Md => Ok(md::write(document)),
        ReportFormat::Fragment => Ok(html::body(document)),
        ReportFormat::Html => Ok(html::page(document)),
        ReportFormat::Pdf => Err(Error::field("format", "A PDF is no text, so it goes to a file.")
            .hint("Say where it is to be written.")),
    }
}

/// The bytes of a file. Of a PDF, `step(done, of)` hears how far it is and may answer `false` to stop.
pub fn file(
    document: &Document,
    format: ReportFormat,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<u8>> {
    match format {
        ReportFormat::Pdf => pdf::write(document, step),
        other => Ok(text(document, other)?.into_bytes()),
    }
}

/// What happened, as a document of its own.
pub fn timeline(dossier: &Dossier) -> Document {
    chapters::timeline_alone(&dossier.document, &dossier.timeline)
}
