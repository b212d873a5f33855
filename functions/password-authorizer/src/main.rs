//! API Gateway Lambda authorizer for other teams' APIs: checks the token of a password login.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(
        env!("CARGO_PKG_NAME"),
        password_authorizer::State::new,
        password_authorizer::handle,
    )
    .await
}
