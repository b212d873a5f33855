//! What the network does, drawn from the seed.

use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use workbench::{Fault, Operation, Plan};

/// Every kind of fault, the likelier ones more than once.
const FAULTS: [Fault; 12] = [
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::LostAfter,
    Fault::Duplicated,
    Fault::Late,
    Fault::Late,
    Fault::Late,
    Fault::Error,
    Fault::ErrorAfter,
    Fault::Throttled,
    Fault::Silence,
    Fault::Stale,
];

/// Percent of calls that something happens to: some histories are calm, some are storms.
const RATES: [u32; 5] = [0, 3, 10, 30, 60];

/// What became of each call to DynamoDB, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// All since it was last taken.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// A plan of the seed's own temper.
pub(crate) fn plan(seed: u64, log: Log) -> Plan {
    let mut rng = Rng::with_seed(seed ^ 0xfa17);
    let rate = RATES[rng.usize(..RATES.len())];
    let mut draw = move |operation: &Operation| {
        if rng.u32(..100) >= rate {
            return Fault::None;
        }
        match FAULTS[rng.usize(..FAULTS.len())] {
            // A read that arrives late is one that was lost.
            Fault::Late if !operation.is_write() => Fault::LostBefore,
            fault => fault,
        }
    };
    Plan::new(move |operation| {
        let fault = draw(operation);
        log.write(format!("        {} {}: {fault:?}", operation.name, operation.item));
        fault
    })
}
