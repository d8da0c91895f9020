//! Answers of WebDAV (RFC 4918, 13) taken apart: what each resource said of itself, and only what it
//! said with 200. Names are known by their namespace, whatever prefix a server likes.
//!
//! Deliberately absent: document types. An answer that has one is refused, and no entity but the five
//! of XML is resolved.

use quick_xml::{
    NsReader,
    escape::unescape,
    events::{BytesStart, Event},
    name::{Namespace, ResolveResult},
};

/// How deep elements may stand in one another.
const MOST_DEPTH: usize = 32;
/// How many elements one answer may have.
const MOST_ELEMENTS: usize = 1_000_000;

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

/// What one resource said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The last part of its address, without its escapes.
    pub name: String,
    /// It is not there.
    pub missing: bool,
    pub etag: String,
    pub display_name: String,
    pub is_collection: bool,
    pub is_calendar: bool,
    /// What one may do with it; none if it did not say.
    pub privileges: Option<Vec<String>>,
    /// What kinds of things it holds; none if it did not say, which means all.
    pub components: Option<Vec<String>>,
    pub calendar_data: String,
}

#[derive(Clone, Debug, Default)]
struct Element {
    dav: bool,
    caldav: bool,
    name: String,
    /// The attribute `name` of a component.
    of: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn dav<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |one| one.dav && one.name == name)
    }

    fn caldav<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |one| one.caldav && one.name == name)
    }
}

/// The responses of an answer, or what is wrong with it.
pub fn read(text: &str) -> Result<Vec<Response>, String> {
    let root = tree(text)?;
    if !root.dav || root.name != "multistatus" {
        return Err(format!("it is <{}>, and no multistatus of WebDAV", root.name));
    }
    Ok(root.dav("response").map(response).collect())
}

fn response(of: &Element) -> Response {
    let href = of.dav("href").next().map(|one| one.text.trim()).unwrap_or_default();
    let mut found = Response { name: last_part(href), ..Response::default() };
    found.missing = of.dav("status").any(|one| !is_ok(&one.text));
    for part in of.dav("propstat").filter(|part| part.dav("status").all(|one| is_ok(&one.text))) {
        for said in part.dav("prop") {
            say(&mut found, said);
        }
    }
    found
}

fn say(found: &mut Response, said: &Element) {
    for one in &said.children {
        match (one.dav, one.caldav, one.name.as_str()) {
            (true, _, "getetag") => one.text.trim().clone_into(&mut found.etag),
            (true, _, "displayname") => one.text.trim().clone_into(&mut found.display_name),
            (true, _, "resourcetype") => {
                found.is_collection |= one.dav("collection").next().is_some();
                found.is_calendar |= one.caldav("calendar").next().is_some();
            }
            (true, _, "current-user-privilege-set") => {
                let names = one.dav("privilege").flat_map(|one| &one.children);
                found.privileges = Some(names.map(|one| one.name.clone()).collect());
            }
            (_, true, "supported-calendar-component-set") => {
                found.components = Some(one.caldav("comp").map(|comp| comp.of.clone()).collect());
            }
            (_, true, "calendar-data") => found.calendar_data.clone_from(&one.text),
            _ => {}
        }
    }
}

/// `HTTP/1.1 200 OK`.
fn is_ok(status: &str) -> bool {
    status.split_whitespace().nth(1) == Some("200")
}

/// The name of a resource, out of an address or the path of one.
fn last_part(href: &str) -> String {
    let part = href.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = (*byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|two| std::str::from_utf8(two).ok());
        match escaped.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tree(text: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        let begun = matches!(event, Event::Start(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                count += 1;
                if open.len() >= MOST_DEPTH || count > MOST_ELEMENTS {
                    return Err("it is too deep or too long".into());
                }
                let element = element(&space, &tag);
                open.push(element);
                if !begun && let Some(root) = close(&mut open) {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                if let Some(root) = close(&mut open) {
                    return Ok(root);
                }
            }
            Event::Text(part) => {
                let part = unescape(&part).map_err(|error| error.to_string())?;
                add(&mut open, &part);
            }
            Event::CData(part) => add(&mut open, &part),
            Event::GeneralRef(name) => {
                let known = format!("&{};", &*name);
                add(&mut open, &unescape(&known).map_err(|error| error.to_string())?);
            }
            Event::DocType(_) => return Err("it has a document type".into()),
            Event::Eof => return Err("it ends in the middle".into()),
            _ => {}
        }
    }
}

fn element(space: &ResolveResult, tag: &BytesStart) -> Element {
    let is = |name: &str| *space == ResolveResult::Bound(Namespace(name));
    let of = tag.attributes().flatten().find(|one| one.key.0 == "name");
    Element {
        dav: is(DAV),
        caldav: is(CALDAV),
        name: tag.local_name().into_inner().to_owned(),
        of: of.map(|one| one.value.trim().to_ascii_uppercase()).unwrap_or_default(),
        ..Element::default()
    }
}

/// Ends what was begun last; gives it back if nothing is around it.
fn close(open: &mut Vec<Element>) -> Option<Element> {
    let done = open.pop()?;
    match open.last_mut() {
        Some(around) => around.children.push(done),
        None => return Some(done),
    }
    None
}

fn add(open: &mut [Element], text: &str) {
    if let Some(inside) = open.last_mut() {
        inside.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_by_namespace_and_only_if_it_was_said_with_200() {
        let text = r#"<?xml version="1.0"?>
            <x:multistatus xmlns:x="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
              <x:response><x:href>/cal/hotfix-a%20b.ics</x:href>
                <x:propstat><x:prop><x:getetag>"1&amp;2"</x:getetag>
                  <c:calendar-data><![CDATA[BEGIN:VCALENDAR]]>&#13;
END</c:calendar-data></x:prop>
                  <x:status>HTTP/1.1 200 OK</x:status></x:propstat>
                <x:propstat><x:prop><x:displayname>no</x:displayname></x:prop>
                  <x:status>HTTP/1.1 404 Not Found</x:status></x:propstat></x:response>
              <x:response><x:href>/cal/gone.ics</x:href><x:status>HTTP/1.1 404 Not Found</x:status></x:response>
              <response xmlns="urn:other"><href>/cal/not-dav.ics</href></response>
            </x:multistatus>"#;
        let found = read(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].etag.as_str()), ("hotfix-a b.ics", "\"1&2\""));
        assert_eq!(found[0].calendar_data, "BEGIN:VCALENDAR\r\nEND");
        assert_eq!((found[0].display_name.as_str(), found[0].missing), ("", false));
        assert!(found[1].missing);
    }

    #[test]
    fn a_collection_says_whether_it_is_a_calendar_and_what_one_may_do() {
        let text = r#"<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response>
            <href>https://dav.example.com/cal/</href><propstat><prop>
            <resourcetype><collection/><C:calendar/></resourcetype>
            <current-user-privilege-set><privilege><read/></privilege><privilege><write-content/></privilege></current-user-privilege-set>
            <C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>
            </prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#;
        let found = read(text).unwrap().remove(0);
        assert!(found.is_collection && found.is_calendar && found.name == "cal");
        assert_eq!(found.privileges, Some(vec!["read".into(), "write-content".into()]));
        assert_eq!(found.components, Some(vec!["VTODO".into()]));
    }

    #[test]
    fn what_is_no_multistatus_or_has_a_document_type_or_is_too_deep_is_refused() {
        let deep = format!("<multistatus xmlns=\"DAV:\">{}", "<a>".repeat(40));
        for text in [
            "",
            "<html>Please sign in</html>",
            "<multistatus/>",
            "<multistatus xmlns='DAV:'><response>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><multistatus xmlns='DAV:'/>",
            "<multistatus xmlns='DAV:'><response><href>&b;</href></response></multistatus>",
            &deep,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
