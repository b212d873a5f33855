//! What a request presents: the checks that need no look-up, in the order of the contract (§2).

use domain::id::OrganizationId;
use domain::secret::Secret;
use lambda_http::Request;
use runtime::event::AuthorizerRequest;
use runtime::http;

use super::refusal::Refusal;

const ORGANIZATION_SECRET: &str = "x-organization-secret";
const PARAMETER: &str = "organization_id";

/// An organization, its secret, and a token.
pub struct Presented {
    /// The organization that the path names; an authorizer's route may name none.
    pub organization: Option<OrganizationId>,
    /// The organization's secret.
    pub secret: Secret,
    /// The token.
    pub token: Secret,
}

impl Presented {
    /// By a request to validate an integration. A text that can be no id stands for an organization
    /// that doesn't exist.
    ///
    /// # Errors
    /// `OrganizationRequired`, `DeprecatedHeader`, `SecretRequired`,
    /// `TokenRequired`: the first that applies.
    pub fn by(request: &Request) -> Result<Self, Refusal> {
        let organization = http::path_parameter(request, PARAMETER).map(str::trim);
        let organization = organization.filter(|id| !id.is_empty());
        let organization = organization.ok_or(Refusal::OrganizationRequired)?;
        if request.headers().contains_key("x-partner-secret") {
            return Err(Refusal::DeprecatedHeader);
        }
        let secret = http::header(request, ORGANIZATION_SECRET);
        Ok(Self {
            organization: Some(OrganizationId::meant_by(organization)),
            secret: secret.map(Secret::new).ok_or(Refusal::SecretRequired)?,
            token: http::bearer(request).ok_or(Refusal::TokenRequired)?,
        })
    }

    /// By a request to another team's API, as API Gateway describes it to the authorizer.
    pub fn to_authorizer(request: &AuthorizerRequest) -> Result<Self, Refusal> {
        let secret = request.header(ORGANIZATION_SECRET);
        Ok(Self {
            organization: request.path_parameter(PARAMETER).map(OrganizationId::meant_by),
            secret: secret.map(Secret::new).ok_or(Refusal::SecretRequired)?,
            token: request.bearer().ok_or(Refusal::TokenRequired)?,
        })
    }
}
