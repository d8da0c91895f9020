//! The proof of the chain, beside `sha256sum` of the same bytes.

use super::{Bench, Row, milliseconds, paired, processor, rebuild, seconds, thousands};
use hotfix_core::{
    journal::{self, Record, sqlite::read_after},
    store::Store,
};
use std::{
    cell::RefCell,
    fs::File,
    io::{BufWriter, Write as _},
    process::Command,
};

pub fn measure(bench: &Bench) -> Vec<Row> {
    let path = rebuild::long(bench);
    let store = Store::open(&path).expect("the workspace opens");
    let plain = bench.fresh("verify-floor.bin");
    let bytes = write_bytes(&store, &plain);
    let records = RefCell::new(0);
    let spent = RefCell::new(Vec::new());
    let pair = paired(
        bench.size(7, 3),
        || {
            seconds(|| {
                let status =
                    Command::new("sha256sum").arg(&plain).output().expect("sha256sum").status;
                assert!(status.success());
            })
        },
        || {
            let before = processor();
            let wall = seconds(|| {
                let verified = journal::verify(&store, &mut |_, _| true).expect("the proof runs");
                assert_eq!(verified.damaged, None);
                *records.borrow_mut() = verified.records;
            });
            spent.borrow_mut().push((processor() - before).as_secs_f64());
            wall
        },
    );
    vec![Row {
        measure: format!("Prove the chain of {} records", thousands(records.into_inner())),
        floor: format!("{} sha256sum of the same {} MB", milliseconds(pair.floor), bytes >> 20),
        figure: milliseconds(pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(3.0),
        note: format!(
            "processor: {}, on {} threads; both from the page cache",
            milliseconds(super::median(spent.into_inner())),
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        ),
        command: "hotfix audit verify".into(),
    }]
}

/// Everything that a record holds, in a row: what verification reads, without SQLite around it.
pub fn bytes_of(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [
        record.seq.cast_signed(),
        record.version.cast_signed(),
        record.occurred_at.micros(),
        record.recorded_at.micros(),
    ] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    let private = record.private.as_ref();
    for part in [
        record.id.as_bytes().as_slice(),
        record.stream.as_bytes(),
        record.kind.as_bytes(),
        record.actor.as_bytes(),
        record.device.as_bytes(),
        record.command.as_bytes(),
        &record.data,
        private.map_or(&[], |private| private.salt.as_slice()),
        private.map_or(&[], |private| &private.bytes),
        &record.private_digest,
        &record.hash,
    ] {
        bytes.extend_from_slice(part);
    }
    bytes
}

fn write_bytes(store: &Store, path: &std::path::Path) -> u64 {
    let db = store.read().expect("a reader");
    let mut out = BufWriter::new(File::create(path).expect("a plain file"));
    let (mut seq, mut written) = (0, 0);
    loop {
        let records = read_after(&db, seq, 10_000).expect("the journal reads");
        let Some(last) = records.last() else { break };
        seq = last.seq;
        for record in &records {
            let bytes = bytes_of(record);
            out.write_all(&bytes).expect("the disk has room");
            written += bytes.len() as u64;
        }
    }
    out.flush().expect("the disk has room");
    written
}
