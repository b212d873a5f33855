//! The write protocol of Postern, model-checked.
//!
//! A [`scenario::Scenario`] is a small cast: calls of the portal's handlers and of an operator, the
//! instants that the clock goes through, and how many copies of each write may be under way. The
//! checker tries everything that may happen within these bounds: every interleaving; requests lost,
//! duplicated, or applied after later writes and after their caller has given up; answers lost;
//! callers that stop between any two writes; clocks that differ; TTL at any time.
//!
//! What a lost condition or a read in doubt means is asked of `domain::decide`, the production
//! functions. The conditions themselves are written out in [`guards`], clause by clause as in
//! `platform::store`. What must hold is in [`invariant`], and that the model would notice if it did
//! not is shown by the broken protocols in [`variant`].
//!
//! Not modelled: keys and cryptography, non-enumeration (I9, I10), tenants (I12), the stream and
//! delivery, HTTP, more than one identity or user.

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
