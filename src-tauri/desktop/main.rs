//! The window's program. The only place that knows Tauri: it opens a workspace, passes requests to
//! the core and changes to the windows, and decides nothing about hot fixes.

mod blob;
mod call;
mod feed;
mod image;
mod launch;
mod settings;
mod tray;
mod upload;
mod window;
mod workspace;

use crate::{launch::Flags, settings::Settings, workspace::Shell};
use std::{path::Path, process::ExitCode, time::Duration};
use tauri::{AppHandle, Manager as _, RunEvent};
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};
use tauri_plugin_window_state::StateFlags;

/// Opens Quick report from anywhere, where the system lets a program hear keys (X11; not Wayland).
const QUICK_KEYS: &str = "Ctrl+Shift+H";

fn main() -> ExitCode {
    // A command of an endpoint is watched by a process of its own, which outlives the window.
    if let Some(watched) = hotfix_core::desk::watched(std::env::args_os()) {
        return if watched.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let mut flags = match Flags::parse(std::env::args_os().skip(1), &folder) {
        Ok(flags) => flags,
        Err(error) => {
            eprintln!("hotfix-desk: {error}");
            return ExitCode::from(2);
        }
    };
    if flags.help {
        print!("{}", launch::HELP);
        return ExitCode::SUCCESS;
    }
    if flags.version {
        println!("hotfix-desk {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    if let Some(ended) = launch::settle() {
        return ended;
    }
    if flags.workspace.is_none() {
        flags.workspace = std::env::var_os("HOTFIX_WORKSPACE").map(|path| folder.join(path));
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let handed_on = matches!(&error,
                tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance");
            if let Some(ended) = handed_on.then(launch::anew_once).flatten() {
                return ended;
            }
            eprintln!("hotfix-desk: the window cannot be made: {error}.");
            ExitCode::from(3)
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the expansion of generate_context! has an exit of its own"
)]
fn run(flags: Flags) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        // First, so that a second start ends before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, words, folder| {
            let words = words.into_iter().skip(1).map(Into::into);
            started_again(app, Flags::parse(words, Path::new(&folder)).unwrap_or_default());
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .register_asynchronous_uri_scheme_protocol(blob::SCHEME, blob::serve)
        .invoke_handler(tauri::generate_handler![
            blob::blob_head,
            blob::blob_open,
            blob::blob_save,
            call::call,
            call::follow,
            call::unfollow,
            upload::blob_begin,
            upload::blob_end,
            upload::blob_part,
            window::link_open,
            window::open_main,
            window::open_quick_report,
            workspace::workspace_close,
            workspace::workspace_create,
            workspace::workspace_open,
            workspace::workspace_sample,
            workspace::workspace_status,
        ])
        .manage(call::Stopped::default())
        .manage(upload::Uploads::default())
        .setup(move |app| {
            let file = app.path().app_config_dir()?.join("settings.json");
            app.manage(Shell::new(Settings::load(file), !flags.no_engine));
            let app = app.handle();
            workspace::begin(app, flags.workspace);
            if flags.quick {
                window::quick(app)
            } else {
                window::main(app)
            }
            show_the_rest(app);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| match event {
        // No code: nobody asked for the end, the last window closed.
        RunEvent::ExitRequested { code: None, api, .. } if window::goes_on(app) => {
            api.prevent_exit();
        }
        RunEvent::Exit => app.state::<Shell>().close(),
        _ => {}
    });
    Ok(())
}

/// The program was started a second time: the first one shows itself, and opens what was asked for.
fn started_again(app: &AppHandle, flags: Flags) {
    if flags.quick {
        window::quick(app)
    } else {
        window::main(app)
    }
    let Some(path) = flags.workspace else { return };
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let shell = app.state::<Shell>();
        if shell.desk().is_ok_and(|open| open.path() == path) {
            return;
        }
        match workspace::open_first(&app, Some(&path)) {
            Ok(()) => shell.tell(&app),
            Err(error) => tracing::error!("the workspace was not opened: {error}"),
        }
    });
}

/// The tray icon and the keys, once the first page has had the time to show something: both hold the
/// thread that the page is served from.
fn show_the_rest(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let inside = app.clone();
        let asked = app.run_on_main_thread(move || {
            tray::show(&inside);
            listen_for_keys(&inside);
        });
        if let Err(error) = asked {
            tracing::info!("neither a tray icon nor keys: {error}");
        }
    });
}

fn listen_for_keys(app: &AppHandle) {
    let listening = app
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .map_err(|error| error.to_string())
        .and_then(|()| {
            app.global_shortcut()
                .on_shortcut(QUICK_KEYS, |app, _, event| {
                    if event.state() == ShortcutState::Pressed {
                        window::quick(app);
                    }
                })
                .map_err(|error| error.to_string())
        });
    if let Err(error) = listening {
        tracing::info!("{QUICK_KEYS} opens nothing on this system: {error}");
    }
}
