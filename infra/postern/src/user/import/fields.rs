//! The fields of a row, and the columns that they are read from.

use std::collections::BTreeMap;
use std::fmt;

use domain::text;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The names of the fields.
pub(super) const FIELDS: [&str; 9] = [
    "id",
    "email",
    "phoneNumber",
    "username",
    "passwordHash",
    "role",
    "accessRole",
    "locale",
    "disabled",
];

/// The field that a column of the file is, as `--map` gives it: `Email=email`. Without a field, the
/// column is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    column: String,
    field: Option<&'static str>,
}

impl Mapping {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some((column, field)) = text.rsplit_once('=') else {
            return Err("a mapping is COLUMN=FIELD, or COLUMN= to ignore the column".to_owned());
        };
        let named = FIELDS.into_iter().find(|known| *known == field.trim());
        if named.is_none() && !field.trim().is_empty() {
            return Err(format!("fields are {}", FIELDS.join(", ")));
        }
        Ok(Self { column: column.trim().to_owned(), field: named })
    }
}

/// What the columns of a file are.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(Vec<Mapping>);

impl Columns {
    pub(super) fn new(mappings: Vec<Mapping>) -> Self {
        Self(mappings)
    }

    /// The field of a column; `None` for one that is ignored.
    pub(super) fn field(&self, column: &str) -> Result<Option<&'static str>, UnknownColumn> {
        if let Some(mapping) = self.0.iter().find(|mapping| mapping.column == column) {
            return Ok(mapping.field);
        }
        FIELDS.into_iter().find(|field| *field == column).map(Some).ok_or(UnknownColumn)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownColumn;

/// The values of a row that are not blank.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// Adds a value. The messages quote nothing of the row.
    pub(super) fn add(&mut self, field: &'static str, value: &str) -> Result<(), String> {
        let value = text::trim(value);
        if value.is_empty() {
            return Ok(());
        }
        match self.0.insert(field, value.to_owned()) {
            None => Ok(()),
            Some(_) => Err(format!("the row has {field} twice")),
        }
    }

    /// The parsed value of a field.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let value = self.0.get(field);
        value.map(|text| parse(text).map_err(|error| format!("{field}: {error}"))).transpose()
    }

    /// The fields of an object of JSON.
    pub(super) fn of_json(line: &[u8], columns: &Columns) -> Result<Self, String> {
        let of_texts =
            || format!("the row is not an object of texts with fields of {}", FIELDS.join(", "));
        let object: Object = serde_json::from_slice(line).map_err(|error| {
            // The message of serde could quote the row.
            match error.classify() {
                serde_json::error::Category::Data => of_texts(),
                _ => "the row is not JSON".to_owned(),
            }
        })?;
        let mut fields = Self::default();
        for (name, value) in object.0 {
            let Some(field) = columns.field(&name).map_err(|UnknownColumn| of_texts())? else {
                continue;
            };
            match value {
                Value::Null => {}
                Value::String(text) => fields.add(field, &text)?,
                Value::Bool(value) if field == "disabled" => {
                    fields.add(field, &value.to_string())?;
                }
                _ => return Err(of_texts()),
            }
        }
        Ok(fields)
    }
}

/// The members of an object, none of which is lost if two have one name.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, mappings: &[&str]) -> Result<BTreeMap<&'static str, String>, String> {
        let mappings = mappings.iter().map(|text| Mapping::parse(text).unwrap()).collect();
        Fields::of_json(line.as_bytes(), &Columns::new(mappings)).map(|fields| fields.0)
    }

    #[test]
    fn a_column_is_read_as_the_field_that_it_is_mapped_to_or_ignored() {
        let line = r#"{"E-Mail":" a@example.com ","Notes":"x","username":null,"disabled":true}"#;
        let fields = read(line, &["E-Mail=email", "Notes="]).unwrap();
        let expected = [("disabled", "true"), ("email", "a@example.com")];
        assert_eq!(fields, expected.map(|(name, value)| (name, value.to_owned())).into());
        assert!(read(line, &["E-Mail=email"]).is_err(), "Notes is unknown");
    }

    #[test]
    fn nothing_of_a_bad_row_is_quoted() {
        for line in [
            r#"{"email":"hush@example.com","email":"hush@example.com"}"#,
            r#"{"email":"hush@example.com","hush":""}"#,
            r#"{"email":["hush"]}"#,
            r#"{"email":"hush""#,
            r#"["hush"]"#,
            r#""hush""#,
        ] {
            let why = read(line, &[]).unwrap_err();
            assert!(!why.contains("hush"), "{why}");
        }
    }

    #[test]
    fn a_mapping_names_a_field() {
        for text in ["email", "E-Mail=mail", "=nothing"] {
            assert!(Mapping::parse(text).is_err(), "{text}");
        }
        assert_eq!(Mapping::parse("a=b=email").unwrap().column, "a=b");
    }
}
