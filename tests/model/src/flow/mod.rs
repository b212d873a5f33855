//! The handlers, step by step, in the order of `functions`. In each module, `start` sends the first
//! requests, `receive` handles an outcome, and `joined` continues once the call waits for no more
//! requests. `domain::decide` decides all races.

mod count;
pub(crate) mod logout;
pub(crate) mod operator;
pub(crate) mod password_login;
pub(crate) mod refresh_token;
pub(crate) mod send_otp;
pub(crate) mod verify_otp;
