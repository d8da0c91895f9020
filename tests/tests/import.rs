//! Files of issues through the real program: exactly, once, all or nothing, whatever happens meanwhile.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    child::dies_with_us,
    ground::{call, open},
    program::{self, Ended, hotfix, run},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

const NAUGHTY: &str = include_str!("../data/naughty.json");
const TEXTS: [&str; 7] =
    ["title", "description", "steps", "expected", "actual", "workaround", "tell_caller"];

fn workspace(folder: &Path) -> PathBuf {
    let path = folder.join("a.hotfix");
    drop(Desk::create(&path, "Files", Options::default()).unwrap());
    path
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn import(workspace: &Path, words: &[&str]) -> Ended {
    hotfix(workspace, ["issue", "import"].iter().chain(words))
}

fn counts(answer: &Value) -> (u64, u64, usize) {
    let number = |name: &str| answer[name].as_u64().unwrap();
    (number("imported"), number("skipped"), answer["errors"].as_array().unwrap().len())
}

fn total(workspace: &Path) -> u64 {
    call(&open(workspace), "issue_list", json!({ "all": true }))["total"].as_u64().unwrap()
}

fn whole(workspace: &Path) {
    assert_eq!(hotfix(workspace, ["audit", "verify"]).expect(0).json()["ok"], true);
    let before = hotfix(workspace, ["dump"]).expect(0).out;
    hotfix(workspace, ["rebuild"]).expect(0);
    assert!(before == hotfix(workspace, ["dump"]).expect(0).out, "a rebuild gives the same views");
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A table with these texts in every field of a row, and the same as lines of JSON.
fn table_and_lines(texts: &[String]) -> (String, String) {
    let mut table = format!("id,{}\n", TEXTS.join(","));
    let mut lines = String::new();
    for (index, text) in texts.iter().enumerate() {
        let cells = vec![quoted(text); TEXTS.len()];
        table.push_str(&format!("{index},{}\n", cells.join(",")));
        let mut object = json!({ "id": index });
        for field in TEXTS {
            object[field] = text.as_str().into();
        }
        lines.push_str(&format!("{object}\n"));
    }
    (table, lines)
}

#[test]
fn naughty_strings_come_back_exactly_from_every_field_of_a_table_and_of_json() {
    let naughty: Vec<String> = serde_json::from_str(NAUGHTY).unwrap();
    let texts: Vec<String> = naughty.into_iter().filter(|text| !text.trim().is_empty()).collect();
    assert!(texts.len() >= 200);
    let (table, lines) = table_and_lines(&texts);
    for (name, content) in [("naughty.csv", table), ("naughty.jsonl", lines)] {
        let folder = tempfile::tempdir().unwrap();
        let path = workspace(folder.path());
        let file = file(folder.path(), name, content);
        let answer = import(&path, &[&file]).expect(0).json();
        assert_eq!(counts(&answer), (texts.len() as u64, 0, 0), "{answer}");
        let desk = open(&path);
        for (index, text) in texts.iter().enumerate() {
            let key = format!("ISS-{}", index + 1);
            let shown = if index % 40 == 0 {
                hotfix(&path, ["issue", "show", &key]).expect(0).json()
            } else {
                call(&desk, "issue_show", json!({ "key": key }))["issue"].clone()
            };
            for field in TEXTS {
                assert_eq!(shown["text"][field], *text, "{name}, {field} of {key}");
            }
        }
        whole(&path);
    }
}

#[test]
fn texts_of_ten_megabytes_come_back_exactly_from_every_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let mut text = "Zahlung hängt, \"sagt\" sie. 検索が空 💥\r\n".repeat(230_000);
    text.push_str("Ende");
    assert!(text.len() > 10 << 20);
    let (table, _) = table_and_lines(std::slice::from_ref(&text));
    let line = json!({ "title": "One", "description": text }).to_string();
    for (name, content, key, fields) in
        [("long.csv", table, "ISS-1", &TEXTS[..]), ("long.jsonl", line, "ISS-2", &TEXTS[1..2])]
    {
        let file = file(folder.path(), name, content);
        assert_eq!(counts(&import(&path, &[&file]).expect(0).json()), (1, 0, 0));
        let shown = hotfix(&path, ["issue", "show", key]).expect(0).json();
        for field in fields {
            assert!(shown["text"][field] == text.as_str(), "{name}, {field}");
        }
    }
}

#[test]
fn the_same_file_twice_or_under_another_name_makes_no_twins_and_a_dry_run_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let content = "title,description\nOne,1\nTwo,2\nOne,1\n";
    let one = file(folder.path(), "one.csv", content);
    let other =
        file(folder.path(), "other.csv", format!("\u{FEFF}{content}New,3\n").replace(',', ";"));
    let dry = import(&path, &[&one, "--dry-run"]).expect(0).json();
    assert_eq!((counts(&dry), total(&path)), ((3, 0, 0), 0));
    let first = import(&path, &[&one]).expect(0).json();
    assert_eq!(counts(&first), (3, 0, 0), "the same report twice in one file is two reports");
    assert_eq!((&first["first"], &first["last"]), (&json!("ISS-1"), &json!("ISS-3")));
    assert_eq!(counts(&import(&path, &[&one]).expect(0).json()), (0, 3, 0));
    let again = import(&path, &[&other, "--dry-run"]).expect(0).json();
    assert_eq!(counts(&again), (1, 3, 0));
    assert_eq!(counts(&import(&path, &[&other]).expect(0).json()), (1, 3, 0));
    assert_eq!(total(&path), 4);
    let mut command = Command::new(program::path());
    command.arg("--json").arg("-W").arg(&path).args(["issue", "import", "-"]);
    let piped = run(&mut command, content).expect(0).json();
    assert_eq!(counts(&piped), (0, 3, 0));
    // A row with an id is known by it, whatever else has changed.
    let ids = file(folder.path(), "ids.csv", "id,title\n7,One\n7,Again\n8,Eight\n");
    assert_eq!(counts(&import(&path, &[&ids]).expect(0).json()), (2, 1, 0));
    let changed = file(folder.path(), "changed.csv", "id,title\n7,Another\n9,Nine\n");
    assert_eq!(counts(&import(&path, &[&changed]).expect(0).json()), (1, 1, 0));
    let elsewhere = import(&path, &[&changed, "--source", "the old tracker"]).expect(0).json();
    assert_eq!(counts(&elsewhere), (2, 0, 0));
    whole(&path);
}

#[test]
fn with_a_bad_row_nothing_is_kept_unless_bad_rows_are_to_be_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let content =
        b"title,product,created,affected\nOne,,2024-01-02,3\n,,,\n ,shop,,\nTwo\nThree,moon,,\n\
        Four,,soon,\nFive,,,0\nSi\xE4x \xC3\xA4\xC3\xA4,,,\nSeven,,,\n";
    let file = file(folder.path(), "bad.csv", content);
    let refused = import(&path, &[&file]).expect(1).json();
    assert_eq!(counts(&refused), (0, 0, 6));
    let lines: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|e| e["line"].clone()).collect();
    assert_eq!(json!(lines), json!([4, 5, 6, 7, 8, 9]));
    let told = refused["errors"].to_string();
    for part in [
        "title is missing",
        "1 cells and the header 4",
        "no product “moon”",
        "“soon”",
        "At least one",
        "0xE4",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(total(&path), 0);
    let packed = r#"[{"title":"One"},{"title":""},{"title":"Three"}]"#;
    let packed = self::file(folder.path(), "packed.json", packed);
    let told = import(&path, &[&packed]).expect(1).json()["errors"][0].clone();
    assert_eq!(told["line"], 1);
    assert!(told["message"].as_str().unwrap().starts_with("Object 2: The title"), "{told}");
    assert_eq!(import(&path, &[&file, "--dry-run"]).expect(1).json()["imported"], 2);
    let kept = import(&path, &[&file, "--skip-bad"]).expect(0).json();
    assert_eq!((counts(&kept), total(&path)), ((2, 0, 6), 2));
    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!((&shown["affected"], &shown["channel"]), (&json!(3), &json!("import")));
    assert!(shown["reported_at"].as_str().unwrap().starts_with("2024-01-0"), "{shown}");
}

#[test]
fn what_is_closed_elsewhere_comes_closed_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let content = "Issue key,Summary,Status,Created\nA-1,Open one,In Progress,19/Nov/24 3:04 PM\n\
        A-2,Closed one,Done,19/Nov/24 3:04 PM\n";
    let file = file(folder.path(), "jira.csv", content);
    let path = workspace(folder.path());
    let skipped = import(&path, &[&file, "--closed", "skip"]).expect(0).json();
    assert_eq!((counts(&skipped), &skipped["format"]), ((1, 1, 0), &json!("jira")));
    let rest = import(&path, &[&file]).expect(0).json();
    assert_eq!((counts(&rest), &rest["closed"]), ((1, 1, 0), &json!(1)));
    let shown = hotfix(&path, ["issue", "show", "ISS-2"]).expect(0).json();
    assert_eq!(
        (&shown["state"], &shown["text"]["title"]),
        (&json!("closed"), &json!("Closed one"))
    );
    assert_eq!(shown["origin"], json!({ "source": "jira", "id": "A-2", "url": "" }));
    assert_eq!(hotfix(&path, ["issue", "list"]).expect(0).lines().len(), 1);
}

#[test]
fn every_encoding_is_read_by_itself_or_by_name_and_columns_are_mapped_as_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let text = "Was;Wer\nKäse hängt;Jürgen\n";
    let wide: Vec<u8> =
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let map = ["--map", "title=Was", "--map", "reporter=#2"];
    for (index, (content, more)) in [
        (wide, &[][..]),
        (latin.clone(), &[]),
        (latin, &["--encoding", "latin1"]),
        (
            b"Was;Wer\n\x8C\x9F\x8D\xF5;x\n".to_vec(),
            &["--encoding", "shift_jis", "--separator", ";"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let source = format!("file {index}");
        let file = file(folder.path(), "file.csv", content);
        let words = [&[file.as_str(), "--source", &source], &map[..], more].concat();
        assert_eq!(counts(&import(&path, &words).expect(0).json()), (1, 0, 0), "{words:?}");
        let shown =
            hotfix(&path, ["issue", "show", &format!("ISS-{}", index + 1)]).expect(0).json();
        let expected = if index == 3 { "検索" } else { "Käse hängt" };
        assert_eq!(shown["text"]["title"], expected);
    }
}

#[test]
fn wrong_use_is_2_and_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let good = file(folder.path(), "good.csv", "title\nOne\n");
    let empty = file(folder.path(), "empty.csv", "");
    let untitled = file(folder.path(), "untitled.csv", "colour,size\nred,4\n");
    let nowhere = folder.path().join("nowhere.csv");
    let here = folder.path().to_str().unwrap();
    for (words, place) in [
        (&["--map", "title=Nothing", &good][..], "map"),
        (&["--map", "colour=title", &good], "how.map[0].field"),
        (&["--encoding", "klingon", &good], "encoding"),
        (&["--product", "moon", &good, "--dry-run", "--zone", "Moon/Base"], "zone"),
        (&["--separator", "ab", &good], "how.separator"),
        (&[&empty], "path"),
        (&[&untitled], "map"),
        (&[nowhere.to_str().unwrap()], "path"),
        (&[here], "path"),
    ] {
        let ended = import(&path, words).expect(2);
        assert_eq!(
            (ended.error()["where"].as_str(), ended.out.as_str()),
            (Some(place), ""),
            "{words:?}"
        );
    }
    assert_eq!(import(&path, &["--map", "title", &good]).expect(2).error()["kind"], "invalid");
    assert_eq!(total(&path), 0);
}

/// A table of so many reports.
fn table(rows: u32) -> String {
    let mut table = String::from("id,title,description,component\n");
    for row in 0..rows {
        table.push_str(&format!(
            "{row},Checkout hangs in shop {row},Nothing happens after “Pay” in order {}.,Checkout\n",
            row * 7
        ));
    }
    table
}

#[test]
fn two_programs_that_import_the_same_file_at_once_make_no_twins() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let file = file(folder.path(), "race.csv", table(300));
    for more in [&[][..], &["--skip-bad"]] {
        let answers: Vec<Value> = thread::scope(|scope| {
            let both: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        import(&path, &[&[file.as_str()], more].concat()).expect(0).json()
                    })
                })
                .collect();
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (one, two) = (counts(&answers[0]), counts(&answers[1]));
        assert_eq!(one.0 + one.1, 300);
        assert_eq!(two.0 + two.1, 300);
        assert_eq!(total(&path), 300, "{answers:?}");
    }
    whole(&path);
}

#[test]
fn an_import_that_is_killed_leaves_all_of_it_or_nothing_and_can_be_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), "long.csv", table(6_000));
    let mut broken_off = 0;
    for (round, wait) in [150, 400, 800, 1_200].into_iter().enumerate() {
        let place = folder.path().join(round.to_string());
        std::fs::create_dir(&place).unwrap();
        let path = workspace(&place);
        let parts = round % 2 == 1;
        let mut command = dies_with_us(program::path());
        command.arg("-W").arg(&path).args(["issue", "import", &content]);
        if parts {
            command.arg("--skip-bad");
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = total(&path);
        broken_off += u32::from(left < 6_000);
        if !parts {
            assert!(left == 0 || left == 6_000, "{left} rows are left of all or nothing");
        }
        assert_eq!(hotfix(&path, ["audit", "verify"]).expect(0).json()["ok"], true);
        let again = import(&path, &[&content]).expect(0).json();
        assert_eq!(counts(&again), (6_000 - left, left, 0));
        assert_eq!(total(&path), 6_000);
    }
    assert!(broken_off > 0, "no import was still running when it was killed");
}

#[test]
fn an_import_tells_how_far_it_is_and_one_that_is_cancelled_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let content = file(folder.path(), "long.csv", table(20_000));
    let desk = open(&path);
    let ask = |name: &str| call(&desk, name, json!({}));
    assert_eq!(ask("issue_import_progress")["done"], true, "nothing is under way");
    let error = thread::scope(|scope| {
        let running = scope.spawn(|| desk.call("issue_import", json!({ "path": content })));
        let mut far = ask("issue_import_progress");
        while far["rows"].as_u64() < Some(1_000) || far["checking"] == true {
            assert!(!running.is_finished(), "{far}");
            far = ask("issue_import_progress");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(far["bytes"].as_u64().unwrap() > 0 && far["done"] == false, "{far}");
        let second = desk.call("issue_import", json!({ "path": content })).unwrap_err();
        assert!(second.message.contains("Another import is under way"));
        ask("issue_import_cancel");
        running.join().unwrap().unwrap_err()
    });
    assert!(error.message.contains("Nothing was imported"), "{error}");
    let far = ask("issue_import_progress");
    assert_eq!((&far["done"], &far["error"]["where"]), (&json!(true), &json!("cancelled")));
    assert_eq!(total(&path), 0);
    let small = file(folder.path(), "small.csv", "title\nOne\n");
    assert_eq!(call(&desk, "issue_import", json!({ "path": small }))["imported"], 1);
}

#[test]
fn a_look_shows_the_first_rows_as_they_would_be_logged_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let desk = open(&path);
    let content = file(
        folder.path(),
        "look.csv",
        "Key;Betreff;Kunde;Erstellt\n1;Eins;Ann <ann@example.org>;19.11.2024 15:04\n2;;x;\n",
    );
    let look = call(&desk, "issue_import_look", json!({ "path": content }));
    assert_eq!(
        (&look["format"], &look["separator"], &look["encoding"]),
        (&json!("csv"), &json!(";"), &json!("utf-8"))
    );
    assert_eq!(look["columns"][1], json!({ "name": "Betreff", "sample": "Eins" }));
    assert!(
        look["mapping"]
            .as_array()
            .unwrap()
            .contains(&json!({ "field": "title", "columns": ["Betreff"] }))
    );
    let first = &look["rows"][0];
    assert_eq!(first["log"]["text"]["title"], "Eins");
    assert_eq!(
        first["log"]["text"]["reporter"],
        json!({ "name": "Ann", "reach": "ann@example.org" })
    );
    assert_eq!(first["log"]["origin"]["id"], "1");
    assert!(look["rows"][1]["error"].as_str().unwrap().contains("title is missing"));
    assert_eq!(total(&path), 0);
    call(&desk, "issue_import", json!({ "path": content, "skip_bad": true }));
    let look = call(&desk, "issue_import_look", json!({ "path": content }));
    assert_eq!(look["rows"][0]["known"], "ISS-1");
}
