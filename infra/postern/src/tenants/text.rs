//! Values of the file, each parsed as the option of a command is. An error has its line and column.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use domain::id::{ClientId, OrganizationId, PartnerId};
use domain::locale::Locale;
use domain::scope::Scope;
use domain::sender::{SenderAddress, SmsSender, WebDomain};
use domain::sso::UserInfoForm;
use domain::text;
use domain::time::Timestamp;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::organization::until;

/// A value that the file has as a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<T>(pub(super) T);

/// A type whose values are texts in the file.
pub(super) trait Value: Sized {
    fn read(text: &str) -> Result<Self, String>;
    fn written(&self) -> String;
}

macro_rules! values {
    ($($type:ty),* $(,)?) => {
        $(impl Value for $type {
            fn read(text: &str) -> Result<Self, String> {
                Self::parse(text).map_err(|error| error.to_string())
            }

            fn written(&self) -> String {
                self.as_str().to_owned()
            }
        })*
    };
}

values!(
    OrganizationId,
    PartnerId,
    ClientId,
    WebDomain,
    Locale,
    SenderAddress,
    SmsSender,
    Scope,
    UserInfoForm,
);

/// A name of a partner or an organization.
impl Value for String {
    fn read(text: &str) -> Result<Self, String> {
        text::name(text).map_err(|error| error.to_string())
    }

    fn written(&self) -> String {
        self.clone()
    }
}

/// The end of a sandbox.
impl Value for Timestamp {
    fn read(text: &str) -> Result<Self, String> {
        until(&text.replace(".000Z", "Z")).map_err(str::to_owned)
    }

    fn written(&self) -> String {
        self.rfc3339().replace(".000Z", "Z")
    }
}

impl<T: Value> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.written())
    }
}

impl<'de, T: Value> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading(PhantomData))
    }
}

/// Parses while it visits, so that an error gets the place of the value. The value stays out of the message:
/// a file that has a secret by mistake must not tell it.
struct Reading<T>(PhantomData<T>);

impl<T: Value> Visitor<'_> for Reading<T> {
    type Value = Text<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text; put a number, true or false in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
        T::read(text).map(Text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Text<T>, E> {
        Err(E::invalid_type(NUMBER, &self))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Text<T>, E> {
        Err(E::invalid_type(NUMBER, &self))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Text<T>, E> {
        Err(E::invalid_type(NUMBER, &self))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Text<T>, E> {
        Err(E::invalid_type(Unexpected::Other("true or false"), &self))
    }
}

const NUMBER: Unexpected<'static> = Unexpected::Other("a number");

/// Reads a number within bounds; `None` if the file has none.
pub(super) fn number<'de, D: Deserializer<'de>>(
    from: D,
    bounds: RangeInclusive<u32>,
) -> Result<Option<u32>, D::Error> {
    from.deserialize_option(Number(bounds))
}

struct Number(RangeInclusive<u32>);

impl<'de> Visitor<'de> for Number {
    type Value = Option<u32>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a number from {} to {}", self.0.start(), self.0.end())
    }

    fn visit_none<E: Error>(self) -> Result<Option<u32>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u32>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<u32>, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<u32>, E> {
        let number = u32::try_from(number).ok().filter(|number| self.0.contains(number));
        number.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Other("another number"), &self))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Option<u32>, E> {
        Err(E::invalid_value(Unexpected::Other("another number"), &self))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Option<u32>, E> {
        Err(E::invalid_type(Unexpected::Other("a text"), &self))
    }
}
