//! API Gateway Lambda authorizer for other teams' APIs: an integrated partner's token and secret.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(partner_authorizer::State::new, partner_authorizer::handle).await
}
