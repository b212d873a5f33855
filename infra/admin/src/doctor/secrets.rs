//! The key rings.

use super::Finding;
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
    Ok(findings)
}
