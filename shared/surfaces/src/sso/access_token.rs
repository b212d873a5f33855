//! The access token in a request's path.

use domain::token::sso::AccessToken;
use lambda_http::Request;
use runtime::http;

use super::refusal::Refusal;

/// The access token in a request's path, which API Gateway has decoded.
pub fn access_token(request: &Request) -> Result<AccessToken, Refusal> {
    let token = http::path_parameter(request, "access_token").and_then(AccessToken::presented);
    token.ok_or(Refusal::TokenRefused)
}
