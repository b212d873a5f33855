//! Phone numbers as other systems write them.

use domain::identifier::{InvalidIdentifier, Phone};
use phonenumber::country::Id;

/// The country of numbers without a country code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Country(Id);

/// Reads an ISO 3166 code, e.g. `DE`.
pub(super) fn country(text: &str) -> Result<Country, &'static str> {
    let id = text.to_ascii_uppercase().parse().map(Country);
    id.map_err(|_| "a country is two letters, e.g. US or DE")
}

/// Accepts what a request may have and, with a country, the number as it is dialled there.
pub(super) fn parse(text: &str, country: Option<Country>) -> Result<Phone, InvalidIdentifier> {
    let as_written = Phone::parse(text);
    let Some(Country(id)) = country else { return as_written };
    as_written.or_else(|error| {
        // With a country, the library reads "+49 171 …" as if 1 were the prefix of the United States.
        let country = (!text.starts_with('+')).then_some(id);
        let number = phonenumber::parse(country, text).map_err(|_| error)?;
        if !number.is_valid() || number.extension().is_some() {
            return Err(error);
        }
        Phone::parse(&number.format().mode(phonenumber::Mode::E164).to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, of: &str) -> Option<String> {
        parse(text, Some(country(of).unwrap())).ok().map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn a_national_number_gets_the_code_of_its_country() {
        for (text, of, expected) in [
            ("(415) 555-2671", "us", "+14155552671"),
            ("1 415 555 2671", "US", "+14155552671"),
            ("030 23125 100", "DE", "+493023125100"),
            ("0171 3920000", "DE", "+491713920000"),
            ("07400 123456", "GB", "+447400123456"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("(11) 2345-6789", "BR", "+551123456789"),
        ] {
            assert_eq!(read(text, of).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_number_with_a_country_code_is_that_country_s() {
        for text in ["+49 171 3920000", "+49 (0)171/3920000", "+491713920000"] {
            assert_eq!(read(text, "US").as_deref(), Some("+491713920000"), "{text}");
        }
        assert_eq!(
            parse("+491713920000", None).map(|phone| phone.as_str().to_owned()),
            Ok("+491713920000".to_owned())
        );
    }

    #[test]
    fn what_no_phone_of_the_country_has_is_refused() {
        for text in ["12", "0000000000", "call me", "", "415 555 2671 ext. 5", "(415) 555-26711234"]
        {
            assert_eq!(read(text, "US"), None, "{text}");
        }
        assert!(parse("0171 3920000", None).is_err(), "without a country");
        assert!(country("Germany").is_err() && country("XX").is_err());
    }
}
