//! Events that are not HTTP requests.

mod authorizer;
mod stream;

pub use authorizer::{AuthorizerRequest, Verdict, serve_authorizer};
pub use stream::{Change, serve_stream};
