//! `POST /{api}/auth`: user name and password of an organization for a token.

use domain::password::Hasher;
use password_login as handler;
use platform::aws::Aws;
use platform::http;
use platform::password::{self, Apis, Tenants};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        apis: Apis::new(aws.config())?,
        tenants: Tenants::new(aws.organizations()?),
        challenges: aws.challenges()?,
        users: aws.users()?,
        identifier_keys: aws.keys("IDENTIFIER_SECRET")?,
        access_keys: aws.keys("PASSWORD_ACCESS_SECRET")?,
        hasher: Hasher::new(),
        lifetime: password::token_lifetime(aws.config())?,
    };
    state.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
