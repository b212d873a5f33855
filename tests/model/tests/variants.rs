//! Every broken variant gives itself away, by the invariant that it was made to break.

#![expect(clippy::expect_used, reason = "a name that is not there is a failed test")]

use model::report::counterexample;
use model::variant::Clause::{self, *};
use model::variant::TRIALS;
use model::variant::Variant::{self, *};

fn is_caught(variant: Variant) {
    let trial = TRIALS.iter().find(|trial| trial.variant == variant).expect("a trial");
    let scenario = trial.scenario().expect("a scenario of this name");
    let found = counterexample(&scenario, variant).map(|found| found.invariant);
    assert_eq!(found, Some(trial.breaks));
}

fn is_caught_without(clause: Clause) {
    is_caught(Without(clause));
}

#[test]
fn a_compare_before_the_count_is_caught() {
    is_caught(CompareBeforeCount);
}

#[test]
fn a_compare_without_a_counted_nonce_is_caught() {
    is_caught(ComparedInDoubt);
}

#[test]
fn a_plain_counter_of_attempts_is_caught() {
    is_caught(PlainCounter);
}

#[test]
fn a_plain_counter_of_sends_is_caught() {
    is_caught(PlainSendCounter);
}

#[test]
fn a_right_password_that_resets_the_counter_is_caught() {
    is_caught(SuccessResets);
}

#[test]
fn a_replay_answered_before_the_revocation_is_caught() {
    is_caught(AnswerBeforeRevocation);
}

#[test]
fn a_redemption_that_does_not_recognise_itself_is_caught() {
    is_caught(RedemptionNotRecognised);
}

#[test]
fn a_rotation_that_does_not_recognise_itself_is_caught() {
    is_caught(RotationNotRecognised);
}

#[test]
fn a_slow_copy_that_is_called_a_theft_is_caught() {
    is_caught(SlowCopyIsTheft);
}

#[test]
fn a_retry_under_a_lost_key_that_is_called_a_theft_is_caught() {
    is_caught(LostKeyIsTheft);
}

#[test]
fn a_refusal_in_doubt_is_caught() {
    is_caught(DoubtIsRefusal);
}

#[test]
fn a_success_in_doubt_is_caught() {
    is_caught(DoubtIsSuccess);
}

#[test]
fn a_pointer_after_the_commit_is_caught() {
    is_caught(PointerAfterCommit);
}

#[test]
fn a_skipped_user_check_is_caught() {
    is_caught(UserCheckSkipped);
}

#[test]
fn a_weak_read_of_the_user_is_caught() {
    is_caught(WeakUserRead);
}

#[test]
fn a_weak_read_of_the_pointer_is_caught() {
    is_caught(WeakPointerRead);
}

#[test]
fn a_sign_out_without_margin_is_caught() {
    is_caught(NoMargin);
}

#[test]
fn a_rotation_guarded_with_or_already_applied_is_caught() {
    is_caught(OrAlreadyApplied);
}

#[test]
fn a_window_without_limit_is_caught() {
    is_caught_without(CountHasRoom);
}

#[test]
fn a_new_code_of_any_age_is_caught() {
    is_caught_without(CodeIsOlder);
}

#[test]
fn a_new_code_over_a_live_one_is_caught() {
    is_caught_without(CodeIsDead);
}

#[test]
fn a_resend_of_any_delivery_is_caught() {
    is_caught_without(ResendIsLatest);
}

#[test]
fn an_attempt_after_expiry_is_caught() {
    is_caught_without(AttemptIsLive);
}

#[test]
fn attempts_without_a_limit_are_caught() {
    is_caught_without(AttemptHasRoom);
}

#[test]
fn an_attempt_that_does_not_know_its_nonce_is_caught() {
    is_caught_without(AttemptIsCounted);
}

#[test]
fn a_redemption_of_any_code_is_caught() {
    is_caught_without(RedeemIsCompared);
}

#[test]
fn a_redemption_of_a_used_code_is_caught() {
    is_caught_without(RedeemHasCode);
}

#[test]
fn a_family_put_over_another_is_caught() {
    is_caught_without(FamilyIsNew);
}

#[test]
fn a_rotation_of_any_token_is_caught() {
    is_caught_without(RotateIsCurrent);
}

#[test]
fn a_rotation_after_revocation_is_caught() {
    is_caught_without(RotateIsNotRevoked);
}

#[test]
fn a_rotation_after_expiry_is_caught() {
    is_caught_without(RotateIsLive);
}

#[test]
fn a_revocation_of_nothing_is_caught() {
    is_caught_without(RevokeExists);
}

#[test]
fn a_sign_out_that_moves_back_is_caught() {
    is_caught_without(BoundMovesForward);
}

#[test]
fn a_rotation_that_forgets_the_key_before_is_caught() {
    is_caught(LastKeyRemoved);
}

#[test]
fn a_key_that_is_looked_at_before_the_retry_is_caught() {
    is_caught(KeyBeforeRetry);
}

#[test]
fn a_pointer_that_is_dropped_in_doubt_is_caught() {
    is_caught(DropInDoubt);
}

#[test]
fn a_pointer_of_another_calls_token_that_is_dropped_is_caught() {
    is_caught(DropOfAnother);
}

#[test]
fn a_derived_nonce_of_a_count_is_caught() {
    is_caught(DerivedCountNonce);
}

#[test]
fn a_derived_nonce_of_an_attempt_is_caught() {
    is_caught(DerivedAttemptNonce);
}

#[test]
fn a_derived_id_of_a_code_is_caught() {
    is_caught(DerivedOtpId);
}

#[test]
fn a_repetition_that_the_resend_recognises_is_caught() {
    is_caught(ClauseOnResend);
}

#[test]
fn a_repetition_bound_by_the_issue_is_caught() {
    is_caught(BoundByIssue);
}

#[test]
fn a_resend_that_forgets_the_key_before_is_caught() {
    is_caught(ResendForgetsKey);
}

#[test]
fn a_withdrawal_beside_the_commit_is_caught() {
    is_caught(WithdrawBesideCommit);
}

#[test]
fn a_source_counted_after_the_compare_is_caught() {
    is_caught(SourceAfterCompare);
}

#[test]
fn an_unlock_by_deletion_is_caught() {
    is_caught(UnlockByDeletion);
}

#[test]
fn a_fence_of_five_seconds_is_caught() {
    is_caught(FenceOf(5));
}

#[test]
fn a_fence_of_a_minute_is_caught() {
    is_caught(FenceOf(60));
}

#[test]
fn a_put_that_repeats_a_send_is_caught() {
    is_caught_without(CodeIsNoRepetition);
}

#[test]
fn a_put_that_keeps_a_code_from_before_a_fence_is_caught() {
    is_caught_without(CodeIsFenced);
}

#[test]
fn an_attempt_at_a_code_from_before_a_fence_is_caught() {
    is_caught_without(AttemptIsNotFenced);
}

#[test]
fn a_late_withdrawal_of_a_newer_code_is_caught() {
    is_caught_without(WithdrawIsOlder);
}

#[test]
fn a_rotation_with_the_key_before_is_caught() {
    is_caught_without(RotateIsNewKey);
}

#[test]
fn a_fence_that_moves_back_is_caught() {
    is_caught_without(FenceMovesForward);
}

#[test]
fn an_unlock_that_clears_what_it_did_not_see_is_caught() {
    is_caught_without(ClearIsAsSeen);
}

#[test]
fn an_attempt_that_signs_is_caught() {
    is_caught(AttemptSigns);
}

#[test]
fn a_revocation_that_signs_is_caught() {
    is_caught(RevocationSigns);
}

#[test]
fn a_revocation_that_replaces_the_revoker_is_caught() {
    is_caught(LastRevoker);
}

#[test]
fn one_name_for_all_writes_of_a_call_is_caught() {
    is_caught(OneNamePerCall);
}

#[test]
fn a_drop_of_anothers_pointer_is_caught() {
    is_caught_without(DropIsOurs);
}

#[test]
fn a_mark_that_replaces_anothers_is_caught() {
    is_caught_without(MarkIsFirst);
}

#[test]
fn a_deletion_under_anothers_mark_is_caught() {
    is_caught_without(EraseIsMarked);
}
