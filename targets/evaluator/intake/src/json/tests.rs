//! Both ways to read a line agree.

use std::sync::LazyLock;

use proptest::{prelude::*, string::string_regex};

use super::{quick, thorough};
use crate::{common, row::Row, schema::Schema};

fn schema() -> Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(&common::plan(true), "requests").expect("an event"));
    SCHEMA.clone()
}

/// Numbers that are compared by their bits, so that not a number is itself.
fn bits(row: &Row) -> (Option<i64>, Vec<u64>, &[String]) {
    (row.time_ms, row.numbers.iter().map(|number| number.to_bits()).collect(), &row.labels)
}

/// What the quick way takes, the thorough one reads alike. Whether it did.
fn agree(schema: &Schema, text: &[u8]) -> bool {
    let (mut quickly, mut thoroughly) = (schema.empty_row(), schema.empty_row());
    if quick::read(schema, &mut quickly, text).is_none() {
        return false;
    }
    let result = thorough::read(schema, &mut thoroughly, text);
    assert_eq!(result, Ok(()), "{}", String::from_utf8_lossy(text));
    assert_eq!(bits(&quickly), bits(&thoroughly), "{}", String::from_utf8_lossy(text));
    true
}

fn line(time: &str, model: &str, outcome: &str, context: &str, generated: &str, more: &str) -> String {
    format!(
        "{{\"timestamp\": {time}, \"model\": {model}, \"outcome\": {outcome}, \"prompt_tokens\": {context}, \
         \"completion_tokens\":{generated}{more}}}"
    )
}

#[test]
fn usual_lines_are_read_quickly() {
    let schema = schema();
    let time = "\"2026-10-01T12:00:00.250Z\"";
    for text in [
        line(time, "\"large\"", "\"ok\"", "812", "90", ""),
        line("1790856000.25", "\"größer\"", "\"ok\"", "812.5", "-90", ",\"other\" : \"x\" , \"n\":-1.5e3"),
        line("1790856000250", "null", "\"failed\"", "1e2", "\"90\"", ",\"a\":true,\"b\":null"),
        line(time, "17", "\"ok\"", "0.1", "123456789012345678901234567890", "  "),
        line(time, "-0", "\"ok\"", "-0", "-0.0", ""),
        line(time, "true", "\"ok\"", "0", "0.000000000000000000001", ""),
    ] {
        assert!(agree(&schema, text.as_bytes()), "{text}");
    }
}

#[test]
fn unusual_lines_are_read_too() {
    let schema = schema();
    let time = "\"2026-10-01T12:00:00Z\"";
    for text in [
        line(time, "\"l\\u0061rge\"", "\"ok\"", "812", "90", ""),
        line(time, "\"large\"", "\"ok\"", "812", "90", ",\"nested\":{\"model\":[1,{}]}"),
        line(time, "0.5", "\"ok\"", "812", "90", ""),
        line(time, "18446744073709551615", "\"ok\"", "812", "90", ""),
        line(time, "-0", "\"ok\"", "812", "90", "").replace("\"model\"", "\"mod\\u0065l\""),
    ] {
        let mut row = schema.empty_row();
        assert!(!agree(&schema, text.as_bytes()), "{text}");
        assert_eq!(schema.json(&mut row, text.as_bytes()), Ok(()), "{text}");
    }
    let mut row = schema.empty_row();
    schema.json(&mut row, line(time, "18446744073709551615", "\"ok\"", "1", "1", "").as_bytes()).expect("a row");
    assert_eq!(row.labels[0], "18446744073709551615");
}

#[test]
fn numbers_are_the_nearest_floats() {
    let schema = schema();
    for text in ["0.1", "123456.789", "0.30000000000000004", "9007199254740993", "1.7976931348623157e99", "2.5e-323"] {
        let mut row = schema.empty_row();
        schema.json(&mut row, line("1", "\"a\"", "\"ok\"", text, "1", "").as_bytes()).expect(text);
        assert_eq!(row.numbers[0], text.parse::<f64>().expect("a number"), "{text}");
        let mut row = schema.empty_row();
        // As a text of a value that is not read quickly.
        let slow = line("1", "\"\\u0061\"", "\"ok\"", text, "1", "");
        schema.json(&mut row, slow.as_bytes()).expect(text);
        assert_eq!(row.numbers[0], text.parse::<f64>().expect("a number"), "{text}");
    }
}

#[test]
fn control_characters_are_wrong_in_a_text() {
    let schema = schema();
    for control in 0..0x20u8 {
        for text in ["\"a?b\"", "\"?\""] {
            let text = text.replace('?', &char::from(control).to_string());
            let read = line("1", &text, "\"ok\"", "812", "90", "");
            assert!(!agree(&schema, read.as_bytes()), "{read:?}");
            assert!(schema.json(&mut schema.empty_row(), read.as_bytes()).is_err(), "{read:?}");
            let passed_over = line("1", "\"a\"", "\"ok\"", "812", "90", &format!(",\"x\":{text}"));
            assert!(!agree(&schema, passed_over.as_bytes()), "{passed_over:?}");
        }
    }
}

fn pattern(pattern: &str) -> impl Strategy<Value = String> + use<> {
    string_regex(pattern).expect("a pattern")
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => pattern("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?"),
        2 => pattern("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?[eE][+-]?[0-9]{1,3}"),
        1 => pattern("[-+.0-9eE]{1,8}"),
        1 => pattern("\"[0-9.]{0,12}\""),
    ]
}

fn time() -> impl Strategy<Value = String> {
    let text = "\"20[0-9]{2}-[01][0-9]-[0-2][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:00)\"";
    prop_oneof![4 => pattern(text), 2 => pattern("1[0-9]{9}(\\.[0-9]{1,4})?"), 1 => value()]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => number(),
        2 => pattern("\"[a-z ]{0,8}\""),
        1 => pattern("\"(\\\\[nu\"\\\\]|\\PC|[\\x00-\\x20]){0,6}\""),
        2 => Just("\"ok\"".to_string()),
        1 => prop_oneof![Just("null"), Just("true"), Just("false"), Just("nul"), Just("[]"), Just("{}"), Just("[1,{\"a\":2}]")]
            .prop_map(str::to_string),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop_oneof![
            Just("timestamp"), Just("model"), Just("outcome"), Just("prompt_tokens"), Just("completion_tokens"),
            Just("user"), Just("latency")
        ].prop_map(str::to_string),
        1 => "[a-zA-Z_]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Objects with all that is needed in some order, and more.
    #[test]
    fn objects(
        values in (time(), value(), prop_oneof![4 => Just("\"ok\"".to_string()), 1 => value()], number(), number()),
        more in proptest::collection::vec((key(), value()), 0..3),
        space in "[ \t\r\n]{0,2}",
    ) {
        let keys = ["timestamp", "model", "outcome", "prompt_tokens", "completion_tokens"];
        let (time, model, outcome, context, generated) = values;
        let values = [time, model, outcome, context, generated];
        let all = keys.iter().map(|key| key.to_string()).zip(values).chain(more);
        let members: Vec<String> = all.map(|(key, value)| format!("{space}\"{key}\"{space}:{space}{value}{space}")).collect();
        agree(&schema(), format!("{space}{{{}}}{space}", members.join(",")).as_bytes());
    }

    /// Numbers about the length that floats hold.
    #[test]
    fn decimals(digits in "[1-9][0-9]{12,17}", point in 1usize..18, sign in "-?") {
        let (whole, places) = digits.split_at(point.min(digits.len()));
        let number = if places.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{places}") };
        let (schema, text) = (schema(), line("1", "\"a\"", "\"ok\"", &number, "90", ""));
        let mut row = schema.empty_row();
        prop_assert!(quick::read(&schema, &mut row, text.as_bytes()).is_some());
        prop_assert_eq!(Ok(row.numbers[0]), number.parse::<f64>());
    }

    /// Good lines with some bytes changed.
    #[test]
    fn damaged_lines(changes in proptest::collection::vec((0usize..200, any::<u8>()), 1..4), cut in 0usize..200) {
        let schema = schema();
        let text = line("\"2026-10-01T12:00:00.250Z\"", "\"größer\"", "\"ok\"", "812.5", "-90e2", ",\"x\":null,\"y\":7");
        let mut bytes = text.into_bytes();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        agree(&schema, &bytes);
        bytes.truncate(cut);
        agree(&schema, &bytes);
        let _ = schema.json(&mut schema.empty_row(), &bytes);
    }

    #[test]
    fn anything(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let schema = schema();
        agree(&schema, &bytes);
        let _ = schema.json(&mut schema.empty_row(), &bytes);
    }
}
