//! The keys.

use registry::SymmetricRing;
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
                "a ring is {\"current\":{\"kid\",\"key\"}}, keys in base64url, 64 bytes or more; restore the secret's previous version",
            ),
        });
    }
    findings.push(signing(operator).await?);
    Ok(findings)
}

/// Empty before the first rotation: CloudFormation can't generate an RSA key.
async fn signing(operator: &Operator) -> Result<Finding> {
    const VARIABLE: &str = KeyRingName::PartnerSigning.variable();
    let remedy = "`postern keys rotate partner-signing` generates the first key; restore the secret's previous version if it had one";
    let ring = match operator.signing_rings()?.read().await {
        Ok(ring) => ring,
        Err(error) if is_unavailable(&error) => return Err(error.into()),
        Err(error) => return Ok(Finding::wrong(VARIABLE, error.to_string(), remedy)),
    };
    let signer = ring.as_ref().and_then(|ring| ring.signer(clock::now()));
    Ok(match signer {
        Some(key) => Finding::good(VARIABLE, format!("signs with {}", key.public().kid())),
        None => Finding::wrong(VARIABLE, "no key signs partners' tokens".to_owned(), remedy),
    })
}
