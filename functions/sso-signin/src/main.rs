//! `POST /api/1.0/sso/signin`: exchanges a user's email and password for an access token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), sso_signin::State::new, sso_signin::handle).await
}
