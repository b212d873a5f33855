//! Ports on 127.0.0.1.

use std::io::ErrorKind;
use std::net::Ipv4Addr;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;

/// The environment variables that set ports.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Variable {
    Api,
    Console,
    DynamoDb,
    Watch,
}

impl Variable {
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "POSTERN_API_PORT",
            Self::Console => "POSTERN_CONSOLE_PORT",
            Self::DynamoDb => "POSTERN_DYNAMODB_PORT",
            Self::Watch => "POSTERN_WATCH_PORT",
        }
    }
}

/// Listens on a port; 0 means any free port. Other machines can't reach it.
pub(crate) async fn listen(port: u16, variable: Variable) -> Result<TcpListener> {
    let variable = variable.name();
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!(
                "port {port} is in use; stop the program that uses it, or set {variable} (0 means any free port)"
            )
        }
        _ => anyhow!("can't listen on port {port} ({variable}): {error}"),
    })
}

/// A free port, for a child process to listen on.
pub(crate) async fn free(port: u16, variable: Variable) -> Result<u16> {
    let listener = listen(port, variable).await?;
    Ok(listener.local_addr()?.port())
}

pub(crate) fn url(listener: &TcpListener) -> Result<String> {
    let address = listener.local_addr().context("the address of a port")?;
    Ok(format!("http://{address}"))
}
