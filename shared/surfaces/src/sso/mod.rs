//! The identity provider: a client signs a user in with email and password and gets an access token.
//! Every client that may read user info can ask which user the token belongs to.

mod access_token;
mod client;
mod lifetime;
mod login;
mod realm;
mod refusal;

pub use self::access_token::access_token;
pub use self::client::{ClientPair, Clients};
pub use self::lifetime::token_lifetime;
pub use self::login::Logins;
pub use self::realm::Realm;
pub use self::refusal::Refusal;
