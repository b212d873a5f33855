//! Hashes that other systems made of [`PASSWORD`].

use super::*;
use crate::password::{Hasher, Password, PasswordHash, Verdict};

const PASSWORD: &str = "Pässword 1";

/// Django 5.2.19, passlib 1.7.4.
const HASHES: [&str; 16] = [
    "pbkdf2_sha256$2000$saltSALT0123$VjTZ/cIah4lRlo+5/G0c1h4fujtG4NtyJr7EB9BACRw=",
    "pbkdf2_sha1$2000$saltSALT0123$GR/mcoX088kKn9+X18jUPb5zc2I=",
    "scrypt$1024$saltSALT0123$8$1$WPc7NRfbfTcV/f+6g8Ru/hBV4mBUo75j7XmUc6qJC3Pejv0iZp74BGzchJf4XWo5feAeV8FQSc6I5EfIzfY+Xw==",
    "argon2$argon2id$v=19$m=256,t=1,p=1$c2FsdFNBTFQwMTIz$PRJzjz9J851aqi99p369lpwzdlvtwcYwkKO0TTiGBlk",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC.",
    "$pbkdf2$1500$Sek9J2Rs7V0rxRjDmPOeUw$a/dUg.JHITTk3c7qHwEQGDORVfA",
    "$pbkdf2-sha256$1500$fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
    "$pbkdf2-sha512$1500$SwnBGONcy/m/t/Yew/j//w$KZXocL2lK5WWlp3QFJGPPTopLsV/JfnWHFRESJPl5HC/l20SgX9GEG4rFmIxmIaSI.1/j0rxQbSm3iy2J3NehA",
    "$P$61HnYv65O5AvRsu..a.9MY/B7SpHHy.",
    "$H$5D8rJo5oZtSgmPOAAK5lUJO5/Cktud1",
    "{SSHA}R5ZzxIyxriLtK2acjfV470XqiXqsdW6N",
    "{SSHA256}TFUDQXhTxauuLSbkgMVqjv+mtghLCdx8WcaJo0MdFc9mrLUWYoyRkg==",
    "{SSHA512}IzdEtS+xtIiM77kMLk+IgQA8z1BiqHtG1ItG8d18Xfw5FM1iunYdm16LaTzxWqRJwCTWPF8XHJfgcgNcPJrzoDEGoLS29j6n",
    "$2a$04$2t2PxBXCxDXpmvHLejBA7ehx3c4JV6oBwXzmqrgQDH42tGJ49fsRi",
    "$2y$04$qLxgicj.xCUW3o2O38xI/.yBkK.h.GPLyAZ2bWvr1moAMI54YYRLe",
    "$scrypt$ln=8,r=8,p=1$rLX2PmfM2fufkxKiFGIsxQ$EfGQZEMtrHaz/erf/Zrcj3RO3ScNqIDY/Kefq/DBdUo",
];

/// Keycloak's export; the digest by Python's hashlib, with the 64 bytes that Keycloak derives.
const KEYCLOAK: &str = r#"{"type": "password", "secretData": "{\"value\": \"lk7winq8KVhqfGD+Ly7z2bYMl0dvkfVE7xGtRqCDx60vYwMfhnjZOcC/Ehm96nAadcC5wWKsrpzsSTehI+awBQ==\", \"salt\": \"AAECAwQFBgcICQoLDA0ODw==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 1500, \"algorithm\": \"pbkdf2-sha256\", \"additionalParameters\": {}}"}"#;

/// From the README of github.com/firebase/scrypt.
const FIREBASE: [&str; 2] = [
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    "$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
];

fn checked(text: &str, password: &str) -> Verdict {
    let hash = PasswordHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Hasher::new().check(&Password::parse(password).unwrap(), Some(&hash))
}

#[test]
fn hashes_of_other_systems_are_right_but_outdated() {
    let passwords = HASHES.iter().chain([&KEYCLOAK]).map(|text| (*text, PASSWORD));
    for (text, password) in passwords.chain(FIREBASE.map(|text| (text, "user1password"))) {
        assert_eq!(checked(text, password), Verdict::RightButOutdated, "{text}");
        for wrong in [&password[1..], "x", &password.to_uppercase()] {
            assert_eq!(checked(text, wrong), Verdict::Wrong, "{text}");
        }
    }
}

#[test]
fn prefixes_of_other_systems_are_not_stored() {
    let bcrypt = HASHES[14];
    for prefixed in ["{CRYPT}", "{bcrypt}", "{BLF-CRYPT}", "bcrypt$", ""] {
        let hash = PasswordHash::parse(&format!("{prefixed}{bcrypt}"));
        assert_eq!(hash.unwrap().as_str(), bcrypt, "{prefixed}");
    }
    let argon2 = &HASHES[3]["argon2".len()..];
    for prefixed in ["argon2", "{ARGON2}", "{argon2@SpringSecurity_v5_8}", "{ARGON2ID}"] {
        let hash = PasswordHash::parse(&format!("{prefixed}{argon2}"));
        assert_eq!(hash.unwrap().as_str(), argon2, "{prefixed}");
    }
    let keycloak = PasswordHash::parse(KEYCLOAK).unwrap();
    assert!(keycloak.as_str().starts_with("$pbkdf2-sha256$i=1500$"), "{}", keycloak.as_str());
    assert_eq!(PasswordHash::parse(keycloak.as_str()), Ok(keycloak));
}

#[test]
fn a_hash_that_no_login_checks_is_named() {
    for (text, name) in [
        ("$1$HyiDQ3e5$D6IzhLDzh5SOqcDzO.rkW.", "md5crypt"),
        ("{CRYPT}$6$rounds=1000$PF9TOxdmDX1s4xvQ$OQk6", "sha512crypt"),
        ("{SHA}77NOWbehhAP03e6t434Yc9H9Uv4=", "SHA without a salt"),
        ("{MD5}s9QQaqYpHRN8NWRSYDACyw==", "MD5 without a salt"),
        ("{SMD5}jMSFFyxNAhMfBEC6YMwhRqa01no=", "salted MD5"),
        ("$apr1$V0QrzuoQ$W90FOArh0rQ54KT4GyJbQ.", "Apache's md5crypt"),
        (
            "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuR2AsAQlMcoNZbCVWGHqaVqqDOzI1txa",
            "Django's bcrypt of a digest",
        ),
        ("pbkdf2:sha256:1000$RCQnWixlh2T2DWMw$13f24cfce31d", "Werkzeug's PBKDF2"),
        ("scrypt:1024:8:1$6CWa0KSA6VEUl1h6$965b908bfb1c", "Werkzeug's scrypt"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "MD5 or NTLM in hexadecimal"),
    ] {
        let refused = PasswordHash::parse(text).unwrap_err();
        assert_eq!(refused, InvalidPasswordHash::Unsupported(name), "{text}");
        assert!(refused.is_of_other_format());
    }
    for text in ["", "password", "5f4dcc3b5aa765d61d8327deb882cf9", "{OTHER}$2b$04$x", "$"] {
        assert_eq!(PasswordHash::parse(text), Err(InvalidPasswordHash::UnknownFormat), "{text}");
    }
}

#[test]
fn a_hash_that_was_cut_or_altered_is_malformed_and_never_panics() {
    for text in HASHES.iter().chain([&KEYCLOAK]).chain(&FIREBASE) {
        for end in 0..text.len() {
            // Some ends of base64 are whole, and shorter: the floor refuses those, or a comparison.
            if let Some(cut) = text.get(..end) {
                let _ = PasswordHash::parse(cut).map(|hash| hash.recipe().is_some());
            }
        }
        for (at, _) in text.char_indices() {
            for other in ["$", "0", "9", "=", ",", "ä"] {
                let altered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                let _ = PasswordHash::parse(&altered).map(|hash| hash.recipe().is_some());
            }
        }
    }
    for text in [
        "$2b$04$abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC",
        "$2b$03$abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC.",
        "$2b$4x$abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC.",
        "$pbkdf2-md5$1500$fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
        "$pbkdf2-sha256$i=1500,l=33$fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
        "$pbkdf2-sha256$0$fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
        "scrypt$1000$saltSALT0123$8$1$WPc7NRfbfTcV/f+6g8Ru/hBV4mBUo75j7XmUc6qJC3Pejv0iZp74BGzchJf4XWo5feAeV8FQSc6I5EfIzfY+Xw==",
        "$P$Z1HnYv65O5AvRsu..a.9MY/B7SpHHy.",
        "{SSHA}R5ZzxIyxriLt",
        "{\"credentialData\":\"{}\",\"secretData\":\"{}\"}",
        "{\"x",
    ] {
        let refused = PasswordHash::parse(text);
        assert!(matches!(refused, Err(InvalidPasswordHash::Malformed(_))), "{text}: {refused:?}");
    }
}

#[test]
fn a_hash_that_takes_too_long_or_too_much_memory_is_refused() {
    let salt = "fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8";
    let bcrypt = "abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC.";
    for usual in [
        format!("$2b$12${bcrypt}"),
        format!("$pbkdf2-sha256$1000000${salt}"),
        format!("$scrypt$ln=17,r=8,p=1${salt}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${}", salt.replace('.', "+")),
    ] {
        assert!(PasswordHash::parse(&usual).is_ok(), "{usual}");
    }
    for costly in [
        format!("$2b$13${bcrypt}"),
        format!("$2b$31${bcrypt}"),
        format!("$pbkdf2-sha256$4294967295${salt}"),
        format!("$pbkdf2-sha256$3000000${salt}"),
        format!("$scrypt$ln=24,r=64,p=64${salt}"),
        format!("$scrypt$ln=15,r=64,p=1${salt}"),
        format!("$argon2id$v=19$m=262145,t=1,p=1${}", salt.replace('.', "+")),
        format!("$argon2id$v=19$m=256,t=4294967295,p=1${}", salt.replace('.', "+")),
        "$P$H1HnYv65O5AvRsu..a.9MY/B7SpHHy.".to_owned(),
    ] {
        let refused = PasswordHash::parse(&costly);
        assert!(matches!(refused, Err(InvalidPasswordHash::TooCostly(_))), "{costly}: {refused:?}");
    }
}

#[test]
fn a_hash_that_guesses_match_or_that_costs_nothing_is_refused() {
    for weak in [
        "$pbkdf2-sha256$999$fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
        "$pbkdf2-sha256$1500$fY.RUur93xtjrHXOmRPinA$Jpq2",
        "$pbkdf2-sha256$1500$fY.R$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIP",
        "{SSHA}77NOWbehhAP03e6t434Yc9H9Uv4=",
    ] {
        let refused = PasswordHash::parse(weak);
        assert!(matches!(refused, Err(InvalidPasswordHash::TooWeak(_))), "{weak}: {refused:?}");
    }
}

/// bcrypt reads 72 bytes: systems that used it accepted any end.
#[test]
fn a_long_password_under_bcrypt_is_right_and_then_hashed_whole() {
    let text = "$2y$04$BauGJh1c/4GslvW2/G5/zuHk06xcEp9tu7HtLFGTUvLVWUr0mbaZ.";
    let long = "x".repeat(80);
    assert_eq!(checked(text, &long), Verdict::RightButOutdated);
    assert_eq!(checked(text, &"x".repeat(71)), Verdict::Wrong);
    let hasher = Hasher::new();
    let again = hasher.hash(&Password::parse(&long[..]).unwrap());
    let cut = Password::parse(&long[..79]).unwrap();
    assert_eq!(hasher.check(&cut, Some(&again)), Verdict::Wrong);
}
