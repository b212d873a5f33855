//! API Gateway Lambda authorizer for other teams' APIs: a password login's token and organization.

use password_authorizer as handler;
use platform::aws::Aws;
use platform::event;
use platform::password::{Apis, Authentication, Tenants};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let aws = Aws::from_environment()?;
    let tenants = Tenants::new(aws.organizations()?);
    let keys = aws.keys("PASSWORD_ACCESS_SECRET")?;
    let state = handler::State {
        apis: Apis::new(aws.config())?,
        authentication: Authentication::new(tenants, keys, aws.users()?),
    };
    state.authentication.prime().await;
    event::serve_authorizer(|request, now| handler::handle(&state, request, now)).await
}
