//! API Gateway Lambda authorizer for other teams' APIs: checks a partner's token and its organization's
//! secret.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), partner_authorizer::State::new, partner_authorizer::handle)
        .await
}
