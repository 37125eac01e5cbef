//! What holds of every body, whatever is in it.

use farthing_evaluator::Evaluator;
use farthing_intake::{Limits, Mode, Parsed, Schema, decode};
use farthing_plan::Plan;

use super::NOON;

/// A body as it comes, packed or not.
pub fn body(plan: &Plan, schema: &Schema, bytes: &[u8]) {
    let limits = Limits { body_bytes: 1 << 16, line_bytes: 1 << 12, rows: 1_000, problems: 3, ..Limits::default() };
    let Ok(text) = decode(bytes, None, limits.body_bytes) else {
        return;
    };
    let Ok(parsed) = schema.parse_json_lines(&text, NOON, &limits) else {
        return;
    };
    columns(&parsed, &limits);
    both_ways(schema, &text, &parsed);
    judged(plan, parsed);
}

fn columns(parsed: &Parsed, limits: &Limits) {
    let rows = parsed.len();
    assert!(parsed.numbers().iter().all(|column| column.len() == rows));
    assert!(parsed.labels().iter().all(|column| column.ids().len() == rows));
    for column in parsed.labels() {
        assert!(column.ids().iter().all(|id| (*id as usize) < column.values().len()));
        assert!(column.values().len() <= rows.max(1));
    }
    assert!(parsed.lines().is_sorted_by(|a, b| a < b));
    assert!(parsed.problems().listed.is_sorted_by_key(|problem| problem.line));
    assert_eq!(parsed.problems().listed.len(), limits.problems.min(parsed.problems().count as usize));
    assert!(parsed.times_ms().iter().all(|time_ms| (0..=NOON + limits.ahead_ms).contains(time_ms)));
    for problem in &parsed.problems().listed {
        assert!(!problem.to_string().contains(|char: char| char.is_control()), "{problem:?}");
    }
}

/// With a key before all others that holds an object, every line is read by serde_json: to the same rows.
fn both_ways(schema: &Schema, text: &[u8], parsed: &Parsed) {
    let mut other = Vec::with_capacity(text.len() * 2);
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if at > 0 {
            other.push(b'\n');
        }
        let line = if at == 0 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line }.trim_ascii();
        match line.strip_prefix(b"{") {
            Some(rest) => {
                other.extend_from_slice(b"{\"\":{},");
                other.extend_from_slice(rest);
            }
            None => other.extend_from_slice(line),
        }
    }
    let limits = Limits { line_bytes: (1 << 12) + 7, rows: 1_000, ..Limits::default() };
    let thorough = schema.parse_json_lines(&other, NOON, &limits).expect("a body like the other");
    assert_eq!(parsed.lines(), thorough.lines());
    assert_eq!(parsed.times_ms(), thorough.times_ms());
    assert_eq!(parsed.labels(), thorough.labels());
    assert_eq!(parsed.problems().count, thorough.problems().count);
    for (column, other) in parsed.numbers().iter().zip(thorough.numbers()) {
        assert!(column.iter().zip(other).all(|(number, other)| number.to_bits() == other.to_bits()));
    }
}

fn judged(plan: &Plan, parsed: Parsed) {
    let mut evaluator = Evaluator::new(plan).expect("a plan");
    let (rows, bad) = (parsed.len() as u64, parsed.problems().count);
    let whole = parsed.clone().resolve(&mut evaluator, Mode::AllOrNothing);
    assert_eq!(whole.is_ok(), bad == 0);
    let batch = parsed.resolve(&mut evaluator, Mode::Partial).expect("the same plan");
    assert_eq!((batch.len() as u64, batch.problems().count), (rows, bad));
    let outcome = batch.record(&mut evaluator).expect("the same evaluator");
    assert_eq!(outcome.recorded + outcome.non_numbers, rows, "{outcome:?}");
}
