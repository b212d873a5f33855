//! A password of an exported realm of Keycloak: `{"secretData":"{\"value\":…,\"salt\":…}",
//! "credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"}"}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use super::bytes;

/// The same hash as a PHC string.
pub(super) fn phc(text: &str) -> Option<String> {
    let credential: Value = serde_json::from_str(text).ok()?;
    let part = |name: &str| serde_json::from_str::<Value>(credential[name].as_str()?).ok();
    let (secret, data) = (part("secretData")?, part("credentialData")?);
    let encoded = |name: &str| Some(STANDARD_NO_PAD.encode(bytes(secret[name].as_str()?)?));
    let (salt, digest) = (encoded("salt")?, encoded("value")?);
    let iterations = data["hashIterations"].as_u64()?;
    let algorithm = data["algorithm"].as_str()?;
    match algorithm {
        "pbkdf2" => Some(format!("$pbkdf2-sha1$i={iterations}${salt}${digest}")),
        "pbkdf2-sha256" | "pbkdf2-sha512" => {
            Some(format!("${algorithm}$i={iterations}${salt}${digest}"))
        }
        "argon2" => {
            let of = |name: &str| data["additionalParameters"][name][0].as_str();
            let version = match of("version")? {
                "1.3" => 19,
                "1.0" => 16,
                _ => return None,
            };
            let (kind, memory, lanes) = (of("type")?, of("memory")?, of("parallelism")?);
            Some(format!(
                "$argon2{kind}$v={version}$m={memory},t={iterations},p={lanes}${salt}${digest}"
            ))
        }
        _ => None,
    }
}
