//! Which format a hash has, by how it begins.

use crate::password::invalid::InvalidPasswordHash::{self, UnknownFormat, Unsupported};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Argon2,
    Bcrypt,
    Firebase,
    Keycloak,
    Pbkdf2,
    Phpass,
    Salted,
    Scrypt,
}

/// What hashes of a format begin with.
const BEGINNINGS: [(&str, Format); 15] = [
    ("$argon2", Format::Argon2),
    ("$2a$", Format::Bcrypt),
    ("$2b$", Format::Bcrypt),
    ("$2y$", Format::Bcrypt),
    ("$fbscrypt$", Format::Firebase),
    ("$firescrypt$", Format::Firebase),
    ("{\"", Format::Keycloak),
    ("$pbkdf2", Format::Pbkdf2),
    ("pbkdf2_sha", Format::Pbkdf2),
    ("$P$", Format::Phpass),
    ("$H$", Format::Phpass),
    ("{SSHA", Format::Salted),
    ("{ssha", Format::Salted),
    ("$scrypt$", Format::Scrypt),
    ("scrypt$", Format::Scrypt),
];

/// What hashes of formats begin with that no login checks.
const UNSUPPORTED: [(&str, &str); 21] = [
    ("$1$", "md5crypt"),
    ("$apr1$", "Apache's md5crypt"),
    ("$5$", "sha256crypt"),
    ("$6$", "sha512crypt"),
    ("$y$", "yescrypt"),
    ("$gy$", "yescrypt"),
    ("$7$", "the scrypt of libxcrypt"),
    ("$S$", "Drupal's SHA-512"),
    ("$wp$", "WordPress's bcrypt of a digest"),
    ("$2$", "bcrypt of version 2"),
    ("$2x$", "bcrypt of version 2x"),
    ("bcrypt_sha256$", "Django's bcrypt of a digest"),
    ("pbkdf2:", "Werkzeug's PBKDF2"),
    ("scrypt:", "Werkzeug's scrypt"),
    ("sha1$", "Django's SHA-1"),
    ("md5$", "Django's MD5"),
    ("{SHA", "SHA without a salt"),
    ("{MD5}", "MD5 without a salt"),
    ("{SMD5}", "salted MD5"),
    ("AQAAAA", "ASP.NET Identity's PBKDF2"),
    ("{PBKDF2", "LDAP's PBKDF2"),
];

/// Digests in hexadecimal, by their lengths.
const HEXADECIMAL: [(usize, &str); 4] = [
    (32, "MD5 or NTLM in hexadecimal"),
    (40, "SHA-1 in hexadecimal"),
    (64, "SHA-256 in hexadecimal"),
    (128, "SHA-512 in hexadecimal"),
];

impl Format {
    /// The format of a hash, and the hash without prefixes that other systems put before it.
    pub(super) fn of(text: &str) -> Result<(Self, &str), InvalidPasswordHash> {
        let text = unprefixed(text);
        if let Some((_, format)) = BEGINNINGS.into_iter().find(|(it, _)| text.starts_with(it)) {
            return Ok((format, text));
        }
        if let Some((_, name)) = UNSUPPORTED.into_iter().find(|(it, _)| text.starts_with(it)) {
            return Err(Unsupported(name));
        }
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let named = HEXADECIMAL.into_iter().find(|(length, _)| text.len() == *length);
        match named {
            Some((_, name)) if is_hexadecimal => Err(Unsupported(name)),
            _ => Err(UnknownFormat),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Argon2 => "argon2",
            Self::Bcrypt => "bcrypt",
            Self::Firebase => "Firebase's scrypt",
            Self::Keycloak => "Keycloak's PBKDF2 or argon2",
            Self::Pbkdf2 => "PBKDF2",
            Self::Phpass => "phpass",
            Self::Salted => "LDAP's salted SHA",
            Self::Scrypt => "scrypt",
        }
    }
}

/// The hash behind Django's `argon2` and `bcrypt$`, and `{argon2}`, `{CRYPT}`, `{BCRYPT}` and
/// `{BLF-CRYPT}` of LDAP, Dovecot and Spring.
fn unprefixed(text: &str) -> &str {
    if let Some(hash) = text.strip_prefix("argon2").or_else(|| text.strip_prefix("bcrypt$"))
        && hash.starts_with('$')
    {
        return hash;
    }
    let scheme = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    match scheme {
        Some((scheme, hash)) if hash.starts_with('$') => {
            let scheme = scheme.to_ascii_lowercase();
            let is_known = scheme.starts_with("argon2")
                || ["bcrypt", "blf-crypt", "crypt"].contains(&scheme.as_str());
            if is_known { hash } else { text }
        }
        _ => text,
    }
}
