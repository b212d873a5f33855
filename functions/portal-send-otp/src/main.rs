//! `POST /api/v1/users/auth/send-otp`: sends a one-time code.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_send_otp::State::new, portal_send_otp::handle).await
}
