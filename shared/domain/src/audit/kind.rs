//! Kinds of items.

use super::table::AuditedTable;

/// A kind of item, as its key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Organization,
    ApiKey,
    Partner,
    Client,
    Realm,
    PublishedKeys,
    Ring,
    User,
    Identifier,
    Code,
    Family,
    Pointer,
    SsoToken,
    /// What Postern writes has another key: somebody put it there by hand.
    Unknown,
}

impl Kind {
    pub(super) fn of(table: AuditedTable, pk: &str) -> Self {
        let prefix = pk.split_once('#').map_or("", |(prefix, _)| prefix);
        match (table, prefix) {
            (AuditedTable::Organizations, "ORG") => Self::Organization,
            (AuditedTable::Organizations, "KEY") => Self::ApiKey,
            (AuditedTable::Organizations, "PARTNER") => Self::Partner,
            (AuditedTable::Organizations, "CLIENT") => Self::Client,
            (AuditedTable::Organizations, "REALM") => Self::Realm,
            (AuditedTable::Organizations, "JWKS") => Self::PublishedKeys,
            (AuditedTable::Organizations, "RING") => Self::Ring,
            (AuditedTable::Users, "USER") => Self::User,
            (AuditedTable::Users, "IDENT") => Self::Identifier,
            (AuditedTable::Challenges, "OTP") => Self::Code,
            (AuditedTable::Sessions, "FAM") => Self::Family,
            (AuditedTable::Sessions, "RT") => Self::Pointer,
            (AuditedTable::Sessions, "SSO") => Self::SsoToken,
            _ => Self::Unknown,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "ORG",
            Self::ApiKey => "KEY",
            Self::Partner => "PARTNER",
            Self::Client => "CLIENT",
            Self::Realm => "REALM",
            Self::PublishedKeys => "JWKS",
            Self::Ring => "RING",
            Self::User => "USER",
            Self::Identifier => "IDENT",
            Self::Code => "OTP",
            Self::Family => "FAM",
            Self::Pointer => "RT",
            Self::SsoToken => "SSO",
            Self::Unknown => "UNKNOWN",
        }
    }
}
