//! The write protocol of Postern, model-checked.
//!
//! A [`scenario::Scenario`] is a small cast: calls of the portal's handlers, of password-login as far as
//! its counter goes, and of an operator; the instants that the clock goes through; and how many copies
//! of each write may be under way. The checker tries everything that may happen within these bounds:
//!
//! - A write is a message. Each copy of it is applied at any time after it was sent, also after later
//!   writes and after its caller has ended, or never; its answer arrives or is lost. Two copies are
//!   the SDK's retry or a duplicate. A caller may give up at any moment and read the item instead.
//! - A call that is never scheduled again has crashed there: between any two writes, and with what it
//!   had sent still under way. So a crash needs no step of its own.
//! - Instances' clocks differ, and time moves on at any moment; a call ends at its deadline.
//! - A read that is not strong may show an older image. TTL deletes at any time after an item's ttl.
//!
//! What a lost condition or a read in doubt means is asked of `domain::decide`, the production
//! functions. The conditions themselves are written out in `guards`, clause by clause as in
//! `store`, the order of writes in `flow`, as in `functions`. What must hold is in
//! [`invariant`]; that the model would notice if it did not is shown by the protocols in [`variant`],
//! each broken in one place.
//!
//! Not modelled: keys and cryptography, plaintext and non-enumeration (I9, I10), tenants (I12), the
//! stream and delivery, HTTP, a second identity or user, more than three copies of a write, time
//! finer than a second.

pub mod action;
pub mod call;
mod excuse;
mod flow;
mod guards;
mod id;
pub mod invariant;
mod item;
mod ledger;
pub mod op;
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
