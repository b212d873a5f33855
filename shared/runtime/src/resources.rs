//! The tables and key rings of a deployment, and the environment variables that name them.

/// One of the four tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// Organizations, API keys, partners, clients of the identity provider, published keys.
    Organizations,
    /// Users, and the pointers from identities to them.
    Users,
    /// One-time codes, and counters of attempts.
    Challenges,
    /// Families of refresh tokens, and access tokens of the identity provider.
    Sessions,
}

impl TableName {
    pub const ALL: [Self; 4] = [Self::Organizations, Self::Users, Self::Challenges, Self::Sessions];

    /// The variable that names the table.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Organizations => "ORGANIZATIONS_TABLE",
            Self::Users => "USERS_TABLE",
            Self::Challenges => "CHALLENGES_TABLE",
            Self::Sessions => "SESSIONS_TABLE",
        }
    }
}

/// One of the key rings in Secrets Manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyRingName {
    /// Derives identities from identifiers.
    Identifier,
    /// Derives one-time codes.
    Otp,
    /// Signs the portal's access tokens.
    PortalAccess,
    /// Derives successors of refresh tokens.
    PortalRefresh,
    /// Signs the tokens of password logins.
    PasswordAccess,
    /// Signs the tokens of partners: RSA keys, unlike the others.
    PartnerSigning,
}

impl KeyRingName {
    pub const ALL: [Self; 6] = [
        Self::Identifier,
        Self::Otp,
        Self::PortalAccess,
        Self::PortalRefresh,
        Self::PasswordAccess,
        Self::PartnerSigning,
    ];

    /// The variable that names the secret.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Identifier => "IDENTIFIER_SECRET",
            Self::Otp => "OTP_SECRET",
            Self::PortalAccess => "PORTAL_ACCESS_SECRET",
            Self::PortalRefresh => "PORTAL_REFRESH_SECRET",
            Self::PasswordAccess => "PASSWORD_ACCESS_SECRET",
            Self::PartnerSigning => "PARTNER_SIGNING_SECRET",
        }
    }

    /// The name for operators and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Otp => "otp",
            Self::PortalAccess => "portal-access",
            Self::PortalRefresh => "portal-refresh",
            Self::PasswordAccess => "password-access",
            Self::PartnerSigning => "partner-signing",
        }
    }
}
