//! Faults of the network, chosen by the seed.

use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use workbench::{Fault, Operation, Plan};

/// Every kind of fault. Likelier ones are in the list more than once.
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

/// How many percent of calls have a fault. Each seed chooses one rate.
const RATES: [u32; 5] = [0, 3, 10, 30, 60];

/// The calls to DynamoDB and their faults, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Removes and returns all lines.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// The plan of a seed.
pub(crate) fn plan(seed: u64, log: Log) -> Plan {
    let mut rng = Rng::with_seed(seed ^ 0xfa17);
    let rate = RATES[rng.usize(..RATES.len())];
    let mut choose = move |operation: &Operation| {
        if rng.u32(..100) >= rate {
            return Fault::None;
        }
        match FAULTS[rng.usize(..FAULTS.len())] {
            // A late read is the same as a lost one.
            Fault::Late if !operation.is_write() => Fault::LostBefore,
            fault => fault,
        }
    };
    Plan::new(move |operation| {
        let fault = choose(operation);
        log.write(format!("        {} {}: {fault:?}", operation.name, operation.item));
        fault
    })
}
