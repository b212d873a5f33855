//! What the network does, drawn from the seed.

use fastrand::Rng;
use workbench::{Fault, Plan};

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

/// A plan of the seed's own temper.
pub(crate) fn plan(seed: u64) -> Plan {
    let mut rng = Rng::with_seed(seed ^ 0xfa17);
    let rate = RATES[rng.usize(..RATES.len())];
    Plan::new(move |operation| {
        if rng.u32(..100) >= rate {
            return Fault::None;
        }
        match FAULTS[rng.usize(..FAULTS.len())] {
            // A read that arrives late is one that was lost.
            Fault::Late if !operation.is_write() => Fault::LostBefore,
            fault => fault,
        }
    })
}
