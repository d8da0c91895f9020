//! The window as a person meets it: things are called by role and name, and every step waits until
//! it can be done. A step that cannot be done panics with what was on screen instead and leaves a
//! screenshot beside the logs.

use super::session::{Element, Session, WireError};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

const FIND: &str = include_str!("find.js");
const FIELDS: &[&str] = &["textbox", "searchbox", "combobox", "spinbutton"];

/// A window, or a part of one ([`Window::within`]). Cloning names the same window.
#[derive(Clone)]
pub struct Window {
    session: Rc<Session>,
    part: Option<(String, String)>,
    patience: Duration,
    shots: PathBuf,
    logs: PathBuf,
    failing: Rc<Cell<bool>>,
}

struct Found {
    element: Element,
    role: String,
    name: String,
    disabled: bool,
}

impl Window {
    pub(super) fn new(session: Session, logs: &Path) -> Self {
        Self {
            session: Rc::new(session),
            part: None,
            patience: Duration::from_secs(10),
            shots: crate::demo_folder(),
            logs: logs.to_owned(),
            failing: Rc::default(),
        }
    }

    /// Only what is inside the element of this role and name: a dialog, a row, a region.
    #[must_use]
    pub fn within(&self, role: &str, name: &str) -> Self {
        Self { part: Some((role.to_owned(), name.to_owned())), ..self.clone() }
    }

    /// The same with another time that each step may take (10 s otherwise).
    #[must_use]
    pub fn patient(&self, seconds: u64) -> Self {
        Self { patience: Duration::from_secs(seconds), ..self.clone() }
    }

    pub fn click(&self, role: &str, name: &str) {
        self.step(&format!("click the {role} “{name}”"), || {
            let found = self.one(&[role], Some(name))?;
            if found.disabled {
                return Err(format!("the {role} “{}” is disabled", found.name));
            }
            let surface = self.surface(found)?;
            self.rests(&surface)?;
            self.session.click(&surface).map_err(words)
        });
    }

    /// Nobody clicks what still moves, as a page does while the rest of it arrives.
    fn rests(&self, element: &Element) -> Result<(), String> {
        let script = "const [element, done] = arguments;
            const place = () => { const box = element.getBoundingClientRect(); return `${box.x} ${box.y}`; };
            const before = place();
            setTimeout(() => requestAnimationFrame(() => done(place() === before)), 40);";
        match self.session.execute_async(script, &[element.json()]).map_err(words)? {
            Value::Bool(true) => Ok(()),
            _ => Err("it still moves".into()),
        }
    }

    /// What a hand would click: the label, where the input itself is drawn by it.
    fn surface(&self, found: Found) -> Result<Element, String> {
        if !matches!(found.role.as_str(), "radio" | "checkbox") {
            return Ok(found.element);
        }
        let label = "return arguments[0].labels?.[0] ?? null";
        let label = self.session.execute(label, &[found.element.json()]).map_err(words)?;
        Ok(Element::from_json(&label).unwrap_or(found.element))
    }

    /// Replaces the text of the field with this label, key by key.
    pub fn fill(&self, label: &str, text: &str) {
        self.step(&format!("fill “{label}”"), || {
            let field = self.one(FIELDS, Some(label))?.element;
            if self.session.click(&field).is_err() {
                // From under a notification, or a bar at the foot, it is scrolled as a person would.
                let centre = "arguments[0].scrollIntoView({ block: 'center' })";
                self.session.execute(centre, &[field.json()]).map_err(words)?;
                self.session.click(&field).map_err(words)?;
            }
            self.session.clear(&field).map_err(words)?;
            self.session.send_keys(&field, text).map_err(words)?;
            let value = "const it = arguments[0]; return it.value ?? it.textContent;";
            let now = self.session.execute(value, &[field.json()]).map_err(words)?;
            if now == text { Ok(()) } else { Err(format!("it holds {now} afterwards")) }
        });
    }

    /// Chooses an option by its text: of a native select, or of a list that opens on a click.
    pub fn choose(&self, label: &str, option: &str) {
        let native = self.step(&format!("choose “{option}” for “{label}”"), || {
            let found = self.one(&["combobox", "listbox", "button"], Some(label))?;
            // What is cut off at an edge counts as in sight, and cannot be hit there.
            let script = "const [it, text] = arguments;
                it.scrollIntoView({ block: 'nearest' });
                if (!(it instanceof HTMLSelectElement)) return null;
                const found = [...it.options].find((each) => each.label.trim() === text);
                if (!found) return false;
                it.focus(); it.value = found.value;
                it.dispatchEvent(new Event('input', { bubbles: true }));
                it.dispatchEvent(new Event('change', { bubbles: true }));
                return true;";
            let set = self.session.execute(script, &[found.element.json(), json!(option)]);
            match set.map_err(words)? {
                Value::Bool(true) => Ok(true),
                Value::Null => self.session.click(&found.element).map(|()| false).map_err(words),
                _ => Err(format!("there is no option “{option}”")),
            }
        });
        if !native {
            // The list may be drawn anywhere in the page.
            Self { part: None, ..self.clone() }.click("option", option);
        }
    }

    /// Presses keys where the focus is: `"Control+k"`, `"Escape"`, `"j"`.
    pub fn press(&self, chord: &str) {
        self.step(&format!("press {chord}"), || {
            // A plus by itself is a key like any other.
            let keys: Vec<String> = match chord {
                "+" => vec![key("+")],
                chord => chord.split('+').map(key).collect(),
            };
            let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
            let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
            let all: Vec<Value> = down.chain(up).collect();
            let actions = json!([{ "type": "key", "id": "keyboard", "actions": all }]);
            self.session.actions(&actions).map_err(words)
        });
    }

    /// Types where the focus is.
    pub fn type_text(&self, text: &str) {
        self.step("type", || {
            let keys = text.chars().flat_map(|letter| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": letter }))
            });
            let all: Vec<Value> = keys.collect();
            let actions = json!([{ "type": "key", "id": "keyboard", "actions": all }]);
            self.session.actions(&actions).map_err(words)
        });
    }

    /// Drags an element by its middle, in pixels, with moves in between as a hand makes them.
    pub fn drag(&self, role: &str, name: &str, right: i32, down: i32) {
        self.step(&format!("drag the {role} “{name}”"), || {
            let origin = self.one(&[role], Some(name))?.element.json();
            let part = |share: i32| {
                json!({ "type": "pointerMove", "duration": 60, "origin": origin,
                        "x": right * share / 4, "y": down * share / 4 })
            };
            let mut moves = vec![part(0), json!({ "type": "pointerDown", "button": 0 })];
            // Relative to where the pointer is, because the element itself may move along.
            for _ in 0..4 {
                moves.push(json!({ "type": "pointerMove", "duration": 60, "origin": "pointer",
                                   "x": right / 4, "y": down / 4 }));
            }
            moves.push(json!({ "type": "pointerUp", "button": 0 }));
            let mouse = json!({ "type": "pointer", "id": "mouse",
                                "parameters": { "pointerType": "mouse" }, "actions": moves });
            self.session.actions(&json!([mouse])).map_err(words)
        });
    }

    /// Drags from a point of the window, with moves in between as a hand makes them.
    pub fn drag_from(&self, x: i32, y: i32, right: i32, down: i32) {
        self.step(&format!("drag from {x}, {y}"), || {
            let to = |share: i32| {
                json!({ "type": "pointerMove", "duration": 60, "origin": "viewport",
                        "x": x + right * share / 4, "y": y + down * share / 4 })
            };
            let mut moves = vec![to(0), json!({ "type": "pointerDown", "button": 0 })];
            moves.extend((1..=4).map(to));
            moves.push(json!({ "type": "pointerUp", "button": 0 }));
            let mouse = json!({ "type": "pointer", "id": "mouse",
                                "parameters": { "pointerType": "mouse" }, "actions": moves });
            self.session.actions(&json!([mouse])).map_err(words)
        });
    }

    /// Waits until this text can be read.
    pub fn expect_text(&self, text: &str) {
        self.step(&format!("read “{text}”"), || {
            if self.read()?.contains(text) { Ok(()) } else { Err("it is not there".into()) }
        });
    }

    /// Waits until this text can no longer be read.
    pub fn expect_no_text(&self, text: &str) {
        self.step(&format!("no longer read “{text}”"), || {
            if self.read()?.contains(text) { Err("it is still there".into()) } else { Ok(()) }
        });
    }

    /// Waits for an element of this role and name.
    pub fn expect(&self, role: &str, name: &str) {
        self.step(&format!("see the {role} “{name}”"), || {
            self.one(&[role], Some(name)).map(drop)
        });
    }

    /// Waits for the element, and says whether it can be used now.
    pub fn enabled(&self, role: &str, name: &str) -> bool {
        let what = format!("see the {role} “{name}”");
        self.step(&what, || self.one(&[role], Some(name)).map(|found| !found.disabled))
    }

    /// How many there are now, without waiting.
    pub fn count(&self, role: &str, name: &str) -> usize {
        let wanted = (!name.is_empty()).then_some(name);
        self.all(&[role], wanted).map_or(0, |found| found.len())
    }

    /// All text that can be read now, its white space squeezed.
    pub fn text(&self) -> String {
        self.step("read the window", || self.read())
    }

    /// The text of the first element that a selector finds: for what has neither role nor name.
    pub fn text_of(&self, css: &str) -> String {
        self.step(&format!("find {css}"), || {
            let found = self.session.find_css(css).map_err(words)?;
            let first = found.first().ok_or("it is not there")?;
            let text = self.session.execute("return arguments[0].innerText", &[first.json()]);
            Ok(text.map_err(words)?.as_str().unwrap_or_default().trim().to_owned())
        })
    }

    /// Waits until a condition over the window holds.
    pub fn wait_until<T>(&self, what: &str, ask: impl Fn(&Self) -> Option<T>) -> T {
        self.step(what, || ask(self).ok_or_else(|| "not yet".to_owned()))
    }

    /// Runs the body of a JavaScript function.
    pub fn script(&self, body: &str, args: &[Value]) -> Value {
        match self.session.execute(body, args) {
            Ok(value) => value,
            Err(error) => self.fail("run a script", &error.to_string()),
        }
    }

    /// Runs the body of a function that calls its last argument when it is done.
    pub fn script_async(&self, body: &str) -> Value {
        match self.session.execute_async(body, &[]) {
            Ok(value) => value,
            Err(error) => self.fail("run a script", &error.to_string()),
        }
    }

    /// Loads a page; the product itself never needs it.
    pub fn go(&self, url: &str) {
        self.step(&format!("go to {url}"), || self.session.go(url).map_err(words));
    }

    pub fn title(&self) -> String {
        self.step("read the title", || self.session.title().map_err(words))
    }

    pub fn resize(&self, width: u32, height: u32) {
        self.step("resize", || self.session.resize(width, height).map_err(words));
    }

    /// Takes a picture, `target/demo/NAME.png`.
    pub fn shot(&self, name: &str) -> PathBuf {
        let path = self.shots.join(format!("{name}.png"));
        // What was just changed is painted with the frame after the next.
        let painted = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)));";
        if let Err(error) = self.session.execute_async(painted, &[]) {
            self.fail("wait for a frame", &error.to_string());
        }
        match self.session.screenshot() {
            Ok(png) => fs::write(&path, png).expect("the picture can be written"),
            Err(error) => self.fail("take a picture", &error.to_string()),
        }
        path
    }

    /// What axe-core finds wrong now, a line a place: empty when the screen is clean.
    pub fn accessibility_problems(&self) -> Vec<String> {
        let path = crate::root().join("ui/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("axe-core is missing ({error}): run `npm ci` in ui"));
        // What fades in or out is paler than it will be, and a toast may leave while axe reads:
        // nothing glides before the answer, and what was gliding is waited for.
        let run = "const still = new CSSStyleSheet();
            still.replaceSync('*, *::before, *::after { transition: none !important }');
            document.adoptedStyleSheets.push(still);
            const moving = () => document.adoptedStyleSheets.filter((sheet) => sheet !== still);
            const answer = arguments[arguments.length - 1];
            const done = (lines) => { document.adoptedStyleSheets = moving(); answer(lines); };
            const fades = () => document.getAnimations().some((one) =>
              one.playState === 'running' && one.effect?.getTiming().iterations !== Infinity);
            const look = (turns) => fades() && turns > 0
              ? setTimeout(() => look(turns - 1), 50)
              : axe.run(document, { resultTypes: ['violations'] }).then(
                (result) => done(result.violations.flatMap((rule) => rule.nodes.map((node) =>
                  `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.html.slice(0, 160)}`))),
                (error) => done([String(error)]));
            look(60);";
        match self.session.execute_async(&format!("{axe};\n{run}"), &[]) {
            Ok(list) => {
                let lines = list.as_array().into_iter().flatten();
                lines.filter_map(|line| line.as_str().map(str::to_owned)).collect()
            }
            Err(error) => self.fail("run axe-core", &error.to_string()),
        }
    }

    fn read(&self) -> Result<String, String> {
        let script = "return (arguments[0] ?? document.body).innerText";
        let text = self.session.execute(script, &[self.root()?]).map_err(words)?;
        let text = text.as_str().unwrap_or_default();
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn root(&self) -> Result<Value, String> {
        let Some((role, name)) = &self.part else { return Ok(Value::Null) };
        let whole = Self { part: None, ..self.clone() };
        Ok(whole.one(&[role.as_str()], Some(name))?.element.json())
    }

    fn all(&self, roles: &[&str], name: Option<&str>) -> Result<Vec<Found>, String> {
        let args = [self.root()?, json!(roles), json!(name)];
        let list = self.session.execute(FIND, &args).map_err(words)?;
        let each = |one: &Value| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            Some(Found {
                element: Element::from_json(&one["element"])?,
                role: text("role"),
                name: text("name"),
                disabled: one["disabled"] == true,
            })
        };
        Ok(list.as_array().into_iter().flatten().filter_map(each).collect())
    }

    /// The one element that is meant; several, or one that the engine would call otherwise, are
    /// mistakes worth hearing about.
    fn one(&self, roles: &[&str], name: Option<&str>) -> Result<Found, String> {
        let mut found = self.all(roles, name)?;
        if found.len() > 1 {
            let names: Vec<_> =
                found.iter().map(|each| format!("{} “{}”", each.role, each.name)).collect();
            return Err(format!("several match: {}", names.join(", ")));
        }
        let found = found.pop().ok_or("it is not there")?;
        let (_, label) = self.session.spoken(&found.element).map_err(words)?;
        let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        // Containers named by what is in them have no label of their own in the engine's tree.
        let named =
            !matches!(found.role.as_str(), "row" | "listitem" | "status" | "alert" | "cell");
        if named && !plain(&label).contains(&plain(name.unwrap_or_default())) {
            return Err(format!("a screen reader would call it “{label}”, not “{}”", found.name));
        }
        Ok(found)
    }

    /// Tries until it works or patience ends.
    fn step<T>(&self, what: &str, attempt: impl Fn() -> Result<T, String>) -> T {
        let end = Instant::now() + self.patience;
        loop {
            match attempt() {
                Ok(value) => return value,
                Err(why) if Instant::now() >= end => self.fail(what, &why),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn fail(&self, what: &str, why: &str) -> ! {
        // Reading the screen for the message may fail in its turn.
        if self.failing.replace(true) {
            panic!("could not {what}: {why}");
        }
        let picture = self.logs.join("failure.png");
        let taken = self.session.screenshot().ok().and_then(|png| fs::write(&picture, png).ok());
        let whole = Self { part: None, ..self.clone() };
        let text = whole.read().unwrap_or_else(|error| format!("(unreadable: {error})"));
        let shown = taken.map(|()| format!("\npicture: {}", picture.display()));
        panic!("could not {what}: {why}\non screen: {text}{}", shown.unwrap_or_default());
    }
}

fn words(error: WireError) -> String {
    error.to_string()
}

/// A key by its usual name, as the code point that WebDriver wants.
fn key(name: &str) -> String {
    let code = match name {
        "Control" => '\u{E009}',
        "Shift" => '\u{E008}',
        "Alt" => '\u{E00A}',
        "Enter" => '\u{E007}',
        "Escape" => '\u{E00C}',
        "Tab" => '\u{E004}',
        "Backspace" => '\u{E003}',
        "Delete" => '\u{E017}',
        "Space" => ' ',
        "ArrowLeft" => '\u{E012}',
        "ArrowUp" => '\u{E013}',
        "ArrowRight" => '\u{E014}',
        "ArrowDown" => '\u{E015}',
        "PageUp" => '\u{E00E}',
        "PageDown" => '\u{E00F}',
        "End" => '\u{E010}',
        "Home" => '\u{E011}',
        letter => return letter.to_owned(),
    };
    code.to_string()
}
