//! The identity provider: a client's pair and a user's email and password give an access token, and
//! every client that may read user info can ask whose it is.

mod access_token;
mod client;
mod lifetime;
mod login;
mod refusal;

pub use self::access_token::access_token;
pub use self::client::Clients;
pub use self::lifetime::token_lifetime;
pub use self::login::Logins;
pub use self::refusal::Refusal;
