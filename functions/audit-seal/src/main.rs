//! Each hour: seals the lines of the audit trail of the hours before.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), audit_seal::State::new, audit_seal::handle).await
}
