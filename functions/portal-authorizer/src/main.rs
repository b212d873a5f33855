//! API Gateway Lambda authorizer for other teams' APIs: checks the portal's API key and access token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_authorizer::State::new, portal_authorizer::handle)
        .await
}
