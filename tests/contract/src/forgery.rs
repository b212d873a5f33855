//! Access tokens that must be refused, each one change away from one that is good.

use serde_json::{Value, json};

use crate::jwt::{Key, RsaKey, Token};

/// A user id, and an organization id, that nobody has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Every forgery of a portal's token that we know of, by what is wrong with it.
pub fn forgeries(good: &Token, key: &Key) -> Vec<(String, String)> {
    let issued = good.number("iat");
    let others = [
        // First, while the second in which it was issued lasts: expired from its very start.
        ("exp", json!(issued)),
        ("exp", json!(issued - 900)),
        ("exp", json!(-1)),
        ("exp", json!(issued + 901)),
        ("exp", json!(i64::MAX)),
        ("exp", json!((issued + 900).to_string())),
        ("exp", json!([issued + 900])),
        ("iat", json!(issued - 1)),
        ("iat", json!(issued + 300)),
        ("iat", json!(i64::MIN)),
        ("iat", json!("now")),
        ("type", json!("patient_portal")),
        ("type", json!("partner")),
        ("type", json!("")),
        ("iss", json!("postern")),
        ("iss", json!([good.claims["iss"]])),
        ("userId", json!(NOBODY)),
        ("userId", json!("not a uuid")),
        ("organizationId", json!(NOBODY)),
        ("organizationId", json!([good.claims["organizationId"]])),
    ];
    of_token(good, key, others)
}

/// Every forgery of the token of a password login that we know of, by what is wrong with it.
pub fn password_forgeries(good: &Token, key: &Key) -> Vec<(String, String)> {
    let issued = good.number("iat");
    let others = [
        ("exp", json!(issued)),
        ("exp", json!(issued - 3600)),
        ("exp", json!(-1)),
        ("exp", json!(issued + 3601)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(issued - 1)),
        ("iat", json!(issued + 300)),
        ("iat", json!(i64::MIN)),
        ("iat", json!("now")),
        ("exp", json!((issued + 900).to_string())),
        ("exp", json!([issued + 900])),
        ("iss", json!("ada-backend")),
        ("iss", json!("Postern")),
        ("iss", json!([good.claims["iss"]])),
        ("aud", json!("crm")),
        ("aud", json!("Patient")),
        ("aud", json!("")),
        ("aud", json!([good.claims["aud"]])),
        ("aud", json!(["crm", good.claims["aud"]])),
        ("sub", json!(NOBODY)),
        ("sub", json!("#")),
        ("organization", json!(NOBODY)),
        ("organization", json!([good.claims["organization"]])),
    ];
    of_token(good, key, others)
}

/// Every forgery of a partner's token that we know of, by what is wrong with it: those that only
/// somebody with our key could make are first.
pub fn partner_forgeries(good: &Token, key: &RsaKey) -> Vec<(String, String)> {
    let issued = good.number("iat");
    let mut all = Vec::new();
    for (claim, value) in [
        ("exp", json!(issued)),
        ("exp", json!(issued - 1)),
        ("exp", json!(issued + 21_601)),
        ("exp", json!(i64::MAX)),
        ("exp", json!((issued + 900).to_string())),
        ("exp", json!([issued + 900])),
        ("iat", json!(issued - 1)),
        ("iat", json!(issued + 300)),
        ("iat", json!("now")),
        ("nbf", json!(issued + 300)),
        ("organization_id", json!([good.claims["organization_id"]])),
        ("organization_id", json!("#")),
        ("partner_id", json!(NOBODY)),
        ("partner_id", json!("")),
        ("user_id", json!("\"'--")),
        ("iss", json!("ada-backend")),
        ("iss", json!([good.claims["iss"]])),
        ("sub", json!(NOBODY)),
        ("sub", good.claims["organization_id"].clone()),
        ("jti", json!(7)),
        ("scope", json!(7)),
        ("scope", json!({ "create:patient": true })),
        ("scope", json!([["create:patient"]])),
    ] {
        let fault = format!("{claim} {value}");
        all.push((fault, good.with_claim(claim, value).signed_rs256(key)));
    }
    for claim in good.claims.as_object().expect("claims").keys() {
        all.push((format!("no {claim}"), good.without_claim(claim).signed_rs256(key)));
        let null = good.with_claim(claim, Value::Null);
        all.push((format!("{claim} null"), null.signed_rs256(key)));
    }
    for (fault, token) in extended(good) {
        all.push((fault, token.signed_rs256(key)));
    }
    let public = key.public_as_hmac();
    let header = |name: &str, value: &str| good.with_header(name, value);
    let compact = good.signed_rs256(key);
    let (input, signature) = compact.rsplit_once('.').expect("three parts");
    all.extend(named([
        ("alg none, unsigned", header("alg", "none").unsigned()),
        ("alg NONE, unsigned", header("alg", "NONE").unsigned()),
        ("alg none, signed", header("alg", "none").signed_rs256(key)),
        ("HS256 with the public key", header("alg", "HS256").signed_hs256(&public)),
        ("HS384 with the public key", header("alg", "HS384").signed_hs384(&public)),
        ("HS512 with the public key", header("alg", "HS512").signed(&public)),
        ("RS256 in the header, HS256 in truth", good.signed_hs256(&public)),
        ("RS512 in the header, RS256 in truth", header("alg", "RS512").signed_rs256(key)),
        ("PS256 in the header, RS256 in truth", header("alg", "PS256").signed_rs256(key)),
        ("alg in lower case", header("alg", "rs256").signed_rs256(key)),
        ("no alg", good.without_header("alg").signed_rs256(key)),
        ("a kid of nobody", header("kid", "nobody").signed_rs256(key)),
        ("a kid that is a path", header("kid", "../../dev/null").signed_rs256(key)),
        ("a kid with quotes", header("kid", "\"' OR 1=1 --").signed_rs256(key)),
        ("a kid that is an attribute", header("kid", "pk").signed_rs256(key)),
        ("an empty kid", header("kid", "").signed_rs256(key)),
        ("a kid that is a number", good.with_header("kid", 1).signed_rs256(key)),
        ("no kid", good.without_header("kid").signed_rs256(key)),
        ("another key under the right name", good.signed_rs256(&key.impostor())),
        ("a key of its own", good.with_header("jwk", json!({})).signed_rs256(&key.impostor())),
        ("no signature", format!("{input}.")),
        ("no signature part", input.to_owned()),
        ("half a signature", format!("{input}.{}", &signature[..171])),
        ("a signature of other claims", {
            format!("{}{signature}", good.with_claim("user_id", NOBODY).unsigned())
        }),
        ("a fourth part", format!("{compact}.e30")),
        ("two tokens", format!("{compact},{compact}")),
        ("only dots", "..".to_owned()),
        ("not a token", "garbage".to_owned()),
        ("very long", "a".repeat(7_000)),
    ]));
    all
}

fn of_token<const N: usize>(
    good: &Token,
    key: &Key,
    others: [(&str, Value); N],
) -> Vec<(String, String)> {
    let mut all = claims(good, key, others);
    all.extend(extended(good).map(|(fault, token)| (fault, token.signed(key))));
    all.extend(algorithms(good, key));
    all.extend(signatures(good, key));
    all
}

/// The same token with a header parameter that changes how the rest is read: RFC 7515 §4.1.11,
/// RFC 7516 §4.1.3, RFC 7797 §3.
fn extended(good: &Token) -> impl Iterator<Item = (String, Token)> {
    let parameters = [
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!(["http://example.com/unknown"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("zip", json!("DEF")),
        ("zip", json!("none")),
        ("b64", json!(false)),
        ("b64", json!(true)),
    ];
    parameters
        .into_iter()
        .map(|(name, value)| (format!("{name} {value}"), good.with_header(name, value)))
}

fn named<const N: usize>(tokens: [(&str, String); N]) -> impl Iterator<Item = (String, String)> {
    tokens.into_iter().map(|(fault, token)| (fault.to_owned(), token))
}

fn algorithms(good: &Token, key: &Key) -> impl Iterator<Item = (String, String)> {
    let none = |spelling: &str| good.with_header("alg", spelling);
    named([
        ("alg none, unsigned", none("none").unsigned()),
        ("alg None, unsigned", none("None").unsigned()),
        ("alg NONE, signed", none("NONE").signed(key)),
        ("HS256 with the right key", good.with_header("alg", "HS256").signed_hs256(key)),
        ("HS384 with the right key", good.with_header("alg", "HS384").signed_hs384(key)),
        ("HS512 in the header, HS256 in truth", good.signed_hs256(key)),
        ("HS256 in the header, HS512 in truth", good.with_header("alg", "HS256").signed(key)),
        ("RS256 with the HMAC key", good.with_header("alg", "RS256").signed(key)),
        ("RS512 with the HMAC key", good.with_header("alg", "RS512").signed(key)),
        ("alg in lower case", good.with_header("alg", "hs512").signed(key)),
        ("alg of nobody", good.with_header("alg", "HS1024").signed(key)),
        ("alg a number", good.with_header("alg", 512).signed(key)),
        ("no alg", good.without_header("alg").signed(key)),
        ("a kid of nobody", good.with_header("kid", "nobody").signed(key)),
        ("a kid that is a path", good.with_header("kid", "../../dev/null").signed(key)),
        ("an empty kid", good.with_header("kid", "").signed(key)),
        ("a kid that is a number", good.with_header("kid", 1).signed(key)),
        ("no kid", good.without_header("kid").signed(key)),
    ])
}

fn signatures(good: &Token, key: &Key) -> impl Iterator<Item = (String, String)> {
    let compact = good.signed(key);
    let (input, signature) = compact.rsplit_once('.').expect("three parts");
    let (header, claims) = input.split_once('.').expect("three parts");
    let impostor = key.impostor();
    // The last of 86 characters carries two bits of the signature; the other four must be zero.
    let (start, last) = signature.split_at(85);
    let sloppy = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    named([
        ("another key under the right name", good.signed(&impostor)),
        ("no signature", format!("{input}.")),
        ("no signature part", input.to_owned()),
        ("half a signature", format!("{input}.{}", &signature[..43])),
        ("a signature with bits left over", format!("{input}.{start}{sloppy}")),
        ("a padded signature", format!("{compact}==")),
        ("a signature of other claims", {
            let other = good.with_claim("role", "ADMIN").unsigned();
            format!("{other}{signature}")
        }),
        ("garbage after the signature", format!("{compact}garbage")),
        ("a fourth part", format!("{compact}.e30")),
        ("a space inside", format!("{header}. {claims}.{signature}")),
        ("two tokens", format!("{compact},{compact}")),
        ("no header", format!(".{claims}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("only dots", "..".to_owned()),
        ("not a token", "garbage".to_owned()),
        ("very long", "a".repeat(7_000)),
    ])
}

fn claims<const N: usize>(
    good: &Token,
    key: &Key,
    others: [(&str, Value); N],
) -> Vec<(String, String)> {
    let mut all: Vec<_> = others
        .into_iter()
        .map(|(claim, value)| {
            let fault = format!("{claim} {value}");
            (fault, good.with_claim(claim, value).signed(key))
        })
        .collect();
    for claim in good.claims.as_object().expect("claims").keys() {
        all.push((format!("no {claim}"), good.without_claim(claim).signed(key)));
        all.push((format!("{claim} null"), good.with_claim(claim, Value::Null).signed(key)));
    }
    let list = Token { header: good.header.clone(), claims: json!([good.claims]) };
    all.push(("claims in a list".to_owned(), list.signed(key)));
    all
}
