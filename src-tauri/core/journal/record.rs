//! FROZEN: what a journal record is, and the bytes that its hash covers.
//!
//! Every workspace ever written depends on this file, and so does the shared journal, whose
//! PL/pgSQL repeats it. It is never edited; another layout would be another domain string beside
//! this one. The golden vectors in the tests say so too.
//!
//! ```text
//! frame(b)   = int8(length of b in bytes) ‖ b
//! int8(n)    = n as a signed 64-bit big-endian integer, two's complement (int8send)
//! genesis    = SHA-256( "hotfix-desk/genesis/1" ‖ frame(workspace id, 16 bytes) )
//! private    = 32 zero bytes                                 if there never was a private part
//!            = SHA-256( "hotfix-desk/private/1" ‖ frame(salt, 32 bytes) ‖ frame(private bytes) )
//! hash       = SHA-256( "hotfix-desk/record/1"
//!                       ‖ frame(hash of the record before, or genesis)
//!                       ‖ int8(seq) ‖ frame(id, 16 bytes)
//!                       ‖ frame(stream, UTF-8) ‖ int8(version)
//!                       ‖ frame(kind, UTF-8) ‖ int8(1 if ignorable, else 0)
//!                       ‖ frame(actor, UTF-8) ‖ frame(device, UTF-8) ‖ frame(command, 16 bytes)
//!                       ‖ int8(occurred_at, µs since 1970 UTC) ‖ int8(recorded_at, likewise)
//!                       ‖ frame(data, the stored bytes) ‖ frame(private, 32 bytes) )
//! ```
//!
//! Order and number of the fields are fixed and each is an integer or framed, so two different
//! records never share a pre-image. The private part enters only through its salted digest: it can
//! be dropped together with its salt, and the chain stays verifiable while the text is gone.
//!
//! Deliberately absent: what a record means (`event.rs`) and where it is kept (`sqlite.rs`).

use crate::clock::Instant;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A SHA-256.
pub type Digest = [u8; 32];

const GENESIS: &[u8] = b"hotfix-desk/genesis/1";
const PRIVATE: &[u8] = b"hotfix-desk/private/1";
const RECORD: &[u8] = b"hotfix-desk/record/1";

/// One decision or fact, as it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Place in the whole journal: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// UUIDv7.
    pub id: Uuid,
    /// What it is about, such as `hotfix/HF-3`.
    pub stream: String,
    /// Place in its stream: 1, 2, 3, … without gaps.
    pub version: u64,
    /// The event's type, in snake_case.
    pub kind: String,
    /// A reader that does not know `kind` may skip it.
    pub ignorable: bool,
    pub actor: String,
    pub device: String,
    /// The command that caused it; records of one command share it.
    pub command: Uuid,
    /// When it happened, as the actor claims.
    pub occurred_at: Instant,
    /// When the journal took it in.
    pub recorded_at: Instant,
    /// A JSON value: structured facts, stored and hashed as these very bytes.
    pub data: Vec<u8>,
    /// Free text and personal data. None if there never was any, or if it was erased.
    pub private: Option<Private>,
    /// Zero if there never was a private part; it stays when the private part is erased.
    pub private_digest: Digest,
    pub hash: Digest,
}

/// The part that can be erased. The salt keeps a short text from being guessed from its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Private {
    pub salt: [u8; 32],
    /// A JSON value.
    pub bytes: Vec<u8>,
}

impl Record {
    /// Its private part was dropped on purpose.
    pub fn is_erased(&self) -> bool {
        self.private.is_none() && self.private_digest != [0; 32]
    }

    /// What `hash` must be if `previous` is the hash of the record before.
    pub fn expected_hash(&self, previous: &Digest) -> Digest {
        self.fields().hash(previous, &mut Vec::new())
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields {
            seq: self.seq.cast_signed(),
            id: self.id.as_bytes(),
            stream: self.stream.as_bytes(),
            version: self.version.cast_signed(),
            kind: self.kind.as_bytes(),
            ignorable: self.ignorable,
            actor: self.actor.as_bytes(),
            device: self.device.as_bytes(),
            command: self.command.as_bytes(),
            occurred_at: self.occurred_at.micros(),
            recorded_at: self.recorded_at.micros(),
            data: &self.data,
            private_digest: &self.private_digest,
        }
    }
}

/// The hash that stands before record 1.
pub fn genesis(workspace: &Uuid) -> Digest {
    let mut image = GENESIS.to_vec();
    frame(&mut image, workspace.as_bytes());
    Sha256::digest(&image).into()
}

/// The digest that stands for a private part in the chain.
pub fn private_digest(salt: &[u8; 32], bytes: &[u8]) -> Digest {
    private_digest_in(salt, bytes, &mut Vec::new())
}

/// As [`private_digest`], with a buffer that many calls may share.
pub(crate) fn private_digest_in(salt: &[u8], bytes: &[u8], image: &mut Vec<u8>) -> Digest {
    image.clear();
    image.extend_from_slice(PRIVATE);
    frame(image, salt);
    frame(image, bytes);
    Sha256::digest(image).into()
}

/// A record's hashed fields, borrowed from wherever they lie: verification reads millions of them
/// straight out of SQLite's pages.
pub(crate) struct Fields<'a> {
    pub seq: i64,
    pub id: &'a [u8],
    pub stream: &'a [u8],
    pub version: i64,
    pub kind: &'a [u8],
    pub ignorable: bool,
    pub actor: &'a [u8],
    pub device: &'a [u8],
    pub command: &'a [u8],
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub data: &'a [u8],
    pub private_digest: &'a [u8],
}

impl Fields<'_> {
    pub(crate) fn hash(&self, previous: &[u8], image: &mut Vec<u8>) -> Digest {
        self.image(previous, image);
        Sha256::digest(image).into()
    }

    fn image(&self, previous: &[u8], image: &mut Vec<u8>) {
        image.clear();
        image.extend_from_slice(RECORD);
        frame(image, previous);
        int8(image, self.seq);
        frame(image, self.id);
        frame(image, self.stream);
        int8(image, self.version);
        frame(image, self.kind);
        int8(image, self.ignorable.into());
        frame(image, self.actor);
        frame(image, self.device);
        frame(image, self.command);
        int8(image, self.occurred_at);
        int8(image, self.recorded_at);
        frame(image, self.data);
        frame(image, self.private_digest);
    }
}

fn int8(image: &mut Vec<u8>, number: i64) {
    image.extend_from_slice(&number.to_be_bytes());
}

fn frame(image: &mut Vec<u8>, bytes: &[u8]) {
    image.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    image.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Record {
        let salt = [7; 32];
        let bytes = br#"{"title":"Zahlung h\u00e4ngt"}"#.to_vec();
        let private_digest = private_digest(&salt, &bytes);
        Record {
            seq: 42,
            id: Uuid::from_u128(0x0193_5d2c_7b00_7000_8000_0000_0000_0001),
            stream: "issue/ISS-12".into(),
            version: 3,
            kind: "issue_triaged".into(),
            ignorable: false,
            actor: "mira".into(),
            device: "desk-1".into(),
            command: Uuid::from_u128(0x0193_5d2c_7b00_7000_8000_0000_0000_0002),
            occurred_at: Instant::from_micros(1_795_455_000_000_000),
            recorded_at: Instant::from_micros(1_795_455_000_000_001),
            data: br#"{"impact":2,"urgency":1}"#.to_vec(),
            private: Some(Private { salt, bytes }),
            private_digest,
            hash: [0; 32],
        }
    }

    fn arbitrary() -> impl Strategy<Value = Record> {
        let text = || "[a-b]{0,3}";
        let head = (0u64..3, any::<bool>(), 0u64..3, text(), text(), text(), text());
        let tail = (0i64..3, 0i64..3, prop::collection::vec(0u8..3, 0..4), any::<bool>());
        (head, tail).prop_map(|(head, tail)| {
            let (seq, ignorable, version, stream, kind, actor, device) = head;
            let (occurred, recorded, data, private) = tail;
            Record {
                seq,
                version,
                stream,
                kind,
                ignorable,
                actor,
                device,
                occurred_at: Instant::from_micros(occurred),
                recorded_at: Instant::from_micros(recorded),
                data,
                private: None,
                private_digest: [u8::from(private); 32],
                ..sample()
            }
        })
    }

    fn image(record: &Record) -> Vec<u8> {
        let mut image = Vec::new();
        record.fields().image(&[0; 32], &mut image);
        image
    }

    proptest! {
        /// Small alphabets, so that fields differing only in where one ends and the next begins
        /// come up often.
        #[test]
        fn different_records_never_share_a_pre_image(a in arbitrary(), b in arbitrary()) {
            prop_assert_eq!(a == b, image(&a) == image(&b));
        }

        #[test]
        fn a_byte_moved_over_a_field_border_changes_the_hash(
            stream in "[a-z]{1,8}", kind in "[a-z]{1,8}"
        ) {
            let before = Record { stream: stream.clone(), kind: kind.clone(), ..sample() };
            let (rest, last) = stream.split_at(stream.len() - 1);
            let after = Record { stream: rest.into(), kind: format!("{last}{kind}"), ..sample() };
            prop_assert_ne!(before.expected_hash(&[1; 32]), after.expected_hash(&[1; 32]));
        }
    }

    #[test]
    fn dropping_the_private_part_keeps_the_hash() {
        let whole = sample();
        let erased = Record { private: None, ..whole.clone() };
        assert!(erased.is_erased());
        assert_eq!(whole.expected_hash(&[9; 32]), erased.expected_hash(&[9; 32]));
    }

    /// Computed independently, with Python's hashlib and struct. They never change.
    #[test]
    fn golden_vectors() {
        let workspace = Uuid::from_u128(0x0193_5d2c_7b00_7000_8000_0000_0000_00ff);
        let start = genesis(&workspace);
        assert_eq!(
            hex::encode(start),
            "f5bb092aa3d8ca1e7e15ff3f71e7d330f22eea2f41d434d42c97638a28d172d2"
        );
        let record = sample();
        assert_eq!(
            hex::encode(record.private_digest),
            "b3a298575007bf321b0eaaf3bbe06ee1d92fcd42751f92b3505c9da2953ff8f8"
        );
        assert_eq!(
            hex::encode(record.expected_hash(&start)),
            "ce1cf41c11ef97330e7ef97b7329e01412f29e7c7b8b571305ce49b62491ffbb"
        );
    }
}
