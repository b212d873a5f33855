//! Organizations, their settings and their API keys.

use contract::operator::{organization, postern};

#[test]
fn an_api_key_is_replaced_without_a_moment_in_between() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let create = || postern(&[&["api-key", "create", "--output", "json"], &of[..]].concat());
    let (first, second) = (create().done().json(), create().done().json());
    assert_ne!(first["apiKey"], second["apiKey"]);
    assert_eq!(create().status, 1, "a third");
    let name = first["name"].as_str().expect("a name");
    let retired = postern(&[&["api-key", "retire", name, "--yes"], &of[..]].concat());
    assert_eq!(retired.status, 0, "{}", retired.stderr);
    assert_eq!(create().status, 0);
    let listed = postern(&[&["api-key", "list", "--output", "json"], &of[..]].concat()).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(2));
}

#[test]
fn a_setting_that_no_message_could_be_sent_with_is_refused() {
    let own = organization();
    let refused = [
        ("--locale", "it", "en, de, es, fr"),
        ("--locale", "en_GB", "en, de, es, fr"),
        ("--sms-sender", "My Clinic", "11 letters and digits"),
        ("--sms-sender", "RiversideClinic", "11 letters and digits"),
        ("--sms-sender", "12345", "one letter at least"),
        ("--sender-address", "codes", "email address"),
        ("--sender-address", "a@b.example>, <c@d.example", "email address"),
        ("--domain", "https://portal.example", "web domain"),
        ("--name", " ", "a name is needed"),
        ("--name", "\u{200b}\u{feff}", "a name is needed"),
        ("--name", "My\u{200b}Clinic", "U+200B, an invisible character, stands inside"),
    ];
    for (option, value, why) in refused {
        for command in [&["update", &own][..], &["create", "--name", "Other"]] {
            if option == "--name" && command[0] == "create" {
                continue;
            }
            let ran = postern(&[&["organization"], command, &[option, value]].concat());
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{option} {value}");
            assert!(ran.stderr.contains(why), "{option} {value}: {}", ran.stderr);
        }
    }
    let taken = [
        ("--locale", "de-AT", "locale"),
        ("--sms-sender", "Riverside", "smsSender"),
        ("--sms-sender", "+15551230000", "smsSender"),
        ("--sender-address", "codes@riverside.example", "senderAddress"),
        ("--domain", "portal.riverside.example", "domain"),
    ];
    for (option, value, field) in taken {
        let update = ["organization", "update", &own, option, value, "--output", "json"];
        assert_eq!(postern(&update).done().json()[field], value);
        let update = ["organization", "update", &own, option, "", "--output", "json"];
        assert!(postern(&update).done().json()[field].is_null());
    }
}

#[test]
fn white_space_and_invisible_characters_around_a_name_are_removed() {
    let name = "\u{feff} Café du Lac\u{200f}\u{ad} ";
    let created = postern(&["organization", "create", "--name", name, "--output", "json"]).done();
    assert_eq!(created.json()["name"], "Café du Lac");
}

#[test]
fn an_sms_of_more_than_one_part_is_warned_of() {
    let long = "A Clinic with a Name that is Long ".repeat(4);
    let warned = [("東京クリニック", "2 parts"), ("Łódź", "2 parts"), (&long, "2 parts")];
    for (name, parts) in warned {
        let created = postern(&["organization", "create", "--name", name]).done();
        assert!(created.stderr.contains(parts), "{name}: {}", created.stderr);
        let own = organization();
        let update = ["organization", "update", &own, "--name", name];
        let updated = postern(&update).done();
        assert!(updated.stderr.contains(parts), "{name}: {}", updated.stderr);
        let closed = postern(&[&update[..], &["--portal", "false"]].concat()).done();
        assert_eq!(closed.stderr, "", "without the portal there are no codes");
    }
    for name in ["Riverside Clinic", "Clínica Río", "Hôpital Sacré-Cœur", "O’Neil – “Praxis” Süd"]
    {
        let created = postern(&["organization", "create", "--name", name]).done();
        assert_eq!(created.stderr, "", "{name}");
    }
}

#[test]
fn a_list_is_filtered_by_any_column_and_ends_at_its_limit() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    for name in ["ann", "bob", "anna"] {
        postern(&[&["user", "create", "--username", name], &of[..]].concat()).done();
    }
    let listed = |options: &[&str]| {
        let words = [&["user", "list", "--output", "json"], &of[..], options].concat();
        postern(&words).done().json().as_array().map_or(0, Vec::len)
    };
    let counts =
        [&[][..], &["--filter", "ANN"], &["--limit", "2"], &["--filter", "ann", "--limit", "1"]];
    assert_eq!(counts.map(listed), [3, 2, 2, 1]);
    let found = postern(&["organization", "list", "--filter", &own, "--output", "json"]);
    assert_eq!(found.done().json()[0]["id"], own.as_str());
    let zero = [&["user", "list", "--limit", "0"], &of[..]].concat();
    assert_eq!(postern(&zero).status, 2);
}

#[test]
fn partners_and_clients_are_listed_and_shown_without_secrets() {
    let own = organization();
    for noun in ["partner", "client"] {
        let create: &[&str] = match noun {
            "partner" => &["partner", "create", "--id", &own, "--name", "Software"],
            _ => &["client", "create", &own],
        };
        let secret = postern(create).done();
        let list = [noun, "list", "--filter", own.as_str(), "--output", "json"];
        let listed = postern(&list).done();
        let shown = postern(&[noun, "show", &own, "--output", "json"]).done();
        assert_eq!(listed.json()[0], shown.json(), "{noun}");
        assert_eq!(
            (&shown.json()["id"], &shown.json()["disabled"]),
            (&own.as_str().into(), &false.into())
        );
        assert!(!shown.stdout.contains(secret.line()), "{noun}");
        assert_eq!(postern(&[noun, "show", "nobody-of-this-name"]).status, 1, "{noun}");
    }
}
