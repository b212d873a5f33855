//! The audit trail: one line for each change of an item, derived from the tables' streams, and a signed
//! seal for each hour of lines.
//!
//! A line links the HMAC of the item before the change to that of the item after it. So the lines of one
//! item are a chain from nothing to what the table has, whoever changed it.

mod attribution;
mod event;
pub mod hour;
pub mod image;
mod kind;
pub mod line;
mod put_back;
mod record;
pub mod seal;
mod subject;
pub mod table;
pub mod verification;
