//! What the shell lets its windows do, read from the files that decide it.

use hotfix_tests::root;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no “{from}”")) + from.len();
    let rest = &text[start..];
    &rest[..rest.find(to).unwrap_or_else(|| panic!("no “{to}” after “{from}”"))]
}

/// The commands that build.rs declares: only these are held against the capabilities.
fn declared() -> BTreeSet<String> {
    let text = text("src-tauri/desktop/build.rs");
    let list = between(&text, "const COMMANDS: &[&str] = &[", "];");
    list.split(',')
        .map(|one| one.trim().trim_matches('"').to_owned())
        .filter(|one| !one.is_empty())
        .collect()
}

fn capabilities() -> Vec<(String, Value)> {
    let folder = root().join("src-tauri/desktop/capabilities");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), json(&format!("src-tauri/desktop/capabilities/{name}"))))
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn permissions(capability: &Value) -> BTreeSet<String> {
    let list = capability["permissions"].as_array().expect("a list");
    list.iter().map(|one| one.as_str().expect("a name without a scope").to_owned()).collect()
}

#[test]
fn the_page_runs_and_loads_nothing_that_does_not_come_with_the_program() {
    let security = json("tauri.conf.json")["app"]["security"].take();
    let policy = security["csp"].as_str().expect("a policy");
    let rules: Vec<(&str, Vec<&str>)> = policy
        .split(';')
        .map(|rule| {
            let mut words = rule.split_whitespace();
            (words.next().expect("a name"), words.collect())
        })
        .collect();
    let of = |name: &str| {
        let found = rules.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("{name} is not said in {policy}")).1.clone()
    };
    assert_eq!(of("default-src"), ["'none'"], "what is not named is shut");
    assert_eq!(of("script-src"), ["'self'"]);
    assert_eq!(of("style-src"), ["'self'"]);
    assert_eq!(of("font-src"), ["'self'"]);
    // These two do not fall back to default-src.
    assert_eq!(of("base-uri"), ["'none'"]);
    assert_eq!(of("form-action"), ["'none'"]);
    // The only way out of the page is the one to the program itself.
    assert_eq!(of("connect-src"), ["ipc:", "http://ipc.localhost"]);
    for forbidden in ["unsafe-inline", "unsafe-eval", "unsafe-hashes", "wasm-unsafe", "*", "https:"]
    {
        assert!(!policy.contains(forbidden), "{forbidden} in {policy}");
    }
    assert!(security["dangerousDisableAssetCspModification"].is_null());
    assert!(security["assetProtocol"].is_null());
    assert_eq!(json("tauri.conf.json")["app"]["withGlobalTauri"], false);
}

#[test]
fn every_window_has_a_capability_file_and_none_is_for_more_than_its_window() {
    let source = text("src-tauri/desktop/window.rs");
    let windows: BTreeSet<&str> =
        source.split("raise(app, \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(
        windows,
        BTreeSet::from(["main", "quick"]),
        "a new window wants a look at this test"
    );
    let listed = json("tauri.conf.json")["app"]["security"]["capabilities"].take();
    let files = capabilities();
    let names: Vec<_> = files.iter().map(|(name, _)| name.trim_end_matches(".json")).collect();
    assert_eq!(serde_json::to_value(&names).unwrap(), listed);
    for (name, capability) in &files {
        let id = name.trim_end_matches(".json");
        assert!(windows.contains(id), "{name} is for no window");
        assert_eq!(capability["identifier"], id);
        assert_eq!(capability["windows"], serde_json::json!([id]), "{name}");
        assert!(capability["remote"].is_null(), "{name}: no page from elsewhere calls us");
        for permission in permissions(capability) {
            // Whole plugins are never let in, only what a window calls.
            assert!(!permission.ends_with("default"), "{name}: {permission}");
            let outside = ["shell:", "fs:", "http:", "process:", "opener:"];
            assert!(!outside.iter().any(|one| permission.starts_with(one)), "{name}: {permission}");
        }
    }
}

#[test]
fn the_commands_that_are_handled_are_those_that_are_declared_and_each_is_let_to_a_window() {
    let source = text("src-tauri/desktop/main.rs");
    let list = between(&source, "generate_handler![", "]");
    let handled: BTreeSet<String> = list
        .split(',')
        .filter_map(|one| one.trim().rsplit("::").next())
        .map(str::to_owned)
        .filter(|one| !one.is_empty())
        .collect();
    assert_eq!(handled, declared(), "what is not declared is not checked at all");
    let mut allowed = BTreeSet::new();
    for (_, capability) in capabilities() {
        let own = permissions(&capability);
        let commands = own.iter().filter_map(|one| one.strip_prefix("allow-"));
        allowed.extend(commands.map(|one| one.replace('-', "_")));
    }
    assert_eq!(allowed, declared(), "each command is let to some window, and no other is named");
}

#[test]
fn the_quick_window_may_not_open_close_or_export_a_workspace() {
    let (_, quick) = capabilities().into_iter().find(|(name, _)| name == "quick.json").unwrap();
    let own = permissions(&quick);
    for command in [
        "workspace-open",
        "workspace-close",
        "workspace-create",
        "workspace-sample",
        "blob-save",
        "follow",
    ] {
        assert!(!own.contains(&format!("allow-{command}")), "{command}");
    }
    assert!(!own.contains("dialog:allow-save"));
}
