//! What `local-stack exec` tells the tests.

/// The value of a variable that the stack sets.
pub(crate) fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the tests read the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need the running stack, start them with `make test`")
    })
}
