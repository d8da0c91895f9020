//! Text as lines of glyphs: shaping, direction, and another font where one lacks a character.

use super::super::document::{Look, Span};
use crate::error::{Error, Kind, Result};
use cosmic_text::{
    Attrs, Buffer, Family, FontSystem, Metrics, Shaping, Weight,
    fontdb::{self, Database, Source},
};
use krilla::text::{Font, GlyphId, KrillaGlyph, Tag};
use std::collections::HashMap;

/// What reads well in print, the first that is installed. Then whatever there is.
const SANS: [&str; 9] = [
    "Inter",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
    "Open Sans",
    "Roboto",
    "Ubuntu",
    "Cantarell",
    "FreeSans",
];
const MONO: [&str; 6] = [
    "JetBrains Mono",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
    "Liberation Mono",
    "Ubuntu Mono",
    "FreeMono",
];

/// How a paragraph is set, in points.
#[derive(Clone, Copy)]
pub struct Style {
    pub size: f32,
    pub leading: f32,
    pub bold: bool,
}

/// One line of a paragraph that was broken to a width.
pub struct Line {
    pub style: Style,
    pieces: Vec<Piece>,
}

/// Glyphs of one font, one after the other.
struct Piece {
    font: fontdb::ID,
    weight: Weight,
    x: f32,
    size: f32,
    /// What they say, for whoever copies or listens.
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

/// Sets text with the fonts of a machine.
pub struct Setter {
    system: FontSystem,
    sans: String,
    mono: String,
    known: HashMap<(fontdb::ID, u16), Option<Font>>,
}

impl Setter {
    pub fn new(fonts: Database) -> Result<Self> {
        let family = |named: &[&str], monospaced: bool| {
            let has = |name: &&&str| {
                let family = [Family::Name(name)];
                fonts.query(&fontdb::Query { families: &family, ..Default::default() }).is_some()
            };
            named.iter().find(has).map(|name| (*name).to_owned()).or_else(|| {
                let face = fonts.faces().find(|face| face.monospaced == monospaced);
                let face = face.or_else(|| fonts.faces().next())?;
                face.families.first().map(|(name, _)| name.clone())
            })
        };
        let (Some(sans), Some(mono)) = (family(&SANS, false), family(&MONO, true)) else {
            return Err(Error::new(
                Kind::Offline,
                "This machine has no font, so no PDF can be written.",
            )
            .hint(
                "Install one, such as the package fonts-dejavu-core; Markdown and HTML need none.",
            ));
        };
        let system = FontSystem::new_with_locale_and_db("en-US".into(), fonts);
        Ok(Self { system, sans, mono, known: HashMap::new() })
    }

    /// Breaks a text into lines of at most this width, in points. Words that are longer are broken
    /// where the line ends.
    pub fn lines(&mut self, spans: &[Span], style: Style, width: f32) -> Vec<Line> {
        let mut buffer = Buffer::new_empty(Metrics::new(style.size, style.leading));
        buffer.set_size(Some(width), None);
        let base = Attrs::new().family(Family::Name(&self.sans));
        let cleaned: Vec<(String, Look)> =
            spans.iter().map(|span| (printable(&span.text), span.look)).collect();
        let pieces = cleaned.iter().map(|(text, look)| {
            let attrs = match look {
                Look::Mono => Attrs::new()
                    .family(Family::Name(&self.mono))
                    .metrics(Metrics::new(style.size * 0.92, style.leading)),
                Look::Plain | Look::Strong => base.clone(),
            };
            let bold = style.bold || *look == Look::Strong;
            (text.as_str(), attrs.weight(if bold { Weight::BOLD } else { Weight::NORMAL }))
        });
        // The default is none of the pieces' own: what equals it would take the look of what it touches.
        buffer.set_rich_text(pieces, &Attrs::new(), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.system, false);
        let lines = buffer.layout_runs().map(|run| {
            let mut pieces: Vec<Piece> = Vec::new();
            // From left to right, whichever way they are read; a mark stands before what is as far left.
            let mut glyphs: Vec<_> = run.glyphs.iter().collect();
            glyphs.sort_by(|one, other| one.x.total_cmp(&other.x).then(one.w.total_cmp(&other.w)));
            for glyph in glyphs {
                let same = pieces.last().is_some_and(|piece| {
                    piece.font == glyph.font_id
                        && piece.weight == glyph.font_weight
                        && piece.size == glyph.font_size
                });
                if !same {
                    pieces.push(Piece {
                        font: glyph.font_id,
                        weight: glyph.font_weight,
                        x: glyph.x,
                        size: glyph.font_size,
                        text: String::new(),
                        glyphs: Vec::new(),
                    });
                }
                if let Some(piece) = pieces.last_mut() {
                    piece.glyphs.push(KrillaGlyph::new(
                        GlyphId::new(u32::from(glyph.glyph_id)),
                        glyph.w / glyph.font_size,
                        glyph.x_offset,
                        glyph.y_offset,
                        0.0,
                        glyph.start..glyph.end,
                        None,
                    ));
                }
            }
            for piece in &mut pieces {
                piece.own(run.text);
            }
            Line { style, pieces }
        });
        lines.collect()
    }

    /// The font as the file takes it in; none if it cannot be read.
    fn font(&mut self, id: fontdb::ID, weight: Weight) -> Option<Font> {
        let Self { system, known, .. } = self;
        known
            .entry((id, weight.0))
            .or_insert_with(|| {
                // Loaded by whoever shaped with it.
                let face = system.db().face(id)?;
                let data = match &face.source {
                    Source::Binary(data) | Source::SharedFile(_, data) => data.clone(),
                    Source::File(_) => return None,
                };
                let weight = [(Tag::new(b"wght"), f32::from(weight.0))];
                Font::new_variable(data.clone().into(), face.index, &weight)
                    .or_else(|| Font::new(data.into(), face.index))
            })
            .clone()
    }

    /// Draws a line with its upper left corner there.
    pub fn draw(&mut self, surface: &mut krilla::surface::Surface, line: &Line, x: f32, y: f32) {
        // The same for every font, so that cells beside each other stand on one line.
        let baseline = y + (line.style.leading + line.style.size * 0.72) / 2.0;
        for piece in &line.pieces {
            if let Some(font) = self.font(piece.font, piece.weight) {
                let at = krilla::geom::Point::from_xy(x + piece.x, baseline);
                surface.draw_glyphs(at, &piece.glyphs, font, &piece.text, piece.size, false);
            }
        }
    }
}

impl Piece {
    /// Keeps of the paragraph's text what its glyphs are about.
    fn own(&mut self, text: &str) {
        let from = self.glyphs.iter().map(|glyph| glyph.text_range.start).min().unwrap_or(0);
        let to = self.glyphs.iter().map(|glyph| glyph.text_range.end).max().unwrap_or(0);
        self.text = text.get(from..to).unwrap_or_default().to_owned();
        for glyph in &mut self.glyphs {
            glyph.text_range = glyph.text_range.start - from..glyph.text_range.end - from;
        }
    }
}

/// Without what has no look of its own.
fn printable(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|one| match one {
            '\n' => '\n',
            '\t' => '\u{2003}',
            _ if one.is_control() => ' ',
            _ => one,
        })
        .collect()
}
