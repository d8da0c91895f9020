//! Real files, each as somebody may have left it.

use super::*;
use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
};
use tempfile::TempDir;

const EMPTY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
const MOST: usize = 1 << 20;

struct Ground {
    folder: TempDir,
    source: CalendarFile,
    cursor: Option<String>,
}

impl Ground {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("team.ics");
        fs::write(&path, text).unwrap();
        let source = CalendarFile::new(path, MOST, "build-7").unwrap();
        Self { folder, source, cursor: None }
    }

    /// Whether it came whole.
    async fn came(&mut self) -> Result<Option<Vec<u8>>, PollError> {
        let page = self.source.poll(self.cursor.as_deref()).await?;
        self.cursor = Some(page.cursor);
        Ok(page.calendar)
    }

    async fn refused(&mut self) -> PollError {
        self.came().await.unwrap_err()
    }

    /// As if it had been written long before.
    fn grows_old(&self) {
        let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let file = File::options().write(true).open(&self.source.path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
}

#[tokio::test]
async fn it_comes_whole_and_again_only_when_its_bytes_have_changed() {
    let mut ground = Ground::new(EMPTY);
    assert_eq!(ground.came().await.unwrap().as_deref(), Some(EMPTY.as_bytes()));
    assert_eq!(ground.came().await.unwrap(), None);
    // Touched, and copied over by itself: the same bytes are no news.
    ground.grows_old();
    assert_eq!(ground.came().await.unwrap(), None);
    let copy = ground.folder.path().join("copy");
    fs::copy(&ground.source.path, &copy).unwrap();
    fs::rename(&copy, &ground.source.path).unwrap();
    assert_eq!(ground.came().await.unwrap(), None);
    // Another text of the same length, whose time was set back to what it was.
    let before = fs::metadata(&ground.source.path).unwrap().modified().unwrap();
    let other = EMPTY.replace("2.0", "2.1");
    fs::write(&ground.source.path, &other).unwrap();
    File::options().write(true).open(&ground.source.path).unwrap().set_modified(before).unwrap();
    assert_eq!(ground.came().await.unwrap().as_deref(), Some(other.as_bytes()));
}

#[tokio::test]
async fn a_file_that_has_settled_is_not_read_to_see_that_it_is_as_it_was() {
    let mut ground = Ground::new(EMPTY);
    let stamp = Stamp::of(&fs::metadata(&ground.source.path).unwrap());
    // Whoever reads it finds other bytes than these.
    for (settled, comes) in [(true, false), (false, true)] {
        let known = Cursor { stamp: stamp.clone(), settled, digest: "another".into() };
        ground.cursor = Some(serde_json::to_string(&known).unwrap());
        assert_eq!(ground.came().await.unwrap().is_some(), comes);
    }
    let young: Cursor = read_cursor(ground.cursor.as_deref());
    assert!(!young.settled, "it was written a moment ago, and its times may stay if it is again");
    assert!(!Stamp { changed: (1_000_000, 0), ..stamp }.is_younger(YOUNG));
}

#[tokio::test]
async fn a_file_that_is_missing_is_told_with_the_machine_and_takes_nothing_away() {
    let mut ground = Ground::new(EMPTY);
    ground.came().await.unwrap();
    fs::remove_file(&ground.source.path).unwrap();
    let PollError { error, lasting, .. } = ground.refused().await;
    let path = ground.source.path.display().to_string();
    assert!(error.message.contains(&path) && error.message.contains("build-7"), "{error}");
    assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("stays as it is")), "{error:?}");
    assert!(!lasting, "a drive may come back");
    assert_eq!(error.location.as_deref(), Some("address"));
    // A file where the folder should be is no file either.
    fs::write(ground.folder.path().join("note"), "").unwrap();
    let below = ground.folder.path().join("note/team.ics");
    let below = CalendarFile::new(below, MOST, "build-7").unwrap();
    assert!(below.poll(None).await.unwrap_err().error.message.starts_with("There is no file"));
}

#[tokio::test]
async fn what_is_no_file_is_refused_and_nobody_waits_for_it() {
    let mut ground = Ground::new(EMPTY);
    let path = ground.source.path.clone();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let told = |wrong: PollError| {
        assert!(wrong.lasting, "{}", wrong.error);
        wrong.error.message
    };
    assert!(told(ground.refused().await).ends_with("is a folder, not a file."));
    fs::remove_dir(&path).unwrap();
    let (all, mode) = (rustix::fs::CWD, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR);
    rustix::fs::mknodat(all, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(told(ground.refused().await).ends_with("is a pipe, not a file."));
    fs::remove_file(&path).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(told(ground.refused().await).ends_with("is a socket, not a file."));
    for device in ["/dev/zero", "/dev/null"] {
        let source = CalendarFile::new(device.into(), MOST, "build-7").unwrap();
        let wrong = source.poll(None).await.unwrap_err();
        assert_eq!(told(wrong), format!("{device} is a device, not a file."));
    }
    // A link is what it leads to.
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    assert!(told(ground.refused().await).ends_with("is a device, not a file."));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_locked_away_is_refused() {
    let mut ground = Ground::new(EMPTY);
    let file = File::options().write(true).open(&ground.source.path).unwrap();
    file.set_len(MOST as u64 + 1).unwrap();
    let large = ground.refused().await;
    assert!(large.lasting && large.error.message.ends_with("is larger than 1 MiB."), "{large:?}");
    file.set_len(0).unwrap();
    let empty = ground.refused().await;
    assert!(!empty.lasting && empty.error.message.ends_with("is empty."), "{empty:?}");
    fs::set_permissions(&ground.source.path, fs::Permissions::from_mode(0o000)).unwrap();
    // Who may read everything is not kept out.
    if File::open(&ground.source.path).is_err() {
        let denied = ground.refused().await;
        assert!(denied.lasting && denied.error.message.contains("may not be read"), "{denied:?}");
    }
    let denied = Unreadable::from(io::Error::from(io::ErrorKind::PermissionDenied));
    let denied = ground.source.refusal(&denied);
    assert!(denied.lasting && denied.error.message.contains("may not be read"), "{denied:?}");
}

#[tokio::test]
async fn half_a_file_is_no_calendar_and_is_read_once_it_is_whole() {
    let mut ground = Ground::new(EMPTY);
    assert!(ground.came().await.unwrap().is_some());
    let two = EMPTY.repeat(2);
    for half in [&EMPTY[..30], &two[..EMPTY.len() + 20]] {
        fs::write(&ground.source.path, half).unwrap();
        let cut = ground.refused().await;
        assert!(!cut.lasting && cut.error.message.contains("cut off"), "{cut:?}");
    }
    fs::write(&ground.source.path, "Not a calendar at all").unwrap();
    assert!(ground.refused().await.lasting);
    fs::write(&ground.source.path, &two).unwrap();
    assert_eq!(ground.came().await.unwrap().as_deref(), Some(two.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_written_piece_by_piece_is_never_taken_in_pieces() {
    let mut ground = Ground::new(EMPTY);
    let path = ground.source.path.clone();
    let rows: String =
        (0..200).map(|n| format!("BEGIN:VEVENT\r\nUID:{n}\r\nEND:VEVENT\r\n")).collect();
    let whole = EMPTY.replace("END:VCALENDAR", &format!("{rows}END:VCALENDAR"));
    let pieces = whole.clone();
    let writer = std::thread::spawn(move || {
        use std::io::Write as _;
        let mut file = File::create(&path).unwrap();
        for piece in pieces.as_bytes().chunks(pieces.len() / 20) {
            file.write_all(piece).unwrap();
            std::thread::sleep(Duration::from_millis(60));
        }
    });
    while !writer.is_finished() {
        if let Ok(Some(bytes)) = ground.came().await {
            assert!(
                bytes == whole.as_bytes() || bytes == EMPTY.as_bytes(),
                "{} bytes",
                bytes.len()
            );
        }
    }
    writer.join().unwrap();
    let last = ground.came().await.unwrap();
    assert!(last.is_none_or(|bytes| bytes == whole.as_bytes()));
    let known: Cursor = read_cursor(ground.cursor.as_deref());
    assert_eq!(known.digest, hex::encode(Sha256::digest(&whole)));
}

#[test]
fn a_path_of_another_system_is_refused_at_the_address() {
    for path in ["C:\\Users\\me\\team.ics", "team.ics", ""] {
        let error = CalendarFile::new(path.into(), MOST, "build-7").unwrap_err();
        assert_eq!(error.location.as_deref(), Some("address"), "{path}");
    }
}
