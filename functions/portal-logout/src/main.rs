//! `POST /api/v1/users/auth/logout`: revokes the whole refresh-token family.

use platform::aws::Aws;
use platform::http;
use platform::portal::Portal;
use portal_logout as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state =
        handler::State { portal: Portal::new(aws.organizations()?), sessions: aws.sessions()? };
    state.portal.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
