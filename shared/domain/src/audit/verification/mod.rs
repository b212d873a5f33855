//! Verification of a trail: what was removed from it, edited, inserted, or never recorded.
//!
//! It reads each line once and remembers eight bytes of it for a day, and a few more for each item that
//! exists. Names of findings need a second reading.

pub mod chains;
mod key;
pub mod seals;
mod sightings;
pub mod state;

#[cfg(test)]
mod tests;
