//! Who may call: the host with its access token, the user with one that the host has set, and whoever has a signed link
//! to a file.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use sha2::{Digest, Sha256};

use crate::fault::{Code, Fault, Outcome};
use crate::sync::locked;

pub type Hash = [u8; 32];

/// What is known of the token: at boot only its hash; its text once a caller has shown it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub hash: Option<Hash>,
    pub text: Option<String>,
    /// Opens all but what is the host's.
    pub user: Option<String>,
}

/// Whom a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Host,
    User,
    Stranger,
}

pub struct Auth {
    known: Mutex<Known>,
    open_until_set: bool,
}

impl Auth {
    /// `open_until_set`: without any token everybody is let in (a plain agent), or nobody (a capsule).
    pub fn new(known: Known, open_until_set: bool) -> Auth {
        Auth { known: Mutex::new(known), open_until_set }
    }

    pub fn known(&self) -> Known {
        locked(&self.known).clone()
    }

    /// Everybody is the host as long as no token is set and none is needed.
    pub fn caller(&self, token: Option<&str>) -> Caller {
        let mut known = locked(&self.known);
        let Some(hash) = known.hash else { return if self.open_until_set { Caller::Host } else { Caller::Stranger } };
        let Some(token) = token else { return Caller::Stranger };
        let given = digest(token);
        // Both are looked at, whichever it is: time must not tell.
        let users = known.user.as_ref().is_some_and(|user| equal(&given, &digest(user)));
        if equal(&given, &hash) {
            known.text.get_or_insert_with(|| token.to_string());
            Caller::Host
        } else if users {
            Caller::User
        } else {
            Caller::Stranger
        }
    }

    /// True when this is the token in force, or may become the first one.
    pub fn may_set(&self, token: &str) -> bool {
        locked(&self.known).hash.is_none_or(|hash| equal(&digest(token), &hash))
    }

    /// True when this is the host's token in force, or the one that is about to be.
    pub fn is_hosts(&self, token: &str, coming: Option<&str>) -> bool {
        let hash = coming.map(digest).or(locked(&self.known).hash);
        hash.is_some_and(|hash| equal(&digest(token), &hash))
    }

    /// Puts a new token in force; the caller has proved to hold the old one.
    pub fn replace(&self, token: &str) {
        let mut known = locked(&self.known);
        known.hash = Some(digest(token));
        known.text = Some(token.to_string());
    }

    /// Puts the user's token in force; None takes it away.
    pub fn set_user(&self, token: Option<&str>) {
        locked(&self.known).user = token.map(str::to_string);
    }

    /// Checks the signature of a link to a file: made with the user's token if there is one, else with the host's.
    pub fn check_signature(&self, signed: &Signed<'_>) -> Outcome<()> {
        let known = self.known();
        if known.hash.is_none() && self.open_until_set {
            return Ok(());
        }
        let unauthorized = |text: &str| Fault::new(Code::Unauthenticated, text);
        let Some(given) = signed.signature else {
            return Err(unauthorized("missing signature query parameter or access token"));
        };
        let Some(token) = known.user.or(known.text) else {
            return Err(unauthorized("signatures can be checked only after the access token was sent to /init"));
        };
        let expected = signature(signed.path, signed.operation, signed.user, &token, signed.expiration);
        if !equal(expected.as_bytes(), given.as_bytes()) {
            return Err(unauthorized("invalid signature"));
        }
        match signed.expiration {
            Some(at) if at < now_seconds() => Err(unauthorized("signature is already expired")),
            _ => Ok(()),
        }
    }
}

/// The signed parts of a link, as they stand in its query.
pub struct Signed<'a> {
    pub path: &'a str,
    pub operation: &'a str,
    pub user: &'a str,
    pub signature: Option<&'a str>,
    pub expiration: Option<i64>,
}

pub fn signature(path: &str, operation: &str, user: &str, token: &str, expiration: Option<i64>) -> String {
    let mut text = format!("{path}:{operation}:{user}:{token}");
    if let Some(at) = expiration {
        text.push_str(&format!(":{at}"));
    }
    format!("v1_{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(digest(&text)))
}

pub fn digest(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// A hash from 64 hexadecimal digits.
pub fn hash_from_hex(text: &str) -> Option<Hash> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0u8; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn equal(left: &[u8], right: &[u8]) -> bool {
    // Time must not tell how many bytes agree.
    left.len() == right.len() && std::hint::black_box(left.iter().zip(right).fold(0u8, |seen, (a, b)| seen | (a ^ b))) == 0
}

fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0";

    #[test]
    fn signature_matches_the_published_vector() {
        assert_eq!(signature("hello.txt", "read", "user", TOKEN, None), "v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E");
    }

    #[test]
    fn a_signature_binds_every_part_and_expires() {
        let auth = Auth::new(Known::default(), true);
        auth.replace(TOKEN);
        let future = now_seconds() + 60;
        let good = signature("/a", "read", "user", TOKEN, Some(future));
        let check = |path, operation, user, expiration| {
            auth.check_signature(&Signed { path, operation, user, signature: Some(&good), expiration })
        };
        assert!(check("/a", "read", "user", Some(future)).is_ok());
        for wrong in [check("/b", "read", "user", Some(future)), check("/a", "write", "user", Some(future)), check("/a", "read", "", Some(future)), check("/a", "read", "user", None)] {
            assert_eq!(wrong.unwrap_err().message, "invalid signature");
        }
        let old = signature("/a", "read", "", TOKEN, Some(1));
        let fault = auth.check_signature(&Signed { path: "/a", operation: "read", user: "", signature: Some(&old), expiration: Some(1) });
        assert_eq!(fault.unwrap_err().message, "signature is already expired");
    }

    #[test]
    fn a_token_known_by_hash_is_learnt_from_the_first_right_caller() {
        let auth = Auth::new(Known { hash: Some(digest(TOKEN)), ..Known::default() }, true);
        assert_eq!(auth.caller(None), Caller::Stranger);
        assert_eq!(auth.caller(Some("wrong")), Caller::Stranger);
        assert_eq!(auth.known().text, None);
        assert_eq!(auth.caller(Some(TOKEN)), Caller::Host);
        assert_eq!(auth.known().text.as_deref(), Some(TOKEN));
        auth.replace("next");
        assert_eq!(auth.caller(Some(TOKEN)), Caller::Stranger);
        assert!(auth.may_set("next") && !auth.may_set("other"));
    }

    #[test]
    fn without_a_token_a_capsule_is_closed_and_a_plain_agent_open() {
        assert_eq!(Auth::new(Known::default(), true).caller(None), Caller::Host);
        let capsule = Auth::new(Known::default(), false);
        assert_eq!([None, Some("guess")].map(|token| capsule.caller(token)), [Caller::Stranger; 2]);
        assert!(capsule.may_set("first"));
    }

    #[test]
    fn the_users_token_signs_links_and_the_hosts_no_longer_does() {
        let auth = Auth::new(Known::default(), false);
        auth.replace(TOKEN);
        auth.set_user(Some("mine"));
        assert_eq!([TOKEN, "mine", "", "other"].map(|token| auth.caller(Some(token))), [Caller::Host, Caller::User, Caller::Stranger, Caller::Stranger]);
        let valid = |token: &str| {
            let signature = signature("/a", "read", "", token, None);
            auth.check_signature(&Signed { path: "/a", operation: "read", user: "", signature: Some(&signature), expiration: None }).is_ok()
        };
        assert_eq!([valid("mine"), valid(TOKEN)], [true, false]);
        auth.replace("next");
        assert_eq!(auth.caller(Some("mine")), Caller::User, "the host's changes on its own");
        auth.set_user(None);
        assert_eq!(auth.caller(Some("mine")), Caller::Stranger);
        assert_eq!([valid("mine"), valid("next")], [false, true]);
    }

    #[test]
    fn hashes_are_read_from_hex() {
        assert_eq!(hash_from_hex(&hex(&digest("x"))), Some(digest("x")));
        assert_eq!(hash_from_hex("abc"), None);
        assert_eq!(hash_from_hex(&"g".repeat(64)), None);
    }
}
