//! The body: `{"grantType":"client_credentials","scope":["create:patient"]}`.

use domain::scope::{ANNOUNCED, Scope, Scopes};
use serde::Deserialize;
use serde_json::Value;
use surfaces::partner::{InvalidField, Refusal};

const CLIENT_CREDENTIALS: &str = "client_credentials";

/// Both fields as JSON, so that an answer can name each invalid one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GrantRequest {
    #[serde(default)]
    grant_type: Value,
    #[serde(default)]
    scope: Value,
}

impl GrantRequest {
    /// The requested scopes that are live. Every name must be one that the contract knows.
    pub(crate) fn scopes(&self) -> Result<Scopes, Refusal> {
        match (self.grant_type(), self.scope()) {
            (Ok(()), Ok(scopes)) => Ok(scopes),
            (grant_type, scope) => {
                let fields = grant_type.err().into_iter().chain(scope.err()).collect();
                Err(Refusal::InvalidFields(fields))
            }
        }
    }

    fn grant_type(&self) -> Result<(), InvalidField> {
        match &self.grant_type {
            Value::String(text) if text == CLIENT_CREDENTIALS => Ok(()),
            Value::Null => Err(InvalidField::new("grantType", "Required")),
            _ => Err(not_among("grantType", [CLIENT_CREDENTIALS])),
        }
    }

    fn scope(&self) -> Result<Scopes, InvalidField> {
        let names = match &self.scope {
            Value::Null => return Err(InvalidField::new("scope", "Required")),
            Value::Array(names) if !names.is_empty() => names,
            _ => return Err(InvalidField::new("scope", "Expected an array of scopes, not empty.")),
        };
        let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
        let scopes = names.and_then(|names| Scopes::requested(names).ok());
        let known = Scope::ALL.into_iter().map(Scope::as_str).chain(ANNOUNCED);
        scopes.ok_or_else(|| not_among("scope", known))
    }
}

fn not_among<'n>(field: &'static str, names: impl IntoIterator<Item = &'n str>) -> InvalidField {
    let names: Vec<_> = names.into_iter().map(|name| format!("'{name}'")).collect();
    let names = names.join(" | ");
    InvalidField::new(field, format!("Invalid enum value. Expected {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(body: &str) -> Result<Vec<&'static str>, String> {
        let request: GrantRequest = serde_json::from_str(body).unwrap();
        match request.scopes() {
            Ok(scopes) => Ok(scopes.names().collect()),
            Err(Refusal::InvalidFields(invalid)) => Err(serde_json::to_string(&invalid).unwrap()),
            Err(other) => Err(other.to_string()),
        }
    }

    #[test]
    fn known_scopes_are_asked_for_by_name() {
        let body = r#"{"grantType":"client_credentials","scope":["read:user","create:patient"]}"#;
        assert_eq!(scopes(body).unwrap(), ["create:patient", "read:user"]);
        let published = body.replace("read:user", "read:patient");
        assert_eq!(scopes(&published).unwrap(), ["create:patient"]);
    }

    #[test]
    fn every_invalid_field_is_named_and_nothing_is_quoted() {
        for (body, fields) in [
            ("{}", ["grantType", "scope"].as_slice()),
            (r#"{"grantType":null,"scope":null}"#, &["grantType", "scope"]),
            (r#"{"grantType":"password","scope":["create:patient"]}"#, &["grantType"]),
            (r#"{"grantType":["client_credentials"],"scope":["create:patient"]}"#, &["grantType"]),
            (r#"{"grantType":"client_credentials"}"#, &["scope"]),
            (r#"{"grantType":"client_credentials","scope":[]}"#, &["scope"]),
            (r#"{"grantType":"client_credentials","scope":"create:patient"}"#, &["scope"]),
            (r#"{"grantType":"client_credentials","scope":["delete:all"]}"#, &["scope"]),
            (r#"{"grantType":"client_credentials","scope":["create:patient",1]}"#, &["scope"]),
        ] {
            let invalid = scopes(body).unwrap_err();
            let expected = fields.iter().all(|field| invalid.contains(&format!(r#""{field}""#)));
            assert!(expected, "{body}: {invalid}");
            assert_eq!(invalid.matches("VALIDATION_ERROR").count(), fields.len(), "{body}");
            assert!(!invalid.contains("delete:all") && !invalid.contains("password"), "{invalid}");
        }
    }
}
