//! `POST /api/1.0/sso/signin`: a user's email and password for an access token.

use domain::password::Hasher;
use platform::aws::Aws;
use platform::http;
use platform::sso::{self, Clients, Logins};
use sso_signin as handler;

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
        lifetime: sso::token_lifetime(aws.config())?,
    };
    state.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
