//! `postern`, the operator's command line: what it prints, how it ends, what it leaves behind.

mod authors;
mod codes;
mod completions;
mod cut_off;
mod deletions;
mod deployment;
mod doctor;
mod exports;
mod fences;
mod import;
mod interrupted;
mod keys;
mod organizations;
mod partners;
mod profiles;
mod refusals;
mod restore;
mod rights;
mod sessions;
mod sso_users;
mod status;
mod terminal;
mod unheard;
mod unlock;
mod usage;
mod users;
