//! The sources keep the architecture's rules, and the rules are able to notice when they do not.

use hotfix_tests::tidy::{check, violations};

#[test]
fn the_sources_are_tidy() {
    let found = violations(&hotfix_tests::root());
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} broken rules:\n{}", lines.len(), lines.join("\n"));
}

fn rules_broken(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    check(path, text, &mut found);
    found.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn breaks(path: &str, code: &str, expected: &str) {
    let found = rules_broken(path, &format!("//! A module.\n{code}\n"));
    assert!(found.iter().any(|line| line.contains(expected)), "{code}: {found:?}");
}

#[track_caller]
fn keeps(path: &str, code: &str) {
    let found = rules_broken(path, &format!("//! A module.\n{code}\n"));
    assert!(found.is_empty(), "{code}: {found:?}");
}

#[test]
fn a_stage_knows_neither_its_siblings_nor_the_outside() {
    let stage = "src-tauri/core/stages/approve.rs";
    breaks(
        stage,
        "use crate::stages::package::Package;",
        "approve.rs:2: `stages/approve` must not",
    );
    breaks(stage, "use super::package::Package;", "sibling `package`");
    breaks(stage, "use crate::{event::Event, stages::{deploy, Actor}};", "sibling `deploy`");
    breaks(stage, "fn f() { crate::journal::append() }", "must not import `journal`");
    breaks(stage, "use rusqlite::Connection;", "`stages` is pure");
    breaks(stage, "let now = jiff::Timestamp::now();", "`stages` is pure");
    keeps(stage, "use super::Actor;\nuse crate::model::{hotfix::Hotfix, issue::Issue};");
    keeps(stage, "// crate::journal keeps it\nlet s = \"crate::journal::x\";");
    keeps(stage, "#[cfg(test)]\nmod tests { use crate::journal::x; }");
}

#[test]
fn a_gate_looks_at_the_world_through_facts_alone() {
    let gate = "src-tauri/core/gates/start.rs";
    breaks(gate, "use crate::model::{Judge, State};", "`model::facts`, not `model::State`");
    breaks(gate, "fn f(all: &crate::model::catalog::Catalog) {}", "not `model::catalog`");
    breaks("src-tauri/core/gates.rs", "use crate::model::*;", "`model::facts`");
    breaks(gate, "use super::super::model::State;", "`model::facts`");
    keeps(gate, "use crate::model::{Judge, facts::Facts, hotfix::Hotfix};");
    keeps("src-tauri/core/stages/close.rs", "use crate::model::{Judge, State};");
}

#[test]
fn each_layer_keeps_to_its_imports() {
    breaks(
        "src-tauri/core/views/inbox.rs",
        "use crate::stages::triage;",
        "must not import `stages`",
    );
    breaks(
        "src-tauri/core/journal/sqlite.rs",
        "use crate::model::issue;",
        "must not import `model`",
    );
    breaks("src-tauri/core/integrations/vcs/git.rs", "use crate::event::Event;", "import `event`");
    breaks("src-tauri/core/integrations/vcs/git.rs", "use super::super::deploy::X;", "`deploy`");
    breaks("src-tauri/core/engine/deployer.rs", "use crate::journal::Journal;", "`journal`");
    breaks("src-tauri/core/engine.rs", "use tauri::Manager;", "neither Tauri nor WebKit");
    breaks("src-tauri/desktop/call.rs", "use hotfix_core::{desk::Desk, journal::J};", "`journal`");
    keeps("src-tauri/desktop/call.rs", "use hotfix_core::{desk::Desk, error::Error, api};");
    keeps("src-tauri/core/integrations/deploy/recipe.rs", "use crate::integrations::http::Client;");
    keeps("src-tauri/core/desk.rs", "use crate::{journal::J, views::inbox};");
}

#[test]
fn files_say_what_they_are_and_name_no_machine() {
    breaks("src-tauri/core/stages/mod.rs", "", "never `mod.rs`");
    breaks("src-tauri/core/date_utils.rs", "", "not `utils`");
    breaks("scripts/x.sh", concat!("cd /wo", "rk/main"), "x.sh:2: a path or host of one machine");
    breaks("src-tauri/core/a.rs", concat!("// TO", "DO: later"), "unfinished");
    keeps("src-tauri/core/a.rs", concat!("// issue state TO", "DONE"));
    let lock = "{\n\"resolved\": \"https://registry.npmjs.org/x\"\n}";
    assert_eq!(rules_broken("ui/package-lock.json", lock).len(), 1);
    assert_eq!(rules_broken("src-tauri/core/a.rs", "use x;\n").len(), 1, "`//!` is missing");
}
