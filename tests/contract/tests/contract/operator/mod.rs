//! `postern`, the operator's command line: what it prints, how it ends, what it leaves behind.

mod codes;
mod deployment;
mod fences;
mod import;
mod interrupted;
mod keys;
mod organizations;
mod partners;
mod sso_users;
mod unheard;
mod usage;
mod users;
