//! `GET /api/v1/users/me`: returns the signed-in user.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_me::State::new, portal_me::handle).await
}
