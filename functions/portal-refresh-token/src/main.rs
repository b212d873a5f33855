//! `POST /api/v1/users/auth/refresh-token`: rotates a refresh token and gives a fresh access token.

use platform::aws::Aws;
use platform::http;
use platform::portal::Portal;
use portal_refresh_token as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        portal: Portal::new(aws.organizations()?),
        sessions: aws.sessions()?,
        users: aws.users()?,
        access_keys: aws.keys("PORTAL_ACCESS_SECRET")?,
        refresh_keys: aws.keys("PORTAL_REFRESH_SECRET")?,
    };
    tokio::join!(state.portal.prime(), state.access_keys.prime(), state.refresh_keys.prime());
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
