//! Text that was written in Markdown, as a window may show it. It keeps no table.

use super::{Question, Read};
use crate::{error::Result, model::markdown::html};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Markdown as the HTML that may be shown: sanitised, its links open a page or a mail.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadMarkdown {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MarkdownHtml {
    pub html: String,
}

impl Question for ReadMarkdown {
    type Answer = MarkdownHtml;

    fn ask(&self, _: &Read) -> Result<MarkdownHtml> {
        Ok(MarkdownHtml { html: html(&self.text) })
    }
}
