//! A package made in the real window: what goes in is seen before, a folder of many thousand files is
//! built with its progress, a revision is compared, exported and verified, a signing key is made; in
//! the light and in the dark, wide and narrow, without a finding of axe-core.

use super::{SIZES, fresh, go, look, nothing_wrong};
use crate::desktop::Desktop;
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::{fs, path::Path};

const FILES: usize = 20_000;

pub fn package(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "package.hotfix");
    let desk = Desk::sample(&workspace, 60, 7, Options::default()).expect("the sample can be made");
    let list = desk.call("fix_list", json!({ "phase": "development" })).expect("the hot fixes");
    let key = list["rows"][0]["key"].as_str().expect("one is in Development").to_owned();
    drop(desk);
    let release = release(folder);
    let many = many(folder);
    let path = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(60);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, "#/settings/workspace");
    window.expect_text("There is no key");
    window.click("button", "Make a key");
    window.expect_text("This machine signs");
    let heading =
        "[...document.querySelectorAll('h3')].find((h) => h.textContent === 'Signing key')";
    window.script(&format!("{heading}.scrollIntoView()"), &[]);
    wrong.extend(look(&window, "package-key", &SIZES));

    go(&window, &format!("#/fix/{key}/package"));
    let begin =
        if window.count("button", "Build again") > 0 { "Build again" } else { "Build a package" };
    window.click("button", begin);
    let form = window.within("form", "Package");
    form.click("radio", "Nothing");
    form.click("button", "Add a path");
    form.fill("Path 1", &release);
    form.fill("No paths like", "*.log");
    window.press("Enter");
    window.expect_text("excluded by *.log");
    window.expect_text("it is a link");
    wrong.extend(look(&window, "package-preview", &SIZES));
    form.click("button", "Build package");
    window.expect_text("cannot go in: it is a link");
    wrong.extend(look(&window, "package-refused", &SIZES));
    form.fill("No paths like", "current");
    window.press("Enter");
    form.fill("How to install", "Restart the tills one after the other.");
    window.expect_no_text("1 cannot go in");
    form.click("button", "Build package");
    window.expect_text("Signed with");
    wrong.extend(look(&window, "package-built", &SIZES));

    window.click("button", "Build again");
    let form = window.within("form", "Package");
    form.click("radio", "Nothing");
    form.click("button", "Add a path");
    form.fill("Path 1", &many);
    window.expect_text(&crate::bench::thousands(FILES as u64));
    wrong.extend(look(&window, "package-many", &SIZES));
    form.click("button", "Build package");
    window.expect_text(&format!("{} files", crate::bench::thousands(FILES as u64)));
    window.click("button", "Compare r2");
    window.expect_text("the same.");
    wrong.extend(look(&window, "package-compare", &SIZES));

    let out = folder.join("exported.zip");
    for ending in ["", ".minisig"] {
        drop(fs::remove_file(format!("{}{ending}", out.display())));
    }
    let out = out.to_str().expect("the path is text");
    window.click("button", "Export r2");
    window.fill("Write to", out);
    window.click("button", "Export package");
    window.expect_text("its signature beside it");
    window.click("button", "Verify a file");
    window.fill("Package file", out);
    window.click("button", "Verify the file");
    window.expect_text("the newest revision");
    wrong.extend(look(&window, "package-verified", &SIZES));
    let mut bytes = fs::read(out).expect("the export");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(out, bytes).expect("it can be damaged");
    window.click("button", "Verify the file");
    window.expect_text("It is not a package to trust");
    wrong.extend(look(&window, "package-damaged", &SIZES));
    nothing_wrong(&wrong);
}

/// A small release with a log and a link in it.
fn release(folder: &Path) -> String {
    let release = folder.join("release");
    drop(fs::remove_dir_all(&release));
    for (path, text) in [
        ("shop/pricing.py", "def price(order):\n    return order.total\n"),
        ("shop/checkout.py", "def pay(card):\n    return True\n"),
        ("scripts/migrate.sh", "#!/bin/sh\necho done\n"),
        ("conf/shop.toml", "[shop]\nname = \"Lantern & Loom\"\n"),
        ("debug.log", "noise\n"),
    ] {
        let file = release.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
        fs::write(file, text).expect("a file can be written");
    }
    std::os::unix::fs::symlink("shop", release.join("current")).expect("a link can be made");
    release.to_str().expect("the path is text").to_owned()
}

fn many(folder: &Path) -> String {
    let many = folder.join("many");
    for part in 0..FILES / 500 {
        let place = many.join(format!("part{part:03}"));
        fs::create_dir_all(&place).expect("a folder can be made");
        for number in 0..500 {
            let file = place.join(format!("file{number:03}.txt"));
            fs::write(file, format!("{part} {number}\n")).expect("a file can be written");
        }
    }
    many.to_str().expect("the path is text").to_owned()
}
