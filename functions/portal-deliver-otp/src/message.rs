//! The message with a code, in the organization's name and in the user's language.

use domain::locale::Language;
use domain::otp::Code;
use domain::sender::WebDomain;

/// A message without its envelope.
#[derive(Clone)]
pub(crate) struct Message {
    /// The subject of a mail.
    pub(crate) subject: String,
    /// The whole SMS, or the plain text of a mail.
    pub(crate) text: String,
    /// The HTML of a mail.
    pub(crate) html: String,
}

struct Phrases {
    subject: &'static str,
    code: &'static str,
    caution: &'static str,
}

const ENGLISH: Phrases = Phrases {
    subject: "Your sign-in code for",
    code: "Your sign-in code is",
    caution: "It expires in 5 minutes. Don't share it with anyone.",
};
const GERMAN: Phrases = Phrases {
    subject: "Ihr Anmeldecode für",
    code: "Ihr Anmeldecode lautet",
    caution: "Er gilt 5 Minuten. Geben Sie ihn nicht weiter.",
};
const SPANISH: Phrases = Phrases {
    subject: "Su código de acceso para",
    code: "Su código de acceso es",
    caution: "Caduca en 5 minutos. No lo comparta con nadie.",
};
const FRENCH: Phrases = Phrases {
    subject: "Votre code de connexion pour",
    code: "Votre code de connexion est",
    caution: "Il expire dans 5 minutes. Ne le partagez avec personne.",
};

fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::Spanish => &SPANISH,
        Language::French => &FRENCH,
    }
}

pub(crate) fn email(code: &Code, organization: &str, language: Language) -> Message {
    let phrases = phrases(language);
    let organization = single_line(organization);
    let digits = code.expose();
    let escaped = escape(&organization);
    Message {
        subject: format!("{} {organization}", phrases.subject),
        text: format!("{}:\n\n{digits}\n\n{}\n\n{organization}\n", phrases.code, phrases.caution),
        html: format!(
            "<!doctype html><html><body style=\"font-family:sans-serif\"><p>{}:</p>\
             <p style=\"font-size:2em;letter-spacing:.2em\"><strong>{digits}</strong></p>\
             <p>{}</p><p>{escaped}</p></body></html>",
            phrases.code, phrases.caution
        ),
    }
}

/// An SMS. If the organization has a domain, the last line binds the code to it (WebOTP, "origin-bound
/// one-time codes"): the phone offers the code only on that site.
pub(crate) fn sms(
    code: &Code,
    organization: &str,
    language: Language,
    domain: Option<&WebDomain>,
) -> Message {
    let phrases = phrases(language);
    let digits = code.expose();
    let organization = single_line(organization);
    let bound =
        domain.map(|domain| format!("\n\n@{} #{digits}", domain.as_str())).unwrap_or_default();
    let text = format!("{organization}: {}\n{digits}\n{}{bound}", phrases.code, phrases.caution);
    Message { subject: String::new(), text, html: String::new() }
}

/// A name with a line break could add a header to a mail or a line to an SMS.
fn single_line(name: &str) -> String {
    name.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> Code {
        Code::parse("012345").unwrap()
    }

    #[test]
    fn each_language_has_phrases_of_its_own() {
        let mut subjects = Language::ALL.map(|language| phrases(language).subject);
        subjects.sort_unstable();
        assert!(subjects.windows(2).all(|pair| pair[0] != pair[1]), "{subjects:?}");
    }

    #[test]
    fn the_code_stands_on_a_line_of_its_own() {
        let mail = email(&code(), "Demo Clinic", Language::German);
        assert_eq!(mail.subject, "Ihr Anmeldecode für Demo Clinic");
        assert!(mail.text.lines().any(|line| line == "012345"), "{}", mail.text);
        assert_eq!(mail.text.matches("012345").count(), 1);
        assert!(mail.html.contains("<strong>012345</strong>"));
    }

    #[test]
    fn an_sms_ends_with_the_origin_bound_line_when_there_is_a_domain() {
        let domain = WebDomain::parse("demo.postern.example").unwrap();
        let bound = sms(&code(), "Demo Clinic", Language::English, Some(&domain));
        assert!(bound.text.ends_with("\n@demo.postern.example #012345"), "{}", bound.text);
        assert!(bound.text.is_ascii() && bound.text.len() <= 160, "one GSM-7 segment");
        assert!(!sms(&code(), "Demo Clinic", Language::English, None).text.contains('@'));
    }

    #[test]
    fn a_hostile_name_adds_neither_a_header_nor_markup() {
        let mail = email(&code(), "Evil\r\nBcc: x@y <b>", Language::English);
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(!mail.html.contains("<b>"));
    }
}
