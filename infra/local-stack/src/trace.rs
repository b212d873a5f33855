//! X-Ray's ids, which API Gateway and Lambda hand on even when nothing is traced.

use uuid::Uuid;

use crate::clock;

/// A fresh trace id: version, seconds, 96 random bits.
pub(crate) fn id() -> String {
    let (seconds, random) = (clock::now().seconds(), Uuid::new_v4().as_u128() >> 32);
    format!("Root=1-{seconds:08x}-{random:024x}")
}
