//! `GET /api/1.0/sso/token/{access_token}`: returns the user that an access token belongs to.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), sso_token::State::new, sso_token::handle).await
}
