//! Ports: on 127.0.0.1, unless the developer binds another address.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

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
    listen_at(Ipv4Addr::LOCALHOST.into(), port, variable).await
}

/// Listens on this machine and at the bound address, with one port; the first listener is reached from this
/// machine.
pub(crate) async fn listen_bound(
    bind: Option<IpAddr>,
    port: u16,
    variable: Variable,
) -> Result<Vec<TcpListener>> {
    match bind.filter(|address| *address != Ipv4Addr::LOCALHOST) {
        // It includes 127.0.0.1.
        Some(address) if address.is_unspecified() => {
            Ok(vec![listen_at(address, port, variable).await?])
        }
        Some(address) => {
            let here = listen(port, variable).await?;
            let port = here.local_addr()?.port();
            Ok(vec![here, listen_at(address, port, variable).await?])
        }
        None => Ok(vec![listen(port, variable).await?]),
    }
}

async fn listen_at(address: IpAddr, port: u16, variable: Variable) -> Result<TcpListener> {
    let variable = variable.name();
    TcpListener::bind((address, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!(
                "port {port} is in use; stop the program that uses it, or set {variable} (0 means any free port)"
            )
        }
        _ => anyhow!("can't listen on port {port} ({variable}) of {address}: {error}"),
    })
}

/// A free port, for a child process to listen on.
pub(crate) async fn free(port: u16, variable: Variable) -> Result<u16> {
    let listener = listen(port, variable).await?;
    Ok(listener.local_addr()?.port())
}

/// The URL of a port on this machine.
pub(crate) fn url(listener: &TcpListener) -> Result<String> {
    let mut address = listener.local_addr().context("the address of a port")?;
    if address.ip().is_unspecified() {
        address = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
    }
    Ok(format!("http://{address}"))
}
