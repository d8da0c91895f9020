//! Signatures in minisign's format: `minisign -V` proves them without this program.
//!
//! The secret key is a text that the caller gets from the keychain; here it is used and forgotten.
//! The signed ("trusted") comment says which revision of which hot fix the bytes are, so that a
//! signature cannot be put beside another package.

use crate::error::{Error, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use secrecy::{ExposeSecret, SecretString};
use std::io::{self, Read, Seek, SeekFrom};

/// A signature of four lines: longer texts are none.
const MOST_SIGNATURE: usize = 8 << 10;
/// A secret key in minisign's format.
const SECRET_BYTES: usize = 158;

/// What a public key is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    key: PublicKey,
}

impl Public {
    /// A public key as minisign writes it: the file of two lines, or its second line alone.
    pub fn parse(text: &str) -> Result<Self> {
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
        match lines.last().map(|line| PublicKey::from_base64(line)) {
            Some(Ok(key)) if lines.len() <= 2 => Ok(Self { key }),
            _ => Err(Error::invalid("This is no public key of minisign.")
                .hint("It has two lines; the second begins with RW.")),
        }
    }

    /// The key's number as minisign shows it.
    pub fn id(&self) -> String {
        number(self.key.keynum())
    }

    /// The line that names the key.
    pub fn line(&self) -> String {
        self.key.to_base64()
    }

    /// The file that `minisign -V -p` takes.
    pub fn file(&self) -> String {
        format!("untrusted comment: minisign public key {}\n{}\n", self.id(), self.line())
    }
}

fn number(keynum: &[u8]) -> String {
    let bytes: [u8; 8] = keynum.try_into().unwrap_or_default();
    format!("{:016X}", u64::from_le_bytes(bytes))
}

/// A new pair: the secret key's text, and the public key.
pub fn generate() -> Result<(SecretString, Public)> {
    let failed =
        |error: minisign::PError| Error::internal(format!("No key could be made: {error}."));
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
    let text = sk.to_box(Some("signing key of a Hotfix Desk workspace")).map_err(failed)?;
    Ok((SecretString::from(text.into_string()), Public { key: pk }))
}

fn secret_key(text: &SecretString) -> Result<SecretKey> {
    let wrong = || {
        Error::field("secret", "This is no secret key of minisign, or it has a password.")
            .hint("`minisign -G -W` makes one without; the keychain protects it.")
    };
    let line = text.expose_secret().lines().nth(1).unwrap_or_default().trim();
    let bytes = BASE64_STANDARD.decode(line).map_err(|_| wrong())?;
    // Algorithm, key derivation (none), and at the end a checksum, which minisign leaves out of a
    // key without a password and this crate does not.
    if bytes.len() != SECRET_BYTES || bytes[..4] != *b"Ed\0\0" {
        return Err(wrong());
    }
    if bytes[SECRET_BYTES - 32..] == [0; 32] {
        return SecretKey::from_bytes(&bytes).map_err(|_| wrong());
    }
    let whole = SecretKeyBox::from(text.expose_secret().to_owned());
    whole.into_unencrypted_secret_key().map_err(|_| wrong())
}

/// The public key that belongs to a secret one.
pub fn public_of(secret: &SecretString) -> Result<Public> {
    let key = PublicKey::from_secret_key(&secret_key(secret)?)
        .map_err(|error| Error::internal(format!("The key cannot be used: {error}.")))?;
    Ok(Public { key })
}

/// Signs what `bytes` gives.
pub fn sign(secret: &SecretString, bytes: impl Read, comment: &str) -> Result<String> {
    let key = secret_key(secret)?;
    let public = public_of(secret)?;
    let about = format!("signature of a Hotfix Desk package with key {}", public.id());
    let signed = minisign::sign(Some(&public.key), &key, bytes, Some(comment), Some(&about));
    let signed = signed.map_err(|error| Error::internal(format!("It was not signed: {error}.")))?;
    Ok(signed.into_string())
}

/// What a signature says of itself, before anything is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub key: String,
    pub comment: String,
}

fn parse(text: &str) -> Result<SignatureBox> {
    let wrong = || {
        Error::damaged("The signature is none of minisign's.")
            .hint("It is the file beside the package whose name ends with .minisig.")
    };
    // The signature over the comment: 64 bytes, which the crate does not count.
    let global = text.lines().nth(3).unwrap_or_default().trim().len();
    if text.len() > MOST_SIGNATURE || global != 88 {
        return Err(wrong());
    }
    SignatureBox::from_string(text).map_err(|_| wrong())
}

/// Who a signature says it is by, and what it says of the bytes.
pub fn claim(text: &str) -> Result<Claim> {
    let signature = parse(text)?;
    let comment = signature
        .trusted_comment()
        .map_err(|_| Error::damaged("The signature's comment is not text."))?;
    Ok(Claim { key: number(signature.keynum()), comment })
}

/// Proves that `bytes` were signed with the secret half of `public`.
pub fn check(public: &Public, text: &str, bytes: impl Read) -> Result<Claim> {
    let claim = claim(text)?;
    if claim.key != public.id() {
        return Err(Error::damaged(format!(
            "It is signed with the key {}, not with {}.",
            claim.key,
            public.id()
        )));
    }
    minisign::verify(&public.key, &parse(text)?, Forward(bytes), true, false, false).map_err(
        |_| {
            Error::damaged("The signature does not belong to these bytes.")
                .hint("Do not install it.")
        },
    )?;
    Ok(claim)
}

/// The crate wants to go back only to print what it has proved, which it is not asked to.
struct Forward<R>(R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R> Seek for Forward<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_proved_and_nothing_else_is() {
        let (secret, public) = generate().unwrap();
        assert_eq!(public_of(&secret).unwrap(), public);
        let text = sign(&secret, &b"bytes"[..], "hotfix:HF-1 revision:2").unwrap();
        let proved = check(&public, &text, &b"bytes"[..]).unwrap();
        assert_eq!(proved.comment, "hotfix:HF-1 revision:2");
        assert_eq!(proved.key, public.id());
        assert!(check(&public, &text, &b"other"[..]).is_err());
        let forged = text.replace("revision:2", "revision:3");
        assert!(check(&public, &forged, &b"bytes"[..]).is_err(), "the comment is signed, too");
        let (_, other) = generate().unwrap();
        let error = check(&other, &text, &b"bytes"[..]).unwrap_err();
        assert!(error.message.contains(&public.id()), "{error}");
    }

    #[test]
    fn keys_are_read_as_minisign_writes_them() {
        let (_, public) = generate().unwrap();
        assert_eq!(Public::parse(&public.file()).unwrap(), public);
        assert_eq!(Public::parse(&public.line()).unwrap(), public);
        for wrong in ["", "RW", "untrusted comment: x\n", &public.line()[..50], "a\nb\nc"] {
            assert!(Public::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_fells_the_reader(text in "(untrusted comment: )?.{0,60}\n[A-Za-z0-9+/=]{0,120}\n(trusted comment: )?.{0,40}\n[A-Za-z0-9+/=]{0,100}") {
            let (_, public) = generate().unwrap();
            drop(claim(&text));
            drop(check(&public, &text, &b"x"[..]));
            drop(Public::parse(&text));
        }
    }
}
