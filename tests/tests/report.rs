//! The documentation of a hot fix as others get it: three formats that say the same, frozen at the close,
//! and a bundle that an auditor checks with a program of its own.

use hotfix_core::desk::{As, Desk, Options};
use hotfix_tests::{
    ground::call,
    paper::{pages, said, unpacked, verified},
    program::hotfix,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The sample, and a hot fix of it in this phase.
fn sample(phase: &str) -> (TempDir, PathBuf, Desk, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.hotfix");
    let desk = Desk::sample(&path, 40, 1, Options::default()).unwrap();
    let fixes = call(&desk, "fix_list", json!({ "all": true, "limit": 100 }));
    let fix = fixes["rows"].as_array().unwrap().iter().find(|row| row["phase"] == phase);
    let key = fix.expect("one in that phase")["key"].as_str().unwrap().to_owned();
    (folder, path, desk, key)
}

fn report(desk: &Desk, key: &str) -> String {
    let report = call(desk, "report", json!({ "key": key, "format": "md" }));
    report["text"].as_str().unwrap().to_owned()
}

/// Without what is said of later.
fn frozen(text: &str) -> &str {
    text.split_once("## After the close").expect("a closed one says so").0
}

#[test]
fn the_three_formats_say_the_same_and_a_pdf_has_pages_with_heads_and_numbers() {
    let (folder, path, desk, key) = sample("closed");
    drop(desk);
    let file = |ending: &str| folder.path().join(format!("{key}.{ending}"));
    for format in ["md", "html", "pdf"] {
        let out = file(format);
        let words = ["report", &key, "--format", format, "--out", out.to_str().unwrap()];
        assert_eq!(hotfix(&path, words).expect(0).json()["path"], out.to_str().unwrap());
    }
    let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let pdf = squeezed(said(&file("pdf")));
    let (md, html) = (squeezed(said(&file("md"))), squeezed(said(&file("html"))));
    let mut at = 0;
    for chapter in [
        "What was wrong, and for whom",
        "Priority, and why",
        "Root cause",
        "Solution, risk and way back",
        "Changes",
        "Package r1",
        "Approvals",
        "into Staging",
        "into Production",
        "Messages",
        "Monitoring",
        "Lessons",
        "Everything that happened",
        "After the close",
    ] {
        let place = pdf[at..].find(chapter);
        at += place.unwrap_or_else(|| panic!("{chapter} comes next in the PDF: {pdf}"));
        assert!(md.contains(chapter) && html.contains(chapter), "{chapter}");
    }
    let pages = pages(&file("pdf"));
    assert!(pages > 2, "{pages} pages");
    for page in 1..=pages {
        assert!(pdf.contains(&format!("Page {page} of {pages}")), "page {page}");
    }
    // To standard output, where that is text.
    let shown = hotfix(&path, ["report", &key]).expect(0).json();
    assert_eq!(shown["text"].as_str().unwrap(), fs::read_to_string(file("md")).unwrap());
    let refused = hotfix(&path, ["report", &key, "--format", "pdf"]).expect(2);
    assert!(refused.error()["message"].as_str().unwrap().contains("PDF"), "{refused:?}");
    // An existing file is never overwritten.
    let out = file("pdf");
    hotfix(&path, ["report", &key, "--format", "pdf", "--out", out.to_str().unwrap()]).expect(2);
}

#[test]
fn a_closed_report_is_frozen_and_says_what_came_later_apart() {
    let (_folder, _path, desk, key) = sample("closed");
    let before = report(&desk, &key);
    let fix = call(&desk, "fix_show", json!({ "key": key }));
    let issue = fix["hotfix"]["issues"][0].clone();
    let product = fix["hotfix"]["product"].clone();
    // Names change, and a report is opened again.
    let objects = call(&desk, "catalog_list", json!({}));
    for row in objects.as_array().unwrap() {
        let mut object = row["object"].clone();
        let named = object["kind"] == "person" || object["id"] == product;
        if named && object["name"].is_string() {
            object["name"] = json!(format!("Renamed {}", object["name"].as_str().unwrap()));
            call(&desk, "catalog_save", json!({ "object": object }));
        }
    }
    call(&desk, "issue_reopen", json!({ "keys": [issue], "reason": "It is back" }));
    let after = report(&desk, &key);
    assert_eq!(frozen(&before), frozen(&after));
    assert!(before.ends_with("Nothing has happened to it since.\n"), "{before}");
    let later = after.split_once("## After the close").unwrap().1;
    assert!(later.contains("reopened it") && later.contains("It is back"), "{later}");
    assert!(later.contains("Renamed"), "who acts now has the name of now: {later}");
}

#[test]
fn what_is_erased_after_the_close_is_gone_from_the_frozen_report() {
    let (folder, path, desk, key) = sample("closed");
    let fix = call(&desk, "fix_show", json!({ "key": key }));
    let issue = fix["hotfix"]["issues"][0].clone();
    let shown = call(&desk, "issue_show", json!({ "key": issue }))["issue"].clone();
    let title = shown["text"]["title"].as_str().unwrap().to_owned();
    let person = shown["people"][0]["contact"].clone();
    let name = person["name"].as_str().unwrap().to_owned();
    let before = report(&desk, &key);
    assert!(before.contains(&name), "{name} is named: {before}");
    call(
        &desk,
        "person_erase",
        json!({ "key": issue, "contact": person, "reason": "Asked to be forgotten" }),
    );
    call(
        &desk,
        "issue_redact",
        json!({ "key": issue, "place": { "of": "title" }, "reason": "A name in it" }),
    );
    let after = report(&desk, &key);
    assert!(!after.contains(&name), "{name} is still named");
    assert!(!after.contains(&title), "{title} still stands there");
    drop(desk);
    let zip = folder.path().join("b.zip");
    let made = hotfix(&path, ["bundle", &key, "--out", zip.to_str().unwrap()]).expect(0).json();
    assert!(made["own"].as_u64().unwrap() > 10, "{made}");
    let unpacked = unpacked(&zip, folder.path());
    assert!(verified(&unpacked.join("verify.py"), &unpacked).expect(0).out.starts_with("OK"));
    for file in ["journal.jsonl", "report.md", "timeline.json"] {
        assert!(!said(&unpacked.join(file)).contains(&name), "{name} in {file}");
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_bundle_is_whole_and_one_flipped_byte_anywhere_in_it_is_named() {
    let (folder, path, desk, key) = sample("closed");
    let fix = call(&desk, "fix_show", json!({ "key": key }));
    let issue = fix["hotfix"]["issues"][0].clone();
    // The head of now is what a live verification says.
    let head = call(&desk, "audit_verify", json!({}))["head"].clone();
    drop(desk);
    let zip = folder.path().join("b.zip");
    let made = hotfix(&path, ["bundle", &key, "--out", zip.to_str().unwrap()]).expect(0);
    assert!(made.errors.contains("structured part"), "what it gives away is said: {made:?}");
    let made = made.json();
    assert_eq!(made["packages"], true);
    let unpacked = unpacked(&zip, folder.path());
    let check = folder.path().join("check.py");
    fs::copy(unpacked.join("verify.py"), &check).unwrap();
    assert!(verified(&check, &zip).expect(0).out.starts_with("OK"), "as a zip");
    assert!(verified(&check, &unpacked).expect(0).out.starts_with("OK"), "unpacked");
    let proof: Value = serde_json::from_str(&said(&unpacked.join("proof.json"))).unwrap();
    assert_eq!(proof["head"]["hash"], head);
    // Of records of others nothing private is in it; of its own all.
    let journal = said(&unpacked.join("journal.jsonl"));
    let (mut own, mut others) = (0, 0);
    for line in journal.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        match record["own"].as_bool().unwrap() {
            true => own += 1,
            false => {
                others += 1;
                assert!(record["private"].is_null() && record["salt"].is_null(), "{line}");
            }
        }
    }
    assert_eq!((json!(own), json!(others)), (made["own"].clone(), made["others"].clone()));
    assert!(journal.contains(issue.as_str().unwrap()) && others > 0);
    // Every file, in its midst.
    let all = files(&unpacked);
    assert!(all.iter().any(|file| file.to_string_lossy().contains("/packages/")), "{all:?}");
    for file in &all {
        let whole = fs::read(file).unwrap();
        let mut broken = whole.clone();
        let place = whole.len() / 2;
        broken[place] ^= 1;
        fs::write(file, &broken).unwrap();
        let told = verified(&check, &unpacked).expect(1).out;
        let name = file.strip_prefix(&unpacked).unwrap().to_string_lossy().into_owned();
        assert!(told.contains(&name), "{name}: {told}");
        fs::write(file, &whole).unwrap();
    }
    // A record that was changed together with the list of files is named by its number.
    let lines: Vec<&str> = journal.lines().collect();
    let at = lines.len() / 2;
    let mut changed: Value = serde_json::from_str(lines[at]).unwrap();
    changed["actor"] = json!("mallory");
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    lines[at] = changed.to_string();
    fs::write(unpacked.join("journal.jsonl"), lines.join("\n")).unwrap();
    let told = verified(&check, &unpacked).expect(1).out;
    assert!(told.contains(&format!("record {}", changed["seq"])), "{told}");
    // A part that was left out by its number, and a file that nobody listed.
    lines.remove(at);
    fs::write(unpacked.join("journal.jsonl"), lines.join("\n")).unwrap();
    fs::write(unpacked.join("extra.txt"), "x").unwrap();
    let told = verified(&check, &unpacked).expect(1).out;
    assert!(told.contains("missing") && told.contains("extra.txt"), "{told}");
    // Without its packages it says so.
    let small = folder.path().join("small.zip");
    let words = ["bundle", &key, "--without-packages", "--out", small.to_str().unwrap()];
    let made = hotfix(&path, words).expect(0).json();
    assert_eq!(made["packages"], false);
    assert!(made["absent"][0].as_str().unwrap().contains("left out"), "{made}");
    verified(&check, &small).expect(0);
}

#[test]
fn any_script_any_length_and_what_looks_like_markup_is_set_as_it_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hotfix");
    let desk = Desk::create(&path, "Words", Options::default()).unwrap();
    let owner = As { person: Some("owner".into()), ..As::default() };
    let call = |name: &str, request: Value| {
        desk.call_as(name, request, &owner).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    call(
        "catalog_save",
        json!({ "object": { "kind": "product", "id": "shop", "name": "Shop <b>", "environments": [
            { "id": "production", "name": "Production", "production": true, "soak_minutes": 0, "targets": [] },
        ] } }),
    );
    let texts = [
        "<script>alert(1)</script> # no heading\n- no list".to_owned(),
        "السلة فارغة بعد الدفع 购物车是空的 🦊 корзина пуста".to_owned(),
        format!("begin {} end-of-it", "word ".repeat(20_000)),
        format!("begin {} end-of-it", "x".repeat(100_000)),
    ];
    let mut issues = Vec::new();
    for at in 0..32 {
        let text = json!({ "title": format!("Report {at}"), "description": texts[at % 4] });
        issues.push(call("issue_log", json!({ "text": text, "product": "shop" }))["key"].clone());
    }
    call(
        "issue_triage",
        json!({ "keys": issues, "impact_system": "low", "impact_users": "low", "impact_business": "low", "urgency": "low" }),
    );
    let key = call("fix_new", json!({ "issues": issues }))["key"].as_str().unwrap().to_owned();
    let out = |ending: &str| folder.path().join(format!("r.{ending}"));
    let begun = Instant::now();
    for format in ["md", "html", "pdf"] {
        call("report_save", json!({ "key": key, "format": format, "path": out(format) }));
    }
    // Debug build, two cores that others use as well: what matters is that it ends.
    assert!(begun.elapsed() < Duration::from_secs(60), "it took {:?}", begun.elapsed());
    let html = said(&out("html"));
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"));
    let pdf = said(&out("pdf"));
    assert!(pages(&out("pdf")) >= 300, "{} pages", pages(&out("pdf")));
    assert_eq!(pdf.matches("end-of-it").count(), 16, "nothing is cut off");
    for part in ["<script>alert(1)</script>", "购物车是空的", "корзина пуста", "Shop <b>"]
    {
        assert!(pdf.contains(part), "{part}");
    }
    assert!(pdf.contains("As of "), "an open one says as of when it is");
    // One at a time, and it can be stopped: what was begun leaves nothing.
    let stopped = std::thread::scope(|scope| {
        let path = out("stopped.pdf");
        let request = json!({ "key": key, "format": "pdf", "path": path });
        let (desk, owner) = (&desk, &owner);
        let writing = scope.spawn(move || desk.call_as("report_save", request, owner));
        let begun = Instant::now();
        let sets = |far: Value| far["doing"] == "setting" && far["done"] == false;
        while !sets(call("report_progress", json!({}))) {
            assert!(begun.elapsed() < Duration::from_secs(30), "it begins");
            std::thread::sleep(Duration::from_millis(2));
        }
        call("report_cancel", json!({}));
        writing.join().unwrap()
    });
    assert!(stopped.unwrap_err().message.contains("cancelled"));
    assert!(!out("stopped.pdf").exists());
}
