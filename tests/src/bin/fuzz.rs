//! `make torture`: hostile bytes for everything that reads what others wrote, guided by coverage
//! (libFuzzer). One program for all parsers; the variable PARSER chooses, CORPUS is a folder to begin
//! from. Built by scripts/torture.sh alone, with the instrumentation that libFuzzer wants.
//!
//! What is asserted: no panic, no overflow, and no answer that calls the reader itself at fault. The
//! limits of time and memory are libFuzzer's.

#![no_main]

use hotfix_core::{
    api::{ENTRIES, Kind},
    calendar::ics,
    clock::Instant,
    desk::{Desk, Options},
    error,
    evidence::{self, list},
    import::{Rows, Wishes, look},
    integrations::{
        archive,
        deploy::recipe::Recipe,
        intake::{html, mail},
    },
    journal::verify_export,
    model::template,
    views::report,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::{fs, io::Read as _, path::PathBuf, sync::LazyLock};

struct Parser {
    name: &'static str,
    read: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
}

const PARSERS: &[Parser] = &[
    Parser { name: "calendar", read: calendar, seeds: calendars },
    Parser { name: "package", read: package, seeds: packages },
    Parser { name: "zip", read: package, seeds: zips },
    Parser { name: "signature", read: signature, seeds: signatures },
    Parser { name: "journal", read: journal, seeds: journals },
    Parser { name: "recipe", read: recipe, seeds: recipes },
    Parser { name: "template", read: filled, seeds: templates },
    Parser { name: "markdown", read: markdown, seeds: texts },
    Parser { name: "search", read: search, seeds: searches },
    Parser { name: "import", read: issues, seeds: files },
    Parser { name: "mail", read: letter, seeds: letters },
    Parser { name: "page", read: page, seeds: pages },
    Parser { name: "junit", read: report, seeds: reports },
    Parser { name: "tap", read: tap, seeds: printed },
    Parser { name: "tests", read: stored, seeds: lists },
    Parser { name: "request", read: request, seeds: requests },
];

static CHOSEN: LazyLock<&Parser> = LazyLock::new(|| {
    let wanted = std::env::var("PARSER").unwrap_or_default();
    let known = || PARSERS.iter().map(|one| one.name).collect::<Vec<_>>().join(" ");
    PARSERS
        .iter()
        .find(|one| one.name == wanted)
        .unwrap_or_else(|| panic!("PARSER must be one of: {}", known()))
});

fuzz_target!(
    init: {
        let folder = PathBuf::from(std::env::var_os("CORPUS").expect("CORPUS names a folder"));
        for (number, seed) in (CHOSEN.seeds)().into_iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed).expect("the corpus is writable");
        }
    },
    |bytes: &[u8]| (CHOSEN.read)(bytes)
);

/// An answer may refuse what it was given; it may not blame itself.
fn honest<T>(answer: error::Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            assert!(error.kind != error::Kind::Internal, "{error:?}");
            None
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn instant(text: &str) -> Instant {
    text.parse().expect("a constant")
}

fn calendar(bytes: &[u8]) {
    let (from, to) = (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"));
    if let Some(expansion) = honest(ics::expand(bytes, from, to, "Europe/Berlin")) {
        for one in expansion.occurrences {
            assert!(one.begins <= one.ends, "{one:?}");
            assert!(one.begins < to && one.ends >= from, "{one:?} is outside what was asked for");
        }
    }
}

fn calendars() -> Vec<Vec<u8>> {
    let lines = include_str!("../../calendars/expected.jsonl").lines();
    let calendars = lines.filter_map(|line| {
        Some(serde_json::from_str::<Value>(line).ok()?["ics"].as_str()?.as_bytes().to_vec())
    });
    calendars.collect()
}

fn package(bytes: &[u8]) {
    honest(archive::verify(bytes));
    honest(archive::read_manifest(bytes));
}

fn packages() -> Vec<Vec<u8>> {
    vec![packed(archive::Format::TarZst)]
}

fn zips() -> Vec<Vec<u8>> {
    vec![packed(archive::Format::Zip)]
}

fn packed(format: archive::Format) -> Vec<u8> {
    let entry = |path: &str, role: &str| archive::Entry {
        path: path.into(),
        executable: role == "script",
        role: role.into(),
        source: archive::Source::Bytes(path.repeat(9).into_bytes()),
        source_commit: None,
    };
    let plan = archive::Plan {
        product: "shop".into(),
        hotfix: "HF-1".into(),
        entries: vec![entry("bin/run.sh", "script"), entry("shop.toml", "configuration")],
        removed: vec!["old.py".into()],
        format,
        ..archive::Plan::default()
    };
    let built = archive::build(plan, &mut (), None, &mut |_| true).expect("a package");
    let mut bytes = Vec::new();
    built.reader().read_to_end(&mut bytes).expect("its bytes");
    bytes
}

/// A signature of `bytes`, and the key that it is by.
fn signed() -> &'static (String, archive::sign::Public) {
    static SIGNED: LazyLock<(String, archive::sign::Public)> = LazyLock::new(|| {
        let (secret, public) = archive::sign::generate().expect("a key");
        let text = archive::sign::sign(&secret, &b"bytes"[..], "hotfix:HF-1");
        (text.expect("a signature"), public)
    });
    &SIGNED
}

fn signature(bytes: &[u8]) {
    let text = text(bytes);
    honest(archive::sign::claim(&text));
    honest(archive::sign::check(&signed().1, &text, &b"bytes"[..]));
    honest(archive::sign::Public::parse(&text));
}

fn signatures() -> Vec<Vec<u8>> {
    let (text, public) = signed();
    vec![text.clone().into_bytes(), public.file().into_bytes()]
}

fn journal(bytes: &[u8]) {
    honest(verify_export(bytes));
}

fn journals() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    workspace().export(&mut out).expect("the sample is exported");
    // Whole records, and few enough for a mutation to hit something.
    let cut = out.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(40);
    vec![out[..cut.map_or(out.len(), |(at, _)| at + 1)].to_vec()]
}

fn recipe(bytes: &[u8]) {
    drop(Recipe::check(&text(bytes)));
}

fn recipes() -> Vec<Vec<u8>> {
    let folder =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/core/integrations/deploy/recipes");
    let files = fs::read_dir(folder).expect("the shipped recipes").flatten();
    files.filter_map(|file| fs::read(file.path()).ok()).collect()
}

fn filled(bytes: &[u8]) {
    honest(template::render("body", &text(bytes), &template::example()));
}

fn templates() -> Vec<Vec<u8>> {
    ["{{ key }}: {{ title }}", "{% for one in issues %}{{ one }}, {% endfor %}{{ owner|upper }}"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

fn markdown(bytes: &[u8]) {
    let html = report::markdown(&text(bytes)).to_ascii_lowercase();
    for never in ["<script", "<style", "<iframe", "<form", "<svg", "<object"] {
        assert!(!html.contains(never), "{never} came through: {html}");
    }
}

fn texts() -> Vec<Vec<u8>> {
    ["# A\n\n| a | b |\n|---|---|\n| [x](javascript:1) | <b onclick=x>y</b> |", "<svg/onload=1>"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

fn issues(mut bytes: &[u8]) {
    let whole = bytes;
    let Some(shape) = honest(look(&mut bytes, &Wishes::default())) else { return };
    let Some(rows) = honest(Rows::new(whole, &shape, "Europe/Berlin")) else { return };
    for row in rows {
        honest(row);
    }
}

fn files() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/core/import/fixtures");
    let files = fs::read_dir(folder).expect("the exports of others").flatten();
    files.filter_map(|file| fs::read(file.path()).ok()).collect()
}

fn letter(bytes: &[u8]) {
    let item = mail::item(bytes, None);
    assert!(!item.id.is_empty() && !item.title.is_empty(), "a mail without a name");
}

fn letters() -> Vec<Vec<u8>> {
    let mixed = "From: Greta <g@customer.example>\r\nMessage-ID: <1@customer.example>\r\n\
        In-Reply-To: <0@shop.example>\r\nSubject: =?utf-8?q?Kasse_h=C3=A4ngt?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\
        \r\n\r\n<p>It h=E4ngt<blockquote>before</blockquote>\r\n--b\r\n\
        Content-Type: text/plain; name=log.txt\r\nContent-Disposition: attachment\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--b--\r\n";
    let plain = "Subject: x\r\n\r\nYes.\r\n\r\nOn Monday Sam wrote:\r\n> No?\r\n";
    [mixed, plain].map(|text| text.as_bytes().to_vec()).into()
}

fn page(bytes: &[u8]) {
    drop(html::text(&text(bytes)));
}

fn pages() -> Vec<Vec<u8>> {
    ["<p>a<br>b<script>c</script><a href='http://x.example'>y</a>", "<table><tr><td>1<td>2</table>"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

/// A report of any kind: what is read of it is bounded, and can be kept and compared with itself.
fn report(bytes: &[u8]) {
    let Some(report) = honest(evidence::read(bytes)) else { return };
    let mut kept = Vec::new();
    honest(list::write(&report, &mut kept));
    let again = honest(list::read(kept.as_slice())).expect("what was written can be read");
    assert_eq!(again.cases, report.cases);
    let same = evidence::compare(&report.cases, &again.cases);
    assert!(same.newly.is_empty() && same.mended.is_empty() && same.missing.is_empty());
}

fn samples(ending: &str) -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/reports");
    let files = fs::read_dir(folder).expect("the reports of others").flatten();
    let files = files.filter(|file| file.path().extension().is_some_and(|one| one == ending));
    files.filter_map(|file| fs::read(file.path()).ok()).collect()
}

fn reports() -> Vec<Vec<u8>> {
    samples("xml")
}

fn tap(bytes: &[u8]) {
    let whole = [b"TAP version 14\n".as_slice(), bytes].concat();
    report(&whole);
    honest(evidence::read_output(bytes));
}

fn printed() -> Vec<Vec<u8>> {
    samples("tap")
}

fn stored(bytes: &[u8]) {
    honest(list::read(bytes));
}

fn lists() -> Vec<Vec<u8>> {
    let read = |bytes: Vec<u8>| evidence::read(bytes.as_slice()).ok();
    let kept = samples("xml").into_iter().filter_map(read).filter_map(|report| {
        let mut out = Vec::new();
        list::write(&report, &mut out).ok().map(|()| out)
    });
    kept.collect()
}

/// A workspace to ask; it goes with the process.
fn workspace() -> &'static Desk {
    static DESK: LazyLock<(tempfile::TempDir, Desk)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Desk::sample(&folder.path().join("s.hotfix"), 40, 7, Options::default());
        (folder, desk.expect("the sample is made"))
    });
    &DESK.1
}

fn search(bytes: &[u8]) {
    honest(workspace().call("search", json!({ "text": text(bytes) })));
}

fn searches() -> Vec<Vec<u8>> {
    [
        "checkout",
        "\"exact words\" -not pre*",
        "state:new product:shop priority:1",
        "ISS-1",
        "支払い",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

/// The first line is a name of `api.rs`, the rest its request. Actions are left out: they write files.
fn request(bytes: &[u8]) {
    let all = text(bytes);
    let (name, request) = all.split_once('\n').unwrap_or((&all, "{}"));
    let asked = ENTRIES.iter().find(|entry| entry.name == name);
    let Some(entry) = asked.filter(|entry| matches!(entry.kind, Kind::Query | Kind::Command))
    else {
        return;
    };
    if let Ok(request) = serde_json::from_str(request) {
        honest(workspace().call(entry.name, request));
    }
}

fn requests() -> Vec<Vec<u8>> {
    let names = ENTRIES.iter().filter(|entry| matches!(entry.kind, Kind::Query | Kind::Command));
    let plain = names.map(|entry| format!("{}\n{{\"key\":\"ISS-1\",\"text\":\"x\"}}", entry.name));
    let mut all: Vec<_> = plain.map(String::into_bytes).collect();
    all.push(b"issue_log\n{\"text\":{\"title\":\"x\"},\"affected\":2}".to_vec());
    all.push(b"issue_list\n{\"all\":true,\"sort\":\"newest\",\"limit\":3}".to_vec());
    all
}
