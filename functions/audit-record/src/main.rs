//! Streams of the tables: writes a line of the audit trail for each change.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), audit_record::State::new, audit_record::handle).await
}
