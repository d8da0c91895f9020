//! What mends it, in the real window: commits picked from a repository, a diff of more than 100,000
//! lines, a configuration change, and where the fix is not yet; in the light and in the dark, without a
//! finding of axe-core.

use super::{THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

pub fn change(desktop: &mut Desktop, folder: &Path) {
    let shop = tempfile::tempdir().expect("a temporary folder can be made");
    let repository = shop.path().join("lantern-loom");
    let long = make_repository(&repository);
    let file = fresh(folder, "change.hotfix");
    prepare(&file, &repository);
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1280, 800);
    let mut wrong = Vec::new();

    go(&window, "#/fix/HF-1");
    window.expect_text("The commit that mends it");
    wrong.extend(look(&window, "change-empty", &THEMES));
    window.click("button", "Record a change");
    let form = window.within("form", "Change");
    form.expect("button", "Round the price half up");
    form.click("button", "Import the price list");
    form.click("button", "Round the price half up");
    form.expect_text("Each order's total changes by a cent.");
    wrong.extend(look(&window, "change-pick", &THEMES));
    form.click("button", "Add 2 changes");
    window.expect_text("2 changes added");
    window.expect_text("Living branches");
    window.expect_text("cherry-picked");
    window.expect_text("with another patch: conflicts were resolved");
    window.expect_text("missing");
    window.within("list", "Commits").click("button", "Round the price half up");
    window.expect_text("Take ISS-2 in");
    wrong.extend(look(&window, "change-known", &THEMES));
    window.click("button", "Take ISS-2 in");
    window.expect_text("ISS-2 joined");

    window.click("button", "Record a configuration change");
    let form = window.within("form", "Configuration change");
    form.fill("What is configured", "limits.toml");
    form.fill("As it was", "timeout = 5, retries = 3");
    form.fill("As it is to be", "timeout = 30, retries = 3");
    form.choose("Where", "Production");
    wrong.extend(look(&window, "change-setting", &THEMES));
    form.click("button", "Save configuration change");
    window.click("button", "Diff of limits.toml");
    window.expect_text("timeout = 30");
    wrong.extend(look(&window, "change-setting-diff", &THEMES));
    window.press("Escape");

    long_diff(&window, &long, &mut wrong);
    window.click("button", "Check again");
    window.expect_text("Looked on every living branch");
    window.resize(1024, 640);
    window.script("document.getElementById('part-change').scrollIntoView()", &[]);
    wrong.extend(look(&window, "change-small", &THEMES));
    window.click("button", "Record risk");
    window.wait_until("the risk begins with what the commit says", |window| {
        let told = "return [...document.querySelectorAll('textarea')].some((one) => one.value.includes('by a cent'))";
        window.script(told, &[]).as_bool().filter(|told| *told)
    });
    nothing_wrong(&wrong);
}

/// More than 100,000 lines, by keyboard: files, ends, and no frame that one would feel.
fn long_diff(window: &Window, commit: &str, wrong: &mut Vec<String>) {
    window.click("button", &format!("Diff of {commit}"));
    window.expect_text("file 1 of 5");
    window.expect_text("lines");
    wrong.extend(look(window, "change-diff", &THEMES));
    window.press("n");
    window.expect_text("file 2 of 5");
    window.press("n");
    window.press("n");
    window.expect_text("file 4 of 5");
    wrong.extend(look(window, "change-diff-further", &THEMES));
    window.press("End");
    window.expect_text("file 5 of 5");
    window.press("Home");
    window.expect_text("file 1 of 5");
    window.press("?");
    window.expect_text("Next hunk");
    wrong.extend(look(window, "change-diff-keys", &THEMES));
    window.press("Escape");
    window.press("]");
    window.press("]");
    window.expect_text("file 2 of 5");
    window.press("[");
    window.expect_text("file 1 of 5");
    window.script(SCROLL, &[]);
    let frames = window.patient(120).wait_until("it has been scrolled through", |window| {
        let told = window.script("return window.frames_ ?? null", &[]);
        Some((told["usual"].as_f64()?, told["worst"].as_f64()?))
    });
    println!(
        "demo: 110,000 lines scrolled: 95 of 100 frames within {:.0} ms, all within {:.0} ms",
        frames.0, frames.1
    );
    wrong.extend(look(window, "change-diff-end", &THEMES));
    window.press("Escape");
}

/// Scrolls from the beginning to the end in 120 frames, and tells how long they took.
const SCROLL: &str = "
    const box = document.querySelector('[role=listbox][aria-label^=\"Lines of\"]');
    const all = box.scrollHeight - box.clientHeight;
    const took = [];
    let last = performance.now();
    const next = () => {
        const now = performance.now();
        took.push(now - last);
        last = now;
        if (took.length > 120) {
            took.sort((a, b) => a - b);
            window.frames_ = { usual: took[Math.floor(took.length * 0.95)], worst: took.at(-1) };
            return;
        }
        box.scrollTop = all * took.length / 120;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
";

pub(super) fn prepare(file: &Path, repository: &Path) {
    let desk = Desk::create(file, "Lantern & Loom", Options::default()).expect("it can be made");
    let call = |name: &str, request: Value| {
        desk.call(name, request.clone()).unwrap_or_else(|error| panic!("{name} {request}: {error}"))
    };
    let environment = |id: &str, name: &str, production: bool| json!({ "id": id, "name": name, "production": production, "soak_minutes": 0, "targets": [] });
    call(
        "catalog_save",
        json!({ "object": {
        "kind": "product", "id": "shop", "name": "Lantern & Loom", "repository": repository,
        "branches": ["main", "release/4.8", "release/4.7", "release/4.6"],
        "environments": [
            environment("staging", "Staging", false), environment("production", "Production", true),
        ],
    } }),
    );
    for title in ["The total of an order is a cent off", "Receipts differ from invoices"] {
        let report = json!({ "text": { "title": title }, "product": "shop" });
        let key = call("issue_log", report)["key"].clone();
        call(
            "issue_triage",
            json!({
                "keys": [key], "impact_system": "low", "impact_users": "high",
                "impact_business": "medium", "urgency": "high",
            }),
        );
    }
    call("fix_new", json!({ "issues": ["ISS-1"] }));
}

fn git(repository: &Path, words: &[&str]) -> bool {
    let done = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["-c", "user.name=Mara Keller", "-c", "user.email=mara@example.org"])
        .args(["-c", "core.editor=true"])
        .args(words)
        .output()
        .expect("git runs");
    done.status.success()
}

/// `main` with the fix and a very long list; one branch has the fix as it is, one with its conflicts
/// resolved, one not at all. Answers the beginning of the commit with the long list.
pub(super) fn make_repository(repository: &Path) -> String {
    std::fs::create_dir_all(repository).expect("a folder can be made");
    let must = |words: &[&str]| assert!(git(repository, words), "git {words:?}");
    let write = |file: &str, text: &[u8]| {
        let path = repository.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    };
    let commit = |message: &str| {
        must(&["add", "-A"]);
        must(&["commit", "-q", "-m", message]);
    };
    must(&["init", "-q", "-b", "main"]);
    let pricing =
        |rate: &str| format!("def total(items):\n    net = sum(items)\n    return {rate}\n");
    write("shop/pricing.py", pricing("round(net, 2)").as_bytes());
    let names: String = (0..40).map(|n| format!("{n};product {n}\n")).collect();
    write("lists/old names.csv", names.as_bytes());
    write("logo.png", b"\x89PNG\0one");
    write("lists/prices.csv", b"");
    write("lists/latin.txt", b"caf\xe9\n");
    commit("The shop");
    for branch in ["release/4.8", "release/4.7", "release/4.6"] {
        must(&["branch", branch]);
    }
    write("shop/pricing.py", pricing("half_up(net)").as_bytes());
    commit(
        "Round the price half up\n\nISS-1 and ISS-2, see acme/shop#77.\n\n## Risks\n\nEach order's total changes by a cent.\n",
    );
    must(&["checkout", "-q", "release/4.8"]);
    write("notes.txt", b"4.8 lives until spring\n");
    commit("How long 4.8 lives");
    must(&["cherry-pick", "main"]);
    must(&["checkout", "-q", "release/4.7"]);
    write("shop/pricing.py", pricing("round(net, 3)").as_bytes());
    commit("Three digits on 4.7");
    assert!(!git(repository, &["cherry-pick", "-x", "main"]), "it conflicts");
    write("shop/pricing.py", pricing("half_up(net, 3)").as_bytes());
    must(&["add", "-A"]);
    must(&["cherry-pick", "--continue"]);
    must(&["checkout", "-q", "main"]);
    let prices: String = (0..110_000).map(|n| format!("{n};{}\n", n * 7 % 1000)).collect();
    write("lists/prices.csv", prices.as_bytes());
    must(&["mv", "lists/old names.csv", "lists/names.csv"]);
    write("lists/names.csv", names.replace("product 7\n", "lantern seven").as_bytes());
    write("logo.png", b"\x89PNG\0two");
    write("lists/latin.txt", b"caf\xe9 au lait\n");
    write("zuletzt/no end.txt", b"no newline at its end");
    commit("Import the price list\n\nRisk: none");
    let newest = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["rev-parse", "--short=7", "HEAD"])
        .output()
        .expect("git runs");
    String::from_utf8_lossy(&newest.stdout).trim().chars().take(7).collect()
}
