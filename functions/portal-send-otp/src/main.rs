//! `POST /api/v1/users/auth/send-otp`: asks for a one-time code.

use platform::aws::Aws;
use platform::http;
use platform::portal::Portal;
use portal_send_otp as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        portal: Portal::new(aws.organizations()?),
        challenges: aws.challenges()?,
        identifier_keys: aws.keys("IDENTIFIER_SECRET")?,
        otp_keys: aws.keys("OTP_SECRET")?,
    };
    tokio::join!(state.portal.prime(), state.identifier_keys.prime(), state.otp_keys.prime());
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
