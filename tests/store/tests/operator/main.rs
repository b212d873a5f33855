//! What operators write: users and their identifiers, organizations and their keys.

mod claims;
mod faults;
mod fixture;
mod identifiers;
mod organizations;
mod races;
mod users;
