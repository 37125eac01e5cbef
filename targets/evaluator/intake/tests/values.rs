//! Events from values that a program has.

mod common;

use common::{NOON, plan};
use farthing_intake::{Builder, Limits, Schema, Value};

fn schema() -> Schema {
    Schema::new(&plan(true), "requests").expect("an event")
}

fn values<'a>() -> Vec<(&'a str, Value<'a>)> {
    vec![
        ("timestamp", Value::Number((NOON - 1_500) as f64 / 1_000.0)),
        ("model", Value::Text("large")),
        ("outcome", Value::Text("ok")),
        ("prompt_tokens", Value::Integer(812)),
        ("completion_tokens", Value::Number(90.0)),
        ("more", Value::Null),
    ]
}

fn told(values: &[(&str, Value<'_>)]) -> String {
    let schema = schema();
    let flaw = schema.values(&mut schema.empty_row(), values).expect_err("a bad row");
    format!("{}: {}", flaw.column.as_deref().unwrap_or("row"), flaw.message)
}

#[test]
fn values_are_read_like_json() {
    let schema = schema();
    let (mut row, mut same) = (schema.empty_row(), schema.empty_row());
    schema.values(&mut row, &values()).expect("a row");
    let json = br#"{"timestamp": 1790855998.5, "model": "large", "outcome": "ok", "prompt_tokens": 812,
        "completion_tokens": 90, "more": null}"#;
    schema.json(&mut same, json).expect("a row");
    assert_eq!((row.time_ms, &row.labels), (same.time_ms, &same.labels));
    assert_eq!((row.time_ms, row.numbers[..2].to_vec()), (Some(NOON - 1_500), vec![812.0, 90.0]));
    assert_eq!(row.labels, ["large", "ok", ""]);
}

#[test]
fn fields_have_their_names_in_the_language_too() {
    let schema = schema();
    let mut row = schema.empty_row();
    let mut values = values();
    values[0].0 = "at";
    values[3].0 = "context";
    values[4].0 = "generated";
    schema.values(&mut row, &values).expect("a row");
    assert_eq!(row.numbers[..2], [812.0, 90.0]);
    values.push(("prompt_tokens", Value::Integer(1)));
    assert_eq!(told(&values), "row: the key \"prompt_tokens\" is there twice");
}

#[test]
fn labels_take_what_has_one_text() {
    let schema = schema();
    let mut row = schema.empty_row();
    for (value, text) in [
        (Value::Integer(i64::MIN), "-9223372036854775808"),
        (Value::Number(0.5), "0.5"),
        (Value::Bool(true), "true"),
        (Value::Bool(false), "false"),
        (Value::Null, ""),
    ] {
        let mut values = values();
        values[1].1 = value;
        schema.values(&mut row, &values).expect("a row");
        assert_eq!(row.labels[0], text);
    }
}

#[test]
fn messages_are_those_of_json() {
    let with = |at: usize, value| {
        let mut values = values();
        values[at].1 = value;
        told(&values)
    };
    assert_eq!(with(3, Value::Text("x")), "prompt_tokens: \"x\" is not a number");
    assert_eq!(with(3, Value::Bool(true)), "prompt_tokens: true, where a number is needed");
    assert_eq!(with(3, Value::Number(f64::NAN)), "prompt_tokens: NaN cannot be added up");
    assert_eq!(with(0, Value::Null), "timestamp: null, where a time is needed");
    assert_eq!(
        with(2, Value::Text("fine")),
        "outcome: \"fine\" is none of the values that the event allows: failed, ok"
    );
    let mut misspelt = values();
    misspelt[1].0 = "modle";
    assert!(
        told(&misspelt).starts_with("row: there is no key \"model\" (did you mean \"modle\"?); it has: timestamp,")
    );
    assert_eq!(told(&[]), "row: there is no key \"timestamp\"; it has no keys");
}

#[test]
fn a_builder_makes_a_batch_of_them() {
    let schema = schema();
    let mut builder = Builder::new(&schema, NOON, Limits::default());
    builder.values(1, &values());
    builder.values(2, &[]);
    builder.json(3, b"{}");
    builder.values(4, &values());
    let parsed = builder.finish();
    assert_eq!((parsed.lines(), parsed.problems().count), (&[1, 4][..], 2));
    assert_eq!(parsed.labels()[0].ids(), [0, 0]);
}
