//! The header of a JWT, checked before the key that it names is looked up.

use jsonwebtoken::Algorithm;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::TokenError;
use crate::encoding;
use crate::secret::Secret;

/// Parameters that change how the rest of a token is to be read: extensions that a reader has to know
/// (RFC 7515 §4.1.11), compression, and a payload that isn't encoded (RFC 7797 §3). We issue none and
/// know none, so a token that has one is refused, with any value.
const REFUSED: [&str; 3] = ["crit", "zip", "b64"];

/// The `kid` of a token's header, if the header is one that we could have written.
pub(super) fn kid(token: &Secret, algorithm: Algorithm) -> Result<String, TokenError> {
    let (first, _) = token.expose().split_once('.').ok_or(TokenError::Invalid)?;
    let json = encoding::from_base64url(first).ok_or(TokenError::Invalid)?;
    let parameters: Map<String, Value> =
        serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)?;
    let named = parameters.get("alg").and_then(|named| Algorithm::deserialize(named).ok());
    if named != Some(algorithm) || REFUSED.iter().any(|name| parameters.contains_key(*name)) {
        return Err(TokenError::Invalid);
    }
    parameters.get("kid").and_then(Value::as_str).map(str::to_owned).ok_or(TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: &Value) -> Secret {
        Secret::new(format!("{}.e30.AAAA", encoding::base64url(header.to_string().as_bytes())))
    }

    #[test]
    fn a_header_names_the_algorithm_and_a_key() {
        for (name, algorithm) in [("HS512", Algorithm::HS512), ("RS256", Algorithm::RS256)] {
            let good = json!({ "alg": name, "kid": "k", "typ": "JWT" });
            assert_eq!(kid(&token(&good), algorithm).as_deref(), Ok("k"));
            let others = ["none", "HS256", "HS512", "RS256", "PS256", "hs512", ""];
            for other in others.into_iter().filter(|other| *other != name) {
                let mut bad = good.clone();
                bad["alg"] = other.into();
                assert_eq!(kid(&token(&bad), algorithm), Err(TokenError::Invalid), "{other}");
            }
            for missing in ["alg", "kid"] {
                let mut bad = good.clone();
                bad.as_object_mut().unwrap().remove(missing);
                assert_eq!(kid(&token(&bad), algorithm), Err(TokenError::Invalid), "no {missing}");
            }
        }
        for no_token in ["", ".", "e30", "e30.e30.", "W10.e30.", "!.e30.AAAA"] {
            let found = kid(&Secret::new(no_token), Algorithm::HS512);
            assert_eq!(found, Err(TokenError::Invalid), "{no_token}");
        }
    }

    #[test]
    fn a_header_that_changes_how_a_token_is_read_is_refused() {
        for name in ["crit", "zip", "b64"] {
            for value in [
                Value::Null,
                json!(true),
                json!(false),
                json!("DEF"),
                json!([]),
                json!(["exp"]),
                json!(["b64"]),
                json!({}),
            ] {
                let header = json!({ "alg": "HS512", "kid": "k", name: value });
                let found = kid(&token(&header), Algorithm::HS512);
                assert_eq!(found, Err(TokenError::Invalid), "{header}");
            }
        }
    }
}
