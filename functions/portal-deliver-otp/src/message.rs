//! The mail with a code, in the organization's name and in the user's language.

use std::time::Duration;

use domain::locale::Language;
use domain::otp::Code;
use domain::{sms, text};

/// A mail without its envelope.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    /// The plain text.
    pub(crate) text: String,
    pub(crate) html: String,
}

struct Phrases {
    subject: &'static str,
    code: &'static str,
    caution: &'static str,
    not_you: &'static str,
}

const ENGLISH: Phrases = Phrases {
    subject: "Your sign-in code for",
    code: "Your sign-in code is",
    caution: "Don't share it with anyone.",
    not_you: "If it wasn't you who asked for this code, you can ignore this email.",
};
const GERMAN: Phrases = Phrases {
    subject: "Ihr Anmeldecode für",
    code: "Ihr Anmeldecode lautet",
    caution: "Geben Sie ihn nicht weiter.",
    not_you: "Falls nicht Sie den Code angefordert haben, können Sie diese E-Mail ignorieren.",
};
const SPANISH: Phrases = Phrases {
    subject: "Su código de acceso para",
    code: "Su código de acceso es",
    caution: "No lo comparta con nadie.",
    not_you: "Si no ha sido usted quien ha pedido este código, puede ignorar este correo.",
};
const FRENCH: Phrases = Phrases {
    subject: "Votre code de connexion pour",
    code: "Votre code de connexion est",
    caution: "Ne le partagez avec personne.",
    not_you: "Si ce n'est pas vous qui avez demandé ce code, vous pouvez ignorer cet e-mail.",
};

fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::Spanish => &SPANISH,
        Language::French => &FRENCH,
    }
}

/// For programs that know dark mode. Others show the colours of the elements.
const STYLE: &str = ":root{color-scheme:light dark}\
     @media(prefers-color-scheme:dark){body,table,td{background:#111!important;color:#eee!important}}";

/// A mail with a code that lives as long as `life`.
pub(crate) fn mail(code: &Code, organization: &str, language: Language, life: Duration) -> Mail {
    let Phrases { subject, code: introduction, caution, not_you } = phrases(language);
    let organization = text::single_line(organization);
    let (digits, expiry) = (code.expose(), sms::expiry(language, life));
    let subject = format!("{subject} {organization}");
    let (title, name, lang) = (escape(&subject), escape(&organization), language.code());
    Mail {
        text: format!(
            "{introduction}:\n\n{digits}\n\n{expiry} {caution}\n\n{not_you}\n\n{organization}\n"
        ),
        html: format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\
             <title>{title}</title><style>{STYLE}</style></head>\
             <body style=\"margin:0;background:#fff;color:#222\">\
             <table role=\"presentation\" width=\"100%\" style=\"background:#fff;color:#222\"><tr>\
             <td style=\"padding:24px 16px;background:#fff;color:#222;font:16px/1.5 sans-serif;\
             overflow-wrap:anywhere\">\
             <p style=\"margin:0\">{introduction}:</p>\
             <p style=\"margin:16px 0;font-size:32px;letter-spacing:.2em;white-space:nowrap\">\
             <strong>{digits}</strong></p>\
             <p>{expiry} {caution}</p><p>{not_you}</p><p>{name}</p></td></tr></table></body></html>"
        ),
        subject,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_mins(4);

    fn mail_to(organization: &str, language: Language) -> Mail {
        mail(&Code::parse("012345").unwrap(), organization, language, LIFE)
    }

    #[test]
    fn each_language_has_phrases_of_its_own() {
        let phrases = Language::ALL.map(phrases);
        let of = [
            phrases.map(|it| it.subject),
            phrases.map(|it| it.code),
            phrases.map(|it| it.caution),
            phrases.map(|it| it.not_you),
        ];
        for mut phrases in of {
            phrases.sort_unstable();
            assert!(phrases.windows(2).all(|pair| pair[0] != pair[1]), "{phrases:?}");
        }
    }

    #[test]
    fn the_code_stands_on_a_line_of_its_own() {
        let mail = mail_to("Demo Clinic", Language::German);
        assert_eq!(mail.subject, "Ihr Anmeldecode für Demo Clinic");
        assert!(mail.text.lines().any(|line| line == "012345"), "{}", mail.text);
        assert_eq!(mail.text.matches("012345").count(), 1);
        assert!(mail.html.contains("<strong>012345</strong>"));
    }

    #[test]
    fn a_mail_in_any_language_tells_its_life_and_what_to_do_if_it_was_not_you() {
        for language in Language::ALL {
            let mail = mail_to("Demo Clinic", language);
            for body in [&mail.text, &mail.html] {
                assert!(body.contains(&sms::expiry(language, LIFE)), "{body}");
                assert!(body.contains(phrases(language).not_you), "{body}");
            }
            for part in [
                &format!("<html lang=\"{}\">", language.code()),
                "<meta charset=\"utf-8\">",
                "<meta name=\"viewport\"",
                "<meta name=\"color-scheme\" content=\"light dark\">",
                "prefers-color-scheme:dark",
                "background:#fff",
            ] {
                assert!(mail.html.contains(part), "{part}: {}", mail.html);
            }
        }
    }

    #[test]
    fn a_hostile_name_adds_neither_a_header_nor_markup() {
        let mail = mail_to("Evil\r\nBcc: x@y <b>", Language::English);
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(!mail.html.contains("<b>"));
    }
}
