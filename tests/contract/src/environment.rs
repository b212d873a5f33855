//! What `local-stack exec` tells the tests.

/// The value of a variable that the stack sets.
pub(crate) fn variable(name: &str) -> String {
    optional(name).unwrap_or_else(|| {
        panic!("{name} is not set: these tests need the running stack, start them with `make test`")
    })
}

/// The same, of one that not every way to start the tests sets.
pub(crate) fn optional(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the tests read the environment"
    )]
    let value = std::env::var(name);
    value.ok()
}
