//! `GET /{api}/users/account`: returns the logged-in user.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), password_account::State::new, password_account::handle)
        .await
}
