//! Secrets Manager: a ring is replaced only by whoever saw the version that it replaces.

use anyhow::Context as _;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use platform::aws;

use super::ring::Ring;
use crate::failure::Result;
use crate::operator::Operator;

/// The label of the version that functions read.
const CURRENT: &str = "AWSCURRENT";
/// The label of a version that is about to become current.
const PENDING: &str = "AWSPENDING";

pub(crate) struct Vault {
    client: Client,
}

/// Names a version of a secret.
pub(crate) struct Version(String);

impl Vault {
    pub(crate) fn new(operator: &Operator) -> Self {
        Self { client: operator.aws.secrets_manager() }
    }

    pub(crate) async fn read(&self, secret: &str) -> Result<(Ring, Version)> {
        let value = self.client.get_secret_value().secret_id(secret).send().await;
        let value = value.map_err(|error| aws::error(&error, "GetSecretValue"))?;
        let ring = value.secret_string().and_then(Ring::parse);
        let ring = ring.with_context(|| format!("the secret {secret} holds no key ring"))?;
        let version = value.version_id().context("a secret without a version")?;
        Ok((ring, Version(version.to_owned())))
    }

    /// Replaces a ring, if it still is of this version. Whether it did. The new version is put beside
    /// the current one, and the label that makes it count is moved in one step.
    pub(crate) async fn replace(&self, secret: &str, seen: &Version, ring: &Ring) -> Result<bool> {
        let text = ring.text().map_err(|_| anyhow::anyhow!("the ring can't be written"))?;
        let put = self
            .client
            .put_secret_value()
            .secret_id(secret)
            .secret_string(text.expose())
            .version_stages(PENDING);
        let put = put.send().await.map_err(|error| aws::error(&error, "PutSecretValue"))?;
        let ours = put.version_id().context("a secret without a version")?;
        let moved = self
            .client
            .update_secret_version_stage()
            .secret_id(secret)
            .version_stage(CURRENT)
            .remove_from_version_id(&seen.0)
            .move_to_version_id(ours)
            .send()
            .await;
        let Err(error) = moved else { return Ok(true) };
        let is_elsewhere = error.as_service_error().and_then(|error| error.code())
            == Some("InvalidParameterException");
        let error = aws::error(&error, "UpdateSecretVersionStage");
        if !is_elsewhere && !aws::is_unavailable(&error) {
            return Err(error.into());
        }
        // A repeated attempt finds the label where the first one moved it.
        let (_, current) = self.read(secret).await?;
        match current.0 {
            current if current == ours => Ok(true),
            current if current == seen.0 => Err(error.into()),
            _ => Ok(false),
        }
    }
}
