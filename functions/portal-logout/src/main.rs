//! `POST /api/v1/users/auth/logout`: revokes the whole refresh-token family.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_logout::State::new, portal_logout::handle).await
}
