//! HTML that a stranger sent, as plain text: what a reader would see, and nothing that acts.
//!
//! A real HTML parser reads it, and all but a handful of bare block tags is dropped, with the
//! contents of scripts, styles and titles; the rest is text. Links keep where they lead, because a
//! report without its links is worth little, and because a disguised one shows.

use std::collections::{HashMap, HashSet};

/// The parser looks back over open tags, so what nests deeper would take its time.
const DEEPEST: usize = 500;
const MOST_TAGS: usize = 100_000;
const BLOCKS: [&str; 17] = [
    "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr",
    "section", "article", "address",
];

/// The text of a page. Quoted parts begin with `> `, as in a mail of plain text.
pub fn text(html: &str) -> String {
    if is_exhausting(html) {
        return tidy(&mail_parser::decoders::html::html_to_text(html));
    }
    let mut tags: HashSet<&str> = BLOCKS.into_iter().collect();
    tags.extend(["br", "blockquote", "pre", "a", "td", "th"]);
    let clean = ammonia::Builder::empty()
        .tags(tags)
        .clean_content_tags(HashSet::from(["script", "style", "title", "template", "head"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(None)
        .clean(html)
        .to_string();
    tidy(&walk(&clean))
}

/// Whether a page is made of more tags than anybody means. One that never closes its paragraphs may
/// count as such, and is then read in the simpler way.
fn is_exhausting(html: &str) -> bool {
    let (mut tags, mut depth) = (0_usize, 0_usize);
    for (at, _) in html.match_indices('<') {
        tags += 1;
        depth = match html.as_bytes().get(at + 1) {
            Some(b'/') => depth.saturating_sub(1),
            Some(letter) if letter.is_ascii_alphabetic() && !closes_itself(&html[at + 1..]) => {
                depth + 1
            }
            _ => depth,
        };
        if depth > DEEPEST || tags > MOST_TAGS {
            return true;
        }
    }
    false
}

fn closes_itself(tag: &str) -> bool {
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).take(6).collect();
    ["br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "source"]
        .contains(&name.to_ascii_lowercase().as_str())
}

/// Reads what the sanitiser wrote: known tags, no attribute but `href`, five entities.
fn walk(clean: &str) -> String {
    let mut out = Text::default();
    let mut rest = clean;
    while let Some(at) = rest.find('<') {
        out.write(&rest[..at]);
        let Some(end) = rest[at..].find('>') else { return out.text };
        let tag = &rest[at + 1..at + end];
        rest = &rest[at + end + 1..];
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        match name {
            "blockquote" => {
                out.line();
                out.depth = if closes { out.depth.saturating_sub(1) } else { out.depth + 1 };
            }
            "pre" => {
                out.line();
                out.pre = !closes;
            }
            "br" => out.line_break(),
            "p" => {
                out.line();
                out.line_break();
            }
            "td" | "th" if closes => out.write(" "),
            "a" if closes => out.link_ends(),
            "a" => {
                let href = attributes.split('"').nth(1).unwrap_or_default();
                out.link = Some((plain(href), out.text.len()));
            }
            name if BLOCKS.contains(&name) => out.line(),
            _ => {}
        }
    }
    out.write(rest);
    out.text
}

#[derive(Default)]
struct Text {
    text: String,
    depth: usize,
    pre: bool,
    /// Something stands on the last line.
    begun: bool,
    /// White space came since.
    space: bool,
    link: Option<(String, usize)>,
}

impl Text {
    fn write(&mut self, escaped: &str) {
        for letter in plain(escaped).chars() {
            match letter {
                '\n' if self.pre => self.line_break(),
                '\r' if self.pre => {}
                ' ' | '\t' | '\n' | '\r' if !self.pre => self.space = true,
                letter => {
                    if !self.begun {
                        self.text.push_str(&"> ".repeat(self.depth.min(10)));
                    } else if self.space {
                        self.text.push(' ');
                    }
                    self.space = false;
                    self.begun = true;
                    self.text.push(letter);
                }
            }
        }
    }

    /// Ends the line, if something stands on it.
    fn line(&mut self) {
        if self.begun {
            self.line_break();
        }
    }

    fn line_break(&mut self) {
        if !self.begun {
            self.text.push_str(&">".repeat(self.depth.min(10)));
        }
        self.text.push('\n');
        self.begun = false;
        self.space = false;
    }

    /// Says where a link leads, unless its words do.
    fn link_ends(&mut self) {
        let Some((href, from)) = self.link.take() else { return };
        let bare = href.strip_prefix("mailto:").unwrap_or(&href);
        let shown = self.text.get(from..).unwrap_or_default().trim();
        if !bare.is_empty() && !shown.is_empty() && !shown.contains(bare.trim_end_matches('/')) {
            self.text.push_str(&format!(" <{bare}>"));
        }
    }
}

fn plain(escaped: &str) -> String {
    if !escaped.contains('&') {
        return escaped.to_owned();
    }
    let text = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&nbsp;", " ").replace("&#39;", "'").replace("&amp;", "&")
}

/// No blanks at line ends, and at most one empty line in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        empty = if line.trim_start_matches(['>', ' ']).is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_reader_sees_the_words_in_their_lines() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body><p>Dear  team,</p>\
            <p>the shop<br>says <b>error&nbsp;500</b> &amp; stops.</p><ul><li>one</li><li>two</li></ul>\
            <table><tr><td>a</td><td>b</td></tr></table><pre>  x = 1\n  y</pre></body></html>";
        assert_eq!(
            text(html),
            "Dear team,\n\nthe shop\nsays error 500 & stops.\n\none\ntwo\na b\n  x = 1\n  y"
        );
    }

    #[test]
    fn nothing_that_acts_or_hides_is_left() {
        let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)><p onclick=alert(3)>Hi\
            <iframe srcdoc='<script>alert(4)</script>'></iframe><svg><script>alert(5)</script></svg>\
            <a href='javascript:alert(6)'>bank</a> <a href='https://evil.example/x'>bank.example</a>\
            <style>@import 'https://evil.example'</style><!-- <b>secret</b> --></p>";
        let text = text(hostile);
        for word in ["alert(1", "alert(2", "alert(3", "alert(5", "alert(6", "@import", "secret"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(text.contains("bank.example <https://evil.example/x>"), "{text}");
    }

    #[test]
    fn what_was_quoted_reads_as_quoted() {
        let html = "<div>It works now.</div><div>On Monday Rita wrote:</div>\
            <blockquote><div>Please try</div><blockquote>It is broken</blockquote></blockquote>";
        assert_eq!(
            text(html),
            "It works now.\nOn Monday Rita wrote:\n> Please try\n> > It is broken"
        );
    }

    #[test]
    fn a_page_made_to_keep_a_parser_busy_is_read_in_passing() {
        let begun = std::time::Instant::now();
        let deep = format!("{}end", "<div><p>".repeat(200_000));
        assert!(text(&deep).contains("end"));
        let wide = format!("{}end", "<blockquote>x</blockquote>".repeat(40_000));
        assert!(text(&wide).ends_with("end"));
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }
}
