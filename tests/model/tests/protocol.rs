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
fn during_a_sign_out_everywhere_wrong_codes_are_counted_and_the_right_one_is_not() {
    holds("code during a sign-out");
}

#[test]
fn a_late_copy_of_an_attempt_that_was_given_back_allows_no_fourth_guess() {
    holds("attempt given back");
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

#[test]
fn a_repeated_send_sends_nothing_again() {
    holds("repeated sends");
}

#[test]
fn a_repetition_is_recognised_from_the_newest_send_on() {
    holds("repetition of a resend");
}

#[test]
fn a_code_whose_attempts_are_used_up_is_replaced_by_a_new_one() {
    holds("spent code");
}

#[test]
fn an_unlock_gives_no_attempts_back() {
    holds("unlock");
}

#[test]
fn a_late_unlock_clears_no_later_sends() {
    holds("unlocked sends");
}

#[test]
fn a_sign_in_withdraws_the_code_of_the_other_identity() {
    holds("two identities");
}

#[test]
fn guesses_of_a_source_are_counted_before_they_are_compared() {
    holds("guesses of a source");
}

#[test]
fn one_key_serves_one_rotation() {
    holds("one key");
}

#[test]
fn a_refused_refresh_drops_only_a_pointer_that_never_counts() {
    holds("dropped pointers");
}

#[test]
fn an_instance_that_does_not_know_the_fence_starts_no_session_that_outlives_it() {
    holds("fence");
}

#[test]
fn after_a_fence_a_new_code_works_and_an_old_one_does_not() {
    holds("code after a fence");
}

#[test]
fn a_late_fence_does_not_take_back_a_later_one() {
    holds("fenced twice");
}

#[test]
fn a_call_names_each_of_its_writes() {
    holds("put after its resend");
}

#[test]
fn of_two_deletions_the_one_that_marked_the_item_deletes_it() {
    holds("erased twice");
}

#[test]
fn of_two_logouts_the_first_is_named() {
    holds("two logouts");
}
