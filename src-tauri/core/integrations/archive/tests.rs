//! The package against hostile archives and other machines.

use super::*;

fn entry(path: &str, bytes: &[u8]) -> Entry {
    Entry {
        path: path.into(),
        executable: path.ends_with(".sh"),
        role: "file".into(),
        source: Source::Bytes(bytes.to_vec()),
        source_commit: Some("abc".into()),
    }
}

fn bytes(entries: Vec<Entry>) -> Vec<u8> {
    let built = build("shop", "HF-1", entries, "restart", "redeploy", &mut |_| true).unwrap();
    let bytes = std::fs::read(built.file.path()).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&bytes)), built.sha256);
    assert_eq!(bytes.len() as u64, built.size);
    bytes
}

#[test]
fn the_same_files_in_any_order_give_the_same_bytes() {
    let one = bytes(vec![entry("a/x.py", b"1"), entry("run.sh", b"2")]);
    let two = bytes(vec![entry("run.sh", b"2"), entry("a/x.py", b"1")]);
    assert_eq!(one, two);
    let manifest = verify(one.as_slice()).unwrap();
    assert_eq!(manifest.files[0].path, "a/x.py");
    assert_eq!(manifest.files[1].mode, 0o755);
}

#[test]
fn a_changed_package_does_not_verify() {
    let good = bytes(vec![entry("a", &[7; 10_000])]);
    for place in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[place] ^= 0x55;
        assert!(verify(bad.as_slice()).is_err(), "byte {place}");
    }
    assert!(verify(&good[..good.len() / 2]).is_err());
}

#[test]
fn paths_that_climb_out_and_doubles_are_refused() {
    for path in
        ["../x", "/etc/passwd", "a/../../b", "", "a/", "MANIFEST.json", "a\\b", "./a/./../b"]
    {
        assert!(check_path(path).is_err(), "{path}");
    }
    let twice = vec![entry("a", b"1"), entry("a", b"2")];
    assert!(build("shop", "HF-1", twice, "", "", &mut |_| true).is_err());
}

#[test]
fn a_cancelled_build_leaves_nothing() {
    let error = build("shop", "HF-1", vec![entry("a", b"1")], "", "", &mut |_| false).unwrap_err();
    assert!(error.message.contains("cancelled"));
}

/// An archive made by hand, as an attacker would.
fn forged(
    manifest: &serde_json::Value,
    add: impl FnOnce(&mut tar::Builder<zstd::Encoder<'static, Vec<u8>>>),
) -> Vec<u8> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    let text = manifest.to_string();
    append(&mut archive, MANIFEST, 0o644, text.len() as u64, &mut text.as_bytes()).unwrap();
    add(&mut archive);
    archive.into_inner().unwrap().finish().unwrap()
}

fn listing(files: &[(&str, &[u8])]) -> serde_json::Value {
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| {
            let sha256 = hex::encode(Sha256::digest(bytes));
            serde_json::json!({"path": path, "mode": 0o644, "size": bytes.len(), "sha256": sha256, "role": "file"})
        })
        .collect();
    serde_json::json!({"format": 1, "product": "shop", "hotfix": "HF-1", "files": files})
}

fn put(archive: &mut tar::Builder<impl Write>, path: &str, bytes: &[u8]) {
    append(archive, path, 0o644, bytes.len() as u64, &mut &*bytes).unwrap();
}

/// A header with a path that the tar crate itself would refuse to write.
fn put_raw(archive: &mut tar::Builder<impl Write>, path: &str, kind: tar::EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    archive.append(&header, bytes).unwrap();
}

#[test]
fn a_forged_package_is_refused_and_nothing_of_it_is_unpacked() {
    use tar::EntryType as Kind;
    let one = listing(&[("a", b"1")]);
    let forgeries: Vec<(&str, Vec<u8>)> = vec![
        (
            "is not in the manifest",
            forged(&one, |to| {
                put(to, "a", b"1");
                put(to, "extra", b"2");
            }),
        ),
        (
            "twice",
            forged(&one, |to| {
                put(to, "a", b"1");
                put(to, "a", b"1");
            }),
        ),
        ("missing", forged(&one, |_| {})),
        ("another size", forged(&one, |to| put(to, "a", &vec![0; 50 << 20]))),
        ("not the file", forged(&one, |to| put(to, "a", b"2"))),
        ("not a plain file", forged(&one, |to| put_raw(to, "a", Kind::Symlink, b""))),
        ("not a plain file", forged(&one, |to| put_raw(to, "a", Kind::Link, b""))),
        ("not a plain file", forged(&one, |to| put_raw(to, "a", Kind::Char, b""))),
        (
            "not a plain file",
            forged(&one, |to| put_raw(to, "x", Kind::GNULongName, &vec![b'a'; 9 << 20])),
        ),
        (
            "not a plain file",
            forged(&one, |to| put_raw(to, "x", Kind::XHeader, b"20 path=../../etc/x\n")),
        ),
        (
            "cannot be a path",
            forged(&listing(&[("../a", b"1")]), |to| put_raw(to, "../a", Kind::Regular, b"1")),
        ),
        (
            "cannot be a path",
            forged(&listing(&[("/a", b"1")]), |to| put_raw(to, "/a", Kind::Regular, b"1")),
        ),
        (
            "in the manifest twice",
            forged(&listing(&[("a", b"1"), ("a", b"1")]), |to| put(to, "a", b"1")),
        ),
        (
            "a file and the folder",
            forged(&listing(&[("a", b"1"), ("a/b", b"1")]), |to| {
                put(to, "a", b"1");
                put(to, "a/b", b"1");
            }),
        ),
    ];
    for (said, bytes) in forgeries {
        let error = verify(bytes.as_slice()).unwrap_err();
        assert!(error.message.contains(said), "{said}: {error}");
        let place = tempfile::tempdir().unwrap();
        assert!(extract(bytes.as_slice(), &place.path().join("out")).is_err(), "{said}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "{said}");
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let mut bytes = bytes(vec![entry("a", b"1")]);
    assert!(verify(bytes.as_slice()).is_ok());
    bytes.extend(zstd::encode_all(&b"more"[..], 1).unwrap());
    assert!(verify(bytes.as_slice()).unwrap_err().message.contains("follows"));
}

#[test]
fn a_package_unpacks_to_what_was_packed_with_its_modes() {
    use std::os::unix::fs::PermissionsExt as _;
    let long = format!("{}/{}", "folder/".repeat(20).trim_end_matches('/'), "n".repeat(90));
    let bytes =
        bytes(vec![entry("run.sh", b"#!/bin/sh"), entry("a/b/c", b"deep"), entry(&long, b"far")]);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("out");
    let manifest = extract(bytes.as_slice(), &folder).unwrap();
    assert_eq!(manifest, read_manifest(bytes.as_slice()).unwrap());
    assert_eq!(std::fs::read(folder.join("a/b/c")).unwrap(), b"deep");
    assert_eq!(std::fs::read(folder.join(&long)).unwrap(), b"far");
    let mode = |path: &str| folder.join(path).metadata().unwrap().permissions().mode() & 0o111;
    assert_eq!((mode("run.sh") != 0, mode("a/b/c") != 0), (true, false));
    let again = extract(bytes.as_slice(), &folder).unwrap_err();
    assert!(again.message.contains("already there"), "{again}");
}

#[test]
fn a_path_too_long_for_a_plain_header_is_refused_when_it_is_built() {
    for path in
        ["n".repeat(101), format!("{}/x", "f".repeat(156)), format!("a/{}", "n".repeat(101))]
    {
        let error = check_path(&path).unwrap_err();
        assert!(error.message.contains("too long"), "{error}");
    }
}

#[test]
fn the_difference_of_two_packages_names_what_changed() {
    let manifest = |entries| verify(bytes(entries).as_slice()).unwrap();
    let before = manifest(vec![entry("same", b"1"), entry("gone", b"2"), entry("changed", b"3")]);
    let after = manifest(vec![entry("same", b"1"), entry("new", b"2"), entry("changed", b"4")]);
    let found: Vec<(String, bool, bool)> = diff(&before, &after)
        .into_iter()
        .map(|one| (one.path, one.before.is_some(), one.after.is_some()))
        .collect();
    let expected = [("changed", true, true), ("gone", true, false), ("new", false, true)];
    assert_eq!(found, expected.map(|(path, before, after)| (path.to_owned(), before, after)));
    assert_eq!(diff(&before, &before), []);
}

#[test]
fn a_large_file_can_be_cancelled_in_its_middle() {
    let mut calls = 0;
    let large = vec![entry("large", &vec![7; 10 << 20])];
    let error = build("shop", "HF-1", large, "", "", &mut |done| {
        calls += 1;
        done < 1 << 20
    });
    assert!(error.unwrap_err().message.contains("cancelled"));
    assert!(calls > 1);
}

#[test]
fn a_folder_is_collected_without_git_and_never_through_a_link() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("app");
    std::fs::create_dir_all(folder.join(".git")).unwrap();
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join(".git/HEAD"), "x").unwrap();
    std::fs::write(folder.join("sub/file"), "x").unwrap();
    let found: Vec<String> = collect(&folder).unwrap().into_iter().map(|(path, ..)| path).collect();
    assert_eq!(found, ["sub/file"]);
    std::os::unix::fs::symlink("/etc", place.path().join("link")).unwrap();
    assert!(collect(&place.path().join("link")).unwrap_err().message.contains("is a link"));
    std::os::unix::fs::symlink("/etc/passwd", folder.join("inner")).unwrap();
    assert!(collect(&folder).unwrap_err().message.contains("is a link"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_packed_comes_out_again(
        files in proptest::collection::btree_map("[a-z]{1,8}(/[a-zA-Zäß ._-]{0,12}x){0,2}", proptest::collection::vec(0_u8.., 0..300), 0..8)
    ) {
        let entries: Vec<Entry> = files.iter().map(|(path, bytes)| entry(path, bytes)).collect();
        if let Ok(built) = build("shop", "HF-1", entries, "", "", &mut |_| true) {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("out");
            extract(File::open(built.file.path()).unwrap(), &folder).unwrap();
            for (path, bytes) in &files {
                proptest::prop_assert_eq!(&std::fs::read(folder.join(path)).unwrap(), bytes);
            }
        } else {
            let paths: Vec<&String> = files.keys().collect();
            let nested = paths.iter().any(|one| paths.iter().any(|other| other.starts_with(&format!("{one}/"))));
            proptest::prop_assert!(nested);
        }
    }
}
