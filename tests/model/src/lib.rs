//! The write protocol of Postern, model-checked.
//!
//! A [`scenario::Scenario`] has some calls of the portal's handlers, of password-login's counter, and of an
//! operator; the instants that the clock goes through; and the number of copies of each write. The checker
//! tries everything that may happen within these bounds:
//!
//! - A write is a message. Each copy of it is applied at any time after it was sent, also after later
//!   writes and after its caller ended, or never. Its answer arrives or is lost. Two copies are the SDK's
//!   retry or a duplicate. A caller may stop waiting at any moment and read the item instead.
//! - A call that is never scheduled again has crashed there, between any two writes; copies of its writes
//!   may still be applied. So a crash is not a step of its own.
//! - The clocks of instances differ, and time moves on at any moment. A call ends at its deadline.
//! - An eventually consistent read may return an older image. TTL deletes at any time after an item's ttl.
//!
//! The production functions in `domain::decide` decide what a failed condition or a read in doubt means.
//! `guards` repeats the conditions of `store`, clause by clause, and `flow` the order of writes in
//! `functions`. [`invariant`] says what must hold. The protocols in [`variant`] are each broken in one
//! place, to show that the model notices.
//!
//! Not modelled: keys and cryptography, plaintext and non-enumeration (I9, I10), other organizations
//! (I12), the stream and delivery, HTTP, a second identity or user, more than three copies of a write,
//! time finer than a second.

pub mod action;
mod author;
pub mod call;
mod excuse;
mod flow;
mod guards;
mod id;
pub mod invariant;
mod item;
mod ledger;
pub mod op;
mod operator_write;
pub mod protocol;
pub mod report;
mod run;
pub mod scenario;
mod shelf;
pub mod sight;
mod time;
pub mod variant;
mod world;
mod write;
