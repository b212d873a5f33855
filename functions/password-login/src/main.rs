//! `POST /{api}/auth`: user name and password of an organization for a token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(password_login::State::new, password_login::handle).await
}
