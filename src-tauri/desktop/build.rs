//! Declares the window's commands. An app command that is not named here is not checked against
//! the capabilities at all, so this list and `generate_handler!` in main.rs are the same list.

const COMMANDS: &[&str] = &[
    "blob_begin",
    "blob_end",
    "blob_head",
    "blob_open",
    "blob_part",
    "blob_save",
    "call",
    "follow",
    "link_open",
    "open_main",
    "open_quick_report",
    "unfollow",
    "workspace_close",
    "workspace_create",
    "workspace_open",
    "workspace_sample",
    "workspace_status",
];

fn main() {
    // With a path of their own the capabilities are not watched by themselves.
    println!("cargo:rerun-if-changed=src-tauri/desktop/capabilities");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/desktop/capabilities/*.json")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the shell's configuration is wrong: {error:#}");
    }
}
