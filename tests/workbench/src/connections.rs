//! The connections of an instance to each service, as a pool over HTTP/1.1 has them: a call takes an idle
//! one, or opens another.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::connector::lock;

/// How many connections are busy, and how many were ever opened, by the address of the service.
#[derive(Default)]
pub(crate) struct Connections(Mutex<BTreeMap<String, Pool>>);

#[derive(Default)]
struct Pool {
    busy: usize,
    opened: usize,
}

/// A connection that is busy until it is dropped.
pub(crate) struct Busy<'c> {
    connections: &'c Connections,
    service: String,
}

impl Connections {
    pub(crate) fn take(&self, address: &str) -> Busy<'_> {
        let service = address.split('/').nth(2).unwrap_or_default().to_owned();
        let mut pools = lock(&self.0);
        let pool = pools.entry(service.clone()).or_default();
        pool.busy += 1;
        pool.opened = pool.opened.max(pool.busy);
        Busy { connections: self, service }
    }

    pub(crate) fn opened(&self) -> BTreeMap<String, usize> {
        lock(&self.0).iter().map(|(service, pool)| (service.clone(), pool.opened)).collect()
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some(pool) = lock(&self.connections.0).get_mut(&self.service) {
            pool.busy = pool.busy.saturating_sub(1);
        }
    }
}
