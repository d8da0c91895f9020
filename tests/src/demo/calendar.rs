//! What stands against a time, made by hand in the real window: a start typed into each kind of conflict, a
//! deployment put down on a freeze, a freeze, an absence and a lock made in Settings and met on the Schedule, bad
//! values refused beside their fields, and calendars that come out of a file and go into one.

use super::{THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::{
    clock::{Instant, now},
    desk::{Desk, Options},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const DAY: u64 = 24 * 3600;
/// Days after a Thursday, as the first of January 1970 was one.
const FRIDAY: u64 = 1;
const TUESDAY: u64 = 5;

pub fn calendar(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "calendar.hotfix");
    let desk = Desk::sample(&file, 100, 1, Options::default()).expect("the sample can be made");
    let path = file.to_str().expect("the path is text").to_owned();
    let window = desktop.open(&["--workspace", &path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let folder = folder.to_owned();
    let mut walk = Walk { window: window.patient(20), desk, folder, wrong: Vec::new() };
    walk.bad_values();
    walk.freeze();
    walk.type_into_conflicts();
    walk.drop_on_a_freeze();
    walk.absence();
    walk.lock();
    walk.whole_path();
    walk.in_and_out();
    walk.holidays();
    nothing_wrong(&walk.wrong);
}

struct Walk {
    window: Window,
    desk: Desk,
    folder: PathBuf,
    wrong: Vec<String>,
}

impl Walk {
    fn look(&mut self, name: &str) {
        if name.starts_with("plan-") {
            let body =
                "document.querySelector('form .against').scrollIntoView({ block: 'center' })";
            self.window.script(body, &[]);
        }
        self.wrong.extend(look(&self.window, &format!("calendar-{name}"), &THEMES));
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).expect(name)
    }

    /// The planned deployment that the walk is about: into the production of Accounts.
    fn planned(&self) -> (String, String, Instant) {
        let page = self.call("deploy_list", json!({ "open": true, "limit": 100 }));
        let rows = page["rows"].as_array().expect("a list");
        let found = rows.iter().find(|row| {
            row["title"].as_str().is_some_and(|title| title.starts_with("Saved address in Norway"))
        });
        let text =
            |name: &str| found.expect("it is planned")[name].as_str().expect(name).to_owned();
        (text("key"), text("hotfix"), text("starts_at").parse().expect("a time"))
    }

    /// The form in which it is moved.
    fn move_form(&self) -> Window {
        let (key, hotfix, _) = self.planned();
        // The address may be the same as before: the form is opened anew all the same.
        go(&self.window, "#/schedule");
        self.window.expect("group", "Timeline");
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        self.window.click("button", &format!("Move {key}"));
        self.window.within("form", &format!("Move {key}"))
    }

    /// A rule is refused beside its field, and what was typed is still there.
    fn bad_values(&mut self) {
        go(&self.window, "#/settings/calendars/new");
        let form = self.window.within("form", "New calendar entry");
        form.fill("Name", "Weekend");
        form.fill("Time zone", "Mars/Olympus");
        self.window.press("Tab");
        form.fill("First start", &format!("{} 16:00", day(FRIDAY, -14)));
        form.fill("Lasts", "-3 h");
        form.click("button", "Save calendar entry");
        form.expect_text("Write how long, such as 30 min, 2 h or 3 days.");
        assert_eq!(self.typed("Lasts"), "-3 h");
        form.fill("Lasts", "64 h");
        form.click("button", "Save calendar entry");
        form.expect_text("“Mars/Olympus” is not a known time zone.");
        assert_eq!(self.typed("Time zone"), "Mars/Olympus");
        self.look("refused-zone");
        form.fill("Time zone", "Europe/Berlin");
        self.window.press("Tab");
        form.choose("Repeats", "By a rule of my own");
        form.fill("Rule", "FREQ=HOURLY");
        form.click("button", "Save calendar entry");
        form.expect_text("daily");
        assert_eq!(self.typed("Rule"), "FREQ=HOURLY");
        self.look("refused-rule");
    }

    /// What stands in the field of this label.
    fn typed(&self, label: &str) -> String {
        let body = "const fields = [...document.querySelectorAll('input, textarea')];
            return fields.find((one) => one.labels?.[0]?.innerText.startsWith(arguments[0]))?.value";
        self.window.script(body, &[label.into()]).as_str().unwrap_or_default().to_owned()
    }

    /// The same form goes on: each Friday from four o'clock, until Monday morning; hatched on the Schedule.
    fn freeze(&mut self) {
        let form = self.window.within("form", "New calendar entry");
        form.choose("Repeats", "Weekly");
        form.expect_text("for 2 d 16 h");
        self.look("freeze-form");
        form.click("button", "Save calendar entry");
        self.window.expect_text("Saved Weekend");
        go(&self.window, "#/schedule/week");
        self.window.expect_text("Weekend");
        self.look("freeze-week");
        go(&self.window, "#/schedule");
        self.window.click("radio", "Week");
        self.window.wait_until("it is hatched from Friday on", |window| {
            let body = "return [...document.querySelectorAll('.span')].some((one) =>
                /Weekend, .*04:00 PM to/.test(one.textContent) &&
                [one, ...one.children].some((part) =>
                    getComputedStyle(part).backgroundImage.includes('repeating')))";
            (window.script(body, &[]) == true).then_some(())
        });
        self.look("freeze-timeline");
    }

    /// Said while it is typed, each with its remedy; gone with a time that suits.
    fn type_into_conflicts(&mut self) {
        let form = self.move_form();
        let said = form.within("region", "Against this time");
        let start = format!("{} 17:00", day(FRIDAY, 2));
        form.fill("May start from", &start);
        said.expect_text("Weekend");
        said.expect_text("Wait until it ends, or override it with a reason.");
        assert_eq!(self.typed("May start from"), start, "what was typed stays");
        self.look("plan-freeze");
        form.fill("May start from", &format!("{} 03:00", day(TUESDAY, 2)));
        said.expect_text("This time is outside the maintenance windows of Production.");
        said.expect_text("Move it into one, or override with a reason.");
        said.expect_no_text("Weekend");
        self.look("plan-outside");
        form.fill("May start from", &format!("{} 20:00", day(TUESDAY, 2)));
        said.expect_no_text("outside the maintenance windows");
        said.expect_no_text("ends before it would be over");
        self.look("plan-inside");
    }

    /// By hand and by keys: said while it is held, asked when it is put down, and left where it was.
    fn drop_on_a_freeze(&mut self) {
        let (key, _, start) = self.planned();
        let from = start.plus(Duration::from_secs(2 * 3600)).to_string();
        let object = json!({
            "kind": "calendar", "id": "audit", "name": "Audit", "purpose": "freeze",
            "products": ["accounts"], "environments": ["production"],
            "rule": { "start": from.get(..16), "zone": "UTC", "duration_minutes": 3 * 24 * 60 },
        });
        self.call("catalog_save", json!({ "object": object }));
        go(&self.window, "#/schedule");
        self.window.expect("group", "Timeline");
        self.window.click("radio", "Week");
        let block = format!("block-{key}");
        self.window.wait_until("the deployment is in sight", |window| {
            let there = "return document.getElementById(arguments[0]) !== null";
            if window.script(there, &[block.clone().into()]) == true {
                return Some(());
            }
            window.click("button", "Next");
            std::thread::sleep(Duration::from_millis(500));
            None
        });
        self.window
            .script("document.getElementById(arguments[0]).focus()", &[block.clone().into()]);
        self.window.press("m");
        self.window.press("Shift+ArrowRight");
        self.window.press("Shift+ArrowRight");
        self.window.expect_text("if it is dropped here");
        self.window.expect_text("Freeze “Audit” holds Production.");
        self.look("held-by-keys");
        self.window.press("Enter");
        self.refuse_the_drop(&key, start);
        self.look("put-back");
        let body = "const it = document.getElementById(arguments[0]);
            it.scrollIntoView({ block: 'center' });
            const box = it.getBoundingClientRect();
            return [box.left + 20, box.top + 10];";
        let at = self.window.script(body, &[block.into()]);
        let place = |index: usize| at[index].as_f64().unwrap_or(0.0) as i32;
        self.window.drag_from(place(0), place(1), 120, 0);
        self.refuse_the_drop(&key, start);
    }

    /// It says that it has not moved, and why; and so it is after Cancel.
    fn refuse_the_drop(&mut self, key: &str, start: Instant) {
        let dialog = self.window.within("dialog", &format!("Move {key}"));
        dialog.expect_text("so it has not moved");
        dialog.expect_text("“Audit”");
        dialog.expect("button", "Move all the same");
        self.look("dropped-on-freeze");
        self.window.within("dialog", &format!("Move {key}")).click("button", "Cancel");
        self.window.expect_no_text("so it has not moved");
        assert_eq!(self.planned().2, start, "it is where it was");
    }

    /// Somebody on duty is away: it is said with who could be there instead.
    fn absence(&mut self) {
        go(&self.window, "#/settings/people/rita");
        self.window.click("link", "New absence");
        let form = self.window.within("form", "New calendar entry");
        form.fill("Name", "Rita at the conference");
        form.fill("First start", &format!("{} 00:00", day(TUESDAY, 2)));
        form.fill("Lasts", "2 d");
        form.click("button", "Save calendar entry");
        self.window.expect_text("Saved Rita at the conference");
        self.look("absence");
        let form = self.move_form();
        form.fill("May start from", &format!("{} 20:00", day(TUESDAY, 2)));
        if self.window.count("button", "Remove Rita Marsh") == 0 {
            form.fill("On duty", "Rita Marsh");
            self.window.click("option", "Rita Marsh");
        }
        form.within("region", "Against this time").expect_text("Rita Marsh is away");
        self.look("plan-absent");
    }

    fn lock(&mut self) {
        go(&self.window, "#/settings/calendars/new");
        let form = self.window.within("form", "New calendar entry");
        form.click("radio", "Lock");
        form.fill("Name", "Load test");
        form.fill("First start", &format!("{} 08:00", day(TUESDAY, 2)));
        form.fill("Lasts", "6 h");
        form.click("button", "Save calendar entry");
        self.window.expect_text("Saved Load test");
        let form = self.move_form();
        form.fill("May start from", &format!("{} 09:00", day(TUESDAY, 2)));
        form.within("region", "Against this time")
            .expect_text("Lock “Load test” holds Production.");
        self.look("plan-locked");
    }

    /// Each slot says when it is staging's turn and when production's, and why; the one that is taken is staging's.
    fn whole_path(&mut self) {
        let page = self.call("deploy_list", json!({ "limit": 100 }));
        let rows = page["rows"].as_array().expect("a list");
        let found = rows.iter().find(|row| row["state"] == "validating").expect("one is validated");
        let hotfix = found["hotfix"].as_str().expect("its hot fix");
        go(&self.window, &format!("#/fix/{hotfix}/schedule"));
        self.window.click("button", "Plan another deployment");
        let form = self.window.within("form", "Plan a deployment");
        form.choose("Environment", "Production");
        form.click("checkbox", "Along the whole path");
        let slots = form.within("region", "Free slots");
        slots.expect_text("Staging ");
        slots.expect_text(" → Production ");
        slots.expect_text("Inside maintenance “Maintenance of the databases”.");
        self.look("whole-path");
        let first = self.window.text_of("form section[aria-label='Free slots'] li .why");
        slots.click("button", first.split('.').next().expect("two parts"));
        self.window.wait_until("staging's part is taken", |window| {
            (window.text_of("form .kit-select").trim() == "Staging").then_some(())
        });
        assert!(!self.typed("May start from").is_empty());
    }

    /// A line that is not understood is named and left out; the rest comes, and goes out again.
    fn in_and_out(&mut self) {
        let day = day(TUESDAY, 9).replace('-', "");
        let event = |uid: &str, name: &str, start: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{name}\r\nDTSTART:{start}\r\nDURATION:PT4H\r\n\
                 END:VEVENT\r\n"
            )
        };
        let whole = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Acme//EN\r\n{}{}{}END:VCALENDAR\r\n",
            event("one", "Year-end close", &format!("{day}T080000Z")),
            event("two", "Somewhen", "tomorrow"),
            event("three", "Audit of the books", &format!("{day}T140000Z")),
        );
        let file = self.folder.join("freezes.ics");
        std::fs::write(&file, whole).expect("target/demo can be written to");
        go(&self.window, "#/settings/calendars");
        self.window.click("button", "Import an .ics file");
        let dialog = self.window.within("dialog", "Import a calendar");
        dialog.fill("Calendar file", file.to_str().expect("the path is text"));
        dialog.expect_text("2 new");
        dialog.within("region", "Not understood").expect_text("line 13");
        self.look("import");
        self.window.within("dialog", "Import a calendar").click("button", "Import 2");
        self.window.expect("link", "Year-end close");
        self.window.expect("link", "Audit of the books");
        assert_eq!(self.window.count("link", "Somewhen"), 0);
        let out = fresh(&self.folder, "written.ics");
        self.window.click("button", "Export as an .ics file");
        let dialog = self.window.within("dialog", "Export the calendar");
        dialog.fill("New file", out.to_str().expect("the path is text"));
        self.look("export");
        self.window.within("dialog", "Export the calendar").click("button", "Export");
        self.window.expect_text("entries written");
        let text = std::fs::read_to_string(&out).expect("it was written");
        for line in ["SUMMARY:Year-end close", "SUMMARY:Load test", "RRULE:FREQ=WEEKLY"] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("conference"), "absences were not asked for");
    }

    /// A country's holidays out of a file; what is no whole day is left out by its line.
    fn holidays(&mut self) {
        let file = self.folder.join("holidays.ics");
        let day = |uid: &str, name: &str, start: &str| {
            format!("BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{name}\n{start}\nEND:VEVENT\n")
        };
        let year = &now().plus(Duration::from_secs(370 * DAY)).to_string()[..4];
        let whole = format!(
            "BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n",
            day("one", "Christmas Day", &format!("DTSTART;VALUE=DATE:{year}1225")),
            day("two", "Office party", &format!("DTSTART:{year}1220T180000Z")),
        );
        std::fs::write(&file, whole).expect("target/demo can be written to");
        go(&self.window, "#/settings/business-hours/new");
        let form = self.window.within("form", "New business calendar");
        form.fill("Name", "Office in Berlin");
        form.fill("Holidays from a file", file.to_str().expect("the path is text"));
        form.click("button", "Add them");
        form.expect_text(&format!("{year}-12-25 Christmas Day"));
        form.expect_text("1 left out; line 7");
        self.look("holidays");
        form.click("button", "Save business calendar");
        self.window.expect_text("Saved Office in Berlin");
    }
}

/// That weekday, more than `after` days from now, as it is typed: `2026-12-04`.
fn day(weekday: u64, after: i64) -> String {
    let days_on = |days: i64| {
        let shift = Duration::from_secs(days.unsigned_abs() * DAY);
        if days < 0 { now().minus(shift) } else { now().plus(shift) }
    };
    let today = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() / DAY;
    let first = (today as i64 + after) as u64;
    let wait = (7 + weekday - first % 7) % 7;
    days_on(after + wait as i64).to_string()[..10].to_owned()
}
