//! A Tauri window with nothing in it, made with the same libraries as the product: what starting any
//! such program costs (`make bench`). Absent: plugins, commands, a tray, a workspace.

use tauri::{WebviewUrl, WebviewWindowBuilder, http::Response};

const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Empty</title>
<p>Empty</p><script>performance.mark('list')</script>";

#[allow(
    clippy::disallowed_methods,
    reason = "the expansion of generate_context! has an exit of its own"
)]
fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            Response::builder()
                .header("content-type", "text/html")
                .body(PAGE.as_bytes().to_vec())
                .unwrap_or_default()
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol("empty://localhost/".parse()?);
            WebviewWindowBuilder::new(app, "main", page).inner_size(1280.0, 820.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
