//! Attachments, as bytes: shown as images or as the first lines of a text, opened or saved outside.
//! They come in by `upload.rs`.
//!
//! A file that somebody attached is not trusted. What it is, its own first bytes say, never its name;
//! only raster images of a size that can be drawn reach the window (`image.rs`), nothing is ever
//! unpacked, and nothing that could run is ever opened from here.

use crate::{image, window, workspace::Shell};
use hotfix_core::error::{Error, Result};
use std::path::PathBuf;
use tauri::{
    AppHandle, Manager as _, State, UriSchemeContext, UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
};

pub const SCHEME: &str = "hotfix-blob";

/// A larger image is not drawn: it is opened or saved.
const LARGEST_IMAGE: u64 = 20 << 20;
/// How much of a text is shown beside its name.
const EXCERPT: usize = 4 << 10;

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

/// The bytes of what may be an image, if there are not too many of them.
fn small(shell: &Shell, hash: &str) -> Result<Vec<u8>> {
    let (_, size) = start(shell, hash, 0)?;
    if size > LARGEST_IMAGE {
        return Err(Error::denied("It is too large to be shown here."));
    }
    read(shell, hash)
}

/// The first bytes, and how many there are in all.
fn start(shell: &Shell, hash: &str, most: usize) -> Result<(Vec<u8>, u64)> {
    if !is_hash(hash) {
        return Err(Error::field("hash", "That is not an attachment's hash."));
    }
    shell.desk()?.blob_start(hash, most)
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
        let bytes = small(&app.state::<Shell>(), hash);
        responder.respond(answer(bytes.ok()));
    });
}

fn answer(bytes: Option<Vec<u8>>) -> Response<Vec<u8>> {
    let (status, mime, bytes) = match bytes.map(|bytes| (form(&bytes), bytes)) {
        // What its pixels would need is asked of its header, before anything decodes it.
        Some((Some((mime, _, true)), bytes)) if image::drawable(&bytes) => {
            (StatusCode::OK, mime, bytes)
        }
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

/// The first lines of a text, for a look at it; refused if it is none.
#[tauri::command]
pub async fn blob_head(shell: State<'_, Shell>, hash: String) -> Result<String> {
    if !is_hash(&hash) {
        return Err(Error::field("hash", "That is not an attachment's hash."));
    }
    let desk = shell.desk()?;
    let (bytes, _) = blocking(move || desk.blob_start(&hash, EXCERPT)).await?;
    excerpt(&bytes).ok_or_else(|| Error::denied("It is not a text."))
}

/// Text up to where it was cut; None if it is none.
fn excerpt(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // Cut within a character: that is still a text.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then(|| text.to_owned())
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

/// Runs what reads or writes the file off the event loop.
pub async fn blocking<T: Send + 'static>(
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
        let response = answer(Some(image::tests::png(640, 480)));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "image/png");
        assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }

    #[test]
    fn an_image_bomb_is_kept_and_not_drawn() {
        let response = answer(Some(image::tests::png(60_000, 60_000)));
        assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(response.body().is_empty());
    }

    #[test]
    fn the_beginning_of_a_text_is_shown_and_of_nothing_else() {
        assert_eq!(excerpt("Zürich".as_bytes()).unwrap(), "Zürich");
        assert_eq!(excerpt(&"支付".as_bytes()[..4]).unwrap(), "支", "cut within a character");
        assert_eq!(excerpt(b"PK\x03\x04\xff\xfe"), None);
        assert_eq!(excerpt(b"a\0b"), None);
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
