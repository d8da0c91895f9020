//! The harness drives a real WebKitGTK window, proved on a small page in WebKit's own MiniBrowser so
//! that a failure of the product's window is never the harness's.

use hotfix_tests::desktop::Desktop;
use std::fs;
use std::path::Path;
use std::process::Command;

const PAGE: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Desk</title>
<main><h1>Issues</h1><button id="open">Log issue</button><button disabled>Ship</button>
<button aria-label="Close">×</button><output role="status"></output></main>
<dialog aria-labelledby="h"><h2 id="h">New issue</h2><label>Title <input id="t"></label>
<label>Impact <select id="i"><option>Low</option><option>High</option></select></label>
<button>Close</button><button id="log">Log</button></dialog>
<script>
const dialog = document.querySelector('dialog'), status = document.querySelector('output');
open.onclick = () => setTimeout(() => dialog.showModal(), 300);
document.getElementById('open').onclick = open.onclick;
log.onclick = () => { status.textContent = `ISS-1 ${t.value} ${i.value}`; dialog.close(); };
addEventListener('keydown', (e) => { if (e.ctrlKey && e.key === 'k') status.textContent = 'palette'; });
document.querySelector('h1').title = navigator.language + ' ' + new Intl.NumberFormat().format(1.5);
</script></html>"#;

#[test]
fn a_story_can_be_told_on_a_real_window() {
    let browser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
    assert!(Path::new(browser).exists(), "MiniBrowser comes with libwebkit2gtk-4.1-0");
    let mut desktop = Desktop::start("harness");
    let page = desktop.home().join("page.html");
    fs::write(&page, PAGE).expect("it fits");
    let window = desktop.open_program(Path::new(browser), &["--automation"]);
    window.go(&format!("file://{}", page.display()));

    window.click("button", "Log issue");
    let dialog = window.within("dialog", "New issue");
    dialog.fill("Title", "Grüße: payment fails");
    dialog.choose("Impact", "High");
    dialog.click("button", "Log");
    window.expect_text("ISS-1 Grüße: payment fails High");
    assert!(!window.enabled("button", "Ship"));
    window.press("Control+k");
    window.expect_text("palette");
    window.expect_no_text("ISS-1");
    assert_eq!(window.script("return document.querySelector('h1').title", &[]), "en-US 1.5");
    let picture = fs::read(window.shot("harness")).expect("the picture is there");
    assert_eq!(&picture[1..4], b"PNG");

    let mut notify = Command::new("gdbus");
    notify.args(["call", "--session", "--dest", "org.freedesktop.Notifications"]);
    notify.args(["--object-path", "/org/freedesktop/Notifications", "--method"]);
    notify.args(["org.freedesktop.Notifications.Notify", "test", "0", "", "Ready to ship"]);
    notify.args(["HF-1", "[]", "{}", "5000"]);
    desktop.enter(&mut notify);
    assert!(notify.output().expect("gdbus runs").status.success());
    desktop.expect_notification("Ready to ship");

    let secret = |words: &[&str], say: &str| {
        let mut tool = Command::new("sh");
        tool.args(["-c", &format!("printf '{say}' | secret-tool {}", words.join(" "))]);
        desktop.enter(&mut tool);
        tool.output().expect("secret-tool runs")
    };
    assert!(secret(&["store", "--label=x", "endpoint", "staging"], "s3cret").status.success());
    assert_eq!(secret(&["lookup", "endpoint", "staging"], "").stdout, b"s3cret");
}

#[test]
#[should_panic(expected = "could not click the button “Ship”: the button “Ship” is disabled")]
fn a_step_that_cannot_be_done_says_why() {
    let browser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
    let mut desktop = Desktop::start("harness-failing");
    let page = desktop.home().join("page.html");
    fs::write(&page, PAGE).expect("it fits");
    let window = desktop.open_program(Path::new(browser), &["--automation"]).patient(1);
    window.go(&format!("file://{}", page.display()));
    window.click("button", "Ship");
}
