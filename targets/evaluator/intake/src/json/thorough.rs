//! Any line, with serde_json.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{
    cell::Cell,
    row::{Flaw, Row, absent, twice},
    schema::Schema,
};

pub(super) fn read(schema: &Schema, row: &mut Row, text: &[u8]) -> Result<(), Flaw> {
    let mut seen = vec![false; schema.columns().len()];
    let mut flaw = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let object = Object { schema, row, seen: &mut seen, flaw: &mut flaw };
    if let Err(error) = object.deserialize(&mut reader).and_then(|()| reader.end()) {
        return Err(flaw.unwrap_or_else(|| invalid(text, &error)));
    }
    match seen.iter().position(|seen| !seen) {
        Some(missing) => Err(missing_key(text, schema.columns()[missing].name())),
        None => Ok(()),
    }
}

fn invalid(text: &[u8], error: &serde_json::Error) -> Flaw {
    if str::from_utf8(text).is_err() {
        return Flaw::of_row("not UTF-8; save the file as UTF-8");
    }
    // The line of the message is that of the text that was parsed, always 1.
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or(&message);
    Flaw::of_row(format!("not a JSON object: {what} at column {}", error.column()))
}

fn missing_key(text: &[u8], column: &str) -> Flaw {
    let keys: Vec<String> = match serde_json::from_slice::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(object)) => object.keys().cloned().collect(),
        _ => Vec::new(),
    };
    absent(column, &keys.iter().map(String::as_str).collect::<Vec<_>>())
}

/// An object, whose values go to the row as they come.
struct Object<'a> {
    schema: &'a Schema,
    row: &'a mut Row,
    seen: &'a mut [bool],
    /// What is wrong with a value: serde's own errors are texts.
    flaw: &'a mut Option<Flaw>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(Key(self.schema))? {
            let Some(column) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut self.seen[column], true) {
                *self.flaw = Some(twice(self.schema.columns()[column].name()));
                return Err(A::Error::custom("a key twice"));
            }
            map.next_value_seed(Value { schema: self.schema, row: self.row, column, flaw: self.flaw })?;
        }
        Ok(())
    }
}

/// A key: which column it is, if any.
struct Key<'a>(&'a Schema);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.columns().iter().position(|column| column.name() == key))
    }
}

/// A value of a column that is read.
struct Value<'a> {
    schema: &'a Schema,
    row: &'a mut Row,
    column: usize,
    flaw: &'a mut Option<Flaw>,
}

impl Value<'_> {
    fn take<E: Error>(self, cell: Cell<'_>) -> Result<(), E> {
        self.schema.cell(self.row, self.column, cell).map_err(|flaw| {
            *self.flaw = Some(flaw);
            E::custom("a bad value")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(Cell::Text(text))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.take(Cell::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.take(Cell::Whole(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.take(Cell::Whole(number.into()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.take(Cell::Other(if value { "true" } else { "false" }))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(Cell::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.take(Cell::Other("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.take(Cell::Other("an object"))
    }
}
