//! `POST /v1/token`: gives a partner a token for one organization and one of its users.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), partner_token::State::new, partner_token::handle).await
}
