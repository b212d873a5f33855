//! `GET /v1/organizations/{organization_id}/validate`: proves a token and an organization's secret.

use partner_validate as handler;
use platform::aws::Aws;
use platform::http;
use platform::partner::Authentication;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let partners = aws.partners()?;
    let authentication = Authentication::new(partners.clone(), aws.users()?);
    let state = handler::State { authentication, partners };
    state.authentication.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
