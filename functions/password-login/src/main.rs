//! `POST /{api}/auth`: exchanges user name and password for a token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), password_login::State::new, password_login::handle).await
}
