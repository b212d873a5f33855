//! The access token that a request is about.

use domain::token::sso::AccessToken;
use lambda_http::Request;
use runtime::http;

use super::refusal::Refusal;

/// The access token in a request's path, which API Gateway has decoded, once.
pub fn access_token(request: &Request) -> Result<AccessToken, Refusal> {
    let token = http::path_parameter(request, "access_token").and_then(AccessToken::presented);
    token.ok_or(Refusal::TokenRefused)
}
