//! From API Gateway's event to a handler and back.

mod answer;
mod body;
mod charset;
mod event;
mod form;
mod headers;
mod help;
mod multipart;
mod parameters;
mod refusal;
mod respond;

pub use lambda_http::{Body, Request, Response};

pub use self::answer::{no_content, reply};
pub use self::body::{Malformed, json};
pub use self::event::{HttpEvent, Reply};
pub use self::form::{Form, form};
pub use self::headers::{
    bearer, bearer_token, cookie, cookie_value, header, is_bearer, path_parameter, query_parameter,
    request_id,
};
pub use self::help::{HelpPage, anchor};
pub use self::refusal::{Extra, Received, Refusal, denied, refuse};
pub use self::respond::respond;
