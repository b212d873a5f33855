//! `POST /{api}/auth/logout`: clears the token's cookie.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), password_logout::State::new, password_logout::handle).await
}
