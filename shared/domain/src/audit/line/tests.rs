use serde_json::json;

use super::*;
use crate::key::KeyRing;

fn key() -> KeyBytes {
    let json = format!(r#"{{"kid":"k","key":"{}"}}"#, encoding::base64url(&[7; 66]));
    serde_json::from_str::<KeyRing>(&json).unwrap().current.bytes
}

fn record(pk: &str, old: Option<Value>, new: Option<Value>) -> Value {
    let with_key = |mut image: Value| {
        image["pk"] = json!({ "S": pk });
        image
    };
    let mut record = json!({
        "eventID": "e1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": {"pk": {"S": pk}},
            "SequenceNumber": "1",
        },
    });
    for (name, image) in [("OldImage", old), ("NewImage", new)] {
        if let Some(image) = image {
            record["dynamodb"][name] = with_key(image);
        }
    }
    record
}

fn line(table: AuditedTable, pk: &str, old: Option<Value>, new: Option<Value>) -> Line {
    Line::of(Some(table), &record(pk, old, new), &key())
}

fn text(text: &str) -> Value {
    json!({ "S": text })
}

const OTP: &str = "OTP#clinic#identity";

/// A code, with the nonces of its attempts and by whom it was written.
fn code(attempts: &[&str], by: &str) -> Value {
    let mut code =
        json!({"otpId": text("o"), "codeHash": text("h"), "sendId": text("s"), "by": text(by)});
    if !attempts.is_empty() {
        code["attempts"] = json!({ "SS": attempts });
    }
    code
}

#[test]
fn the_life_of_a_code_is_told_with_the_request_of_each_step() {
    let sent = code(&[], "portal-send-otp r1");
    let attempted = code(&["n.r2"], "portal-send-otp r1");
    let resent = json!({"otpId": text("o"), "codeHash": text("h"), "sendId": text("s2"),
        "attempts": {"SS": ["n.r2"]}, "by": text("portal-send-otp r3")});
    let right = json!({"otpId": text("o"), "codeHash": text("h"), "sendId": text("s2"),
        "attempts": {"SS": ["n.r2", "n.r4"]}, "by": text("portal-send-otp r3")});
    let used = json!({"otpId": text("o"), "sendId": text("s2"), "usedBy": text("t"),
        "by": text("portal-verify-otp r4")});
    let again = json!({"otpId": text("o2"), "codeHash": text("h2"), "sendId": text("s3"),
        "by": text("portal-send-otp r5")});
    let withdrawn = json!({"otpId": text("o2"), "sendId": text("s3"), "usedBy": text("t2"),
        "by": text("operator n arn:aws:sts::1:assumed-role/a/b lost phone")});
    let told = |state: &str| {
        json!({"otpId": text("o"), "codeHash": text("h"), "sendId": text("s"),
            "deliveryOf": text("s"), "delivery": text(state), "deliveryAt": {"N": "1"},
            "by": text("portal-deliver-otp d1")})
    };
    let life = [
        (None, sent.clone(), "code.issued", "portal-send-otp r1"),
        (Some(sent.clone()), told("accepted"), "code.sent", "portal-deliver-otp d1"),
        (Some(sent.clone()), told("capped"), "code.not-sent", "portal-deliver-otp d1"),
        (Some(sent), attempted.clone(), "code.attempted", "portal-verify-otp r2"),
        (Some(attempted), resent.clone(), "code.resent", "portal-send-otp r3"),
        (Some(resent.clone()), right.clone(), "code.attempted", "portal-verify-otp r4"),
        (Some(right.clone()), resent, "code.attempt-returned", "portal-verify-otp r4"),
        (Some(right), used.clone(), "code.redeemed", "portal-verify-otp r4"),
        (Some(used), again.clone(), "code.issued", "portal-send-otp r5"),
        (Some(again), withdrawn, "code.withdrawn", "operator "),
    ];
    for (old, new, event, by) in life {
        let told = line(AuditedTable::Challenges, OTP, old, Some(new));
        let author = format!("{} {}", told.by, told.request_id.as_deref().unwrap_or_default());
        assert_eq!((told.event.as_str(), author.as_str()), (event, by));
        assert_eq!(told.organization.as_deref(), Some("clinic"));
    }
}

#[test]
fn an_operators_line_has_the_arn_and_the_reason() {
    let by = "operator n arn:aws:sts::1:assumed-role/a/b lost phone";
    let (old, new) = (json!({"role": text("x")}), json!({"role": text("y"), "by": text(by)}));
    let line = line(AuditedTable::Users, "USER#clinic#u1", Some(old), Some(new));
    assert_eq!(line.operator.as_deref(), Some("arn:aws:sts::1:assumed-role/a/b"));
    assert_eq!(line.reason.as_deref(), Some("lost phone"));
    assert_eq!((line.event.as_str(), line.user.as_deref()), ("user.updated", Some("u1")));
    assert_eq!(line.changed, ["by", "role"]);
}

/// As the console leaves it: `by` is that of the write before.
#[test]
fn a_change_by_hand_has_no_author_whatever_the_item_names() {
    let by = text("portal-send-otp r1");
    let (old, new) = (json!({"a": text("1"), "by": by}), json!({"a": text("2"), "by": by}));
    for (old, new) in [(Some(old.clone()), Some(new.clone())), (Some(new), None)] {
        let line = line(AuditedTable::Organizations, "ORG#clinic", old, new);
        assert_eq!((line.by.as_str(), line.has_author()), (UNKNOWN, false));
    }
}

#[test]
fn a_deletion_is_of_whom_the_update_before_it_names() {
    let operator = "operator n arn:aws:iam::1:user/a";
    let image = json!({"userId": text("u1"), "deletedBy": text(operator)});
    let released = line(AuditedTable::Users, "IDENT#clinic#i", Some(image), None);
    assert_eq!(
        (released.event.as_str(), released.by.as_str()),
        ("identifier.released", "operator")
    );
    let image = json!({"organizationId": text("clinic"), "by": text("portal-refresh-token r1")});
    let dropped = line(AuditedTable::Sessions, "RT#d", Some(image), None);
    assert_eq!(
        (dropped.event.as_str(), dropped.by.as_str()),
        ("pointer.dropped", "portal-refresh-token")
    );
}

// Each row of these is a row of docs/audit.md.

#[test]
fn each_change_of_an_organization_a_partner_a_client_or_a_key_has_its_event() {
    use AuditedTable::Organizations;
    let some = |value: Value| Some(value);
    let a = json!({"x": text("1")});
    let b = json!({"x": text("2")});
    let off = json!({"disabled": {"BOOL": true}});
    let mark = json!({"x": text("1"), "deletedBy": text("d")});
    let doomed = json!({"disabled": {"BOOL": true}, "deleting": {"BOOL": true}});
    let tombstone = json!({"disabled": {"BOOL": true}, "erasedAt": {"N": "1"}});
    for (table, pk, old, new, event) in [
        (Organizations, "ORG#o", None, some(a.clone()), "organization.created"),
        (Organizations, "ORG#o", some(a.clone()), some(b.clone()), "organization.updated"),
        (Organizations, "ORG#o", some(a.clone()), some(off.clone()), "organization.disabled"),
        (Organizations, "ORG#o", some(off.clone()), some(a.clone()), "organization.enabled"),
        (Organizations, "ORG#o", some(a.clone()), some(doomed.clone()), "organization.deleting"),
        (Organizations, "ORG#o", some(doomed), some(tombstone.clone()), "organization.deleted"),
        (Organizations, "PARTNER#p", some(a.clone()), some(tombstone.clone()), "partner.deleted"),
        (Organizations, "CLIENT#6", some(off.clone()), some(tombstone.clone()), "client.deleted"),
        (Organizations, "CLIENT#6", some(tombstone), some(a.clone()), "client.created"),
        (
            Organizations,
            "ORG#o",
            some(a.clone()),
            some(json!({"validAfter": {"N": "1"}})),
            "organization.fenced",
        ),
        (
            Organizations,
            "ORG#o",
            some(a.clone()),
            some(json!({"connectionId": text("1")})),
            "organization.connected",
        ),
        (
            Organizations,
            "ORG#o",
            some(json!({"connectionId": text("1")})),
            some(a.clone()),
            "organization.disconnected",
        ),
        (
            Organizations,
            "ORG#o",
            some(a.clone()),
            some(json!({"integratedAt": {"N": "1"}})),
            "organization.integrated",
        ),
        (
            Organizations,
            "ORG#o",
            some(a.clone()),
            some(json!({"apiKeys": {"SS": ["1"]}})),
            "organization.api-keys-changed",
        ),
        (Organizations, "ORG#o", some(a.clone()), None, "organization.deleted"),
        (Organizations, "KEY#k", None, some(a.clone()), "api-key.created"),
        (Organizations, "KEY#k", some(a.clone()), None, "api-key.deleted"),
        (Organizations, "PARTNER#p", None, some(a.clone()), "partner.created"),
        (Organizations, "PARTNER#p", some(a.clone()), some(off.clone()), "partner.disabled"),
        (Organizations, "CLIENT#c", some(off.clone()), some(a.clone()), "client.enabled"),
        (Organizations, "CLIENT#c", some(a.clone()), some(b.clone()), "client.updated"),
        (Organizations, "REALM#sso", None, some(a.clone()), "realm.fenced"),
        (
            Organizations,
            "JWKS#partner",
            some(json!({})),
            some(json!({"kid": {"M": {}}})),
            "keys.published",
        ),
        (
            Organizations,
            "JWKS#partner",
            some(json!({"kid": {"M": {}}})),
            some(json!({})),
            "keys.removed",
        ),
        (
            Organizations,
            "JWKS#partner",
            some(json!({"kid": {"M": {}}})),
            some(json!({"kid": {"M": {"retiresAt": {"N": "1"}}}})),
            "keys.retired",
        ),
        (Organizations, "RING#identifier", None, some(a.clone()), "ring.pinned"),
        (Organizations, "OTHER#x", None, some(a.clone()), "item.created"),
        (Organizations, "KEY#k", some(a.clone()), some(mark.clone()), "api-key.deleting"),
    ] {
        assert_eq!(line(table, pk, old, new).event, event, "{pk}");
    }
}

#[test]
fn each_change_of_a_user_has_its_event() {
    use AuditedTable::Users;
    let some = |value: Value| Some(value);
    let a = json!({"x": text("1")});
    let b = json!({"x": text("2")});
    let off = json!({"disabled": {"BOOL": true}});
    let mark = json!({"x": text("1"), "deletedBy": text("d")});
    let tombstone =
        json!({"closed": {"BOOL": true}, "erasedAt": {"N": "1"}, "revision": text("2")});
    let owning = json!({"closed": {"BOOL": true}, "erasedAt": {"N": "1"}, "revision": text("1"),
        "identities": {"M": {"i": text("r")}}});
    for (table, pk, old, new, event) in [
        (Users, "USER#o#u", None, some(a.clone()), "user.created"),
        (Users, "USER#o#u", None, some(json!({"closed": {"BOOL": true}})), "user.closed"),
        (Users, "USER#o#u", some(a.clone()), some(off.clone()), "user.disabled"),
        (Users, "USER#o#u", some(off.clone()), some(a.clone()), "user.enabled"),
        (Users, "USER#o#u", some(off), some(owning.clone()), "user.deleted"),
        (Users, "USER#o#u", some(owning), some(tombstone.clone()), "user.forgotten"),
        (Users, "USER#o#u", some(tombstone), some(a.clone()), "user.created"),
        (
            Users,
            "USER#o#u",
            some(json!({})),
            some(json!({"sessionsValidAfter": {"N": "1"}})),
            "user.signed-out",
        ),
        (
            Users,
            "USER#o#u",
            some(json!({"passwordHash": text("1")})),
            some(json!({"passwordHash": text("2")})),
            "user.password-rehashed",
        ),
        (
            Users,
            "USER#o#u",
            some(json!({"revision": text("1")})),
            some(json!({"revision": text("2")})),
            "user.revised",
        ),
        (
            Users,
            "USER#sso#6",
            some(json!({})),
            some(json!({"lastLogin": {"N": "1"}})),
            "user.signed-in",
        ),
        (
            Users,
            "USER#sso#6",
            some(json!({"isActive": {"BOOL": true}})),
            some(json!({"isActive": {"BOOL": false}})),
            "user.disabled",
        ),
        (
            Users,
            "USER#sso#6",
            some(json!({"isActive": {"BOOL": false}})),
            some(json!({"isActive": {"BOOL": true}})),
            "user.enabled",
        ),
        (
            Users,
            "USER#sso#6",
            some(json!({})),
            some(json!({"deletedAt": {"N": "1"}})),
            "user.deleted",
        ),
        (Users, "USER#o#u", some(a.clone()), None, "user.deleted"),
        (Users, "IDENT#o#i", None, some(a.clone()), "identifier.reserved"),
        (Users, "IDENT#o#i", some(a.clone()), some(b.clone()), "identifier.transferred"),
        (Users, "IDENT#o#i", some(a.clone()), some(mark.clone()), "identifier.releasing"),
    ] {
        assert_eq!(line(table, pk, old, new).event, event, "{pk}");
    }
}

#[test]
fn each_change_of_a_code_a_session_or_a_token_has_its_event() {
    use AuditedTable::{Challenges, Sessions};
    let some = |value: Value| Some(value);
    let a = json!({"x": text("1")});
    for (table, pk, old, new, event) in [
        (Challenges, OTP, some(a.clone()), None, "code.deleted"),
        (Sessions, "FAM#f", None, some(a.clone()), "session.started"),
        (
            Sessions,
            "FAM#f",
            some(json!({"curHash": text("1")})),
            some(json!({"curHash": text("2")})),
            "session.rotated",
        ),
        (
            Sessions,
            "FAM#f",
            some(json!({})),
            some(json!({"revokedAt": {"N": "1"}})),
            "session.revoked",
        ),
        (Sessions, "RT#d", None, some(a.clone()), "pointer.created"),
        (Sessions, "SSO#d", None, some(a.clone()), "token.issued"),
        (Sessions, "SSO#d", some(a), some(json!({"signedOutBy": text("n")})), "token.ended"),
    ] {
        assert_eq!(line(table, pk, old, new).event, event, "{pk}");
    }
}

#[test]
fn no_value_of_an_item_is_in_its_line() {
    let secrets = ["pat@example.com", "+15550001111", "$argon2id$hash", "Name With Space"];
    let image = json!({
        "email": text(secrets[0]), "phoneNumber": text(secrets[1]), "passwordHash": text(secrets[2]),
        secrets[0]: text("x"), "userId": text(secrets[0]), "organizationId": text(secrets[3]),
    });
    for (table, pk) in [
        (AuditedTable::Users, "USER#clinic#u1"),
        (AuditedTable::Users, "IDENT#clinic#pat@example.com"),
        (AuditedTable::Sessions, "FAM#pat@example.com"),
        (AuditedTable::Users, "pat@example.com"),
    ] {
        let line = serde_json::to_string(&line(table, pk, None, Some(image.clone()))).unwrap();
        for secret in secrets {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[test]
fn a_record_gives_the_same_bytes_again_and_its_line_is_read_as_it_was_written() {
    let record =
        record("ORG#clinic", None, Some(json!({"name": text("Clinic"), "ttl": {"N": "7"}})));
    let lines = [0, 1].map(|_| Line::of(Some(AuditedTable::Organizations), &record, &key()));
    let [one, other] = lines.each_ref().map(|line| serde_json::to_string(line).unwrap());
    assert_eq!(one, other);
    assert_eq!(serde_json::from_str::<Line>(&one).unwrap(), lines[0]);
    assert_eq!(
        (lines[0].expires, lines[0].time.as_deref()),
        (Some(7), Some("2023-11-14T22:13:20.000Z"))
    );
}

#[test]
fn what_is_no_record_gets_a_line_that_says_so() {
    let good = record("ORG#clinic", None, Some(json!({})));
    let mut without_images = good.clone();
    without_images["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    let odd = record("ORG#clinic", None, Some(json!({"a": {"X": "1"}})));
    let table = Some(AuditedTable::Organizations);
    for (table, record, id) in [
        (table, Value::Null, None),
        (table, json!({"eventID": "e9"}), Some("e9")),
        (table, without_images, Some("e1")),
        (table, odd, Some("e1")),
        (None, good, Some("e1")),
    ] {
        let line = Line::of(table, &record, &key());
        assert_eq!((line.event.as_str(), &line.item), (MALFORMED, &None));
        match id {
            Some(id) => assert_eq!(line.event_id, id),
            None => assert_eq!(line.event_id.len(), 22),
        }
    }
}

#[test]
fn a_line_is_short_whatever_an_item_has() {
    let names = (0..100_000).map(|at| (format!("n{at}"), json!({"NULL": true})));
    let image = Value::Object(names.collect());
    let told = line(AuditedTable::Users, "USER#clinic#u1", None, Some(image));
    assert_eq!((told.changed.len(), told.changed[64].as_str()), (65, "…"));
}

#[test]
fn only_functions_that_write_are_authors() {
    for (by, expected) in [
        ("portal-logout r", "portal-logout"),
        ("portal-me r", "unknown"),
        ("nobody-at-all 1", "unknown"),
    ] {
        let (old, new) = (json!({"x": text("1")}), json!({"x": text("2"), "by": text(by)}));
        let told = line(AuditedTable::Sessions, "FAM#f", Some(old), Some(new));
        assert_eq!(told.by, expected);
    }
    // A pointer that a hand deletes, and a code that a hand changes beside an attempt.
    let pointer = json!({"userId": text("u"), "by": text("portal-verify-otp r")});
    assert_eq!(line(AuditedTable::Sessions, "RT#d", Some(pointer), None).by, "unknown");
    let old = json!({"otpId": text("o"), "codeHash": text("h")});
    let new = json!({"otpId": text("o"), "codeHash": text("x"), "attempts": {"SS": ["n.r"]}});
    assert_eq!(line(AuditedTable::Challenges, OTP, Some(old), Some(new)).by, "unknown");
}

/// The author that an older copy names didn't put it back.
#[test]
fn a_copy_of_before_that_is_put_back_has_no_author() {
    use AuditedTable::{Challenges, Organizations, Sessions, Users};
    let number = |number: i64| json!({ "N": number.to_string() });
    let by = |id: &str| text(&format!("portal-verify-otp {id}"));
    let family = |current: &str, previous: &str| json!({"curHash": text(current), "prevHash": text(previous), "by": by(current)});
    let mut ended = family("2", "1");
    ended["revokedAt"] = number(1);
    ended["revokedBy"] = text("portal-logout r");
    let code = |otp: &str, at: i64, attempts: &[&str]| {
        json!({"otpId": text(otp), "codeHash": text("h"), "issuedAt": number(at), "by": by(otp),
               "attempts": {"SS": attempts}})
    };
    let used = json!({"otpId": text("a"), "usedBy": text("t"), "by": by("u")});
    let mut resent = code("a", 1, &["n.r"]);
    resent["by"] = by("later");
    let fenced = |at: i64, id: &str| json!({"validAfter": number(at), "by": by(id)});
    let out = |at: i64, id: &str| json!({"sessionsValidAfter": number(at), "by": by(id)});
    let of_realm =
        |at: i64, id: &str| json!({"changedAt": number(at), "x": text(id), "by": by(id)});
    for (table, pk, older, newer) in [
        (Sessions, "FAM#f", family("2", "1"), ended),
        (Sessions, "FAM#f", family("2", "1"), family("3", "2")),
        (
            Sessions,
            "SSO#d",
            json!({"x": text("1"), "by": by("1")}),
            json!({"signedOutBy": text("n"), "by": by("2")}),
        ),
        (Challenges, OTP, code("a", 1, &["n.r"]), code("b", 2, &["n.s"])),
        (Challenges, OTP, code("a", 1, &["n.r"]), used),
        (Challenges, OTP, code("a", 1, &[]), resent),
        (Organizations, "ORG#o", fenced(1, "a"), fenced(2, "b")),
        (Organizations, "REALM#sso", fenced(1, "a"), fenced(2, "b")),
        (Users, "USER#o#u", out(1, "a"), out(2, "b")),
        (Users, "USER#sso#6", of_realm(1, "a"), of_realm(2, "b")),
    ] {
        let forth = line(table, pk, Some(older.clone()), Some(newer.clone()));
        let is_attempt = forth.event == "code.resent";
        assert!(forth.has_author() || is_attempt, "{pk}: {forth:?}");
        let back = line(table, pk, Some(newer), Some(older));
        assert!(!back.has_author(), "{pk}: {back:?}");
    }
}

#[test]
fn a_line_names_the_session_and_the_api_key_and_the_write_of_an_item_that_lasts() {
    let family = "GAq84WOcM1i_NCmvB571Pw";
    let started = line(
        AuditedTable::Sessions,
        &format!("FAM#{family}"),
        None,
        Some(json!({"by": text("portal-verify-otp r"), "ttl": {"N": "7"}})),
    );
    assert_eq!((started.session.as_deref(), started.write), (Some(family), None));
    let pointer =
        line(AuditedTable::Sessions, "RT#d", None, Some(json!({"familyId": text(family)})));
    assert_eq!(pointer.session.as_deref(), Some(family));
    let digest = crate::secret::Secret::new("key").digest();
    let (pk, by) = (format!("KEY#{}", digest.as_str()), "operator n arn:aws:iam::1:user/a");
    let created = line(AuditedTable::Organizations, &pk, None, Some(json!({"by": text(by)})));
    assert_eq!(created.api_key, Some(digest.name()));
    assert_eq!(created.write.map(|tag| tag.as_str().len()), Some(22));
    assert!(!serde_json::to_string(&created.api_key).unwrap().contains(digest.as_str()));
}
