//! What may happen to a write, and which tests show that nothing comes of it.

use std::collections::BTreeSet;

/// As the workbench names them.
pub(crate) const EVERY: [&str; 5] = ["LostBefore", "LostAfter", "Duplicated", "Late", "ErrorAfter"];

/// A test, and the faults that it strikes a write with.
pub(crate) type Strike<'a> = (&'a str, BTreeSet<&'a str>);

/// As few tests as try every fault, each with those that no test before it tries; and the faults that
/// none does.
pub(crate) fn cover<'a>(strikes: &[Strike<'a>]) -> (Vec<Strike<'a>>, BTreeSet<&'static str>) {
    let (mut tests, mut left) = (Vec::new(), BTreeSet::from(EVERY));
    loop {
        let tries = |strike: &Strike<'a>| -> BTreeSet<&'a str> {
            strike.1.iter().copied().filter(|fault| left.contains(fault)).collect()
        };
        // The first of those that try the most.
        let best = strikes.iter().rev().max_by_key(|strike| tries(strike).len());
        match best.map(|strike| (strike.0, tries(strike))) {
            Some((test, faults)) if !faults.is_empty() => {
                left.retain(|fault| !faults.contains(fault));
                tests.push((test, faults));
            }
            _ => return (tests, left),
        }
    }
}

/// A cell of the table.
pub(crate) fn told(tests: &[Strike<'_>], left: &BTreeSet<&str>) -> String {
    let listed = |faults: &BTreeSet<&str>| faults.iter().copied().collect::<Vec<_>>().join(", ");
    let mut cells: Vec<_> = match tests {
        [(test, faults)] if faults.len() == EVERY.len() => vec![format!("`{test}`")],
        tests => tests.iter().map(|(test, it)| format!("`{test}`: {}", listed(it))).collect(),
    };
    if !left.is_empty() {
        cells.push(format!("**no test: {}**", listed(left)));
    }
    cells.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_as_few_tests_as_try_every_fault_and_the_faults_that_none_tries() {
        let strikes = [
            ("a", BTreeSet::from(["Late"])),
            ("b", BTreeSet::from(["Late", "LostAfter", "Throttled"])),
            ("c", BTreeSet::from(["Duplicated", "LostAfter"])),
            ("d", BTreeSet::from(["Duplicated", "LostBefore"])),
        ];
        let (tests, left) = cover(&strikes);
        let cell = told(&tests, &left);
        assert_eq!(
            cell,
            "`b`: Late, LostAfter; `d`: Duplicated, LostBefore; **no test: ErrorAfter**"
        );
        let (tests, left) = cover(&[("e", BTreeSet::from(EVERY))]);
        assert_eq!(told(&tests, &left), "`e`");
    }
}
