//! JSON lines: one object a line.

use std::{fmt, io::BufRead as _, io::Read as _};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    super::input::Input,
    fields::did_you_mean,
    intake::{Cell, Intake},
    rows::{Problem, Rows},
};
use crate::{Failure, report::plain};

/// The longest line, in bytes.
const LONGEST: u64 = 16 << 20;
/// The most keys that a message lists.
const LISTED: usize = 20;

/// Reads all rows. Blank lines are none.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for the first bad row.
pub(super) fn read(mut input: Input, intake: &mut Intake<'_>, rows: &mut Rows<'_>) -> Result<(), Failure> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = input.reader.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|error| input.failed(&error))? == 0 {
            return Ok(());
        }
        number += 1;
        if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
            return Err(Failure::input(format!(
                "{}:{number}: a line of more than 16 MiB; one object a line is needed",
                input.name
            )));
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            rows.row(number, row(text, intake))?;
        }
    }
}

fn row(line: &[u8], intake: &mut Intake<'_>) -> Result<(), Problem> {
    let mut seen = vec![false; intake.wanted.len()];
    let mut problem = None;
    let mut reader = serde_json::Deserializer::from_slice(line);
    let object = Object { intake, seen: &mut seen, problem: &mut problem };
    if let Err(error) = object.deserialize(&mut reader).and_then(|()| reader.end()) {
        return Err(problem.unwrap_or_else(|| invalid(line, &error)));
    }
    if let Some(missing) = seen.iter().position(|seen| !seen) {
        return Err(Problem::of_row(absent(line, &intake.wanted[missing].column)));
    }
    intake.end_row()
}

fn invalid(line: &[u8], error: &serde_json::Error) -> Problem {
    if str::from_utf8(line).is_err() {
        return Problem::of_row("not UTF-8; save the file as UTF-8");
    }
    // The line of the message is that of the text that was parsed, always 1.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    Problem::of_row(format!("not a JSON object: {what} at column {}", error.column()))
}

/// What an object lacks, and what it has.
fn absent(line: &[u8], column: &str) -> String {
    let keys: Vec<String> = match serde_json::from_slice::<serde_json::Value>(line) {
        Ok(serde_json::Value::Object(object)) => object.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let listed: Vec<String> = keys.iter().take(LISTED).map(|key| plain(key)).collect();
    let more = if keys.len() > LISTED { ", …" } else { "" };
    let has =
        if keys.is_empty() { "it has no keys".to_string() } else { format!("it has: {}{more}", listed.join(", ")) };
    format!("there is no key {column:?}{}; {has}", did_you_mean(column, &keys))
}

/// An object, whose values go to the intake as they come.
struct Object<'a, 'p> {
    intake: &'a mut Intake<'p>,
    seen: &'a mut [bool],
    /// What is wrong with a value: serde's own errors are texts.
    problem: &'a mut Option<Problem>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(wanted) = map.next_key_seed(Key(self.intake))? {
            let Some(wanted) = wanted else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut self.seen[wanted], true) {
                let column = &self.intake.wanted[wanted].column;
                *self.problem = Some(Problem::of_row(format!("the key {column:?} is there twice")));
                return Err(serde::de::Error::custom("a key twice"));
            }
            map.next_value_seed(Value { intake: self.intake, wanted, problem: self.problem })?;
        }
        Ok(())
    }
}

/// A key: which column it is, if any.
struct Key<'a, 'p>(&'a Intake<'p>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.wanted.iter().position(|wanted| wanted.column == key))
    }
}

/// A value of a wanted column.
struct Value<'a, 'p> {
    intake: &'a mut Intake<'p>,
    wanted: usize,
    problem: &'a mut Option<Problem>,
}

impl Value<'_, '_> {
    fn take<E: serde::de::Error>(self, cell: Cell<'_>) -> Result<(), E> {
        self.intake.cell(self.wanted, cell).map_err(|problem| {
            *self.problem = Some(problem);
            E::custom("a bad value")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.take(Cell::Text(text))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.take(Cell::Number(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.take(Cell::Number(number as f64))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.take(Cell::Number(number as f64))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.take(Cell::Other(if value { "true" } else { "false" }))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
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
