//! `GET /api/v1/users/me`: the signed-in patient.

use platform::aws::Aws;
use platform::http;
use platform::portal::{Authentication, Portal};
use portal_me as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let portal = Portal::new(aws.organizations()?);
    let keys = aws.keys("PORTAL_ACCESS_SECRET")?;
    let state = handler::State { authentication: Authentication::new(portal, keys, aws.users()?) };
    state.authentication.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
