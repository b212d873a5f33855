//! `POST /api/1.0/sso/signout/{access_token}`: ends a user's own access token.

use domain::password::Hasher;
use platform::aws::Aws;
use platform::http;
use platform::sso::{Clients, Logins};
use sso_signout as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        clients: Clients::new(aws.sso_clients()?, aws.sso_users()?),
        logins: Logins {
            challenges: aws.challenges()?,
            users: aws.sso_users()?,
            identifier_keys: aws.keys("IDENTIFIER_SECRET")?,
            hasher: Hasher::new(),
        },
        tokens: aws.sso_tokens()?,
    };
    state.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
