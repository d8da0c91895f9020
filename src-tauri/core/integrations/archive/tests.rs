//! The package against hostile archives and other machines.

use super::{
    build::{build_with, header},
    choose::Choice,
    collect::{Out, collect},
    *,
};
use std::io::Write;

fn entry(path: &str, bytes: &[u8]) -> Entry {
    Entry {
        path: path.into(),
        executable: path.ends_with(".sh"),
        role: "file".into(),
        source: Source::Bytes(bytes.to_vec()),
        source_commit: Some("abc".into()),
    }
}

fn plan(entries: Vec<Entry>) -> Plan {
    Plan {
        product: "shop".into(),
        hotfix: "HF-1".into(),
        entries,
        install_notes: "restart".into(),
        rollback_notes: "redeploy".into(),
        ..Plan::default()
    }
}

fn bytes(entries: Vec<Entry>) -> Vec<u8> {
    packed(plan(entries))
}

fn zipped(entries: Vec<Entry>) -> Vec<u8> {
    packed(Plan { format: Format::Zip, ..plan(entries) })
}

fn packed(plan: Plan) -> Vec<u8> {
    let built = build(plan, &mut (), None, &mut |_| true).unwrap();
    let mut bytes = Vec::new();
    built.reader().read_to_end(&mut bytes).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&bytes)), built.sha256);
    assert_eq!(bytes.len() as u64, built.size);
    bytes
}

fn append(archive: &mut tar::Builder<impl Write>, path: &str, bytes: &[u8]) {
    let mut whole = Vec::new();
    header(&mut whole, path, 0o644, bytes.len() as u64).unwrap();
    whole.extend(bytes);
    whole.resize(whole.len().next_multiple_of(512), 0);
    archive.get_mut().write_all(&whole).unwrap();
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
    assert!(build(plan(twice), &mut (), None, &mut |_| true).is_err());
}

#[test]
fn a_cancelled_build_leaves_nothing() {
    let error = build(plan(vec![entry("a", b"1")]), &mut (), None, &mut |_| false).unwrap_err();
    assert!(error.message.contains("cancelled"));
}

/// An archive made by hand, as an attacker would.
fn forged(
    manifest: &serde_json::Value,
    add: impl FnOnce(&mut tar::Builder<zstd::Encoder<'static, Vec<u8>>>),
) -> Vec<u8> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    let text = manifest.to_string();
    append(&mut archive, MANIFEST, text.as_bytes());
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
    append(archive, path, bytes);
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
    let error = build(plan(large), &mut (), None, &mut |done| {
        calls += 1;
        done < 1 << 20
    });
    assert!(error.unwrap_err().message.contains("cancelled"));
    assert!(calls > 1);
}

#[test]
fn a_folder_is_collected_without_git_and_what_stays_out_says_why() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("app");
    for path in [".git/HEAD", "sub/file", "sub/noise.log", "node_modules/deep/x.js"] {
        std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.join(path), "x").unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", folder.join("inner")).unwrap();
    let choice = Choice::new(&[], &["*.log".into(), "node_modules".into()]).unwrap();
    let found = collect(&folder, &choice, &mut |_| true).unwrap();
    let told: Vec<(&str, Option<Out>)> =
        found.iter().map(|one| (one.path.as_str(), one.out.clone())).collect();
    let left = |why: &str| Some(Out::Left(why.into()));
    assert_eq!(
        told,
        [
            (".git/", left("a repository's own folder")),
            ("inner", Some(Out::Refused("it is a link".into()))),
            ("node_modules/", left("excluded by node_modules")),
            ("sub/file", None),
            ("sub/noise.log", left("excluded by *.log")),
        ]
    );
    std::os::unix::fs::symlink("/etc", place.path().join("link")).unwrap();
    let link = collect(&place.path().join("link"), &Choice::default(), &mut |_| true).unwrap();
    assert_eq!(link[0].out, Some(Out::Refused("it is a link".into())));
    let error = collect(&place.path().join("none"), &choice, &mut |_| true).unwrap_err();
    assert!(error.message.contains("There is no file or folder"), "{error}");
}

/// Text that compresses as sources do, the same on every machine.
fn text(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut out = Vec::with_capacity(length + 16);
    while out.len() < length {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out.extend(format!("{:x} ", (state >> 33) % 5_000).bytes());
    }
    out.truncate(length);
    out
}

#[test]
fn the_number_of_processors_changes_no_byte() {
    let packed = |threads: u32| {
        let entries =
            vec![entry("a", &text(20 << 20)), entry("b", b"small"), entry("c", &text(9 << 20))];
        let built = build_with(plan(entries), &mut (), None, threads, &mut |_| true).unwrap();
        built.sha256
    };
    let one = packed(1);
    for threads in [2, 3, 8] {
        assert_eq!(packed(threads), one, "{threads} threads");
    }
}

/// These bytes are promised: whoever changes them makes every package another one.
#[test]
fn the_bytes_of_a_package_are_those_of_every_machine_and_day() {
    let entries = || vec![entry("run.sh", b"#!/bin/sh\n"), entry("data", &text(9 << 20))];
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let promised = concat!(env!("CARGO_MANIFEST_DIR"), "/integrations/archive/fixtures/sha256.txt");
    let promised = std::fs::read_to_string(promised).unwrap();
    let built =
        format!("{}  tar.zst\n{}  zip\n", hash(&bytes(entries())), hash(&zipped(entries())));
    assert_eq!(built, promised);
}

#[test]
fn packages_of_the_first_format_still_verify() {
    let manifest = listing(&[("a", b"1"), ("b/c", &[7; 5000])]);
    let old = forged(&manifest, |to| {
        put(to, "a", b"1");
        put(to, "b/c", &[7; 5000]);
    });
    let read = verify(old.as_slice()).unwrap();
    assert_eq!((read.format, read.files.len()), (1, 2));
    let mut later = manifest;
    later["format"] = 3.into();
    let error = verify(forged(&later, |_| {}).as_slice()).unwrap_err();
    assert!(error.hint.unwrap().contains("newer"), "{}", error.message);
}

#[test]
fn what_the_changes_took_away_is_in_the_manifest_and_nothing_else_can_be() {
    let removed = vec!["old/gone.py".to_owned(), "a".into(), "old/gone.py".into()];
    let bytes = packed(Plan { removed, ..plan(vec![entry("a", b"1")]) });
    assert_eq!(verify(bytes.as_slice()).unwrap().removed, ["old/gone.py"]);
    for path in ["../x", "", "/etc/passwd", "a//b", "a/./b"] {
        let mut manifest = listing(&[("b", b"1")]);
        manifest["removed"] = serde_json::json!([path]);
        let forged = forged(&manifest, |to| put(to, "b", b"1"));
        assert!(verify(forged.as_slice()).is_err(), "{path}");
    }
}

#[test]
fn a_zip_is_read_by_others_and_by_us() {
    let long = format!("{}/{}", "folder/".repeat(20).trim_end_matches('/'), "n".repeat(90));
    let entries = vec![
        entry("run.sh", b"#!/bin/sh"),
        entry("empty", b""),
        entry("ä/ü.txt", &text(700_000)),
        entry(&long, b"far"),
    ];
    let bytes = zipped(entries);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("out");
    let manifest = extract(bytes.as_slice(), &folder).unwrap();
    assert_eq!(manifest, read_manifest(bytes.as_slice()).unwrap());
    assert_eq!(std::fs::read(folder.join("ä/ü.txt")).unwrap(), text(700_000));
    let file = place.path().join("p.zip");
    std::fs::write(&file, &bytes).unwrap();
    let script = "import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
    print(i.filename, oct(i.external_attr >> 16), i.date_time[0], i.file_size)";
    let read = std::process::Command::new("python3").args(["-c", script]).arg(&file).output();
    let read = read.unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let told = String::from_utf8(read.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("MANIFEST.json 0o100644 1980"), "{told}");
    assert!(lines.contains(&"run.sh 0o100755 1980 9"), "{told}");
    assert!(lines.contains(&"ä/ü.txt 0o100644 1980 700000"), "{told}");
}

#[test]
fn a_changed_zip_does_not_verify() {
    let good = zipped(vec![entry("a", &text(20_000)), entry("b/c.sh", b"#!/bin/sh")]);
    let manifest = verify(good.as_slice()).unwrap();
    let mut padding = 0;
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x55;
        // Only the bits that fill up the last byte of an entry's deflated data mean nothing: another
        // hash, and so another package, with the very same content.
        if let Ok(same) = verify(bad.as_slice()) {
            assert_eq!(same, manifest, "byte {place}");
            padding += 1;
        }
    }
    assert!(padding <= 3, "{padding} bytes mean nothing in three entries");
    for length in (0..good.len()).step_by(13) {
        assert!(verify(&good[..length]).is_err(), "cut at {length}");
    }
    let mut longer = good;
    longer.push(0);
    assert!(verify(longer.as_slice()).unwrap_err().message.contains("follows"));
}

/// A zip as python's `zipfile` writes it, with our manifest in front.
fn zip_by_hand(script: &str) -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("p.zip");
    let all = format!(
        "import sys, zipfile, json, hashlib, struct, zlib
def manifest(files, **more):
    return json.dumps(dict(format=2, product='shop', hotfix='HF-1', files=[
        dict(path=p, mode=0o644, size=len(b), sha256=hashlib.sha256(b).hexdigest(), role='file')
        for p, b in files], **more)).encode()
def info(path, mode=0o100644, method=zipfile.ZIP_DEFLATED):
    i = zipfile.ZipInfo(path); i.create_system = 3; i.create_version = 30
    i.external_attr = mode << 16; i.compress_type = method; i.flag_bits = 0x800
    return i
out = sys.argv[1]
{script}
"
    );
    let done =
        std::process::Command::new("python3").args(["-c", &all]).arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(&file).unwrap()
}

#[test]
fn hostile_zips_are_refused_with_their_reason_and_nothing_is_unpacked() {
    let with = |body: &str| {
        zip_by_hand(&format!(
            "a = b'one'
with zipfile.ZipFile(out, 'w') as z:
{}
data = open(out, 'rb').read()
# python does not set the flag for ASCII names, which ours have.
",
            body.lines().map(|line| format!("    {line}\n")).collect::<String>()
        ))
    };
    let flag = |mut bytes: Vec<u8>| {
        // Bit 11 in every header, as ours have it.
        for at in 0..bytes.len() - 10 {
            if bytes[at..].starts_with(b"PK\x03\x04") {
                bytes[at + 7] |= 8;
            } else if bytes[at..].starts_with(b"PK\x01\x02") {
                bytes[at + 9] |= 8;
            }
        }
        bytes
    };
    let listed = "z.writestr(info('MANIFEST.json'), manifest([('a', a)]))\n";
    let fine = flag(with(&format!("{listed}z.writestr(info('a'), a)")));
    assert!(verify(fine.as_slice()).is_ok(), "{:?}", verify(fine.as_slice()));
    let mut encrypted = fine.clone();
    let second = fine.windows(4).rposition(|four| four == b"PK\x03\x04").unwrap();
    encrypted[second + 6] |= 1;
    let mut later = fine.clone();
    later[second + 6] |= 8;
    let bomb = "z.writestr(info('MANIFEST.json'), manifest([('a', b'x' * 10)]))
z.writestr(info('a'), b'\\0' * (200 << 20))";
    for (said, bytes) in [
        ("is encrypted", encrypted),
        ("only after its data", later),
        ("another size", flag(with(bomb))),
        ("not in the manifest", flag(with(&format!("{listed}z.writestr(info('../a'), a)")))),
        ("not in the manifest", flag(with(&format!("{listed}z.writestr(info('/etc/x'), a)")))),
        (
            "cannot be a path",
            flag(with(
                "z.writestr(info('MANIFEST.json'), manifest([('../a', a)]))\nz.writestr(info('../a'), a)",
            )),
        ),
        ("not a plain file", flag(with(&format!("{listed}z.writestr(info('a', 0o120777), a)")))),
        ("another mode", flag(with(&format!("{listed}z.writestr(info('a', 0o100755), a)")))),
        (
            "or is there twice",
            flag(with(&format!("{listed}z.writestr(info('a'), a)\nz.writestr(info('a'), a)"))),
        ),
        ("does not begin with its manifest", flag(with("z.writestr(info('a'), a)"))),
        ("is missing", flag(with(listed))),
        ("not the file", flag(with(&format!("{listed}z.writestr(info('a'), b'two')")))),
        (
            "not written the way",
            flag(with(&format!("{listed}z.writestr(info('a', method=zipfile.ZIP_BZIP2), a)"))),
        ),
    ] {
        let error = verify(bytes.as_slice()).unwrap_err();
        assert!(error.message.contains(said), "{said}: {error}");
        let place = tempfile::tempdir().unwrap();
        assert!(extract(bytes.as_slice(), &place.path().join("out")).is_err(), "{said}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "{said}");
    }
}

/// A stream that claims to be large, and is zeros for as long as anybody reads.
#[test]
fn an_entry_that_unpacks_to_more_than_it_says_is_stopped_there() {
    // The manifest and the header say ten bytes; the deflated data has 200 MiB.
    let bytes = zip_by_hand(
        "packed = zlib.compressobj(9, zlib.DEFLATED, -15)
data = packed.compress(b'\\0' * (200 << 20)) + packed.flush()
text = manifest([('a', b'\\0' * 10)])
def local(name, crc, body, size, method):
    return struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, 0x800, method, 0, 0x21, crc, len(body), size, len(name), 0) + name + body
raw = zlib.compressobj(6, zlib.DEFLATED, -15); front = raw.compress(text) + raw.flush()
open(out, 'wb').write(local(b'MANIFEST.json', zlib.crc32(text), front, len(text), 8) + local(b'a', 0, data, 10, 8))",
    );
    let error = verify(bytes.as_slice()).unwrap_err();
    assert!(error.message.contains("larger than it says"), "{error}");
}

#[test]
fn only_what_is_small_and_wanted_is_taken_out_of_an_archive() {
    for bytes in [
        bytes(vec![entry("a", b"small"), entry("b", &[0; 2000]), entry("c", b"x")]),
        zipped(vec![entry("a", b"small"), entry("b", &[0; 2000]), entry("c", b"x")]),
    ] {
        let wanted = BTreeSet::from(["a".to_owned(), "b".into(), "none".into()]);
        let found = contents(bytes.as_slice(), &wanted, 1000).unwrap();
        assert_eq!(found, BTreeMap::from([("a".to_owned(), b"small".to_vec())]));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_packed_comes_out_again(
        files in proptest::collection::btree_map("[a-z]{1,8}(/[a-zA-Zäß ._-]{0,12}x){0,2}", proptest::collection::vec(0_u8.., 0..300), 0..8),
        format in proptest::prop_oneof![proptest::prelude::Just(Format::TarZst), proptest::prelude::Just(Format::Zip)],
    ) {
        let entries: Vec<Entry> = files.iter().map(|(path, bytes)| entry(path, bytes)).collect();
        if let Ok(built) = build(Plan { format, ..plan(entries) }, &mut (), None, &mut |_| true) {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("out");
            extract(built.reader(), &folder).unwrap();
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
