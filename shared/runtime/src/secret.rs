//! Secrets in Secrets Manager.

use anyhow::Context as _;
use aws_sdk_secretsmanager::error::SdkError;
use serde::de::DeserializeOwned;

use crate::aws::Aws;
use crate::outage::sdk_error;
use crate::resources::KeyRingName;

/// One secret.
#[derive(Clone)]
pub struct StoredSecret {
    client: aws_sdk_secretsmanager::Client,
    id: String,
}

impl StoredSecret {
    /// The secret that the key ring's environment variable names.
    pub fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        let id = aws.config().required(name.variable())?.to_owned();
        Ok(Self { client: aws.secrets_manager(), id })
    }

    /// The value of the secret, if it has one.
    pub async fn read<R: DeserializeOwned>(&self) -> anyhow::Result<Option<R>> {
        let secret = match self.client.get_secret_value().secret_id(&self.id).send().await {
            Ok(secret) => secret,
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                return Ok(None);
            }
            Err(error) => {
                return Err(
                    sdk_error(&error, "GetSecretValue").context(format!("secret {}", self.id))
                );
            }
        };
        let text = secret.secret_string().context("the secret is not a text")?;
        // The message of serde could quote the secret.
        let ring = serde_json::from_str(text);
        ring.map(Some).map_err(|_| anyhow::anyhow!("the secret is not a key ring"))
    }
}
