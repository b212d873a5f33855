//! Rights that the contract tests don't use, and why the roles have them.

/// What a right is, as the comparison prints it, and the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "KeyCustodianPolicy: cloudwatch:DescribeAlarms on *",
        "this stack has no alarms, so `postern doctor` describes none",
    ),
    (
        "AuditorPolicy: cloudformation:DescribeStacks on stack/postern/local",
        "an auditor reads the variables of a deployed stack, as every operator does",
    ),
    (
        "AuditorPolicy: dynamodb:GetItem on table/postern-ChallengesTable",
        "an item is read alone only if it changes while its table is read",
    ),
];

/// The rights that are not exceptions. An exception that was used, or that no role has, is found, too: it has to go.
pub(super) fn but_exceptions(unused: &[String]) -> Vec<String> {
    let is_excepted = |right: &&String| !EXCEPTIONS.iter().any(|(known, _)| known == right);
    let mut found: Vec<_> = unused.iter().filter(is_excepted).cloned().collect();
    let is_stale = |(known, _): &&(&str, &str)| !unused.iter().any(|right| right == known);
    let stale = EXCEPTIONS.iter().filter(is_stale);
    found.extend(stale.map(|(known, _)| format!("no exception any more: {known}")));
    found
}
