//! `make demo`: every walk through the real window, one after the other; pictures, report and journal are left
//! in `target/demo`. `demo NAME` shows one of them; `demo installed PROGRAM` only starts a program that was
//! installed from a package.

use hotfix_tests::{demo, demo_folder, desktop::Desktop};
use std::path::Path;

type Walk = fn(&mut Desktop, &Path);

const WALKS: [(&str, Walk); 26] = [
    ("journey", demo::journey::journey),
    ("tour", demo::tour::tour),
    ("import", demo::import::import),
    ("package", demo::package::package),
    ("change", demo::change::change),
    ("evidence", demo::evidence::evidence),
    ("keyboard", demo::keyboard::keyboard),
    ("intake", demo::intake::intake),
    ("corrections", demo::corrections::corrections),
    ("develop", demo::develop::develop),
    ("schedule", demo::schedule::schedule),
    ("calendar", demo::calendar::calendar),
    ("duty", demo::duty::duty),
    ("source", demo::source::source),
    ("reach", demo::reach::reach),
    ("rollout", demo::rollout::rollout),
    ("validate", demo::validate::validate),
    ("access", demo::access::access),
    ("messenger", demo::messenger::messenger),
    ("telling", demo::telling::telling),
    ("recurrence", demo::recurrence::recurrence),
    ("watch", demo::watch::watch),
    ("report", demo::report::report),
    ("insights", demo::insights::insights),
    ("workspace", demo::workspace::workspace),
    ("corners", demo::corners::corners),
];

fn main() {
    let folder = demo_folder();
    std::fs::create_dir_all(&folder).expect("target/demo can be made");
    let mut words = std::env::args().skip(1);
    let only = words.next();
    match only.as_deref() {
        None => forget_pictures(&folder),
        Some("installed") => {
            let program = words.next().expect("demo installed PROGRAM");
            let mut desktop = Desktop::start("installed");
            let window = desktop.open_program(program.as_ref(), &["--no-engine"]).patient(60);
            window.expect_text("A workspace is one file.");
            return;
        }
        Some(name) => {
            let names = WALKS.map(|(name, _)| name).join(", ");
            assert!(WALKS.iter().any(|(walk, _)| *walk == name), "the walks are {names}");
        }
    }
    for (name, walk) in WALKS {
        if only.as_deref().is_none_or(|one| one == name) {
            // Each on a desktop of its own: the program remembers what it had open.
            walk(&mut Desktop::start(name), &folder);
        }
    }
    println!("demo: what it left is in {}", folder.display());
}

/// Every picture that is left is of this run.
fn forget_pictures(folder: &Path) {
    let entries = std::fs::read_dir(folder).expect("target/demo can be read").flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == "png") {
            std::fs::remove_file(path).expect("an old picture can be removed");
        }
    }
}
