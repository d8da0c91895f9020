//! Instructions that a person wrote in Markdown, as the HTML that a window may show: sanitised, with
//! links that open a web page or a new mail and nothing else. Bare web addresses are links too.
//!
//! Deliberately absent: pictures, which would be fetched from elsewhere, and raw HTML that acts.

use ammonia::UrlRelative;
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};
use std::collections::HashSet;

/// What links may lead to. The window's `link_open` opens the same.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// Sanitised HTML. Scripts, styles, frames, pictures and links that lead anywhere else are left out.
pub fn html(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events(text).into_iter());
    ammonia::Builder::default()
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .rm_tags(["img"])
        .clean(&html)
        .to_string()
}

/// The first link that would not open, as it was written.
pub fn wrong_link(text: &str) -> Option<String> {
    events(text).into_iter().find_map(|event| match event {
        // `<rita@acme.example>` is written without a scheme and becomes a mail.
        Event::Start(Tag::Link { link_type: LinkType::Email, .. }) => None,
        Event::Start(Tag::Link { dest_url, .. }) => {
            let opens = url::Url::parse(&dest_url)
                .is_ok_and(|url| SCHEMES.contains(&url.scheme()) && !url.path().is_empty());
            (!opens).then(|| dest_url.to_string())
        }
        _ => None,
    })
}

fn events(text: &str) -> Vec<Event<'_>> {
    let mut all = Vec::new();
    // Within a link, a picture's description or a block of code an address stays as it stands.
    let mut within = 0_u32;
    for event in TextMergeStream::new(Parser::new_ext(text, Options::ENABLE_TABLES)) {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => within += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => {
                within = within.saturating_sub(1);
            }
            Event::Text(words) if within == 0 => {
                link(words, &mut all);
                continue;
            }
            _ => {}
        }
        all.push(event);
    }
    all
}

/// The words as events, each web address in them as a link.
fn link(words: &str, into: &mut Vec<Event<'_>>) {
    let text = |part: &str| Event::Text(CowStr::from(part.to_owned()));
    let mut rest = words;
    while let Some((at, end)) = address(rest) {
        if let (Some(before), Some(url), Some(after)) =
            (rest.get(..at), rest.get(at..end), rest.get(end..))
        {
            into.push(text(before));
            into.push(Event::Start(Tag::Link {
                link_type: LinkType::Autolink,
                dest_url: CowStr::from(url.to_owned()),
                title: CowStr::from(""),
                id: CowStr::from(""),
            }));
            into.push(text(url));
            into.push(Event::End(TagEnd::Link));
            rest = after;
        } else {
            break;
        }
    }
    into.push(text(rest));
}

/// Where the first web address begins and ends: up to a space or a quotation mark, without the
/// punctuation of the sentence around it.
fn address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + ["https://", "http://"].iter().filter_map(|one| rest.find(one)).min()?;
        let inside = text.get(..at)?.chars().next_back().is_some_and(char::is_alphanumeric);
        let found = text.get(at..)?;
        let stops = |c: char| c.is_whitespace() || "<>\"“”„‘’`".contains(c);
        let mut url = found.find(stops).map_or(found, |end| found.get(..end).unwrap_or(found));
        while let Some(last) = url.chars().next_back() {
            let opened = |open: char, close: char| {
                last == close && url.matches(open).count() >= url.matches(close).count()
            };
            let part = !".,;:!?')]*_".contains(last) || opened('(', ')') || opened('[', ']');
            if part {
                break;
            }
            url = url.get(..url.len() - last.len_utf8()).unwrap_or_default();
        }
        let host = url.split_once("//").is_some_and(|(_, host)| !host.is_empty());
        if host && !inside {
            return Some((at, at + url.len()));
        }
        from = at + "http".len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_person_wrote_becomes_lists_and_links() {
        let read = html(
            "1. Open the [run book](https://wiki.example/run)\n2. Write to <ops@acme.example>\n3. `make drain`",
        );
        assert!(read.contains("<ol>") && read.contains("<code>make drain</code>"), "{read}");
        assert!(read.contains(r#"href="https://wiki.example/run""#), "{read}");
        assert!(read.contains(r#"href="mailto:ops@acme.example""#), "{read}");
    }

    #[test]
    fn a_bare_address_is_a_link_without_the_sentence_around_it() {
        for (text, url) in [
            ("See https://wiki.example/a_b_c.", "https://wiki.example/a_b_c"),
            ("(http://wiki.example/x)", "http://wiki.example/x"),
            ("https://wiki.example/a_(b)?c=1&d=2", "https://wiki.example/a_(b)?c=1&amp;d=2"),
            ("„https://wiki.example/ü“", "https://wiki.example/%C3%BC"),
        ] {
            let read = html(text);
            assert!(read.contains(&format!(r#"href="{url}""#)), "{text}: {read}");
            assert_eq!(read.matches("<a ").count(), 1, "{text}: {read}");
        }
        for text in
            ["https://", "xhttps://a.example", "`https://a.example`", "    https://a.example"]
        {
            assert!(!html(text).contains("<a "), "{text}: {}", html(text));
        }
        let once = html("[https://a.example](https://b.example)");
        assert_eq!(once.matches("<a ").count(), 1, "{once}");
    }

    #[test]
    fn nothing_that_acts_or_leads_elsewhere_is_left() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![](https://evil.example/pixel.gif)",
            "[press](javascript:alert(1))",
            "[press](file:///etc/passwd)",
            "[press](#/settings)",
            "[press](/settings)",
            "<a href='tauri://localhost/x' onclick='y()'>press</a>",
            "<iframe src=https://evil.example></iframe>",
            "<style>body{display:none}</style>",
        ] {
            let read = html(text);
            for bad in ["script", "onerror", "onclick", "href", "src", "iframe", "style"] {
                assert!(!read.contains(bad), "{text}: {read}");
            }
        }
    }

    #[test]
    fn a_link_that_would_not_open_is_found() {
        assert_eq!(wrong_link("See [it](ftp://files/x)").as_deref(), Some("ftp://files/x"));
        assert_eq!(wrong_link("See [it](wiki/run)").as_deref(), Some("wiki/run"));
        assert_eq!(wrong_link("See [it](javascript:x)").as_deref(), Some("javascript:x"));
        assert_eq!(
            wrong_link("[a](https://a.example) <b@c.example> [m](mailto:b@c.example)"),
            None
        );
        assert_eq!(wrong_link("No link, but `ftp://files`."), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read_and_every_link_in_it_opens(text in ".{0,200}", url in "[a-z:/(.)]{0,20}") {
            let read = html(&format!("{text} http://{url} [x]({url}) {text}"));
            let links = read.split("href=\"").skip(1);
            for link in links {
                prop_assert!(
                    SCHEMES.iter().any(|scheme| link.starts_with(&format!("{scheme}:"))),
                    "{}", read
                );
            }
        }
    }
}
