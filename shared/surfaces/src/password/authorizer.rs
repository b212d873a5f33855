//! The check of both authorizers of other teams' APIs. Each takes one kind of credential: API Gateway
//! caches an answer under the identity sources of its authorizer, so nothing else may decide it.

use std::collections::BTreeMap;

use domain::id::{ApiName, OrganizationId};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use runtime::http;

use super::api::Apis;
use super::authentication::{Authentication, Presented, Principal};
use super::refusal::Refusal;

pub struct Authorizer {
    apis: Apis,
    authentication: Authentication,
}

impl Authorizer {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { apis: Apis::new(aws.config())?, authentication: Authentication::new(aws)? })
    }

    /// Allows a request with a valid token for its API and for the organization in its header.
    /// `presented` finds the token.
    pub async fn verdict(
        &self,
        request: &AuthorizerRequest,
        presented: impl FnOnce(&ApiName) -> Option<Presented>,
        now: Timestamp,
    ) -> anyhow::Result<Verdict> {
        let Some(api) = self.api(request) else {
            return Ok(http::denied(&Refusal::UnknownApi, now));
        };
        let Some(organization) = request.header("organization") else {
            return Ok(http::denied(&Refusal::OrganizationRequired, now));
        };
        let organization = OrganizationId::for_lookup(organization);
        let presented = presented(api);
        match self.authentication.principal(api, &organization, presented, now).await {
            Ok(principal) => Ok(allow(principal)),
            Err(Refusal::ServerError(error)) => Err(error.into_cause()),
            Err(refusal) => Ok(http::denied(&refusal, now)),
        }
    }

    /// The API that the token must be for: the route's path parameter `api` or, without it, the
    /// deployment's only API. If there are several APIs, a route needs the parameter.
    fn api(&self, request: &AuthorizerRequest) -> Option<&ApiName> {
        match request.path_parameter("api") {
            Some(name) => self.apis.named(name),
            None => self.apis.only(),
        }
    }
}

fn allow(principal: Principal) -> Verdict {
    let Principal { user, claims } = principal;
    Verdict::Allow {
        principal: user.id.to_string(),
        context: BTreeMap::from([
            ("userId", user.id.into()),
            ("organization", user.organization.into()),
            ("api", claims.aud.into()),
        ]),
    }
}
