//! `GET /v1/organizations/{organization_id}/validate`: validates a token with the organization's secret.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), partner_validate::State::new, partner_validate::handle)
        .await
}
