//! The keys.

use platform::aws::is_unavailable;

use super::Finding;
use crate::clock;
use crate::failure::{Failure, Result};
use crate::keys::{Symmetric, Vault};
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator) -> Result<Vec<Finding>> {
    let vault = Vault::new(operator);
    let mut findings = Vec::new();
    for secret in Symmetric::ALL {
        let variable = secret.variable();
        findings.push(match vault.read(operator.variable(variable)?).await {
            Ok((ring, _)) => {
                Finding::good(variable, format!("{} keys, current {}", ring.keys().count(), ring.current_kid()))
            }
            Err(failure @ Failure::Unreachable(_)) => return Err(failure),
            Err(failure) => Finding::wrong(
                variable,
                failure.to_string(),
                "a ring is {\"current\":{\"kid\",\"key\"}}, keys in base64url, 64 bytes or more; restore the secret's previous version",
            ),
        });
    }
    findings.push(signing(operator).await?);
    Ok(findings)
}

/// Not there before the first rotation: CloudFormation can't make an RSA key.
async fn signing(operator: &Operator) -> Result<Finding> {
    const VARIABLE: &str = "PARTNER_SIGNING_SECRET";
    let mend = "`postern keys rotate partner-signing` makes the first key; restore the secret's previous version if it had one";
    let ring = match operator.signing_keys()?.ring().await {
        Ok(ring) => ring,
        Err(error) if is_unavailable(&error) => return Err(error.into()),
        Err(error) => return Ok(Finding::wrong(VARIABLE, error.to_string(), mend)),
    };
    let signer = ring.as_ref().and_then(|ring| ring.signer(clock::now()));
    Ok(match signer {
        Some(key) => Finding::good(VARIABLE, format!("signs with {}", key.public().kid())),
        None => Finding::wrong(VARIABLE, "no key signs partners' tokens".to_owned(), mend),
    })
}
