//! Events that are not HTTP requests.

mod authorizer;
mod records;
mod schedule;
mod stream;

pub use authorizer::{AuthorizerRequest, Verdict};
pub use records::Records;
pub use schedule::Tick;
pub use stream::{Change, Image};
