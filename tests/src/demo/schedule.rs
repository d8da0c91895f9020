//! The time of a deployment in the real window: planned with what stands against it in sight, moved by keys
//! and by hand, seen by week, month and in the agenda, gone through in an emergency, and five thousand
//! deployments at once; in the light and in the dark, wide and narrow, without a finding of axe-core.

use super::{SIZES, fresh, go, look, nothing_wrong, saved};
use crate::{
    desktop::{Desktop, Window},
    ground,
    program::agent,
    servers::radicale::{PASSWORD, Radicale, USER},
};
use hotfix_core::{
    clock::{Instant, now},
    desk::{Desk, Options},
    event::{Event, Note, words::*},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const HOUR: u64 = 3600;

pub fn schedule(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "schedule.hotfix");
    let desk = Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made");
    let path = file.to_str().expect("the path is text").to_owned();
    let window = desktop.open(&["--workspace", &path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut walk = Walk { file, window: window.patient(15), desk, wrong: Vec::new() };
    walk.plan();
    walk.go_through();
    walk.foretell();
    walk.ask_stakeholders();
    walk.tell();
    walk.words();
    walk.instructions();
    walk.move_by_keys();
    walk.days();
    walk.classify();
    walk.emergency();
    walk.settings();
    walk.published();
    nothing_wrong(&walk.wrong);
    drop(walk);
    five_thousand(desktop, folder);
}

struct Walk {
    file: PathBuf,
    window: Window,
    desk: Desk,
    wrong: Vec<String>,
}

impl Walk {
    /// Pictures wide and narrow, in each theme.
    fn look(&mut self, name: &str) {
        self.wrong.extend(look(&self.window, &format!("schedule-{name}"), &SIZES));
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).expect(name)
    }

    /// The planned deployment of the hot fix whose title begins so.
    fn planned(&self, title: &str) -> Value {
        let page = self.call("deploy_list", json!({ "open": true, "limit": 100 }));
        let rows = page["rows"].as_array().expect("a list");
        let found = rows.iter().find(|row| {
            row["title"].as_str().is_some_and(|text| text.starts_with(title))
                && row["state"] == "planned"
        });
        found.expect(title).clone()
    }

    /// A freeze from `from` on, for so many hours.
    fn freeze(&self, id: &str, name: &str, from: Instant, hours: u64) {
        let text = from.to_string();
        let object = json!({
            "kind": "calendar", "id": id, "name": name, "purpose": "freeze",
            "products": ["accounts"], "environments": ["production"],
            "rule": { "start": text.get(..16), "zone": "UTC", "duration_minutes": hours * 60 },
        });
        self.call("catalog_save", json!({ "object": object }));
    }

    /// Typed into a freeze it says so, with the way out; a slot that is offered has nothing against it.
    fn plan(&mut self) {
        let one = self.planned("Saved address in Norway");
        let (key, hotfix) = (text(&one["key"]), text(&one["hotfix"]));
        let start: Instant = text(&one["starts_at"]).parse().expect("a time");
        self.freeze("stocktaking", "Stocktaking", start, 30);
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        self.window.click("button", &format!("Move {key}"));
        let form = self.window.within("form", &format!("Move {key}"));
        self.window.expect_text("Freeze “Stocktaking” holds Production.");
        self.window.expect_text("the least disruptive first");
        let slots = form.within("region", "Free slots");
        slots.click("button", "8 more");
        slots.click("button", "Up to 100");
        self.window.expect_text("free slots within 90 days");
        self.look("slots-hundred");
        slots.click("button", "Fewer");
        form.fill("Expected duration", "40 min");
        form.click("radio", "Degraded");
        self.look("plan-conflict");
        form.click("button", "Take ");
        self.window.expect_text("Nothing stands against this time.");
        self.look("plan-free");
        form.click("button", &format!("Move {key}"));
        self.window.expect_text(&format!("{key} moved"));
        let moved = self.call("deploy_show", json!({ "key": key }));
        assert_eq!(moved["deployment"]["expected"]["duration_minutes"], 40);
        assert_eq!(moved["deployment"]["expected"]["disruption"], "degraded");
        let from = &moved["deployment"]["starts_at"];
        let until = &moved["deployment"]["window_ends_at"];
        let asked = json!({ "deployment": key, "starts_at": from, "window_ends_at": until });
        assert_eq!(self.call("deploy_conflicts", asked)["blockers"], json!([]));
    }

    /// Gone through where it stands in the way, with a reason: the time may be kept, and a review is open.
    fn go_through(&mut self) {
        let one = self.planned("Saved address in Norway");
        let (key, hotfix) = (text(&one["key"]), text(&one["hotfix"]));
        let start: Instant = text(&one["starts_at"]).parse().expect("a time");
        self.freeze("sale", "Winter sale", start.minus(Duration::from_secs(HOUR)), 6);
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        self.window.click("button", &format!("Move {key}"));
        self.window.expect_text("Freeze “Winter sale” holds Production.");
        self.window.click("button", "Override: Freeze “Winter sale” holds Production.");
        let dialog = self.window.within("dialog", "Override “Freeze");
        dialog.fill("Reason", "The sale is what it mends.");
        self.look("override");
        dialog.click("button", "Override");
        self.window.expect_text("Nothing stands against this time.");
        self.window.expect_text("Overridden: The sale is what it mends.");
        self.look("overridden");
        let shown = self.call("fix_show", json!({ "key": hotfix }));
        let all = shown["hotfix"]["overrides"].as_array().expect("overrides");
        let last = all.last().expect("one");
        assert_eq!((&last["blocker"], &last["about"]), (&json!("freeze"), &json!(["sale"])));
        assert!(last["reviewed_at"].is_null(), "its review is open");
        self.call("catalog_retire", json!({ "kind": "calendar", "id": "sale" }));
    }

    /// What the start will ask is said while it is still being developed.
    fn foretell(&mut self) {
        let page = self.call("fix_list", json!({ "phase": "development" }));
        let hotfix = text(&page["rows"][0]["key"]);
        go(&self.window, &format!("#/fix/{hotfix}"));
        self.window.expect_text("Can I ship now?");
        self.window.expect_text("Later, before it is deployed to");
        self.look("ship-later");
        let page = self.call("fix_list", json!({ "phase": "rollout" }));
        let hotfix = text(&page["rows"][0]["key"]);
        go(&self.window, &format!("#/fix/{hotfix}"));
        self.window.choose("Environment", "Production");
        self.window.expect_text("to Production");
        self.look("ship-elsewhere");
    }

    /// A "not now" is in the way, by name and with its reason, until they agree.
    fn ask_stakeholders(&mut self) {
        let one = self.planned("Saved address in Norway");
        let (key, hotfix) = (text(&one["key"]), text(&one["hotfix"]));
        let answer = |walk: &Self, answer: &str, label: &str, said: &str| {
            walk.window.click("button", "Record an answer");
            let form = walk.window.within("form", &format!("Answer to {key}"));
            form.choose("Who answers", "Somebody else");
            form.fill("Name", "Greta Lindqvist");
            form.click("radio", answer);
            form.fill(label, said);
            form.click("button", "Record answer");
            walk.window.expect_text(&format!("Answer to {key} recorded"));
        };
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        answer(self, "Not now", "Why not now", "A customer moves in that night");
        self.window.expect_text("Not now, says Greta Lindqvist: “A customer moves in that night”.");
        self.look("stakeholder-not-now");
        answer(self, "It suits them", "How it reached you", "By telephone");
        self.window.expect_no_text("Not now, says");
    }

    /// What is due is told from its place, with a text about this deployment; another time is told to who had
    /// heard of it, and to nobody else.
    fn tell(&mut self) {
        let one = self.planned("Saved address in Norway");
        let (key, hotfix) = (text(&one["key"]), text(&one["hotfix"]));
        let moved = |walk: &Self, hours: u64| {
            let start = now().plus(Duration::from_secs(hours * HOUR));
            let end = start.plus(Duration::from_secs(2 * HOUR));
            let expected = json!({
                "duration_minutes": 40, "disruption": "degraded", "on_duty": ["rita"],
            });
            let to = json!({
                "key": key, "starts_at": start, "window_ends_at": end, "expected": expected,
            });
            walk.call("deploy_move", to);
        };
        moved(self, 30);
        self.read_anew(&hotfix);
        self.window.expect_text("Stakeholders 1 d before it starts");
        assert_eq!(self.window.count("link", "Tell them"), 0, "its time has not come");
        moved(self, 20);
        self.read_anew(&hotfix);
        self.window.expect("link", "Tell them… Stakeholders 1 d before it starts");
        self.look("notices-due");
        go(&self.window, "#/");
        self.window.expect_text("Tell Stakeholders when it starts (production)");
        self.look("notices-waiting");
        self.read_anew(&hotfix);
        self.window.click("link", "Tell them… Stakeholders 1 d before it starts");
        self.window.expect("textbox", "Subject");
        self.window.expect_text(&format!("what is known about {hotfix} and {key} now"));
        let typed = self.window.script("return document.querySelector('textarea').value", &[]);
        let body = text(&typed);
        assert!(body.contains("Production:") && body.contains("one function is away"), "{body}");
        self.window.choose("Channel", "Mail draft");
        self.look("notices-compose");
        self.window.press("Control+Enter");
        self.window.expect_text("Counts as told in");
        self.leave(&key);
        self.read_anew(&hotfix);
        self.window.expect_text("Told Stakeholders 1 d before it starts");
        moved(self, 23);
        self.read_anew(&hotfix);
        self.window.expect("link", "Tell them… Stakeholders that the time has changed");
        self.window.click("button", "Leave out… Stakeholders that the time has changed");
        self.window.fill("Reason", "Greta told them herself.");
        self.window.click("button", "Leave out");
        self.window.expect_text("Left out Stakeholders that the time has changed");
        self.look("notices-told");
        go(&self.window, "#/settings/audiences/stakeholders");
        self.window.expect_text("A due notice waits for a person");
        self.look("settings-audience");
        self.window.click("checkbox", "4 h before");
        self.window.click("button", "Save");
        self.window.expect_text("saved");
        let asked = json!({ "product": "shop", "environment": "production" });
        let told = self.call("notice_audiences", asked);
        assert_eq!(told[0]["tell"]["before_minutes"], json!([1440, 240, 60]));
    }

    /// A template has words of its own for a notification; the composer says them there and the main ones
    /// elsewhere, and keeps what is typed for each.
    fn words(&mut self) {
        let page = self.call("fix_list", json!({ "phase": "monitoring" }));
        let hotfix = text(&page["rows"][0]["key"]);
        go(&self.window, "#/settings/templates/fixed");
        self.window.expect_text("A channel without words of its own");
        self.window.click("radio", "Desktop notification");
        self.window.expect_text("Words of its own, filled in with a made-up hot fix");
        self.look("settings-template");
        go(&self.window, &format!("#/messages/new?hotfix={hotfix}&purpose=fixed"));
        self.window.expect_text("From the template, filled in");
        let main = self.typed();
        assert!(main.contains("You need not do anything"), "{main}");
        self.window.choose("Channel", "Desktop notification");
        self.window.expect_text("own words for Desktop notification");
        self.window.fill("Text", "It is over.");
        self.window.choose("Channel", "Mail draft");
        self.window.expect_text("What was written for Desktop notification is kept.");
        assert_eq!(self.typed(), main, "each channel keeps what is its own");
        self.look("compose-channels");
        self.window.choose("Channel", "Desktop notification");
        self.window.expect_text("Changed by hand for Desktop notification");
        assert_eq!(self.typed(), "It is over.");
    }

    /// What stands in the text of the message.
    fn typed(&self) -> String {
        text(&self.window.script("return document.querySelector('textarea').value", &[]))
    }

    /// A step is read with how it is done, where it is ticked.
    fn instructions(&mut self) {
        let hotfix = text(&self.planned("Saved address in Norway")["hotfix"]);
        go(&self.window, "#/settings/checklists/procedure");
        self.window.expect_text("Instructions");
        self.look("settings-checklist");
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        self.window.expect_text("The database was backed up within the last hour");
        let open = "document.querySelector('details summary[aria-label^=Instructions]').click()";
        self.window.script(open, &[]);
        self.window.expect("link", "backups");
        self.look("instructions");
    }

    /// The agent lets what waits its ten seconds leave: this window runs no engine.
    fn leave(&self, key: &str) {
        let mut agent = agent(&self.file, "agent-schedule");
        self.window.clone().patient(60).wait_until("the message has left", |_| {
            let stands = self.call("notice_list", json!({ "key": key }));
            stands.as_array()?.iter().any(|one| one["state"] == "told").then_some(())
        });
        agent.kill();
    }

    /// The schedule of a hot fix, read anew: this window does not hear of what others write.
    fn read_anew(&self, hotfix: &str) {
        go(&self.window, "#/schedule");
        self.window.expect_text("Timeline");
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
    }

    /// Lifted, moved over a freeze and back, dropped; then dragged.
    fn move_by_keys(&mut self) {
        let one = self.planned("Payments by Klarna");
        let key = text(&one["key"]);
        let start: Instant = text(&one["starts_at"]).parse().expect("a time");
        let object = json!({
            "kind": "calendar", "id": "audit", "name": "Audit", "purpose": "freeze",
            "products": ["billing"], "environments": ["production"],
            "rule": {
                "start": start.plus(Duration::from_secs(2 * HOUR)).to_string().get(..16),
                "zone": "UTC", "duration_minutes": 600,
            },
        });
        self.call("catalog_save", json!({ "object": object }));
        go(&self.window, "#/schedule");
        self.window.expect_text("Timeline");
        self.look("timeline");
        self.window.click("radio", "Month");
        self.look("timeline-month");
        self.window.click("radio", "Week");
        let there = format!("return document.getElementById('block-{key}') !== null");
        self.window.wait_until("the deployment is in sight", |window| {
            if window.script(&there, &[]) == true {
                return Some(());
            }
            window.click("button", "Next");
            std::thread::sleep(Duration::from_millis(400));
            None
        });
        self.window.script(&format!("document.getElementById('block-{key}').focus()"), &[]);
        self.window.expect_text("takes about 20 min");
        self.window.press("m");
        self.window.press("Shift+ArrowRight");
        self.window.expect_text("if it is dropped here");
        self.window.expect_text("Freeze “Audit” holds Production.");
        self.look("timeline-lifted");
        self.window.press("Escape");
        self.window.expect_no_text("if it is dropped here");
        self.window.press("m");
        self.window.press("ArrowLeft");
        self.window.press("Enter");
        self.go_on(&format!("{key} moved"));
        let moved = self.call("deploy_show", json!({ "key": key }));
        let now: Instant = text(&moved["deployment"]["starts_at"]).parse().expect("a time");
        assert_eq!(now, start.minus(Duration::from_secs(HOUR / 4)), "one step of a week");
        self.drag(&key);
        self.window.wait_until("it was moved by hand", |window| {
            if window.count("button", "Move all the same") > 0 {
                window.click("button", "Move all the same");
            }
            let moved = self.call("deploy_show", json!({ "key": key }));
            let then: Instant = text(&moved["deployment"]["starts_at"]).parse().ok()?;
            (then > now).then_some(())
        });
        self.look("timeline-dropped");
        for (zoom, picture) in [("Quarter", "quarter"), ("Hour", "hour"), ("Day", "day")] {
            self.window.click("radio", zoom);
            self.window.expect_text("Environment");
            self.look(&format!("timeline-{picture}"));
        }
        self.window.press("-");
        self.window.press("+");
    }

    /// Where something stands against the time it asks, and is told to go on.
    fn go_on(&self, moved: &str) {
        self.window.wait_until(moved, |window| {
            if window.count("button", "Move all the same") > 0 {
                window.click("button", "Move all the same");
            }
            window.text().contains(moved).then_some(())
        });
    }

    /// As a hand would, by pointer events: a block is too small to be told by its name.
    fn drag(&self, key: &str) {
        let body = "const it = document.getElementById(arguments[0]);
            it.scrollIntoView({ block: 'center' });
            const box = it.getBoundingClientRect();
            return [box.left + 20, box.top + 10];";
        let at = self.window.script(body, &[format!("block-{key}").into()]);
        let (x, y) = (at[0].as_f64().unwrap_or(0.0), at[1].as_f64().unwrap_or(0.0));
        self.window.drag_from(x as i32, y as i32, 120, 0);
    }

    fn days(&mut self) {
        for (key, name, picture) in
            [("2", "Week", "week"), ("3", "Month", "month"), ("4", "Agenda", "agenda")]
        {
            self.window.press("Escape");
            self.window.press(key);
            self.window.wait_until(name, |window| {
                (window.count("grid", name) + window.count("listbox", name) > 0).then_some(())
            });
            self.look(picture);
        }
        self.window.press("5");
        self.window.expect_text("What runs where");
    }

    /// A template covers what is within its risk; what is not says so, and is a normal change again.
    fn classify(&mut self) {
        let one = self.planned("Payments with Apple Pay");
        let hotfix = text(&one["hotfix"]);
        go(&self.window, &format!("#/fix/{hotfix}/approve"));
        self.window.expect("heading", "Change type");
        self.window.click("button", "Edit the type");
        let form = self.window.within("form", "Change type");
        form.click("radio", "Standard");
        form.click("button", "Make it a standard change");
        self.window.expect_text("Say which standard change it is.");
        form.choose("Standard change", "Correct the price list");
        self.window.expect_text("Risk: low at most.");
        self.look("change-type");
        form.click("button", "Make it a standard change");
        self.window.expect_text("does not cover it: the risk is medium");
        self.look("change-standard");
        self.window.click("button", "Edit the type");
        form.click("radio", "Normal");
        form.click("button", "Make it a normal change");
        self.window.expect_text("Assessed and approved by itself");
    }

    /// What is left, what the policy lets go, and one button that names it.
    fn emergency(&mut self) {
        let one = self.planned("Payments with Apple Pay");
        let (key, hotfix) = (text(&one["key"]), text(&one["hotfix"]));
        go(&self.window, &format!("#/fix/{hotfix}"));
        self.window.expect_text("Can I ship now?");
        go(&self.window, &format!("#/emergency/{hotfix}"));
        self.window.expect_text("What the policy lets go");
        self.look("emergency");
        let left = self.call("fix_emergency", json!({ "key": hotfix }));
        let goes = left["lets_go"].as_array().expect("a list").len();
        assert_eq!(left["stays"], json!([]), "nothing of it is hard");
        self.window.click("button", &format!("Override {goes} and deploy"));
        self.window.expect_text("Say why it cannot wait.");
        self.window.fill("Why it cannot wait", "Nobody can pay with Apple Pay.");
        self.window.click("button", &format!("Override {goes} and deploy"));
        self.window.expect_text(&format!("{key} has started"));
        let shown = self.call("fix_show", json!({ "key": hotfix }));
        let open = shown["hotfix"]["overrides"].as_array().expect("a list");
        let named = open.iter().filter(|one| one["reason"] == "Nobody can pay with Apple Pay.");
        assert_eq!(
            named.count(),
            goes + 1,
            "each has its reason and its review, and so has the emergency"
        );
        self.look("emergency-started");
    }

    fn settings(&mut self) {
        go(&self.window, "#/settings/products/shop");
        self.window.expect_text("Depends on");
        self.look("settings-product");
        for (address, text, picture) in [
            ("policies/production", "Approvals of an emergency change", "policy"),
            ("checklists/price-list", "What it covers", "checklist"),
        ] {
            go(&self.window, &format!("#/settings/{address}"));
            self.window.expect_text(text);
            self.look(&format!("settings-{picture}"));
        }
    }

    /// A calendar elsewhere is tried before it is saved, published to, and cleared when it is paused.
    fn published(&mut self) {
        let radicale = Radicale::start();
        go(&self.window, "#/settings/published-calendars/new");
        self.window.fill("Name", "Release calendar");
        self.window.fill("Address of the calendar", &radicale.place("people/"));
        self.window.fill("User", USER);
        self.window.fill("Give the password", PASSWORD);
        self.window.click("checkbox", "Only until the program ends");
        self.window.click("button", "Keep it");
        self.window.expect_text("Kept here");
        self.window.click("button", "Try it");
        self.window.expect_text("and not a calendar");
        self.look("published-refused");
        self.window.fill("Address of the calendar", &radicale.url());
        self.window.click("checkbox", "Only into production");
        self.window.click("button", "Try it");
        self.window
            .expect_text("It is a calendar, called “Team releases”, and one may write there.");
        self.look("published-try");
        assert!(radicale.names().is_empty(), "trying changes nothing");
        self.window.click("button", "Save published calendar");
        self.window.expect_text("Not published yet");
        self.window.click("button", "Publish now");
        self.window.expect_text("Last published");
        assert!(!radicale.names().is_empty());
        self.look("published-stands");
        self.window.click("button", "Pause");
        self.window.expect_text("Events of others are not touched.");
        self.look("published-pause");
        let asked = self.window.within("dialog", "Pause publishing");
        asked.click("button", "Take what was published away");
        self.window.expect_text("Paused");
        self.window.expect_text("0 events there.");
        assert!(radicale.names().is_empty());
    }
}

/// Five thousand deployments of a hundred environments in a quarter: scrolled through without a stutter.
fn five_thousand(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "schedule-many.hotfix");
    drop(Desk::create(&file, "Many", Options::default()).expect("a workspace can be made"));
    fill(&file);
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(60);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    go(&window, "#/schedule");
    window.expect_text("Timeline");
    window.click("radio", "Quarter");
    window.wait_until("the blocks are there", |window| {
        let drawn = window.script("return document.querySelectorAll('.block').length", &[]);
        (drawn.as_u64()? > 50).then_some(())
    });
    window.shot("schedule-many");
    // The best of three: another program on the machine makes one slow.
    let ratios = (0..3).map(|_| scrolled(&window));
    let best = ratios.reduce(f64::min).expect("three of them");
    assert!(best < 3.0, "a frame takes {best:.1} times what it takes to scroll nothing");
    window.press("4");
    window.expect("listbox", "Agenda");
    window.shot("schedule-many-agenda");
    let found = window.accessibility_problems();
    assert!(found.is_empty(), "not accessible to everybody:\n{}", found.join("\n"));
}

/// Scrolls through all of it, and through an empty box of the same size: how much longer the median frame takes.
/// Fails if a step leaves a place blank for more than two frames, or if more than what is in sight is drawn.
fn scrolled(window: &Window) -> f64 {
    let seen = window.script_async(
        "const done = arguments[arguments.length - 1];
        const frame = () => new Promise(requestAnimationFrame);
        const grid = document.querySelector('.grid');
        const scroll = async (box, look) => {
            const gaps = [];
            box.scrollTop = 0;
            await frame();
            for (let step = 0; step < 45; step++) {
                box.scrollTop += 120;
                for (let turn = 0; turn < 2; turn++) {
                    const before = performance.now();
                    await frame();
                    gaps.push(performance.now() - before);
                }
                look();
            }
            gaps.sort((a, b) => a - b);
            return gaps[45];
        };
        let blank = 0, most = 0;
        const look = () => {
            const box = grid.getBoundingClientRect();
            const places = [...grid.querySelectorAll('.place')].map((one) => one.getBoundingClientRect());
            let covered = box.top + 33;
            for (const { top, bottom } of places.sort((a, b) => a.top - b.top))
                if (top <= covered + 1) covered = Math.max(covered, bottom);
            if (covered < box.bottom - 2) blank++;
            most = Math.max(most, document.querySelectorAll('.block').length);
        };
        const empty = document.createElement('div');
        const tall = document.createElement('div');
        Object.assign(empty.style, {
            position: 'fixed', insetInline: 0, bottom: 0, height: '600px', overflow: 'auto', zIndex: 99,
        });
        tall.style.height = '20000px';
        empty.append(tall);
        (async () => {
            const full = await scroll(grid, look);
            const top = grid.scrollTop;
            document.body.append(empty);
            const plain = await scroll(empty, () => {});
            empty.remove();
            done({ full, plain, blank, most, top });
        })();",
    );
    let number = |name: &str| seen[name].as_f64().expect(name);
    println!(
        "demo: 5,000 deployments scrolled, a frame {:.0} ms, of an empty box {:.0} ms, {} drawn at most",
        number("full"),
        number("plain"),
        number("most")
    );
    assert!(number("top") > 1000.0, "it was scrolled");
    assert!(number("blank") < 1.0, "a place was still blank two frames later: {seen}");
    assert!(number("most") < 2000.0, "only what is in sight is drawn: {seen}");
    number("full") / number("plain").max(1.0)
}

fn fill(path: &Path) {
    let at = now();
    let mut events = Vec::new();
    for number in 0..50 {
        let environment = |id: &str, production: bool| json!({ "id": id, "name": id, "production": production, "soak_minutes": 0, "targets": [] });
        let object = json!({
            "kind": "product", "id": format!("product-{number:02}"),
            "name": format!("Product {number:02}"),
            "environments": [environment("staging", false), environment("production", true)],
        });
        events.push(saved(object));
    }
    for number in 1..=5000u64 {
        let starts_at = at.plus(Duration::from_secs((number / 100) * 40 * HOUR));
        let planned = Event::DeploymentPlanned {
            hotfix: HotfixKey(format!("HF-{number}")),
            product: CatalogId(format!("product-{:02}", number % 50)),
            environment: if number % 100 < 50 { "staging".into() } else { "production".into() },
            production: number % 100 >= 50,
            revision: 1,
            hash: Digest(format!("{number:064x}")),
            starts_at,
            window_ends_at: starts_at.plus(Duration::from_secs(2 * HOUR)),
            automatic: false,
            targets: Vec::new(),
            left_out: Vec::new(),
            procedures: Vec::new(),
            checks: Vec::new(),
            sign_offs: 0,
            sign_off_by: Default::default(),
            expected: Expected::default(),
            private: Note::default(),
        };
        events.push((format!("DEP-{number}"), planned));
    }
    ground::append(path, events);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
