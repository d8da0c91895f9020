//! The two windows, and the way out of them. Absent: what they show.
//!
//! Closing the last window ends the program, unless something it carries out (a deployment) is not
//! over: then it goes on without a window, says so once, and ends by itself. Starting the program
//! again brings a window back.

use crate::workspace::Shell;
use hotfix_core::error::{Error, Result};
use std::time::Duration;
use tauri::{
    AppHandle, Emitter as _, Manager as _, Url, WebviewUrl, WebviewWindowBuilder,
    webview::NewWindowResponse,
};
use tauri_plugin_dialog::DialogExt as _;

/// Shows the large window, or makes it.
pub fn main(app: &AppHandle) {
    main_at(app, "");
}

/// Shows the large window with this address of the page ("#/inbox/ISS-5"), or as it was left.
fn main_at(app: &AppHandle, address: &str) {
    raise(app, "main", address, |window| {
        window.title("Hotfix Desk").inner_size(1280.0, 820.0).min_inner_size(1024.0, 640.0)
    });
}

/// Shows the Quick report window, or makes it.
pub fn quick(app: &AppHandle) {
    raise(app, "quick", "", |window| {
        window.title("Quick report").inner_size(560.0, 720.0).min_inner_size(420.0, 420.0).center()
    });
}

type Builder<'a> = WebviewWindowBuilder<'a, tauri::Wry, AppHandle>;

fn raise(app: &AppHandle, label: &str, address: &str, shape: fn(Builder<'_>) -> Builder<'_>) {
    let raised = match app.get_webview_window(label) {
        Some(window) => {
            if !address.is_empty()
                && let Err(error) = app.emit_to(label, "show", address)
            {
                tracing::warn!("the window “{label}” was not told what to show: {error}");
            }
            window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
        }
        None => {
            let page = WebviewUrl::App(format!("index.html{address}").into());
            let window = WebviewWindowBuilder::new(app, label, page)
                // The page never leaves itself: links go to the browser by `link_open`.
                .on_navigation(|url| {
                    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
                })
                .on_new_window(|_, _| NewWindowResponse::Deny)
                // Ctrl+Plus, Ctrl+Minus, Ctrl+0.
                .zoom_hotkeys_enabled(true)
                // Drops arrive in the page as files, whose bytes it hands over itself.
                .disable_drag_drop_handler();
            shape(window).build().map(drop)
        }
    };
    if let Err(error) = raised {
        tracing::error!("the window “{label}” cannot be shown: {error}");
    }
}

#[tauri::command]
pub async fn open_quick_report(app: AppHandle) {
    quick(&app);
}

/// Shows the large window; with an issue's key, that issue in it.
#[tauri::command]
pub async fn open_main(app: AppHandle, issue: Option<String>) -> Result<()> {
    let Some(key) = issue else {
        main(&app);
        return Ok(());
    };
    let number = key.strip_prefix("ISS-").unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Error::field("issue", format!("“{key}” is not the key of an issue.")));
    }
    main_at(&app, &format!("#/inbox/{key}"));
    Ok(())
}

/// Opens a web page or a new mail in the person's own program.
#[tauri::command]
pub async fn link_open(url: String) -> Result<()> {
    let url = Url::parse(&url)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http" | "mailto"))
        .ok_or_else(|| Error::field("url", "Only web and mail addresses are opened from here."))?;
    open_outside(url.as_str().into()).await
}

/// Hands a file or an address to the desktop's own opener.
pub async fn open_outside(what: std::ffi::OsString) -> Result<()> {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let opened = tauri::async_runtime::spawn_blocking(move || {
        std::process::Command::new(opener).arg(what).status()
    })
    .await
    .map_err(|error| Error::internal(format!("Opening it failed: {error}.")))?;
    match opened {
        Ok(status) if status.success() || cfg!(windows) => Ok(()),
        _ => Err(Error::offline("This desktop has no program that opens it.")
            .hint("Save it, or copy the address, and open it by hand.")),
    }
}

/// Whether the program has to go on although its last window closed.
pub fn goes_on(app: &AppHandle) -> bool {
    let shell = app.state::<Shell>();
    if !shell.busy() {
        return false;
    }
    if shell.settings.tell_background_once() {
        app.dialog()
            .message(
                "A deployment is not over, so it goes on without the window. Start Hotfix Desk \
                 again to see it.",
            )
            .title("Hotfix Desk")
            .show(|_| {});
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !app.webview_windows().is_empty() {
                return;
            }
            if !app.state::<Shell>().busy() {
                return app.exit(0);
            }
        }
    });
    true
}
