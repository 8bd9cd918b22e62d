//! The ways of proving to know a password, and what each sends. No input or output happens here.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::login::Tls;

/// A way of authentication, by the name that servers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    NativePassword,
    CachingSha2,
    Sha256,
    /// MariaDB's `ed25519`.
    Ed25519,
    ClearPassword,
}

/// The protection that a connection has by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    Plain,
    Encrypted,
    /// Encrypted, and the certificate names the host.
    Verified,
}

/// Why a password is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    #[error("{0} sends the password itself; it takes an encrypted connection")]
    Plain(&'static str),
    #[error("{0} sends the password itself; it takes a verified connection (tls: VerifyIdentity)")]
    Unverified(&'static str),
}

impl Protection {
    pub fn new(tls: Tls, encrypted: bool) -> Self {
        match (tls, encrypted) {
            (_, false) => Self::Plain,
            (Tls::VerifyIdentity, true) => Self::Verified,
            (Tls::Disabled | Tls::Preferred | Tls::Required | Tls::VerifyCa, true) => Self::Encrypted,
        }
    }
}

impl Plugin {
    /// Finds a way by its name; only these are known.
    pub fn named(name: &str) -> Option<Self> {
        [Self::NativePassword, Self::CachingSha2, Self::Sha256, Self::Ed25519, Self::ClearPassword]
            .into_iter()
            .find(|plugin| plugin.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::NativePassword => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
            Self::Sha256 => "sha256_password",
            Self::Ed25519 => "client_ed25519",
            Self::ClearPassword => "mysql_clear_password",
        }
    }

    /// Returns the first answer to the server's random bytes.
    ///
    /// # Errors
    /// It would be the password itself, and the connection does not protect it.
    pub fn answer(self, password: &str, nonce: &[u8], protection: Protection) -> Result<Zeroizing<Vec<u8>>, Withheld> {
        Ok(Zeroizing::new(match self {
            Self::NativePassword | Self::CachingSha2 if password.is_empty() => Vec::new(),
            Self::NativePassword => native_answer(password, nonce),
            Self::CachingSha2 => sha2_answer(password, nonce),
            Self::Ed25519 => ed25519_answer(password.as_bytes(), nonce),
            Self::Sha256 if password.is_empty() => vec![0],
            Self::Sha256 | Self::ClearPassword => return self.whole_password(password, protection),
        }))
    }

    /// Returns the password itself, as its own end.
    ///
    /// # Errors
    /// The connection does not protect it. The servers' other way, by a key that the server sends in the clear, would
    /// show the password to whoever sends a key of his own.
    pub fn whole_password(self, password: &str, protection: Protection) -> Result<Zeroizing<Vec<u8>>, Withheld> {
        match (self, protection) {
            (_, Protection::Plain) => return Err(Withheld::Plain(self.name())),
            (Self::ClearPassword, Protection::Encrypted) => return Err(Withheld::Unverified(self.name())),
            (_, Protection::Encrypted | Protection::Verified) => {}
        }
        let mut whole = Zeroizing::new(Vec::with_capacity(password.len() + 1));
        whole.extend(password.bytes().chain([0]));
        Ok(whole)
    }
}

/// SHA1(password) xor SHA1(nonce, SHA1(SHA1(password)))
fn native_answer(password: &str, nonce: &[u8]) -> Vec<u8> {
    let once = Sha1::digest(password);
    let twice = Sha1::digest(once);
    let mask = Sha1::new().chain_update(nonce).chain_update(twice).finalize();
    xor(&once, &mask)
}

/// SHA256(password) xor SHA256(SHA256(SHA256(password)), nonce)
fn sha2_answer(password: &str, nonce: &[u8]) -> Vec<u8> {
    let once = Sha256::digest(password);
    let twice = Sha256::digest(once);
    let mask = Sha256::new().chain_update(twice).chain_update(nonce).finalize();
    xor(&once, &mask)
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

/// The Ed25519 signature of the nonce, by a key that is the hash of the password.
fn ed25519_answer(password: &[u8], nonce: &[u8]) -> Vec<u8> {
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(password)));
    let (low, prefix) = hash.split_at(32);
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(low);
    let key = Zeroizing::new(Scalar::from_bytes_mod_order(clamp_integer(*key)));
    let public = EdwardsPoint::mul_base(&key).compress();
    let secret = Zeroizing::new(wide(Sha512::new().chain_update(prefix).chain_update(nonce)));
    let point = EdwardsPoint::mul_base(&secret).compress();
    let challenge =
        wide(Sha512::new().chain_update(point.as_bytes()).chain_update(public.as_bytes()).chain_update(nonce));
    let proof = *secret + challenge * *key;
    point.to_bytes().into_iter().chain(proof.to_bytes()).collect()
}

fn wide(hash: Sha512) -> Scalar {
    let mut bytes = [0; 64];
    bytes.copy_from_slice(&hash.finalize());
    Scalar::from_bytes_mod_order_wide(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ed25519_signs_as_rfc_8032_says() {
        // The second test of section 7.1; its seed takes the place of a password.
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex::encode(ed25519_answer(&seed, &[0x72])), expected);
    }

    #[test]
    fn the_password_itself_goes_only_where_it_is_protected() {
        use Protection::{Encrypted, Plain, Verified};
        let whole = |plugin: Plugin, protection| plugin.whole_password("secret", protection).is_ok();
        assert_eq!([Plain, Encrypted, Verified].map(|p| whole(Plugin::CachingSha2, p)), [false, true, true]);
        assert_eq!([Plain, Encrypted, Verified].map(|p| whole(Plugin::Sha256, p)), [false, true, true]);
        assert_eq!([Plain, Encrypted, Verified].map(|p| whole(Plugin::ClearPassword, p)), [false, false, true]);
        assert_eq!(Protection::new(Tls::Required, true), Encrypted);
        assert_eq!(Protection::new(Tls::VerifyIdentity, true), Verified);
    }

    #[test]
    fn an_answer_never_holds_the_password() {
        for plugin in [Plugin::NativePassword, Plugin::CachingSha2, Plugin::Ed25519] {
            let answer = plugin.answer("secret", &[7; 20], Protection::Plain).unwrap();
            assert!(!answer.windows(6).any(|part| part == b"secret"), "{plugin:?}");
        }
        for plugin in [Plugin::Sha256, Plugin::ClearPassword] {
            assert!(plugin.answer("secret", &[7; 20], Protection::Plain).is_err(), "{plugin:?}");
        }
    }
}
