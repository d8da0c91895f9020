//! Attachments, as bytes: shown as images, opened or saved outside, and taken in from a paste.
//!
//! A file that somebody attached is not trusted. What it is, its own first bytes say, never its name;
//! only raster images reach the window, and nothing that could run is ever opened from here.

use crate::{window, workspace::Shell};
use hotfix_core::error::{Error, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use tauri::{
    AppHandle, Manager as _, State, UriSchemeContext, UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
    ipc::InvokeBody,
};

pub const SCHEME: &str = "hotfix-blob";

/// What is taken from a paste or a drop. Larger files are attached by their path instead.
const LARGEST: usize = 64 * 1024 * 1024;

/// (MIME type, file ending, safe inside the window).
type Form = (&'static str, &'static str, bool);

/// What these bytes are, if they are one of the few forms that are opened. SVG is deliberately not
/// one of them: it can carry scripts.
fn form(bytes: &[u8]) -> Option<Form> {
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some(("image/png", "png", true))
    } else if starts(b"\xff\xd8\xff") {
        Some(("image/jpeg", "jpg", true))
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(("image/gif", "gif", true))
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(("image/webp", "webp", true))
    } else if starts(b"%PDF-") {
        Some(("application/pdf", "pdf", false))
    } else if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) {
        Some(("text/plain; charset=utf-8", "txt", false))
    } else {
        None
    }
}

/// Blobs are named by their SHA-256; anything else is not a name, least of all a path.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn read(shell: &Shell, hash: &str) -> Result<Vec<u8>> {
    if !is_hash(hash) {
        return Err(Error::field("hash", "That is not an attachment's hash."));
    }
    shell.desk()?.blob_bytes(hash)
}

/// Answers `hotfix-blob://localhost/HASH` with an image, or with nothing.
pub fn serve(
    context: UriSchemeContext<'_, tauri::Wry>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn_blocking(move || {
        let hash = request.uri().path().trim_start_matches('/');
        let bytes = read(&app.state::<Shell>(), hash);
        responder.respond(answer(bytes.ok()));
    });
}

fn answer(bytes: Option<Vec<u8>>) -> Response<Vec<u8>> {
    let (status, mime, bytes) = match bytes.map(|bytes| (form(&bytes), bytes)) {
        Some((Some((mime, _, true)), bytes)) => (StatusCode::OK, mime, bytes),
        Some(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "text/plain", Vec::new()),
        None => (StatusCode::NOT_FOUND, "text/plain", Vec::new()),
    };
    let mut response = Response::new(bytes);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, mime),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        // Erased means gone, so a webview keeps no copy of its own.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// Takes bytes as they are (a pasted screenshot): `invoke("blob_put", bytes)` answers {hash, size}.
#[tauri::command]
pub async fn blob_put(shell: State<'_, Shell>, request: tauri::ipc::Request<'_>) -> Result<Value> {
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(Error::invalid("An attachment travels as bytes, not as JSON."));
    };
    if bytes.len() > LARGEST {
        return Err(Error::invalid("More than 64 MiB cannot be pasted.")
            .hint("Save it as a file and attach the file."));
    }
    let (desk, bytes) = (shell.desk()?, bytes.clone());
    blocking(move || Ok(json!({ "size": bytes.len(), "hash": desk.put_bytes(&bytes)? }))).await
}

/// Opens an image, a PDF or a text in the person's own program.
#[tauri::command]
pub async fn blob_open(app: AppHandle, hash: String) -> Result<()> {
    let handle = app.clone();
    let file = blocking(move || {
        let bytes = read(&handle.state::<Shell>(), &hash)?;
        let (_, ending, _) = form(&bytes).ok_or_else(|| {
            Error::denied("Only images, PDFs and texts are opened from here.")
                .hint("Save the attachment, and open it from where you saved it.")
        })?;
        let folder = handle
            .path()
            .app_cache_dir()
            .map_err(|error| Error::offline(format!("There is no folder for it: {error}.")))?
            .join("opened");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.{ending}", &hash[..16]));
        std::fs::write(&file, bytes)?;
        Ok(file)
    })
    .await?;
    window::open_outside(file.into()).await
}

/// Writes an attachment to a path that the person chose or typed.
#[tauri::command]
pub async fn blob_save(app: AppHandle, hash: String, path: PathBuf) -> Result<()> {
    blocking(move || Ok(std::fs::write(path, read(&app.state::<Shell>(), &hash)?)?)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tauri::async_runtime::spawn_blocking(work).await.map_err(|error| {
        Error::internal(format!("The attachment could not be handled: {error}."))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(response: &Response<Vec<u8>>, name: header::HeaderName) -> String {
        response.headers()[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn an_image_is_shown_as_what_its_bytes_are() {
        let response = answer(Some(b"\x89PNG\r\n\x1a\n...".to_vec()));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "image/png");
        assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }

    #[test]
    fn a_page_a_script_or_a_drawing_never_reaches_the_window() {
        for attached in ["<html><script>1</script>", "<svg onload='1'/>", "%PDF-1.7", "alert(1)"] {
            let response = answer(Some(attached.into()));
            assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{attached}");
            assert!(response.body().is_empty());
        }
        assert_eq!(answer(None).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_program_is_not_opened() {
        assert_eq!(form(b"\x7fELF\x02\x01\x01\x00"), None);
        assert_eq!(form(b"MZ\x90\x00\x03"), None);
        // A script or desktop file opens as the text that it is.
        assert_eq!(form(b"#!/bin/sh\nrm -r /").unwrap().1, "txt");
    }

    #[test]
    fn only_a_hash_names_a_blob() {
        assert!(is_hash(&"0a".repeat(32)));
        for other in ["", "../../etc/passwd", &"0A".repeat(32), &"0".repeat(63)] {
            assert!(!is_hash(other), "{other}");
        }
    }
}
