//! API Gateway Lambda authorizer for other teams' APIs: an integrated partner's token and secret.

use partner_authorizer as handler;
use platform::aws::Aws;
use platform::event;
use platform::partner::Authentication;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let aws = Aws::from_environment()?;
    let authentication = Authentication::new(aws.partners()?, aws.users()?);
    let state = handler::State { authentication };
    state.authentication.prime().await;
    event::serve_authorizer(|request, now| handler::handle(&state, request, now)).await
}
