//! `GET /{api}/users/account`: who is logged in.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(password_account::State::new, password_account::handle).await
}
