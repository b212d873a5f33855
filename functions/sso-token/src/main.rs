//! `GET /api/1.0/sso/token/{access_token}`: who an access token belongs to.

use platform::aws::Aws;
use platform::http;
use platform::sso::Clients;
use sso_token as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        clients: Clients::new(aws.sso_clients()?, aws.sso_users()?),
        tokens: aws.sso_tokens()?,
        users: aws.sso_users()?,
    };
    state.clients.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
