//! Some hundreds of seeds; `make test-trail` runs ten thousand.

#[test]
fn no_history_loses_a_change_or_makes_a_verification_find_something() {
    let mut total = trail::Told::default();
    for seed in 0..300 {
        match trail::run(seed).expect("the workbench works") {
            Ok(told) => total.add(told),
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    // The histories have what they are for.
    assert!(total.repeated > 300 && total.failures > 300 && total.hours > 300, "{total}");
}
