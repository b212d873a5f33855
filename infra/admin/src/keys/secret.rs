//! The secrets there are.

use std::time::Duration;

/// A ring of symmetric keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symmetric {
    /// Turns addresses and names into keys of items
    Identifier,
    /// Derives codes
    Otp,
    /// Signs the portal's access tokens
    PortalAccess,
    /// Derives successors of refresh tokens
    PortalRefresh,
    /// Signs the tokens of password logins
    PasswordAccess,
}

impl Symmetric {
    pub(crate) const ALL: [Self; 5] = [
        Self::Identifier,
        Self::Otp,
        Self::PortalAccess,
        Self::PortalRefresh,
        Self::PasswordAccess,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Otp => "otp",
            Self::PortalAccess => "portal-access",
            Self::PortalRefresh => "portal-refresh",
            Self::PasswordAccess => "password-access",
        }
    }

    /// The variable that names the secret.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Identifier => "IDENTIFIER_SECRET",
            Self::Otp => "OTP_SECRET",
            Self::PortalAccess => "PORTAL_ACCESS_SECRET",
            Self::PortalRefresh => "PORTAL_REFRESH_SECRET",
            Self::PasswordAccess => "PASSWORD_ACCESS_SECRET",
        }
    }

    /// How long a key is needed after its successor took over; none where it can't be replaced.
    pub(crate) const fn needed(self) -> Option<Duration> {
        match self {
            // It is part of the keys of items.
            Self::Identifier => None,
            // Codes live five minutes, access tokens fifteen, a retried rotation finds its successor
            // for ten; an instance may use the old key for five minutes more.
            Self::Otp | Self::PortalAccess | Self::PortalRefresh => Some(Duration::from_hours(1)),
            // The template lets a token live thirty days at most.
            Self::PasswordAccess => Some(Duration::from_hours(24 * 31)),
        }
    }
}
