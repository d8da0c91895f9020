//! The rules of the architecture that the compiler does not know: who may import whom, what files
//! may be called, what may not stand in a tracked file.
//!
//! It reads text, not syntax: comments and string contents are blanked first, and inline test modules may
//! import what they like. There are no exceptions list and no configuration; a rule that is wrong
//! is changed here.

use std::fmt;
use std::path::Path;
use std::process::Command;

/// A rule that a line breaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    pub path: String,
    pub line: usize,
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// What a module of the core may not reach, by its first path segment after `crate::`.
struct Import {
    from: &'static str,
    never: &'static [&'static str],
}

const CORE: &str = "src-tauri/core/";

const PURE_NEVER: &[&str] =
    &["api", "desk", "engine", "integrations", "journal", "secrets", "store", "views"];

const IMPORTS: &[Import] = &[
    Import { from: "stages", never: PURE_NEVER },
    Import { from: "gates", never: PURE_NEVER },
    Import { from: "model", never: PURE_NEVER },
    Import { from: "event", never: PURE_NEVER },
    Import { from: "calendar", never: PURE_NEVER },
    Import { from: "import", never: PURE_NEVER },
    Import { from: "evidence", never: PURE_NEVER },
    Import { from: "web", never: PURE_NEVER },
    Import { from: "views", never: &["stages", "integrations", "engine", "desk", "api"] },
    Import {
        from: "journal",
        never: &["model", "stages", "views", "integrations", "engine", "desk", "api"],
    },
    Import {
        from: "store",
        never: &["model", "stages", "views", "integrations", "engine", "desk", "api"],
    },
    Import { from: "engine", never: &["journal", "views", "api"] },
    Import {
        from: "integrations",
        never: &[
            "event", "model", "journal", "stages", "views", "store", "engine", "desk", "api",
            "gates",
        ],
    },
];

/// What of `model` would let a gate look past the dated facts: the loaded streams and the catalog.
const PAST_FACTS: &[&str] = &["*", "State", "Folded", "catalog"];

/// The crates that a pure module may not touch: I/O, async, SQL and the time of day.
const IMPURE: &[&str] = &[
    "rusqlite::",
    "tokio::",
    "reqwest::",
    "std::fs",
    "std::net",
    "std::process",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];
const PURE: &[&str] =
    &["stages", "gates", "model", "event", "calendar", "import", "evidence", "web"];

/// Checks every tracked or new file of the repository that git does not ignore.
pub fn violations(root: &Path) -> Vec<Violation> {
    let listing = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output()
        .expect("git runs");
    assert!(listing.status.success(), "{} is not a git repository", root.display());
    let paths = String::from_utf8_lossy(&listing.stdout).into_owned();
    let mut found = Vec::new();
    for path in paths.lines() {
        // A file may be deleted and not yet committed; binary files are not text.
        let Ok(text) = std::fs::read_to_string(root.join(path)) else { continue };
        check(path, &text, &mut found);
    }
    found
}

/// Checks one file.
pub fn check(path: &str, text: &str, found: &mut Vec<Violation>) {
    let mut names = |line: usize, rule: String| {
        found.push(Violation { path: path.to_owned(), line, rule });
    };
    file_name(path, &mut names);
    words(path, text, &mut names);
    if path.ends_with(".rs") {
        if !text.starts_with("//!") {
            names(1, "a module starts with `//!`, its promise".into());
        }
        imports(path, text, &mut names);
    }
}

fn file_name(path: &str, report: &mut impl FnMut(usize, String)) {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "mod.rs" {
        report(1, "`x.rs` beside `x/`, never `mod.rs`".into());
    }
    let code = [".rs", ".ts", ".svelte", ".py", ".js"].iter().any(|end| name.ends_with(end));
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    let vague = ["manager", "helper", "helpers", "util", "utils", "service", "processor"];
    let parts = stem.split(['_', '-']);
    for part in parts.filter(|part| code && vague.contains(part)) {
        report(1, format!("a file is named for what it does, not `{part}`"));
    }
}

fn words(path: &str, text: &str, report: &mut impl FnMut(usize, String)) {
    // Spelled in pieces, so that this file does not break its own rules.
    let machine = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("arti", "factory")];
    let unfinished = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimpl", "emented!("),
    ];
    for (line, content) in numbered(text) {
        for word in machine.iter().filter(|word| content.contains(*word)) {
            report(line, format!("a path or host of one machine: `{word}`"));
        }
        if path.ends_with("package-lock.json") && content.contains("\"resolved\": \"http") {
            report(
                line,
                "a lock file names a registry's host (npm's `omit-lockfile-registry-resolved`)"
                    .into(),
            );
        }
        // What other programs wrote is kept as it came.
        let others = path.starts_with("tests/data/") || path.ends_with(".lock");
        let source = !path.ends_with("-lock.json") && !others;
        for word in unfinished.iter().filter(|word| source && has_word(content, word)) {
            report(line, format!("unfinished: `{word}`; finish it or open an issue"));
        }
    }
}

fn imports(path: &str, text: &str, report: &mut impl FnMut(usize, String)) {
    let code = without_comments(text);
    if let Some(inside) = path.strip_prefix(CORE) {
        let segments: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
        let module = segments[0];
        for (line, content) in numbered(&code) {
            if ["tauri", "wry", "webkit2gtk"]
                .iter()
                .any(|each| has_word(content, &format!("{each}::")))
            {
                report(line, "the core knows neither Tauri nor WebKit".into());
            }
            if PURE.contains(&module) {
                for word in IMPURE.iter().filter(|word| content.contains(*word)) {
                    report(
                        line,
                        format!("`{module}` is pure: no I/O, async, SQL or clock (`{word}`)"),
                    );
                }
            }
        }
        for (line, used) in paths_of_this_crate(&code, &segments) {
            let rule = IMPORTS.iter().find(|rule| rule.from == module);
            let target = used.first().map_or("", String::as_str);
            if rule.is_some_and(|rule| rule.never.contains(&target)) && !may(module, &used) {
                report(line, format!("`{module}` must not import `{target}`"));
            }
            let named = used.get(1).map_or("", String::as_str);
            if module == "gates" && target == "model" && PAST_FACTS.contains(&named) {
                report(line, format!("a gate reads `model::facts`, not `model::{named}`"));
            }
            if ["stages", "integrations"].contains(&module) && target == module {
                let own = segments.get(1).copied().unwrap_or_default();
                let other = used.get(1).map_or("", String::as_str);
                if siblings(module, own, other) {
                    report(line, format!("`{module}/{own}` must not import its sibling `{other}`"));
                }
            }
        }
    }
    let shell =
        ["src-tauri/desktop/", "src-tauri/cli/"].iter().any(|shell| path.starts_with(shell));
    if shell {
        for (line, used) in paths_from(&code, "hotfix_core") {
            let target = used.first().map_or("", String::as_str);
            if !["desk", "api", "error"].contains(&target) {
                report(
                    line,
                    format!("a shell uses core::{{desk, api, error}} only, not `{target}`"),
                );
            }
        }
    }
}

/// The engine may use an integration's traits, which stand in the file of its kind; a vendor's file
/// is one deeper.
fn may(module: &str, used: &[String]) -> bool {
    module == "engine" && used.first().is_some_and(|first| first != "journal") && used.len() < 3
}

/// Whether `other` is a sibling that `own` must not know. What integrations share is `http` and `command`; an
/// upper-case name is an item of the parent, which is not a sibling.
fn siblings(module: &str, own: &str, other: &str) -> bool {
    let item = other.is_empty() || other == "*" || other.starts_with(|c: char| c.is_uppercase());
    let shared = module == "integrations" && ["http", "archive", "command"].contains(&other);
    !own.is_empty()
        && own != other
        && !item
        && !shared
        && (STAGES.contains(&other) || KINDS.contains(&other))
}

/// The stages, one file each. What they share stands in their parent.
const STAGES: &[&str] = &[
    "announce",
    "approve",
    "close",
    "configure",
    "deploy",
    "develop",
    "monitor",
    "package",
    "report",
    "schedule",
    "triage",
    "validate",
];

/// The kinds of integration, each a folder of its own.
const KINDS: &[&str] =
    &["checks", "command", "deploy", "monitor", "message", "intake", "calendar", "vcs"];

/// Paths into this crate, spelled `crate::…` or by `super::`, with their lines.
fn paths_of_this_crate(code: &str, segments: &[&str]) -> Vec<(usize, Vec<String>)> {
    let mut all = paths_from(code, "crate");
    // `super::x` in stages/approve.rs is crate::stages::x; deeper ones climb once per `super`.
    for (line, used) in paths_from(code, "super") {
        let climbed = used.iter().take_while(|part| *part == "super").count() + 1;
        if climbed <= segments.len() {
            let above = segments[..segments.len() - climbed].iter().map(|part| (*part).to_owned());
            all.push((line, above.chain(used.into_iter().skip(climbed - 1)).collect()));
        }
    }
    all
}

/// Every path that starts with `start::`, its brace groups multiplied out.
fn paths_from(code: &str, start: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let needle = format!("{start}::");
    for (at, _) in code.match_indices(&needle) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let mut rest = &code[at + needle.len()..];
        let mut all = Vec::new();
        expand(&mut rest, &[], &mut all);
        found.extend(all.into_iter().map(|path| (line, path)));
    }
    found
}

/// Reads `a::b`, `a::{b, c::d}` or `*` from the front of `rest`.
fn expand(rest: &mut &str, above: &[String], all: &mut Vec<Vec<String>>) {
    let mut path = above.to_vec();
    loop {
        *rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('{') {
            *rest = inside;
            loop {
                *rest = rest.trim_start();
                if rest.is_empty() {
                    return;
                }
                if let Some(after) = rest.strip_prefix('}') {
                    *rest = after;
                    return;
                }
                let before = rest.len();
                expand(rest, &path, all);
                // Past `as name` and the comma.
                let end = rest.find([',', '}']).unwrap_or(rest.len());
                *rest = rest[end..].strip_prefix(',').unwrap_or(&rest[end..]);
                if rest.len() == before {
                    return;
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*');
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !word.is_empty() {
            path.push(word.to_owned());
        }
        *rest = after;
        match rest.strip_prefix("::") {
            Some(after) if !word.is_empty() => *rest = after,
            _ => break,
        }
    }
    all.push(path);
}

/// The code with comments and string contents blanked and everything from a trailing test module
/// on left out; lines stay where they are.
fn without_comments(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let trimmed = line.trim_start();
        if !trimmed.starts_with("//") {
            let mut quoted = false;
            let mut before = ' ';
            for letter in line.chars() {
                if letter == '/' && before == '/' && !quoted {
                    code.pop();
                    break;
                }
                if letter == '"' && before != '\\' && before != '\'' {
                    quoted = !quoted;
                }
                code.push(if quoted { ' ' } else { letter });
                before = letter;
            }
        }
        code.push('\n');
    }
    code
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Whether a line has this as a word of its own: nothing alphanumeric before it, nor after it when
/// it ends in a letter.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let open = !line[..at].chars().next_back().is_some_and(part);
        let closed = !word.ends_with(part) || !line[at + word.len()..].starts_with(part);
        open && closed
    })
}
