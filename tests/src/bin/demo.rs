//! `make demo`: the real window, told a story, without a hand. It logs a real issue, triages it and
//! takes it into a hot fix, then looks at every screen of the sample workspace. Screenshots are
//! left in `target/demo`. The whole rollout over real endpoints is `tests/tests/journey.rs`.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::desktop::Desktop;

fn main() {
    let folder = hotfix_tests::demo_folder();
    std::fs::create_dir_all(&folder).expect("target/demo can be made");
    let file = folder.join("sample.hotfix");
    for ending in ["", "-wal", "-shm"] {
        let old = format!("{}{ending}", file.display());
        if std::path::Path::new(&old).exists() {
            std::fs::remove_file(&old).expect("the last demo can be removed");
        }
    }
    drop(Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made"));

    let mut desktop = Desktop::start("demo");
    first_start(&mut desktop);
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);

    window.expect_text("Waiting for me");
    window.shot("01-home");
    go(&window, "#/inbox");
    window.expect_text("Inbox");
    window.shot("02-inbox");
    for (name, address, text) in [
        ("03-hot-fixes", "#/fixes", "Hot fixes"),
        ("04-hot-fix", "#/fix/HF-5", "HF-5"),
        ("05-schedule", "#/schedule", "Schedule"),
        ("06-deployments", "#/deployments", "Deployments"),
        ("07-settings", "#/settings", "Settings"),
        ("08-quick-report", "#/quick", "What is wrong?"),
    ] {
        go(&window, address);
        window.expect_text(text);
        window.shot(name);
    }
    window.script("document.documentElement.dataset.theme = 'dark'", &[]);
    window.resize(1024, 640);
    for (name, address, text) in [
        ("09-inbox-dark-small", "#/inbox", "Inbox"),
        ("10-hot-fix-dark-small", "#/fix/HF-5", "HF-5"),
        ("11-settings-dark-small", "#/settings", "Settings"),
    ] {
        go(&window, address);
        window.expect_text(text);
        window.shot(name);
    }
    println!("demo: screenshots are in {}", folder.display());
}

/// From nothing: a workspace is made, the catalog gets its first team, and it can be saved again.
fn first_start(desktop: &mut Desktop) {
    let window = desktop.open(&["--no-engine"]).patient(30);
    window.expect_text("A workspace is one file.");
    window.shot("00-welcome");
    window.fill("Name of the workspace", "First steps");
    window.click("button", "Create workspace");
    window.expect_text("Waiting for me");
    window.shot("00-home-empty");
    go(&window, "#/settings");
    window.choose("Kind", "Teams");
    window.shot("00-settings-empty");
    window.click("button", "New object");
    for name in ["Support", "Support and service"] {
        let team = serde_json::json!({ "kind": "team", "id": "support", "name": name, "members": ["owner"] });
        window.fill("Object", &team.to_string());
        window.click("button", "Save object");
        window.expect("button", &format!("{name} · support"));
    }
    window.shot("00-settings-first-team");
}

fn go(window: &hotfix_tests::desktop::Window, address: &str) {
    window.script("location.hash = arguments[0]", &[address.into()]);
}
