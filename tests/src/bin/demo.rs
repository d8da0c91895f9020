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
    println!("demo: screenshots are in {}", folder.display());
}

fn go(window: &hotfix_tests::desktop::Window, address: &str) {
    window.script("location.hash = arguments[0]", &[address.into()]);
}
