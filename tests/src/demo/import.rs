//! Issues out of a file, in the real window: a look, a correction, a try, the import, and the inbox
//! that holds them; in the light and in the dark, without a finding of axe-core.

use super::{THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::Desktop;
use hotfix_core::desk::{Desk, Options};
use std::path::Path;

const ROWS: usize = 1_500;

pub fn import(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "import.hotfix");
    drop(Desk::sample(&workspace, 30, 1, Options::default()).expect("the sample can be made"));
    let file = folder.join("tickets.csv");
    std::fs::write(&file, table()).expect("target/demo can be written to");
    let file = file.to_str().expect("the path is text");
    let path = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, "#/inbox");
    window.click("button", "Import issues from a file");
    window.expect_text("Choose a file, and see its first rows");
    wrong.extend(look(&window, "import-empty", &THEMES));

    window.fill("A file of issues", file);
    window.expect_text("Table (CSV) · UTF-8 · separated by semicolon");
    window.expect_text("Kasse hängt nach „Bezahlen“");
    window.choose("Otherwise the product", "Shop");
    window.expect_text("Shop · 4.8.1");
    wrong.extend(look(&window, "import-look", &THEMES));

    window.click("button", "Try it");
    window.expect_text("1 bad row");
    wrong.extend(look(&window, "import-tried", &THEMES));
    window.click("button", "Import");
    window.expect_text("Nothing was imported");
    window.click("checkbox", "Skip bad rows");
    window.click("button", "Import");
    window.expect_text("1,501 issues imported");
    wrong.extend(look(&window, "import-done", &THEMES));
    window.click("button", "Import");
    window.expect_text("0 issues imported; 1,501 rows skipped, 1,501 of them known already");
    window.expect_text("Known: ISS-");
    wrong.extend(look(&window, "import-again", &THEMES));
    go(&window, "#/inbox");
    window.fill("Find in the inbox", "bezahlen");
    window.expect_text("Kasse hängt nach „Bezahlen“");
    window.shot("import-inbox");
    nothing_wrong(&wrong);
}

/// A table such as a German help desk keeps: some rows known by hand, and many.
fn table() -> String {
    let mut table = String::from("Vorgang;Betreff;Beschreibung;Kunde;Erstellt am;Status;Version\n");
    table.push_str(
        "T-1;Kasse hängt nach „Bezahlen“;\"Der Kreis dreht sich.\nNichts weiter.\";Ann Petrov <ann@example.org>;19.11.2026 15:04;Offen;4.8.1\n\
         T-2;;Ohne Betreff;Omar;20.11.2026 08:15;Offen;4.8.1\n\
         T-3;Rechnung mit falscher Steuer;19 statt 23 %;Yuki Tanaka;01.10.2026 09:00;Erledigt;4.7.0\n",
    );
    for row in 4..ROWS + 3 {
        table.push_str(&format!(
            "T-{row};Etikett {row} fehlt;Bestellung {};Mia Schneider;20.11.2026 10:30;Offen;4.8.1\n",
            row * 7
        ));
    }
    table
}
