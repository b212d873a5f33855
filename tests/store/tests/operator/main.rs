//! What operators write: users and their identifiers, organizations and their keys.

mod authors;
mod deletions;
mod faults;
mod fences;
mod fixture;
mod identifier_ring;
mod identifiers;
mod key_rings;
mod organization_deletions;
mod organizations;
mod races;
mod reservations;
mod users;
