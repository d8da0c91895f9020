//! `make demo`: the journey and the tour; pictures, report and journal are left in `target/demo`.
//! `demo journey` and `demo tour` show one of them.

use hotfix_tests::{demo, demo_folder, desktop::Desktop};

fn main() {
    let folder = demo_folder();
    std::fs::create_dir_all(&folder).expect("target/demo can be made");
    let only = std::env::args().nth(1);
    let wanted = |part: &str| only.as_deref().is_none_or(|one| one == part);
    let mut desktop = Desktop::start("demo");
    if wanted("journey") {
        demo::journey::journey(&mut desktop, &folder);
    }
    if wanted("tour") {
        demo::tour::tour(&mut desktop, &folder);
    }
    println!("demo: what it left is in {}", folder.display());
}
