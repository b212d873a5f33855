//! `POST /v1/token`: the secrets of a partner and an organization for a token.

use partner_token as handler;
use platform::aws::Aws;
use platform::http;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        partners: aws.partners()?,
        users: aws.users()?,
        signing_keys: aws.signing_keys()?,
    };
    state.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
