//! `make demo`: the journey, the tour, the keyboard, the intake, an import, changes, evidence of tests, a package and the
//! development; pictures, report and journal are left in `target/demo`. `demo journey`, `demo tour`, `demo keyboard`,
//! `demo intake`, `demo import`, `demo package`, `demo change`, `demo evidence` and `demo develop` show one of them;
//! `demo installed PROGRAM` only starts a program
//! that was installed from a package.

use hotfix_tests::{demo, demo_folder, desktop::Desktop};
use std::path::Path;

fn main() {
    let folder = demo_folder();
    std::fs::create_dir_all(&folder).expect("target/demo can be made");
    let mut words = std::env::args().skip(1);
    let only = words.next();
    if only.is_none() {
        forget_pictures(&folder);
    }
    let wanted = |part: &str| only.as_deref().is_none_or(|one| one == part);
    // Each on a desktop of its own: the program remembers what it had open.
    if only.as_deref() == Some("installed") {
        let mut desktop = Desktop::start("installed");
        let program = words.next().expect("demo installed PROGRAM");
        let window = desktop.open_program(program.as_ref(), &["--no-engine"]).patient(60);
        window.expect_text("A workspace is one file.");
        return;
    }
    if wanted("journey") {
        demo::journey::journey(&mut Desktop::start("journey"), &folder);
    }
    if wanted("tour") {
        demo::tour::tour(&mut Desktop::start("tour"), &folder);
    }
    if wanted("import") {
        demo::import::import(&mut Desktop::start("import"), &folder);
    }
    if wanted("package") {
        demo::package::package(&mut Desktop::start("package"), &folder);
    }
    if wanted("change") {
        demo::change::change(&mut Desktop::start("change"), &folder);
    }
    if wanted("evidence") {
        demo::evidence::evidence(&mut Desktop::start("evidence"), &folder);
    }
    if wanted("keyboard") {
        demo::keyboard::keyboard(&mut Desktop::start("keyboard"), &folder);
    }
    if wanted("intake") {
        demo::intake::intake(&mut Desktop::start("intake"), &folder);
    }
    if wanted("develop") {
        demo::develop::develop(&mut Desktop::start("develop"), &folder);
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
