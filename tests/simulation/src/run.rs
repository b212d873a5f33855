//! Results of seeds.

use std::fmt;

/// The result of one seed, or of several.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) violations: Vec<String>,
    pub(crate) trace: Vec<String>,
    pub(crate) calls: usize,
    pub(crate) answered: usize,
    pub(crate) signed_in: usize,
    pub(crate) rotated: usize,
    pub(crate) repeated: usize,
    pub(crate) late: usize,
}

impl Run {
    pub(crate) fn add(&mut self, other: &Self) {
        self.violations.extend(other.violations.iter().cloned());
        self.calls += other.calls;
        self.answered += other.answered;
        self.signed_in += other.signed_in;
        self.rotated += other.rotated;
        self.repeated += other.repeated;
        self.late += other.late;
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} calls, {} answered with certainty, {} sign-ins, {} rotations, {} repeated sends, {} late writes, {} violations",
            self.calls,
            self.answered,
            self.signed_in,
            self.rotated,
            self.repeated,
            self.late,
            self.violations.len()
        )
    }
}
