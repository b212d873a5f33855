//! The tables, key rings and the audit trail of a deployment, and the environment variables that name them.

use domain::audit::table::AuditedTable;

/// One of the tables.
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
    /// Seals of the audit trail.
    Audit,
}

impl TableName {
    pub const ALL: [Self; 5] =
        [Self::Organizations, Self::Users, Self::Challenges, Self::Sessions, Self::Audit];

    /// The tables whose changes the audit trail records, as it names them.
    pub const AUDITED: [(Self, AuditedTable); 4] = [
        (Self::Organizations, AuditedTable::Organizations),
        (Self::Users, AuditedTable::Users),
        (Self::Challenges, AuditedTable::Challenges),
        (Self::Sessions, AuditedTable::Sessions),
    ];

    /// The variable that names the table.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Organizations => "ORGANIZATIONS_TABLE",
            Self::Users => "USERS_TABLE",
            Self::Challenges => "CHALLENGES_TABLE",
            Self::Sessions => "SESSIONS_TABLE",
            Self::Audit => "AUDIT_TABLE",
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
    /// Signs the tokens of partners: RSA keys.
    PartnerSigning,
    /// Derives what stands for items in lines of the audit trail.
    Audit,
    /// Signs the seals of the audit trail: RSA keys.
    AuditSigning,
}

impl KeyRingName {
    pub const ALL: [Self; 8] = [
        Self::Identifier,
        Self::Otp,
        Self::PortalAccess,
        Self::PortalRefresh,
        Self::PasswordAccess,
        Self::PartnerSigning,
        Self::Audit,
        Self::AuditSigning,
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
            Self::Audit => "AUDIT_SECRET",
            Self::AuditSigning => "AUDIT_SIGNING_SECRET",
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
            Self::Audit => "audit",
            Self::AuditSigning => "audit-signing",
        }
    }

    /// Whether the ring has RSA keys: CloudFormation can't generate them, so the secret is empty at first.
    pub const fn has_rsa_keys(self) -> bool {
        matches!(self, Self::PartnerSigning | Self::AuditSigning)
    }
}

/// The variable that names the log group of the audit trail.
pub const AUDIT_LOG_GROUP: &str = "AUDIT_LOG_GROUP";

/// How the names of the log group's streams begin that have lines about changes.
pub const CHANGES: &str = "changes/";

/// How the names of those begin that have seals.
pub const SEALS: &str = "seals/";
