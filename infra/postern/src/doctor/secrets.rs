//! The key rings.

use registry::SymmetricRing;
use registry::identifier_ring::Verified;
use runtime::clock;
use runtime::outage::is_unavailable;
use runtime::resources::KeyRingName;

use super::Finding;
use crate::failure::Result;
use crate::keys::symmetric;
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in symmetric() {
        let variable = name.variable();
        let ring = operator.open(|aws| SymmetricRing::new(aws, name))?.read().await;
        findings.push(match ring {
            Ok(ring) => {
                let (count, current) = (ring.keys().count(), ring.current_kid());
                Finding::good(variable, format!("{count} keys, current {current}"))
            }
            Err(error) if is_unavailable(&error) => return Err(error.into()),
            Err(error) => Finding::wrong(
                variable,
                format!("{error:#}"),
                "restore the secret's previous version; a key ring is {\"current\":{\"kid\",\"key\"}}, with keys in base64url, 64 bytes or more",
            ),
        });
    }
    findings.push(identifier(operator).await?);
    findings.push(signing(operator).await?);
    Ok(findings)
}

/// Whether the identifier ring is the one that identities were made with.
async fn identifier(operator: &Operator) -> Result<Finding> {
    let check = format!("{} fingerprint", KeyRingName::Identifier.variable());
    let remedy = "restore the secret's earlier version (docs/operate.md, \"The identifier ring\")";
    match operator.identifier_ring()?.verify(clock::now()).await {
        Ok(Verified::Same(fingerprint)) => Ok(Finding::good(check, fingerprint.as_str())),
        Ok(Verified::First(fingerprint)) => Ok(Finding::good(
            check,
            format!("{}; the next `organization create` stores it", fingerprint.as_str()),
        )),
        Err(error) if is_unavailable(&error) => Err(error.into()),
        Err(error) => Ok(Finding::wrong(check, format!("{error:#}"), remedy)),
    }
}

/// The ring is empty before the first rotation: CloudFormation can't generate an RSA key.
async fn signing(operator: &Operator) -> Result<Finding> {
    const VARIABLE: &str = KeyRingName::PartnerSigning.variable();
    let remedy = "restore the secret's previous version; if it never had a value, generate the first key with `postern keys rotate partner-signing`";
    let ring = match operator.signing_rings()?.read().await {
        Ok(ring) => ring,
        Err(error) if is_unavailable(&error) => return Err(error.into()),
        Err(error) => return Ok(Finding::wrong(VARIABLE, error.to_string(), remedy)),
    };
    let signer = ring.as_ref().and_then(|ring| ring.signer(clock::now()));
    Ok(match signer {
        Some(key) => Finding::good(VARIABLE, format!("signs with {}", key.public().kid())),
        None => Finding::wrong(VARIABLE, "the ring has no key that signs now".to_owned(), remedy),
    })
}
