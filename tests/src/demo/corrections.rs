//! What intake could not do before: an issue that names no product is given one and becomes a hot fix, a
//! caller joins the issue that is known already while one types, a text is erased wherever it stands, and
//! Quick report's own window logs by itself and points at the large one.

use super::{NARROW, THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

pub fn corrections(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "corrections.hotfix");
    fill(&Desk::create(&file, "Corrections", Options::default()).expect("it can be made"));
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let desk = Desk::open(&file, Options::default()).expect("it can be opened");
    let mut walk = Walk { window, desk, wrong: Vec::new() };
    walk.given_a_product();
    walk.asked_for_the_product();
    walk.known_while_typing();
    walk.erased();
    walk.closed_by_hand();
    let Walk { desk, mut wrong, .. } = walk;
    wrong.extend(quick(desktop, path, &desk));
    nothing_wrong(&wrong);
}

fn fill(desk: &Desk) {
    let call = |name: &str, request: Value| desk.call(name, request).expect(name);
    let place = |id: &str, production: bool| {
        json!({ "id": id, "name": if production { "Production" } else { "Staging" },
            "production": production, "soak_minutes": 0, "targets": [] })
    };
    let product = json!({ "kind": "product", "id": "shop", "name": "Shop", "versions": ["4.8"],
        "components": ["checkout"], "environments": [place("staging", false), place("production", true)] });
    call("catalog_save", json!({ "object": product }));
    let log = |text: Value, attachments: Value| {
        call("issue_log", json!({ "text": text, "attachments": attachments }));
    };
    let ann = json!({ "name": "Ann Petrov", "reach": "ann@example.org" });
    log(json!({ "title": "Checkout answers 500 with a saved card", "reporter": ann }), json!([]));
    log(
        json!({ "title": "الدفع معلّق بعد التأكيد", "description": "Paying hangs after it was confirmed." }),
        json!([]),
    );
    let (hash, size) =
        desk.put_blob(&b"user ann, password hunter2\n"[..]).expect("it can be stored");
    let file = json!({ "hash": hash, "size": size, "name": "shop.log", "media": "text/plain" });
    log(
        json!({ "title": "The invoice is empty", "description": "I log in with hunter2 and see none." }),
        json!([file]),
    );
    log(json!({ "title": "Where is the manual?" }), json!([]));
}

struct Walk {
    window: Window,
    /// Only read: what the hands have done.
    desk: Desk,
    wrong: Vec<String>,
}

impl Walk {
    fn given_a_product(&mut self) {
        go(&self.window, "#/inbox/ISS-2");
        self.window.expect("button", "Edit…");
        self.window.press("e");
        self.window.expect("form", "Edit ISS-2");
        self.window.choose("Product", "Shop");
        self.window.fill("Version", "4.8");
        self.window.choose("Environment", "Production");
        self.window.fill("Workaround", "Pay by invoice.");
        self.wrong.extend(look(&self.window, "corrections-edit", &THEMES));
        self.wrong.extend(look(&self.window, "corrections-edit", &NARROW[..1]));
        self.window.press("Control+Enter");
        self.window.wait_until("the issue has its product", |_| {
            let issue = issue(&self.desk, "ISS-2");
            (issue["product"] == "shop" && issue["environment"] == "production").then_some(())
        });
        assert_eq!(issue(&self.desk, "ISS-2")["text"]["workaround"], "Pay by invoice.");
        self.window.wait_until("the form is gone", |window| {
            (window.count("form", "Edit ISS-2") == 0).then_some(())
        });
        self.window.press("f");
        self.window.expect_text("Can I ship now?");
        assert_eq!(issue(&self.desk, "ISS-2")["hotfix"], "HF-1");
    }

    fn asked_for_the_product(&mut self) {
        go(&self.window, "#/inbox/ISS-3");
        self.window.expect_text("The invoice is empty");
        self.window.expect("button", "Hot fix now");
        self.window.press("f");
        self.window.expect("dialog", "Hot fix for ISS-3");
        self.window.wait_until("the dialog has the focus", |window| {
            let read = "return document.activeElement?.getAttribute('role')";
            (window.script(read, &[]) == "combobox").then_some(())
        });
        assert_eq!(issue(&self.desk, "ISS-3")["state"], "new", "nothing is decided yet");
        self.window.type_text("sho");
        self.window.expect("option", "Shop");
        self.window.shot("corrections-product-light");
        self.window.press("Enter");
        self.window.press("Control+Enter");
        self.window.expect_text("Can I ship now?");
        assert_eq!(issue(&self.desk, "ISS-3")["hotfix"], "HF-2");
    }

    /// The caller is added to what is known, and is told with the others later.
    fn known_while_typing(&mut self) {
        go(&self.window, "#/inbox/ISS-1");
        self.window.expect("button", "Hot fix now");
        self.window.press("c");
        self.window.expect("dialog", "Log issue");
        self.window.type_text("Error 500 at the checkout, saved card");
        self.window.expect_text("Known: 1 affected");
        self.window.expect_text("shares");
        self.window.fill("Caller name", "Bo Lind");
        self.window.fill("Caller reach", "bo@example.org");
        self.window.expect("button", "Add Bo to ISS-1");
        self.wrong.extend(look(&self.window, "corrections-known", &THEMES));
        self.window.press("Control+1");
        self.window.expect_text("Bo Lind added to ISS-1");
        self.window.expect_text("2 affected");
        assert_eq!(issue(&self.desk, "ISS-1")["affected"], 2);
        let call = |name: &str, request: Value| self.desk.call(name, request).expect(name);
        call(
            "issue_triage",
            json!({ "keys": ["ISS-1"], "impact_system": "high", "impact_users": "high",
                "impact_business": "high", "urgency": "high", "note": "" }),
        );
        let fix = call("fix_new", json!({ "issues": ["ISS-1"], "product": "shop" }));
        let told = call("message_preview", json!({ "hotfix": fix["key"], "purpose": "scheduled" }));
        let bo = |one: &Value| one["contact"]["reach"] == "bo@example.org";
        assert!(told["recipients"].as_array().is_some_and(|all| all.iter().any(bo)), "{told}");
    }

    fn erased(&mut self) {
        self.desk
            .call("fix_risk", json!({ "key": "HF-2", "risk": "low", "text": "hunter2 must go." }))
            .expect("it can be recorded");
        go(&self.window, "#/inbox/ISS-3");
        self.window.expect_text("I log in with hunter2");
        self.window.click("button", "Redact…");
        self.window.choose("What", "Anywhere: a passage, also on hot fixes and messages");
        self.window.fill("This passage", "hunter2");
        self.window.fill("Reason", "A password was pasted.");
        self.window.expect_text("Not searched, and may still hold it: shop.log");
        self.wrong.extend(look(&self.window, "corrections-redact", &THEMES));
        self.window.click("button", "Redact for good");
        self.window.expect("dialog", "Erased in HF-2, ISS-3");
        self.window.expect_text("“shop.log” of ISS-3");
        self.wrong.extend(look(&self.window, "corrections-erased", &THEMES));
        self.window.press("Escape");
        self.window.expect_text("I log in with redacted");
        let fix = self.desk.call("fix_show", json!({ "key": "HF-2" })).expect("it can be shown");
        assert_eq!(fix["hotfix"]["risk"]["text"], "redacted must go.");
    }

    fn closed_by_hand(&mut self) {
        go(&self.window, "#/inbox/ISS-4");
        self.window.expect_text("Where is the manual?");
        self.window.click("button", "Close…");
        self.window.fill("Why is it over?", "It is on the first page.");
        self.window.press("Control+Enter");
        self.window.wait_until("it is closed", |_| {
            (issue(&self.desk, "ISS-4")["state"] == "closed").then_some(())
        });
        assert_eq!(issue(&self.desk, "ISS-4")["reason"], "It is on the first page.");
    }
}

/// Quick report's own window: what it may do, what it may not, and the way to the large one.
fn quick(desktop: &mut Desktop, path: &str, desk: &Desk) -> Vec<String> {
    let window = desktop.open(&["--workspace", path, "--quick", "--no-engine"]).patient(30);
    window.expect("form", "Quick report");
    window.fill("What is wrong?", "Vouchers are counted twice");
    window.press("Control+Enter");
    window.expect_text("ISS-5 logged");
    assert_eq!(issue(desk, "ISS-5")["text"]["title"], "Vouchers are counted twice");
    let wrong = look(&window, "corrections-quick", &THEMES);
    // What only the large window may do is refused here, by the shell and not by the page.
    for command in ["workspace_close", "blob_save", "link_open"] {
        let ask = format!(
            "const done = arguments[arguments.length - 1];
             window.__TAURI_INTERNALS__.invoke('{command}', {{ hash: '', path: '', url: '' }})
               .then(() => done('let through'), (error) => done(String(error)));"
        );
        let answer = window.script_async(&ask);
        let refused = answer.as_str().is_some_and(|text| text.contains("not allowed"));
        assert!(refused, "{command}: {answer}");
    }
    let large = |name: &str| {
        let mut search = Command::new("xdotool");
        search.args(["search", "--onlyvisible", "--name", name]);
        desktop.enter(&mut search);
        let found = search.output().expect("xdotool runs");
        String::from_utf8_lossy(&found.stdout).lines().next().map(str::to_owned)
    };
    assert_eq!(large("^Hotfix Desk$"), None, "only the small window is there");
    window.click("button", "Show ISS-5 in the main window");
    let id = window.wait_until("the large window", |_| large("^Hotfix Desk$"));
    // The driver knows only the first window of a program: the other one is looked at from outside.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let mut picture = Command::new("import");
    let file = crate::demo_folder().join("corrections-quick-main.png");
    picture.args(["-window", &id]).arg(file);
    desktop.enter(&mut picture);
    assert!(picture.status().expect("import runs").success());
    wrong
}

fn issue(desk: &Desk, key: &str) -> Value {
    desk.call("issue_show", json!({ "key": key })).expect("it can be shown")["issue"].clone()
}
