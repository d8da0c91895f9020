//! Rows on pages, and the file: heading with what follows, table heads again, header, page n of m, outline.

use super::{
    super::document::{Document, plain},
    BOTTOM, HEIGHT, SIDE, TOP, WIDTH, cancelled,
    lay::{Hairline, INNER, Laid, Row},
    lines::{Setter, Style},
};
use crate::error::{Error, Result};
use krilla::{
    SerializeSettings,
    color::rgb,
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagTree},
};

const SMALL: Style = Style { size: 8.0, leading: 11.0, bold: false };
const INK: (u8, u8, u8) = (0x15, 0x18, 0x1e);
const MUTED: (u8, u8, u8) = (0x5b, 0x62, 0x70);
const RULE: (u8, u8, u8) = (0xd9, 0xdd, 0xe3);
const SHADE: (u8, u8, u8) = (0xf3, 0xf4, 0xf7);
const ROOM: f32 = HEIGHT - TOP - BOTTOM;

/// A row at its place; `again`: a table's head that is drawn once more.
struct Placed<'a> {
    y: f32,
    row: &'a Row,
    again: bool,
}

/// Rows that are not parted, on the page that has room for them.
fn paginate(laid: &Laid) -> Vec<Vec<Placed<'_>>> {
    let mut pages: Vec<Vec<Placed>> = vec![Vec::new()];
    let mut y = 0.0;
    let mut at = 0;
    while at < laid.rows.len() {
        let length = laid.rows[at..].iter().take_while(|row| row.keep).count() + 1;
        let chunk = &laid.rows[at..(at + length).min(laid.rows.len())];
        at += chunk.len();
        let height: f32 = chunk.iter().map(|row| row.before + row.height).sum();
        let whole = height - chunk[0].before <= ROOM * 0.6;
        for (place, row) in chunk.iter().enumerate() {
            let needs = if place == 0 && whole { height } else { row.before + row.height };
            if y > 0.0 && y + needs > ROOM {
                pages.push(Vec::new());
                y = 0.0;
                let head = row.table.map_or(&[][..], |table| &laid.heads[table]);
                for row in head {
                    place_row(&mut pages, &mut y, row, true);
                }
            }
            place_row(&mut pages, &mut y, row, false);
        }
    }
    pages
}

fn place_row<'a>(pages: &mut [Vec<Placed<'a>>], y: &mut f32, row: &'a Row, again: bool) {
    if *y > 0.0 {
        *y += row.before;
    }
    if let Some(page) = pages.last_mut() {
        page.push(Placed { y: TOP + *y, row, again });
    }
    *y += row.height;
}

pub fn draw(
    document: &Document,
    laid: Laid,
    setter: &mut Setter,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<u8>> {
    let pages = paginate(&laid);
    let mut leaves: Vec<Vec<Identifier>> = laid.groups.iter().map(|_| Vec::new()).collect();
    let mut headings: Vec<(u8, String, usize, f32)> = Vec::new();
    let title = format!("{} {}", document.key, document.title);
    let mut pdf = krilla::Document::new_with(SerializeSettings::default());
    for (number, rows) in pages.iter().enumerate() {
        if !step(number as u64, pages.len() as u64) {
            return Err(cancelled());
        }
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| Error::internal("A4 is no size of a page."))?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        around(&mut surface, setter, &title, number, pages.len());
        for Placed { y, row, again } in rows {
            if let (Some((level, text)), false) = (&row.heading, again) {
                headings.push((*level, text.clone(), number, *y));
            }
            background(&mut surface, row, *y);
            ink(&mut surface, if row.muted { MUTED } else { INK });
            for cell in &row.cells {
                let tag = match again {
                    true => {
                        ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther))
                    }
                    false => ContentTag::Span(SpanTag::empty()),
                };
                let leaf = surface.start_tagged(tag);
                setter.draw(&mut surface, &cell.line, SIDE + cell.x, y + cell.down);
                surface.end_tagged();
                if !again {
                    leaves[cell.group].push(leaf);
                }
            }
        }
        surface.finish();
        page.finish();
    }
    pdf.set_outline(outline(headings));
    pdf.set_metadata(
        Metadata::new().title(title).language("en".into()).creator("Hotfix Desk".into()),
    );
    pdf.set_tag_tree(tree(laid, leaves));
    pdf.finish().map_err(|error| Error::internal(format!("The PDF could not be made: {error:?}")))
}

/// The header and the footer, which are no part of what is read.
fn around(surface: &mut Surface, setter: &mut Setter, title: &str, number: usize, of: usize) {
    let mut small = |text: String, x: f32, y: f32, width: f32| {
        let line = setter.lines(&[plain(text)], SMALL, width).into_iter().next();
        let kind = if y < TOP { ArtifactType::Header } else { ArtifactType::Footer };
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        ink(surface, MUTED);
        if let Some(line) = line {
            setter.draw(surface, &line, x, y);
        }
        surface.end_tagged();
    };
    if number > 0 {
        small(title.to_owned(), SIDE, TOP - 32.0, INNER);
    }
    small("Hotfix Desk".into(), SIDE, HEIGHT - BOTTOM + 22.0, 200.0);
    let place = format!("Page {} of {of}", number + 1);
    // Near enough to the right edge: digits are about half as wide as they are high.
    let width = place.chars().count() as f32 * SMALL.size * 0.56;
    small(place, WIDTH - SIDE - width, HEIGHT - BOTTOM + 22.0, 120.0);
}

fn background(surface: &mut Surface, row: &Row, y: f32) {
    let mut bar = |top: f32, height: f32, colour: (u8, u8, u8)| {
        let Some(rect) = Rect::from_xywh(SIDE, top, INNER, height) else { return };
        let mut path = PathBuilder::new();
        path.push_rect(rect);
        let Some(path) = path.finish() else { return };
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        ink(surface, colour);
        surface.draw_path(&path);
        surface.end_tagged();
    };
    if row.shaded {
        bar(y, row.height + 0.2, SHADE);
    }
    match row.line {
        Hairline::None => {}
        // Half way to what stands before it; at the top of a page there is nothing to part it from.
        Hairline::Above if y <= TOP => {}
        Hairline::Above => bar(y - 8.0, 0.6, RULE),
        Hairline::Below => bar(y + row.height - 0.4, 0.4, RULE),
    }
}

fn ink(surface: &mut Surface, (red, green, blue): (u8, u8, u8)) {
    surface.set_fill(Some(Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }));
}

fn outline(headings: Vec<(u8, String, usize, f32)>) -> Outline {
    let mut chapters: Vec<OutlineNode> = Vec::new();
    for (level, text, page, y) in headings {
        let node = OutlineNode::new(text, XyzDestination::new(page, Point::from_xy(SIDE, y - 8.0)));
        match chapters.last_mut() {
            Some(chapter) if level > 2 => chapter.push_child(node),
            _ => chapters.push(node),
        }
    }
    let mut outline = Outline::new();
    for chapter in chapters {
        outline.push_child(chapter);
    }
    outline
}

/// The tag tree from its leaves up: a group stands after the one it is in.
fn tree(laid: Laid, leaves: Vec<Vec<Identifier>>) -> TagTree {
    let roots = laid.roots;
    let mut built: Vec<Option<TagGroup>> = laid.groups.iter().map(|_| None).collect();
    let groups = laid.groups.into_iter().zip(leaves).enumerate().collect::<Vec<_>>();
    for (id, (group, leaves)) in groups.into_iter().rev() {
        let mut made = TagGroup::new(group.tag);
        for leaf in leaves {
            made.push(leaf);
        }
        for child in group.children {
            if let Some(child) = built[child].take() {
                made.push(child);
            }
        }
        built[id] = Some(made);
    }
    let mut tree = TagTree::new().with_lang(Some("en".into()));
    for root in roots {
        if let Some(group) = built[root].take() {
            tree.push(group);
        }
    }
    tree
}
