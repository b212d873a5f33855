//! API Gateway Lambda authorizer for other teams' APIs: the portal's access token and API key.

use platform::aws::Aws;
use platform::event;
use platform::portal::{Authentication, Portal};
use portal_authorizer as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let aws = Aws::from_environment()?;
    let portal = Portal::new(aws.organizations()?);
    let keys = aws.keys("PORTAL_ACCESS_SECRET")?;
    let state = handler::State { authentication: Authentication::new(portal, keys, aws.users()?) };
    state.authentication.prime().await;
    event::serve_authorizer(|request, now| handler::handle(&state, request, now)).await
}
