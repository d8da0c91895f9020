//! `hotfix`: every command and query of the desk from a terminal, and the engine without a window.

fn main() {}
