//! `GET /api/v1/users/me`: the signed-in patient.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(portal_me::State::new, portal_me::handle).await
}
