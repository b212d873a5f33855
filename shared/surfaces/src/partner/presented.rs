//! The credentials in a request: the checks that need no read, in the contract's order (§2).

use domain::id::OrganizationId;
use domain::secret::Secret;
use domain::text;
use lambda_http::Request;
use runtime::event::AuthorizerRequest;
use runtime::http;

use super::refusal::Refusal;

const ORGANIZATION_SECRET: &str = "x-organization-secret";
const PARAMETER: &str = "organization_id";

/// The credentials in a request.
pub struct Presented {
    /// The organization in the path of our own route. An authorizer compares other teams' paths itself.
    pub organization: Option<OrganizationId>,
    /// The organization's secret.
    pub secret: Secret,
    pub token: Secret,
}

impl Presented {
    /// Reads a request that validates an integration. An invalid id means an organization that doesn't
    /// exist.
    pub fn by(request: &Request) -> Result<Self, Refusal> {
        let organization = http::path_parameter(request, PARAMETER).map(text::trim);
        let organization = organization.filter(|id| !id.is_empty());
        let organization = organization.ok_or(Refusal::OrganizationRequired)?;
        if http::header(request, "x-partner-secret").is_some() {
            return Err(Refusal::DeprecatedHeader);
        }
        let secret = http::header(request, ORGANIZATION_SECRET);
        Ok(Self {
            organization: Some(OrganizationId::for_lookup(organization)),
            secret: secret.map(Secret::new).ok_or(Refusal::SecretRequired)?,
            token: http::bearer(request).ok_or(Refusal::TokenRequired)?,
        })
    }

    /// Reads a request to another team's API, as API Gateway describes it to the authorizer.
    pub fn to_authorizer(request: &AuthorizerRequest) -> Result<Self, Refusal> {
        let secret = request.header(ORGANIZATION_SECRET);
        Ok(Self {
            organization: None,
            secret: secret.map(Secret::new).ok_or(Refusal::SecretRequired)?,
            token: request.bearer().ok_or(Refusal::TokenRequired)?,
        })
    }
}
