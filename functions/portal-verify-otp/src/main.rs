//! `POST /api/v1/users/auth/verify-otp`: exchanges a code for an access and a refresh token.

use platform::aws::Aws;
use platform::http;
use platform::portal::Portal;
use portal_verify_otp as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        portal: Portal::new(aws.organizations()?),
        challenges: aws.challenges()?,
        sessions: aws.sessions()?,
        users: aws.users()?,
        identifier_keys: aws.keys("IDENTIFIER_SECRET")?,
        otp_keys: aws.keys("OTP_SECRET")?,
        access_keys: aws.keys("PORTAL_ACCESS_SECRET")?,
    };
    state.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
