//! The tray icon: a convenience that many Linux desktops lack, so nothing depends on it.

use crate::window;
use tauri::{
    AppHandle,
    menu::{Menu, MenuItem},
    tray::TrayIconBuilder,
};

/// Puts the icon up where the desktop has a place for it; elsewhere the log says why not.
pub fn show(app: &AppHandle) {
    // The indicator library is looked up as the program runs and panics where it is not installed.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(app)));
    match built {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!("no tray icon: {error}"),
        Err(_) => tracing::info!("no tray icon: this desktop has no indicator library"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let quick = MenuItem::with_id(app, "quick", "Quick report", true, None::<&str>)?;
    let show = MenuItem::with_id(app, "show", "Show Hotfix Desk", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&quick, &show, &quit])?;
    let mut tray = TrayIconBuilder::with_id("main").menu(&menu).tooltip("Hotfix Desk");
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.on_menu_event(|app, event| match event.id().as_ref() {
        "quick" => window::quick(app),
        "show" => window::main(app),
        // Asked for by name, so it ends even what still runs; the engine takes it up again later.
        "quit" => app.exit(0),
        _ => {}
    })
    .build(app)?;
    Ok(())
}
