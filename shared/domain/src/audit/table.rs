//! The tables whose changes the trail records.

use serde::{Deserialize, Serialize};

/// A table, by the name that it has in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditedTable {
    /// Organizations, API keys, partners, clients of the identity provider, published keys.
    Organizations,
    /// Users, and the pointers from identities to them.
    Users,
    /// One-time codes.
    Challenges,
    /// Families of refresh tokens, and access tokens of the identity provider.
    Sessions,
}

impl AuditedTable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Organizations, Self::Users, Self::Challenges, Self::Sessions];

    /// The name in lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Users => "users",
            Self::Challenges => "challenges",
            Self::Sessions => "sessions",
        }
    }
}
