//! Who is on duty in the real window: a rota made in one step, a turn that somebody else takes, a rota taken
//! in from a file, and a note written by one shift and read by the next; who is away and who is on duty beside
//! the deployments of the schedule, also of two thousand people; in the light and in the dark, wide and narrow,
//! without a finding of axe-core.

use super::{SIZES, fresh, go, look, nothing_wrong, saved};
use crate::{
    desktop::{Desktop, Window},
    ground,
};
use hotfix_core::{
    clock::{Instant, now},
    desk::{Desk, Options},
};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);

pub fn duty(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "duty.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).expect("the sample can be made");
    let path = file.to_str().expect("the path is text").to_owned();
    let window = desktop.open(&["--workspace", &path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut walk = Walk { window: window.patient(15), desk, wrong: Vec::new() };
    walk.people();
    walk.hand_over();
    walk.duty();
    nothing_wrong(&walk.wrong);
    drop(walk);
    two_thousand(desktop, folder);
}

struct Walk {
    window: Window,
    desk: Desk,
    wrong: Vec<String>,
}

impl Walk {
    /// Pictures wide and narrow, in each theme.
    fn look(&mut self, name: &str) {
        self.wrong.extend(look(&self.window, &format!("duty-{name}"), &SIZES));
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).expect(name)
    }

    /// A rota made in one step, its next turns in sight; who is on duty now, and somebody who takes a turn.
    fn duty(&mut self) {
        go(&self.window, "#/schedule");
        self.window.expect("region", "On duty now");
        self.look("on-duty");
        go(&self.window, "#/schedule/duty");
        self.window.click("button", "Make a rota");
        let dialog = self.window.within("dialog", "Make a rota");
        dialog.fill("Name", "Billing");
        self.pick(&dialog, "Products", "Billing");
        self.pick(&dialog, "People, in their order", "Dana Novak");
        self.pick(&dialog, "People, in their order", "Lena Fritz");
        dialog.click("radio", "Day");
        dialog.fill("First turn begins", "2026-01-05 09:00");
        dialog.expect_text("Dana Novak");
        self.look("rota");
        self.window.within("dialog", "Make a rota").click("button", "Make rota");
        self.window.expect_text("Billing is kept.");
        self.window.expect_text("Next turns: Billing");
        self.look("duty");
        let view = self.call("calendar_duty", json!({ "product": "billing" }));
        let turn = &view["rows"][0]["turns"][1];
        // Every turn has such a button; the first will do.
        self.window.script("document.querySelector('.turns button').click()", &[]);
        let dialog = self.window.within("dialog", "Somebody else takes over");
        dialog.choose("Who takes over", "Karim Aziz");
        self.look("take-over");
        self.window.within("dialog", "Somebody else takes over").click("button", "Take over");
        self.window.expect_text("Karim Aziz takes over.");
        assert!(turn["person"].is_string());
        go(&self.window, "#/settings/calendars?dialog=import");
        let dialog = self.window.within("dialog", "Import a calendar");
        dialog.click("radio", "Duty");
        dialog.fill("Calendar file", &{
            let file = crate::root().join("tests/calendars/duty/pagerduty.ics");
            file.to_str().expect("the path is text").to_owned()
        });
        dialog.expect_text("nobody here has the address");
        self.look("import-rota");
        self.window.press("Escape");
    }

    /// Away from today on for so many days, as whole days in Berlin.
    fn away(&self, id: &str, why: &str, people: &[&str], days: u32) {
        self.call("catalog_save", json!({ "object": absence(id, why, people, days) }));
    }

    /// Who is away and who is on duty stands below the environments, on the days and in the agenda; a bar and a
    /// line lead to the entry, the product keeps who is away, and all of it can be put out of sight.
    fn people(&mut self) {
        self.away("dana-away", "Course", &["dana"], 3);
        self.away("fair", "Trade fair", &["karim", "lena", "noor"], 2);
        go(&self.window, "#/schedule");
        self.window.click("radio", "Week");
        self.window.expect_text("away or on duty in this time");
        let people = self.window.within("region", "Dana Novak");
        people.expect("link", "Dana Novak is away: Course");
        self.window.script("document.querySelector('.bar[id]').focus()", &[]);
        let before = self.focused();
        self.window.press("ArrowDown");
        self.window.wait_until("the next person is reached", |_| {
            let now = self.focused();
            (now != before && now.contains("block-")).then_some(())
        });
        self.window.script(
            "const it = document.querySelector('.grid'); it.scrollTop = it.scrollHeight",
            &[],
        );
        self.window.wait_until("four are away and somebody is on duty", |_| {
            (self.bars() >= 5).then_some(())
        });
        self.look("people-timeline");
        self.window.click("radio", "Month");
        self.window.expect("link", "Dana Novak is away");
        self.look("people-timeline-month");
        self.window.press("2");
        self.window.expect("grid", "Week");
        self.window.expect_text("Dana Novak away");
        self.look("people-week");
        self.window.press("3");
        self.window.expect("grid", "Month");
        self.window.expect_text("Dana Novak away");
        self.look("people-month");
        // Every day with more than one has such a button; the first will do.
        self.window.script("document.querySelector('.day .more').click()", &[]);
        self.window.expect("listbox", "Agenda");
        self.window.press("t");
        self.window.expect_text("Dana Novak is away");
        self.window.expect_text("Trade fair");
        self.look("people-agenda");
        self.window.choose("Product", "Billing");
        self.window.expect_text("Dana Novak is away");
        self.window.click("checkbox", "Show people");
        self.window.expect_no_text("Dana Novak is away");
        go(&self.window, "#/");
        self.window.expect_text("Waiting for me");
        go(&self.window, "#/schedule/agenda");
        self.window.expect("listbox", "Agenda");
        self.window.expect_no_text("Dana Novak is away");
        self.window.click("checkbox", "Show people");
        self.window.expect_text("Dana Novak is away");
        self.window.press("1");
        self.window.expect_text("away or on duty in this time");
        self.window.wait_until("the people are in sight", |window| {
            let body = "const it = document.querySelector('.grid'); it.scrollTop = it.scrollHeight;
                const bar = document.querySelector('.bar[id]');
                return bar !== null && it.scrollTop > 0;";
            (window.script(body, &[]) == true).then_some(())
        });
        self.window.click("link", "Dana Novak is away: Course");
        self.window.wait_until("the entry is open", |window| {
            let there = window.script("return location.hash", &[]);
            (there == "#/settings/calendars/dana-away").then_some(())
        });
        for id in ["dana-away", "fair"] {
            self.call("catalog_retire", json!({ "kind": "calendar", "id": id }));
        }
    }

    fn bars(&self) -> u64 {
        let count = "return document.querySelectorAll('.bar[id]').length";
        self.window.script(count, &[]).as_u64().unwrap_or_default()
    }

    fn focused(&self) -> String {
        let id = self.window.script("return document.activeElement.id", &[]);
        id.as_str().unwrap_or_default().to_owned()
    }

    /// Written by Rita, read by Noor, and both see when.
    fn hand_over(&mut self) {
        go(&self.window, "#/");
        self.window.expect("article", "Hand-over from Marc Weber");
        self.look("home");
        go(&self.window, "#/schedule/duty");
        self.window.click("button", "Hand over");
        let dialog = self.window.within("dialog", "Hand over");
        dialog.fill(
            "What the next shift has to know",
            "The queue of the mail gateway grows: look at it.",
        );
        dialog.choose("For", "Noor Haddad");
        dialog.expect("list", "Under way");
        self.look("hand-over");
        self.window.within("dialog", "Hand over").click("button", "Hand over");
        self.window.expect_text("Handed over to Noor Haddad.");
        self.sit("Noor Haddad");
        go(&self.window, "#/");
        let note = self.window.within("article", "Hand-over from Rita Marsh");
        note.click("button", "Open");
        self.window.expect("dialog", "Hand-over from Rita Marsh");
        self.look("hand-over-note");
        let dialog = self.window.within("dialog", "Hand-over from Rita Marsh");
        dialog.click("button", "I have read it");
        self.window.expect_text("Rita Marsh sees that you have read it.");
        self.sit("Rita Marsh");
        let notes = self.call("hand_over_list", json!({}));
        assert!(notes["rows"][0]["read_at"].is_string(), "{notes}");
    }

    /// One more of several, typed and taken.
    fn pick(&self, dialog: &Window, label: &str, name: &str) {
        dialog.fill(label, name);
        self.window.click("option", name);
    }

    fn sit(&self, name: &str) {
        self.window.press("Control+k");
        self.window.expect("combobox", "Command, key or words");
        self.window.type_text(&format!("Be {name}"));
        self.window.expect("option", &format!("Be {name}"));
        self.window.press("Enter");
        self.window.expect("button", &format!("Profile: {name}"));
    }
}

/// From today on, for so many whole days in Berlin.
fn absence(id: &str, why: &str, people: &[&str], days: u32) -> Value {
    let today: String = now().to_string().chars().take(10).collect();
    json!({
        "kind": "calendar", "id": id, "name": why, "purpose": "absence", "people": people,
        "rule": {
            "start": format!("{today}T00:00"), "zone": "Europe/Berlin", "wall_clock": true,
            "duration_minutes": days * 1440,
        },
    })
}

/// The screen of so many answers and scrolls as that of a few: only who is in sight is drawn.
fn two_thousand(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "duty-many.hotfix");
    drop(Desk::create(&file, "Many", Options::default()).expect("a workspace can be made"));
    fill(&file);
    let desk = Desk::open(&file, Options::default()).expect("the workspace opens");
    let began = std::time::Instant::now();
    let asked = json!({ "from": now(), "to": now().plus(DAY * 91) });
    let answer = desk.call("schedule", asked).expect("the schedule");
    println!("demo: the schedule of 2,000 people in {} ms", began.elapsed().as_millis());
    assert_eq!(answer["people"].as_array().map(Vec::len), Some(2000));
    let window = desktop.open(&["--workspace", file.to_str().expect("text"), "--no-engine"]);
    let window = window.patient(60);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    go(&window, "#/schedule");
    window.expect_text("Timeline");
    window.click("radio", "Quarter");
    window.expect_text("Person 0000");
    let bars = || window.script("return document.querySelectorAll('.bar[id]').length", &[]);
    assert!(bars().as_u64().is_some_and(|drawn| drawn < 600), "only in sight: {}", bars());
    let frames = window.script_async(
        "const done = arguments[arguments.length - 1];
        const grid = document.querySelector('.grid');
        const gaps = [];
        let last = performance.now(), steps = 0;
        const step = () => {
            const now = performance.now();
            gaps.push(now - last);
            last = now;
            grid.scrollTop += 60;
            if (++steps < 90) requestAnimationFrame(step);
            else {
                gaps.sort((a, b) => a - b);
                done([gaps[45], gaps[gaps.length - 2], grid.scrollTop]);
            }
        };
        requestAnimationFrame(step);",
    );
    println!("demo: 2,000 people scrolled, frames (median, worst, top): {frames}");
    assert!(frames[2].as_f64().is_some_and(|top| top > 1000.0), "it was scrolled");
    window.shot("duty-many-timeline");
    window.press("3");
    window.expect("grid", "Month");
    window.expect_text("Person 0000 away");
    window.shot("duty-many-month");
    window.press("4");
    window.expect("listbox", "Agenda");
    window.expect_text("more people: see the timeline");
    window.shot("duty-many-agenda");
    nothing_wrong(&window.accessibility_problems());
}

/// Two thousand people, each free on one day of the week.
fn fill(path: &Path) {
    let mut events = Vec::new();
    let mut put = |object: Value| events.push(saved(object));
    put(json!({
        "kind": "product", "id": "shop", "name": "Shop",
        "environments": [{
            "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
            "targets": [],
        }],
    }));
    let monday: Instant = "2026-01-05T00:00:00Z".parse().expect("a time");
    for number in 0..2000u32 {
        let id = format!("person-{number:04}");
        put(
            json!({ "kind": "person", "id": id, "name": format!("Person {number:04}"), "roles": ["support"], "zone": "Europe/Berlin" }),
        );
        let first = monday.plus(DAY * (number % 7)).to_string();
        put(json!({
            "kind": "calendar", "id": format!("free-{number:04}"), "name": "Free", "purpose": "absence",
            "people": [id],
            "rule": {
                "start": first.get(..16), "zone": "Europe/Berlin", "wall_clock": true,
                "duration_minutes": 1440, "rrule": "FREQ=WEEKLY",
            },
        }));
    }
    ground::append(path, events);
}
