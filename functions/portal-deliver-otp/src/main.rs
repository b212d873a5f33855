//! Stream of the table `challenges`: sends each code by mail or SMS.

use platform::aws::Aws;
use platform::courier::Courier;
use platform::event;
use portal_deliver_otp as handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State {
        organizations: aws.organizations()?,
        users: aws.users()?,
        otp_keys: aws.keys("OTP_SECRET")?,
        courier: Courier::new(&aws)?,
    };
    tokio::join!(state.organizations.prime(), state.otp_keys.prime());
    event::serve_stream(|change, now| handler::handle(&state, change, now)).await
}
