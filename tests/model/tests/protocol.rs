//! The protocol holds in the quick cut of every scenario. `cargo run -p model` does them all in full.

#![expect(clippy::expect_used, reason = "a name that is not there is a failed test")]

use model::report::explore;
use model::scenario::Scenario;

fn holds(scenario: &str) {
    let scenario = Scenario::named(scenario).expect("a scenario of this name").quick_cut();
    let run = explore(&scenario);
    for violation in &run.violations {
        eprintln!("{}", violation.invariant.name());
        for step in &violation.steps {
            eprintln!("    {}", step.description(&scenario));
        }
    }
    assert!(run.is_proof(), "never seen: {:?}", run.unreached);
}

#[test]
fn a_retried_send_counts_once() {
    holds("counted sends");
}

#[test]
fn clocks_that_differ_count_in_their_own_windows() {
    holds("midnight");
}

#[test]
fn a_live_code_is_sent_again_and_not_replaced() {
    holds("resends");
}

#[test]
fn a_code_that_arrives_late_brings_no_old_one_back() {
    holds("late codes");
}

#[test]
fn a_code_that_ttl_deleted_is_refused() {
    holds("forgotten codes");
}

#[test]
fn parallel_guesses_are_counted_before_they_are_compared() {
    holds("parallel guesses");
}

#[test]
fn of_two_right_guesses_one_signs_in() {
    holds("right guesses");
}

#[test]
fn an_expired_code_is_refused_on_every_clock() {
    holds("expiry");
}

#[test]
fn a_newer_code_ends_the_one_before() {
    holds("newer code");
}

#[test]
fn of_parallel_refreshes_one_succeeds() {
    holds("refresh race");
}

#[test]
fn a_retry_with_the_same_key_gets_the_same_answer() {
    holds("idempotent retries");
}

#[test]
fn a_slow_copy_is_no_theft() {
    holds("slow copies");
}

#[test]
fn a_retry_survives_a_new_refresh_key() {
    holds("new refresh key");
}

#[test]
fn a_retry_under_a_lost_refresh_key_is_no_theft() {
    holds("lost refresh key");
}

#[test]
fn a_family_ends_after_thirty_idle_days_or_ninety() {
    holds("expiries");
}

#[test]
fn late_copies_of_a_sign_in_do_not_undo_a_refresh() {
    holds("late facts");
}

#[test]
fn nothing_is_refreshed_after_a_logout() {
    holds("logout");
}

#[test]
fn late_copies_of_a_sign_in_do_not_undo_a_logout() {
    holds("sign-in to logout");
}

#[test]
fn a_replay_is_answered_once_the_family_is_revoked() {
    holds("replay and revocation");
}

#[test]
fn a_disabled_user_neither_signs_in_nor_refreshes() {
    holds("disabled");
}

#[test]
fn a_sign_out_everywhere_ends_sessions_of_instances_that_are_ahead() {
    holds("signed out everywhere");
}

#[test]
fn a_late_sign_out_everywhere_does_not_take_back_a_later_one() {
    holds("signed out twice");
}

#[test]
fn an_erased_user_is_gone_though_the_identity_is_still_seen() {
    holds("erased");
}

#[test]
fn a_family_that_ttl_deleted_stays_deleted() {
    holds("forgotten family");
}

#[test]
fn everything_at_once_holds() {
    holds("whole life");
}

#[test]
fn right_passwords_make_no_room_for_wrong_ones() {
    holds("passwords");
}
