//! The SMS with a code, and how many parts it takes: each part is billed as one SMS.
//!
//! One part has 160 characters of the alphabet GSM 03.38 (3GPP TS 23.038 §6.2.1). One letter outside of it
//! makes the whole SMS UCS-2, of which one part has 70 characters.

use std::time::Duration;

use unicode_normalization::UnicodeNormalization as _;

use crate::locale::Language;
use crate::organization::Organization;
use crate::otp::{self, Code};
use crate::sender::WebDomain;
use crate::text;

/// The basic alphabet, without the escape to the extension.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension: an escape comes before each of these.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

const GSM_PART: usize = 160;
const UCS2_PART: usize = 70;

/// Parts of a longer SMS begin with a header of six octets.
const GSM_LINKED_PART: usize = 153;
const UCS2_LINKED_PART: usize = 67;

/// Marks that readers of the languages of messages know a vowel without: grave, acute, circumflex and
/// diaeresis.
const VOWEL_MARKS: [char; 4] = ['\u{300}', '\u{301}', '\u{302}', '\u{308}'];
const CEDILLA: char = '\u{327}';

/// The text of an SMS. If the organization has a domain, the last line binds the code to it (WebOTP,
/// "origin-bound one-time codes"): the phone offers the code only on that site.
pub fn text(
    code: &Code,
    organization: &str,
    language: Language,
    life: Duration,
    domain: Option<&WebDomain>,
) -> String {
    compose(code.expose(), organization, language, life, domain)
}

/// The most parts that an organization's SMS takes, over all languages of its users.
pub fn most_parts(organization: &Organization) -> usize {
    let (name, domain) = (&organization.name, organization.domain.as_ref());
    let text = |language| compose("000000", name, language, otp::LIFETIME, domain);
    Language::ALL.map(|language| parts(&text(language))).into_iter().max().unwrap_or_default()
}

/// Whether SMS show a name in the alphabet GSM 03.38, as it is or folded.
pub fn is_gsm(name: &str) -> bool {
    shown(name).chars().all(|char| septets(char).is_some())
}

/// How long a code lives, in the words of a message: whole minutes, rounded, one at least.
pub fn expiry(language: Language, life: Duration) -> String {
    let minutes = ((life.as_secs() + 30) / 60).max(1);
    let count =
        |one: &str, more: &str| format!("{minutes} {}", if minutes == 1 { one } else { more });
    match language {
        Language::English => format!("It expires in {}.", count("minute", "minutes")),
        Language::German => format!("Er gilt {}.", count("Minute", "Minuten")),
        Language::Spanish => format!("Caduca en {}.", count("minuto", "minutos")),
        Language::French => format!("Il expire dans {}.", count("minute", "minutes")),
    }
}

/// What stands before the code, and the caution after it, in GSM 03.38.
fn phrases(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => ("Your sign-in code is", "Don't share it with anyone."),
        Language::German => ("Ihr Anmeldecode lautet", "Geben Sie ihn nicht weiter."),
        // The alphabet has no ó, so no código.
        Language::Spanish => ("Su clave de acceso es", "No la comparta con nadie."),
        Language::French => ("Votre code de connexion est", "Ne le partagez avec personne."),
    }
}

fn compose(
    digits: &str,
    organization: &str,
    language: Language,
    life: Duration,
    domain: Option<&WebDomain>,
) -> String {
    let (organization, (code, caution)) = (shown(organization), phrases(language));
    let expiry = expiry(language, life);
    let bound =
        domain.map(|domain| format!("\n\n@{} #{digits}", domain.as_str())).unwrap_or_default();
    format!("{organization}: {code}\n{digits}\n{expiry} {caution}{bound}")
}

/// A name on one line, folded into GSM 03.38. A name that can't be folded whole stays as it is: the SMS
/// is UCS-2 in any case.
fn shown(name: &str) -> String {
    let name = text::single_line(name);
    let folded: Option<String> = name.nfc().map(folded).collect();
    folded.unwrap_or(name)
}

/// The character, or what reads the same to a reader: another form of punctuation, a compatible form, or
/// a letter without its accent, as French and Spanish are written where there are no accents.
fn folded(char: char) -> Option<String> {
    if septets(char).is_some() {
        return Some(char.to_string());
    }
    let plain = match char {
        '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' => "'",
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '•' | '·' => "-",
        'œ' => "oe",
        'Œ' => "OE",
        _ => "",
    };
    if !plain.is_empty() {
        return Some(plain.to_owned());
    }
    let compatible: String = char.to_string().nfkc().collect();
    if compatible.chars().all(|char| septets(char).is_some()) {
        return Some(compatible);
    }
    let mut parts = [char].into_iter().nfd();
    match (parts.next()?, parts.next()?, parts.next()) {
        (base, mark, None)
            if "aeiouyAEIOUY".contains(base) && VOWEL_MARKS.contains(&mark)
                || "cC".contains(base) && mark == CEDILLA =>
        {
            Some(base.to_string())
        }
        _ => None,
    }
}

/// How many septets of GSM 03.38 a character takes.
fn septets(char: char) -> Option<usize> {
    match char {
        char if BASIC.contains(char) => Some(1),
        char if EXTENSION.contains(char) => Some(2),
        _ => None,
    }
}

/// How many parts an SMS takes. A part ends before a character that doesn't fit whole.
pub fn parts(text: &str) -> usize {
    let sizes: Option<Vec<usize>> = text.chars().map(septets).collect();
    let (sizes, one, linked) = match sizes {
        Some(septets) => (septets, GSM_PART, GSM_LINKED_PART),
        None => (text.chars().map(char::len_utf16).collect(), UCS2_PART, UCS2_LINKED_PART),
    };
    if sizes.iter().sum::<usize>() <= one {
        return 1;
    }
    let (parts, _) = sizes.into_iter().fold((1, 0), |(parts, filled), size| {
        if filled + size <= linked { (parts, filled + size) } else { (parts + 1, size) }
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(name: &str, language: Language) -> String {
        let domain = WebDomain::parse("portal.riverside.example").unwrap();
        let code = Code::parse("012345").unwrap();
        text(&code, name, language, otp::LIFETIME, Some(&domain))
    }

    #[test]
    fn the_alphabet_has_127_characters_and_ten_more() {
        assert_eq!((BASIC.chars().count(), EXTENSION.chars().count()), (127, 10));
    }

    #[test]
    fn an_sms_in_any_language_for_a_name_in_the_alphabet_is_one_part() {
        for language in Language::ALL {
            for char in BASIC.chars().chain(EXTENSION.chars()) {
                let name = format!("Clinic {char} Riverside");
                let sms = sms(&name, language);
                assert_eq!(parts(&sms), 1, "{language:?} {sms:?}");
                assert!(char.is_control() || sms.starts_with(&name), "{sms}");
            }
            for minutes in 0..=5 {
                let text =
                    compose("012345", "Clinic", language, Duration::from_mins(minutes), None);
                assert_eq!(parts(&text), 1, "{text}");
            }
        }
    }

    #[test]
    fn a_name_is_folded_where_it_reads_the_same_and_else_stays() {
        let folded = [
            ("Clínica Río Águila", "Clinica Rio Aguila"),
            ("Dr. O’Neil – “Café”…", "Dr. O'Neil - \"Café\"..."),
            ("Hôpital Sacré-Cœur, Besançon", "Hopital Sacré-Coeur, Besancon"),
            ("Klinik Süd\u{a0}ﬁt", "Klinik Süd fit"),
            ("Cafe\u{301}", "Café"),
            ("Ｃｌｉｎｉｃ", "Clinic"),
        ];
        let kept = [
            "東京クリニック",
            "Łódź",
            "Клиника",
            "İstanbul",
            "Clínica 東京",
            "Bệnh viện",
            "Clinic 👩",
        ];
        for (name, folded) in folded {
            assert!(is_gsm(name), "{name}");
            for language in Language::ALL {
                let sms = sms(name, language);
                assert!(sms.starts_with(&format!("{folded}: ")) && parts(&sms) == 1, "{sms}");
            }
        }
        for name in kept {
            assert!(!is_gsm(name), "{name}");
            for language in Language::ALL {
                let sms = sms(name, language);
                assert!(sms.starts_with(&format!("{name}: ")) && parts(&sms) > 1, "{sms}");
            }
        }
    }

    #[test]
    fn parts_are_counted_as_networks_count_them() {
        let cases = [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // 153 is odd: of 77 escaped characters in a part, one goes to the next.
            ("€".repeat(153), 3),
            ("ó".repeat(70), 1),
            ("ó".repeat(71), 2),
            ("ó".repeat(134), 2),
            ("ó".repeat(135), 3),
            ("👩".repeat(35), 1),
            ("👩".repeat(67), 3),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(&text), expected, "{}", text.chars().count());
        }
    }

    #[test]
    fn a_message_tells_the_rest_of_a_codes_life() {
        let life = |seconds| expiry(Language::English, Duration::from_secs(seconds));
        for (seconds, minutes) in [(300, 5), (299, 5), (270, 5), (269, 4), (150, 3), (149, 2)] {
            assert_eq!(life(seconds), format!("It expires in {minutes} minutes."), "{seconds}");
        }
        for seconds in [0, 1, 29, 60, 89] {
            assert_eq!(life(seconds), "It expires in 1 minute.", "{seconds}");
        }
        let mut phrases = Language::ALL.map(|language| expiry(language, otp::LIFETIME));
        assert!(phrases.iter().all(|phrase| phrase.contains(" 5 ")), "{phrases:?}");
        phrases.sort_unstable();
        assert!(phrases.windows(2).all(|pair| pair[0] != pair[1]), "{phrases:?}");
    }

    #[test]
    fn the_last_line_binds_the_code_to_the_domain() {
        let sms = sms("Demo\r\nClinic", Language::English);
        assert!(sms.starts_with("Demo  Clinic: Your sign-in code is\n012345\n"), "{sms}");
        assert!(sms.ends_with("\n@portal.riverside.example #012345"), "{sms}");
        let unbound =
            text(&Code::parse("012345").unwrap(), "x", Language::French, otp::LIFETIME, None);
        assert!(!unbound.contains('@'), "{unbound}");
    }
}
