//! `POST /api/1.0/sso/signout/{access_token}`: ends a user's own access token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), sso_signout::State::new, sso_signout::handle).await
}
