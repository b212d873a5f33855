//! `POST /api/v1/users/auth/verify-otp`: exchanges a code for an access token and a refresh token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_verify_otp::State::new, portal_verify_otp::handle)
        .await
}
