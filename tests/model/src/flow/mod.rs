//! The handlers, step by step in the order of `functions`. In each module `start` sends the
//! first requests, `receive` says what an outcome means, and `joined` what follows once nothing more
//! is awaited. Whatever decides about a race is asked of `domain::decide`.

mod count;
pub(crate) mod logout;
pub(crate) mod operator;
pub(crate) mod password_login;
pub(crate) mod refresh_token;
pub(crate) mod send_otp;
pub(crate) mod verify_otp;
