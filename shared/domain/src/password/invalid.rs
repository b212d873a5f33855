//! Why a hash of a password is refused.

/// Why a text is no password hash that a login could check. The text isn't quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPasswordHash {
    /// The format is unknown.
    #[error(
        "its format is unknown; known are argon2, bcrypt, PBKDF2, scrypt, phpass, {{SSHA}} and Keycloak's"
    )]
    UnknownFormat,
    /// The format is known, and not supported. Has its name.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// The hash is incomplete, or has a parameter that its format doesn't allow. Has the format.
    #[error("it is no complete hash of {0}")]
    Malformed(&'static str),
    /// A login would run into its deadline, or out of memory.
    #[error("{0} with these parameters takes too long to check at a login, or too much memory")]
    TooCostly(&'static str),
    /// Wrong passwords could match by chance, or one guess costs next to nothing.
    #[error(
        "{0} with these parameters is too weak: a digest has 16 bytes, a salt 4, PBKDF2 1000 iterations, at least"
    )]
    TooWeak(&'static str),
}

impl InvalidPasswordHash {
    /// Whether the hash may be right, and is of a format that no login checks.
    pub const fn is_of_other_format(self) -> bool {
        matches!(self, Self::UnknownFormat | Self::Unsupported(_))
    }
}
