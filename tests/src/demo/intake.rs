//! A morning's intake in the real window. Thirty new issues are cleared by keys alone: many at once and
//! one by one, each decision in turn, one of them taken back; how long the machine took is printed. Then
//! what stands around it: a report with dropped files, a conversation, filters that are kept.

use super::{fresh, go};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{As, Desk, Options};
use serde_json::{Value, json};
use std::{path::Path, time::Instant};

const NEW: usize = 30;

/// What people say, in more than one script.
const TITLES: [&str; 10] = [
    "Checkout answers 500 with a saved card",
    "The invoice shows yesterday's date",
    "Zahlung hängt nach dem Bestätigen",
    "支付失败了，页面空白",
    "Cannot log in after the password was changed",
    "Search finds nothing with umlauts",
    "تظهر صفحة فارغة بعد الدفع",
    "Vouchers are counted twice",
    "The app crashes when a photo is attached",
    "Delivery dates are a day early 📦",
];

pub fn intake(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "intake.hotfix");
    fill(&Desk::create(&file, "Intake", Options::default()).expect("it can be made"));
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let desk = Desk::open(&file, Options::default()).expect("it can be opened");
    let hands = Hands { window: window.patient(15), desk };
    let started = Instant::now();
    hands.clear();
    println!(
        "intake: {NEW} new issues cleared by keys in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    hands.kept_filters();
    hands.report_with_files();
    hands.conversation();
    hands.pictures_in_the_dark();
}

fn fill(desk: &Desk) {
    let call = |name: &str, request: Value| desk.call(name, request).expect(name);
    for (id, name) in [("sam", "Sam Okafor"), ("rita", "Rita Marsh")] {
        let person = json!({ "kind": "person", "id": id, "name": name, "mail": format!("{id}@example.org"),
            "roles": ["owner", "support"], "zone": "Europe/Berlin" });
        call("catalog_save", json!({ "object": person }));
    }
    let product = json!({ "kind": "product", "id": "shop", "name": "Shop", "versions": ["4.8"],
        "components": ["checkout", "search"], "environments": [{ "id": "production", "name": "Production",
            "production": true, "soak_minutes": 0, "targets": [] }] });
    call("catalog_save", json!({ "object": product }));
    for n in 0..NEW {
        let title = format!("{} ({})", TITLES[n % TITLES.len()], n + 1);
        call(
            "issue_log",
            json!({ "text": { "title": title, "reporter": { "name": "Ann Petrov" } },
                "product": "shop", "version": "4.8", "environment": "production",
                "component": if n % 3 == 0 { "checkout" } else { "search" } }),
        );
    }
}

struct Hands {
    window: Window,
    /// Only read: what the keys have done.
    desk: Desk,
}

impl Hands {
    fn clear(&self) {
        self.keys("g i");
        self.window.expect("heading", "Inbox");
        self.keys("u");
        self.left(NEW);
        // Twelve at once: the first eleven moves with Shift tick what they pass.
        self.keys("/");
        self.keys("Enter");
        for _ in 0..11 {
            self.keys("Shift+ArrowDown");
        }
        self.window.expect_text("12 issues chosen");
        self.window.shot("intake-chosen-light");
        self.keys("t");
        self.left(NEW - 12);
        // One key takes all twelve back, and they are triaged again.
        self.keys("z");
        self.window.expect_text("Taken back");
        self.left(NEW);
        self.keys("Control+a");
        self.window.expect_text("30 issues chosen");
        self.keys("Escape");
        self.keys("/");
        self.keys("Enter");
        self.keys("Home");
        for _ in 0..11 {
            self.keys("Shift+ArrowDown");
        }
        self.window.expect_text("12 issues chosen");
        self.keys("t");
        self.left(NEW - 12);
        // A hot fix now, which leads to it; and back.
        self.keys("f");
        self.window.expect_text("Can I ship now?");
        self.keys("g i");
        self.keys("u");
        self.left(NEW - 13);
        // Three join it.
        self.tick(3);
        self.keys("h");
        self.name("HF-1", "intake-join-light");
        self.left(NEW - 16);
        // Four are the same as one that is triaged.
        self.tick(4);
        self.keys("d");
        self.name("ISS-1", "intake-duplicate-light");
        self.left(NEW - 20);
        for (key, count) in [("r", 3), ("n", 3)] {
            self.tick(count);
            self.keys(key);
            self.window.expect("textbox", "Why");
            self.window.type_text("Works as described, as we told Ann.");
            self.keys("Control+Enter");
            self.gone();
        }
        self.left(NEW - 26);
        // The last ones one by one: a question from the template, and priorities by the matrix.
        self.keys("i");
        self.window.wait_until("the question has its words", |window| {
            let read = "return document.querySelector('[role=dialog] textarea')?.value ?? ''";
            let text = window.script(read, &[]);
            text.as_str().is_some_and(|text| text.contains("You reported")).then_some(())
        });
        self.window.shot("intake-question-light");
        self.keys("Control+Enter");
        self.gone();
        self.left(NEW - 27);
        for left in (0..NEW - 27).rev() {
            self.keys("p");
            self.keys("ArrowLeft");
            self.keys("Enter");
            self.keys("t");
            self.left(left);
        }
        let states: Vec<Value> =
            (1..=NEW).map(|n| self.issue(&format!("ISS-{n}"))["state"].clone()).collect();
        assert!(!states.contains(&json!("new")), "{states:?}");
        let count = |state: &str| states.iter().filter(|one| *one == state).count();
        assert_eq!((count("in_hot_fix"), count("duplicate")), (4, 4));
        assert_eq!((count("rejected"), count("deferred"), count("needs_info")), (3, 3, 1));
    }

    /// A filter is kept by name, has a key and an address, and rows show what one wants to see.
    fn kept_filters(&self) {
        go(&self.window, "#/inbox?priority=P3&sort=affected");
        self.window.expect("button", "Without P3");
        self.keys("l");
        self.window.expect("dialog", "Filter the inbox");
        self.window.fill("Name of this filter", "Moderate ones");
        self.window.shot("intake-filter-light");
        self.keys("Enter");
        self.window.expect_text("is kept");
        go(&self.window, "#/inbox");
        self.window.wait_until("the plain inbox is back", |window| {
            (window.count("button", "Without P3") == 0).then_some(())
        });
        self.keys("Alt+1");
        self.window.expect("button", "Without P3");
        self.keys("v");
        self.window.within("dialog", "Columns of the inbox").click("checkbox", "Reporter");
        self.window.shot("intake-columns-light");
        self.keys("Escape");
        self.window.expect_text("Ann Petrov");
        self.window.click("button", "Filters, order and columns");
        self.window.expect("menuitem", "Forget “Moderate ones”");
        self.window.shot("intake-menu-light");
        self.keys("Escape");
    }

    /// Dropped: a picture, a long log, and a picture that would need gigabytes to be drawn.
    fn report_with_files(&self) {
        go(&self.window, "#/inbox");
        self.keys("c");
        self.window.expect("dialog", "Log issue");
        self.window.expect_text("As the last time");
        self.window.type_text("Vouchers are counted twice, again");
        let drop = "const done = arguments[arguments.length - 1];
            (async () => {
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [640, 360];
              const paint = canvas.getContext('2d');
              paint.fillStyle = '#3a6ea5'; paint.fillRect(0, 0, 640, 360);
              paint.fillStyle = '#fff'; paint.font = '48px sans-serif';
              paint.fillText('Voucher −20 −20', 120, 190);
              const png = await new Promise((ok) => canvas.toBlob(ok, 'image/png'));
              const line = '2026-11-24 09:12:07 ERROR voucher: counted twice\\n';
              const bomb = new Uint8Array([137,80,78,71,13,10,26,10,0,0,0,13,73,72,68,82,
                0,0,234,96,0,0,234,96,8,6,0,0,0]);
              // The engine lets no script fill a real DataTransfer.
              const files = [new File([png], 'voucher.png', { type: 'image/png' }),
                new File([line.repeat(150000)], 'shop.log', { type: 'text/plain' }),
                new File([bomb], 'bomb.png', { type: 'image/png' })];
              const drop = new Event('drop', { bubbles: true, cancelable: true });
              Object.defineProperty(drop, 'dataTransfer', { value: { files, types: ['Files'] } });
              document.querySelector('form[aria-label=\"Quick report\"]').dispatchEvent(drop);
              done(true);
            })();";
        self.window.script_async(drop);
        self.window.patient(30).expect_text("bomb.png");
        self.window.expect_text("counted twice 2026-11-24");
        self.drawn("voucher.png");
        self.window.shot("intake-report-light");
        self.keys("Control+Enter");
        self.window.expect_text("logged");
        let issue = self.issue(&format!("ISS-{}", NEW + 1));
        assert_eq!(issue["product"], "shop", "offered, and left as it was");
        assert_eq!(issue["attachments"].as_array().map(Vec::len), Some(3));
        assert_eq!(issue["attachments"][1]["size"], 49 * 150_000);
    }

    /// Among ourselves with a mention, then to the reporter; who was named finds it.
    fn conversation(&self) {
        let key = format!("ISS-{}", NEW + 1);
        go(&self.window, &format!("#/inbox/{key}"));
        self.window.expect("button", "Open voucher.png");
        self.drawn("voucher.png");
        self.window.script(
            "document.querySelector('form[aria-label^=\"Comment on\"] textarea').focus()",
            &[],
        );
        self.window.type_text("Looks like the cache, @oka");
        self.window.expect("option", "Sam Okafor");
        self.window.shot("intake-mention-light");
        self.keys("Enter");
        self.window.type_text("can you look?");
        self.keys("Control+Enter");
        self.window.wait_until("it was said", |_| {
            (self.issue(&key)["comments"][0]["mentions"] == json!(["sam"])).then_some(())
        });
        self.window.click("radio", "To the reporter");
        self.window.fill("Comment", "We are on it. Until then, enter one voucher only.");
        self.keys("Control+Enter");
        self.window.wait_until("it was said", |_| {
            (self.issue(&key)["comments"][1]["internal"] == false).then_some(())
        });
        self.window.shot("intake-conversation-light");
        let how = As { person: Some("sam".into()), ..As::default() };
        let waits = self.desk.call_as("waiting", json!({}), &how).expect("it can be asked");
        let named = |item: &Value| item["kind"] == "mention" && item["key"] == key.as_str();
        assert!(waits.as_array().is_some_and(|all| all.iter().any(named)));
    }

    fn pictures_in_the_dark(&self) {
        let key = format!("ISS-{}", NEW + 1);
        self.window.script("document.documentElement.dataset.theme = 'dark'", &[]);
        self.window.shot("intake-conversation-dark");
        let wrong = self.window.accessibility_problems();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.keys("x");
        self.keys("l");
        self.window.shot("intake-filter-dark");
        self.keys("Escape");
        self.keys("c");
        self.window.expect("dialog", "Log issue");
        self.window.shot("intake-report-dark");
        let wrong = self.window.accessibility_problems();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.keys("Escape");
        self.window.resize(1024, 640);
        go(&self.window, &format!("#/inbox/{key}?untriaged=1&product=shop"));
        self.window.shot("intake-small-dark");
    }

    // --- below the steps ---------------------------------------------------------------------------

    fn issue(&self, key: &str) -> Value {
        self.desk.call("issue_show", json!({ "key": key })).expect("it can be shown")["issue"]
            .clone()
    }

    /// Presses keys one after the other.
    fn keys(&self, chords: &str) {
        for chord in chords.split(' ') {
            self.window.press(chord);
        }
    }

    /// Ticks the shown issue and those below it.
    fn tick(&self, count: usize) {
        self.keys("x");
        for _ in 1..count {
            self.keys("j");
            self.keys("x");
        }
        self.window.expect_text(&format!("{count} issues chosen"));
    }

    /// Names one thing in the open dialog, and carries it out.
    fn name(&self, key: &str, shot: &str) {
        self.window.wait_until("the dialog has the focus", |window| {
            let read = "return document.activeElement?.getAttribute('role')";
            (window.script(read, &[]) == "combobox").then_some(())
        });
        self.window.type_text(key);
        self.window.expect("option", &format!("{key} "));
        self.window.shot(shot);
        self.keys("Enter");
        self.keys("Control+Enter");
        self.gone();
    }

    fn gone(&self) {
        self.window.wait_until("the dialog closes", |window| {
            let open = "return document.querySelectorAll('[role=dialog]').length";
            (window.script(open, &[]) == 0).then_some(())
        });
    }

    /// So many untriaged ones are left, and the list shows no others.
    fn left(&self, count: usize) {
        self.window.wait_until(&format!("{count} are left"), |window| {
            let read = "const all = document.querySelectorAll('[role=listbox][aria-label=Issues] [role=option]');
                return all.length === 0 ? 0 : Number(all[0].getAttribute('aria-setsize'));";
            (window.script(read, &[]) == count).then_some(())
        });
    }

    /// The image of this name has really been drawn, and the one that must not be was not.
    fn drawn(&self, name: &str) {
        self.window.wait_until(&format!("{name} is drawn"), |window| {
            let read = "const all = [...document.querySelectorAll('img')];
                return all.some((it) => it.alt === arguments[0] && it.naturalWidth > 0) &&
                  !all.some((it) => it.alt === 'bomb.png');";
            (window.script(read, &[name.into()]) == true).then_some(())
        });
    }
}
