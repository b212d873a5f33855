//! API Gateway Lambda authorizer for other teams' APIs: the portal's access token and API key.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(portal_authorizer::State::new, portal_authorizer::handle).await
}
