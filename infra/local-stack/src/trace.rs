//! X-Ray's trace ids, which API Gateway and Lambda pass on even without tracing.

use uuid::Uuid;

use crate::clock;

/// A new trace id: version, seconds, 96 random bits.
pub(crate) fn id() -> String {
    let (seconds, random) = (clock::now().seconds(), Uuid::new_v4().as_u128() >> 32);
    format!("Root=1-{seconds:08x}-{random:024x}")
}
