//! The key rings.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use registry::identifier_ring::Verified;
use registry::{SealRing, SymmetricRing};
use runtime::clock;
use runtime::outage::FailedCall;
use runtime::resources::KeyRingName;

use super::Finding;
use crate::failure::{Failure, Result};
use crate::keys::symmetric;
use crate::operator::Operator;

const SIGNING: &str = KeyRingName::PartnerSigning.variable();
const SEALING: &str = KeyRingName::AuditSigning.variable();

/// The checks of all key rings: each is a check of its own.
pub(super) fn checks(
    operator: &Operator,
) -> impl Iterator<Item = LocalBoxFuture<'_, Vec<Finding>>> {
    let of_rings = symmetric().map(move |name| {
        let check = name.variable().to_owned();
        one(check, ring(operator, name)).boxed_local()
    });
    let fingerprint = format!("{} fingerprint", KeyRingName::Identifier.variable());
    let fingerprint = one(fingerprint.clone(), identifier(operator, fingerprint));
    let others = [
        fingerprint.boxed_local(),
        one(SIGNING.to_owned(), signing(operator)).boxed_local(),
        one(SEALING.to_owned(), sealing(operator)).boxed_local(),
    ];
    of_rings.chain(others)
}

async fn one(check: String, found: impl Future<Output = Result<Finding>>) -> Vec<Finding> {
    vec![found.await.unwrap_or_else(|failure| Finding::failed(check, failure))]
}

/// The finding about an error that is not AWS's.
fn wrong(check: &str, error: anyhow::Error, remedy: &str) -> Result<Finding> {
    match Failure::from(error) {
        Failure::Failed(error) if error.downcast_ref::<FailedCall>().is_none() => {
            Ok(Finding::wrong(check, format!("{error:#}"), remedy))
        }
        failure => Err(failure),
    }
}

async fn ring(operator: &Operator, name: KeyRingName) -> Result<Finding> {
    let remedy = "restore the secret's previous version; a key ring is {\"current\":{\"kid\",\"key\"}}, with keys in base64url, 64 bytes or more";
    match operator.open(|aws| SymmetricRing::new(aws, name))?.read().await {
        Ok(ring) => {
            let (count, current) = (ring.keys().count(), ring.current_kid());
            Ok(Finding::good(name.variable(), format!("{count} keys, current {current}")))
        }
        Err(error) => wrong(name.variable(), error, remedy),
    }
}

/// Whether the identifier ring is the one that identities were made with.
async fn identifier(operator: &Operator, check: String) -> Result<Finding> {
    let remedy = "restore the secret's earlier version (docs/operate.md, \"The identifier ring\")";
    match operator.identifier_ring()?.verify(clock::now()).await {
        Ok(Verified::Same(fingerprint)) => Ok(Finding::good(check, fingerprint.as_str())),
        Ok(Verified::First(fingerprint)) => Ok(Finding::good(
            check,
            format!("{}; the next `organization create` stores it", fingerprint.as_str()),
        )),
        Err(error) => wrong(&check, error, remedy),
    }
}

/// The ring is empty before the first rotation: CloudFormation can't generate an RSA key.
async fn signing(operator: &Operator) -> Result<Finding> {
    let remedy = "restore the secret's previous version; if it never had a value, generate the first key with `postern keys rotate partner-signing`";
    let ring = match operator.signing_rings()?.read().await {
        Ok(ring) => ring,
        Err(error) => return wrong(SIGNING, error, remedy),
    };
    let signer = ring.as_ref().and_then(|ring| ring.signer(clock::now()));
    Ok(match signer {
        Some(key) => Finding::good(SIGNING, format!("signs with {}", key.public().kid())),
        None => Finding::wrong(SIGNING, "the ring has no key that signs now", remedy),
    })
}

/// The ring of seals is empty at first, too.
async fn sealing(operator: &Operator) -> Result<Finding> {
    let remedy = "restore the secret's previous version; if it never had a value, generate the first key with `postern keys rotate audit-signing`";
    let ring = match operator.open(SealRing::new)?.read().await {
        Ok(ring) => ring,
        Err(error) => return wrong(SEALING, error, remedy),
    };
    let signer = ring.as_ref().and_then(|ring| ring.signer(clock::now()));
    Ok(match signer {
        Some(key) => Finding::good(SEALING, format!("signs with {}", key.public().kid())),
        None => Finding::wrong(SEALING, "the ring has no key that signs now", remedy),
    })
}
