//! `POST /v1/token`: the secrets of a partner and an organization for a token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(partner_token::State::new, partner_token::handle).await
}
