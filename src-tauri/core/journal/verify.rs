//! Proof of the chain: from the first record to the last, in one pass, straight from SQLite's pages.

use super::record::{Digest, Fields, genesis, private_digest_in};
use crate::{
    error::{Error, Result},
    store::Store,
};
use rusqlite::types::ValueRef;
use std::collections::HashMap;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Records found whole, from the first.
    pub records: u64,
    /// The hash of the last whole record: anchor it elsewhere, since a chain proves order alone.
    pub head: Digest,
    /// The first damaged record and what is wrong with it.
    pub damaged: Option<(u64, String)>,
}

/// Verifies the whole journal. `progress(done, total)` may answer `false` to stop.
pub fn verify(store: &Store, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Verified> {
    let db = store.read()?;
    let total: i64 =
        db.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
    let mut statement = db.prepare(
        "SELECT seq, id, stream, version, kind, ignorable, actor, device, command, occurred_at,
            recorded_at, data, salt, private, private_digest, hash FROM journal ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let mut verified = Verified { records: 0, head: genesis(&store.id()), damaged: None };
    let mut versions: HashMap<Vec<u8>, i64> = HashMap::new();
    let mut image = Vec::new();
    loop {
        let seq = verified.records + 1;
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // SQLite itself cannot read the page: the damage lies at the next record.
            Err(error) => {
                verified.damaged = Some((seq, format!("the file cannot be read here: {error}")));
                break;
            }
        };
        let text = |column: usize| match row.get_ref(column) {
            Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes,
            _ => &[],
        };
        let number = |column: usize| match row.get_ref(column) {
            Ok(ValueRef::Integer(number)) => number,
            _ => -1,
        };
        if number(0) != seq.cast_signed() {
            verified.damaged = Some((seq, "the record is missing".into()));
            break;
        }
        let digest_in_row = text(14);
        let fields = Fields {
            seq: number(0),
            id: text(1),
            stream: text(2),
            version: number(3),
            kind: text(4),
            ignorable: number(5) == 1,
            actor: text(6),
            device: text(7),
            command: text(8),
            occurred_at: number(9),
            recorded_at: number(10),
            data: text(11),
            private_digest: digest_in_row,
        };
        let hash = fields.hash(&verified.head, &mut image);
        if hash.as_slice() != text(15) {
            verified.damaged = Some((seq, "its bytes do not give its hash".into()));
            break;
        }
        let (salt, private) = (text(12), text(13));
        if !(salt.is_empty() && private.is_empty())
            && private_digest_in(salt, private, &mut image).as_slice() != digest_in_row
        {
            verified.damaged =
                Some((seq, "its private part is not the one that was recorded".into()));
            break;
        }
        let version = versions.entry(text(2).to_vec()).or_default();
        *version += 1;
        if *version != number(3) {
            verified.damaged = Some((seq, "its place in its stream is wrong".into()));
            break;
        }
        verified.records = seq;
        verified.head = hash;
        if seq.is_multiple_of(4096) && !progress(seq, total.unsigned_abs()) {
            return Err(Error::conflict("The verification was cancelled."));
        }
    }
    progress(verified.records, total.unsigned_abs());
    Ok(verified)
}
