//! What the end-to-end tests stand on: a real web shop with its deploy agents, the real window on
//! a display of its own, and the scan that keeps the sources tidy.
//!
//! Nothing here is a stand-in for the product: the harness only starts, drives and stops things.

pub mod answers;
pub mod bench;
pub mod child;
pub mod contracts;
pub mod counter;
pub mod demo;
pub mod desktop;
pub mod ground;
pub mod http;
pub mod inside;
pub mod paper;
pub mod program;
pub mod recurrences;
pub mod reports;
pub mod servers;
pub mod shop;
pub mod story;
pub mod tidy;
pub mod tracker;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// Where this build's programs are (`target/debug`, or what CARGO_TARGET_DIR made of it): above
/// the `deps` folder that holds the running test, or beside the running program.
pub fn built() -> PathBuf {
    let running = std::env::current_exe().expect("the running program has a path");
    let folder = running.parent().expect("a program sits in a folder");
    if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned()
}

/// Where screenshots and logs of end-to-end runs are kept for a person to look at.
pub fn demo_folder() -> PathBuf {
    built().parent().map_or_else(|| root().join("target"), Path::to_owned).join("demo")
}
