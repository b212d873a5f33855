//! `GET /{api}/users/account`: who is logged in.

use password_account as handler;
use platform::aws::Aws;
use platform::http;
use platform::password::{Apis, Authentication, Tenants};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let tenants = Tenants::new(aws.organizations()?);
    let keys = aws.keys("PASSWORD_ACCESS_SECRET")?;
    let state = handler::State {
        apis: Apis::new(aws.config())?,
        authentication: Authentication::new(tenants, keys, aws.users()?),
    };
    state.authentication.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
