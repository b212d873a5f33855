//! dynoxide in this process: `SQLite` in memory, or in a file that survives a restart.

use std::future;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dynoxide::{Database, server};
use tokio::net::TcpListener;
use tokio::task::{spawn, spawn_blocking};
use tokio::time;

/// How often expired items are deleted. AWS needs up to some days; a developer wants to see it sooner.
const SWEEP: Duration = Duration::from_mins(1);

/// Serves until the runtime ends.
pub(super) fn serve(listener: TcpListener, data: Option<&Path>) -> Result<()> {
    let database = match data {
        None => Database::memory(),
        Some(folder) => {
            let file = folder.join("dynamodb.sqlite");
            Database::new(file.to_str().context("POSTERN_DATA must be UTF-8")?)
        }
    };
    let database = database.map_err(|error| anyhow!("open the embedded DynamoDB: {error}"))?;
    spawn(sweep(database.clone()));
    spawn(server::serve_with_shutdown(listener, database, future::pending()));
    Ok(())
}

/// The emulator doesn't delete expired items by itself.
async fn sweep(database: Database) {
    let mut ticks = time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let database = database.clone();
        drop(spawn_blocking(move || database.sweep_ttl()).await);
    }
}
