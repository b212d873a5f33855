//! Secrets in Secrets Manager, for rotations: a ring is replaced only if its version is still the one
//! that was read.

use anyhow::Context as _;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata as _, SdkError};
use domain::secret::Secret;
use runtime::aws::Aws;
use runtime::outage::{is_unavailable, sdk_error};
use runtime::resources::KeyRingName;

/// The label of the version that functions read.
const CURRENT: &str = "AWSCURRENT";
/// The label of a version that is about to become current.
const PENDING: &str = "AWSPENDING";
/// The id of the first version of a secret that the stack leaves empty.
const FIRST_VERSION: &str = "00000000-0000-4000-8000-000000000001";

/// One secret.
#[derive(Clone)]
pub(crate) struct Vault {
    client: Client,
    id: String,
}

/// The id of a version of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version(String);

impl Vault {
    pub(crate) fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        let id = aws.config().required(name.variable())?.to_owned();
        Ok(Self { client: aws.secrets_manager(), id })
    }

    /// The value of the secret and its version; `None` if it has no value yet.
    pub(crate) async fn read(&self) -> anyhow::Result<Option<(Secret, Version)>> {
        let value = match self.client.get_secret_value().secret_id(&self.id).send().await {
            Ok(value) => value,
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                return Ok(None);
            }
            Err(error) => return Err(self.named(sdk_error(&error, "GetSecretValue"))),
        };
        let version = value.version_id().context("the secret has no version")?.to_owned();
        let text = value.secret_string().context("the secret is not a text")?;
        Ok(Some((Secret::new(text), Version(version))))
    }

    /// Fills a secret that has no value yet. Whether it did; another operator was faster otherwise:
    /// Secrets Manager refuses a second value under the id of the first version.
    pub(crate) async fn fill(&self, text: &Secret) -> anyhow::Result<bool> {
        let put = self
            .client
            .put_secret_value()
            .secret_id(&self.id)
            .client_request_token(FIRST_VERSION)
            .secret_string(text.expose());
        match put.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_exists_exception() => {
                Ok(false)
            }
            Err(error) => Err(self.named(sdk_error(&error, "PutSecretValue"))),
        }
    }

    /// Replaces the value if its version is still `seen`; `false` if it isn't. The new version is put
    /// first; then one step moves the label of the current version to it.
    pub(crate) async fn replace(&self, seen: &Version, text: &Secret) -> anyhow::Result<bool> {
        let put = self
            .client
            .put_secret_value()
            .secret_id(&self.id)
            .secret_string(text.expose())
            .version_stages(PENDING);
        let put = put.send().await;
        let put = put.map_err(|error| self.named(sdk_error(&error, "PutSecretValue")))?;
        let ours = put.version_id().context("the secret has no version")?;
        let moved = self
            .client
            .update_secret_version_stage()
            .secret_id(&self.id)
            .version_stage(CURRENT)
            .remove_from_version_id(&seen.0)
            .move_to_version_id(ours)
            .send()
            .await;
        let Err(error) = moved else { return Ok(true) };
        let is_elsewhere = error.as_service_error().and_then(|error| error.code())
            == Some("InvalidParameterException");
        let error = self.named(sdk_error(&error, "UpdateSecretVersionStage"));
        if !is_elsewhere && !is_unavailable(&error) {
            return Err(error);
        }
        // The first try may have moved the label, and the retry then failed.
        match self.read().await?.map(|(_, version)| version.0) {
            Some(current) if current == ours => Ok(true),
            Some(current) if current == seen.0 => Err(error),
            Some(_) | None => Ok(false),
        }
    }

    /// The error of a call, with the secret's name.
    fn named(&self, error: anyhow::Error) -> anyhow::Error {
        error.context(format!("secret {}", self.id))
    }
}
