//! Events that are not HTTP requests.

mod authorizer;
mod stream;

pub use authorizer::{AuthorizerRequest, Verdict};
pub use stream::{Change, Image};
