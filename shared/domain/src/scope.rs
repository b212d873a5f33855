//! What a partner may do for an organization.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// One permission that can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Create a patient. Validating an integration needs this scope, too.
    CreatePatient,
    /// Read a patient's prescriptions.
    ReadPatientPrescription,
    /// Update a patient.
    UpdatePatient,
    /// Create a user of the organization.
    CreateUser,
    /// Read one user.
    ReadUser,
    /// List users.
    ReadUsers,
}

/// The text is not the name of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope")]
pub struct UnknownScope;

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] = [
        Self::CreatePatient,
        Self::ReadPatientPrescription,
        Self::UpdatePatient,
        Self::CreateUser,
        Self::ReadUser,
        Self::ReadUsers,
    ];

    /// The scope's name in requests, tokens and items.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatePatient => "create:patient",
            Self::ReadPatientPrescription => "read:patient_prescription",
            Self::UpdatePatient => "update:patient",
            Self::CreateUser => "create:user",
            Self::ReadUser => "read:user",
            Self::ReadUsers => "read:users",
        }
    }

    /// Reads a scope's name. `CREATE_PATIENT`, from the contract's prose, means `create:patient`.
    pub fn parse(name: &str) -> Result<Self, UnknownScope> {
        let spelt_out = (name == "CREATE_PATIENT").then_some(Self::CreatePatient);
        let found = || Self::ALL.into_iter().find(|scope| scope.as_str() == name);
        spelt_out.or_else(found).ok_or(UnknownScope)
    }
}

/// Scopes that the partner contract names but that aren't live yet. They may be requested, as published
/// clients do, and are never granted.
pub const ANNOUNCED: [&str; 8] = [
    "read:patient",
    "update:user",
    "delete:user",
    "delete:patient",
    "create:custom_drug",
    "read:custom_drug",
    "update:custom_drug",
    "delete:custom_drug",
];

/// A set of scopes, in the order of [`Scope::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// The scopes that are in both sets.
    pub fn granted(&self, allowed: &Self) -> Self {
        self.0.intersection(&allowed.0).copied().collect()
    }

    /// The scopes that these names ask for. Those of [`ANNOUNCED`] are passed over.
    pub fn requested<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, UnknownScope> {
        let live = names.into_iter().filter(|name| !ANNOUNCED.contains(name));
        live.map(Scope::parse).collect()
    }

    /// Whether the set has this scope.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether the set has no scope.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the scopes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.as_str())
    }

    /// The scopes among these names. Other names are ignored.
    fn known<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        names.into_iter().filter_map(|name| Scope::parse(name).ok()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// Accepts an array of names, or one text with spaces between the names (RFC 6749 §3.3).
impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Scopes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("names of scopes")
    }

    fn visit_str<E>(self, names: &str) -> Result<Scopes, E> {
        Ok(Scopes::known(names.split(' ')))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Scopes, A::Error> {
        let mut names = Vec::<String>::new();
        while let Some(name) = sequence.next_element()? {
            names.push(name);
        }
        Ok(Scopes::known(names.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_found_by_its_name() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Ok(scope));
        }
        assert_eq!(Scope::parse("CREATE_PATIENT"), Ok(Scope::CreatePatient));
        for name in ["", "create_patient", "CREATE:PATIENT", "read:patient", " create:patient"] {
            assert_eq!(Scope::parse(name), Err(UnknownScope), "{name:?}");
        }
    }

    #[test]
    fn announced_scopes_may_be_requested_and_are_none_of_ours() {
        for name in ANNOUNCED {
            assert_eq!(Scope::parse(name), Err(UnknownScope), "{name} is live");
            assert_eq!(Scopes::requested([name]), Ok(Scopes::default()), "{name}");
            let beside = Scopes::requested([name, "create:patient"]);
            assert_eq!(beside, Ok(Scopes::from_iter([Scope::CreatePatient])), "{name}");
        }
        let all = Scope::ALL.map(Scope::as_str);
        assert_eq!(Scopes::requested(all.into_iter().chain(ANNOUNCED)), Ok(Scopes::all()));
        for unknown in ["delete:users", "read:patients", "READ_PATIENT", "Read:Patient", ""] {
            assert_eq!(Scopes::requested([unknown, "create:patient"]), Err(UnknownScope));
        }
    }

    #[test]
    fn an_array_and_a_text_with_spaces_mean_the_same() {
        let both = Scopes::from_iter([Scope::CreatePatient, Scope::ReadUser]);
        for json in [
            r#"["create:patient","read:user"]"#,
            r#"["read:user","CREATE_PATIENT","delete:everything"]"#,
            r#""create:patient read:user""#,
            r#"" read:user  create:patient ""#,
        ] {
            assert_eq!(serde_json::from_str::<Scopes>(json).unwrap(), both, "{json}");
        }
        for json in ["null", "1", "{}", "[1]", r#"[["create:patient"]]"#] {
            assert!(serde_json::from_str::<Scopes>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&both).unwrap(), r#"["create:patient","read:user"]"#);
    }

    #[test]
    fn granted_is_what_is_asked_for_and_allowed() {
        let asked = Scopes::from_iter([Scope::CreatePatient, Scope::ReadUser]);
        let allowed = Scopes::from_iter([Scope::ReadUser, Scope::ReadUsers]);
        assert_eq!(asked.granted(&allowed), Scopes::from_iter([Scope::ReadUser]));
        assert!(asked.granted(&Scopes::default()).is_empty());
        assert_eq!(asked.granted(&Scopes::all()), asked);
    }
}
