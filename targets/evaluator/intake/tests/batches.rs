//! Batches as a server takes them.

mod common;

use common::{NOON, compiled, plan};
use farthing_evaluator::{Evaluator, MAX_LABEL_VALUES, RecordError};
use farthing_intake::{Limits, Mode, Parsed, Refused, Schema, SchemaError, Unresolved};

fn schema() -> Schema {
    Schema::new(&plan(true), "requests").expect("an event")
}

fn parsed(body: &str) -> Parsed {
    schema().parse_json_lines(body.as_bytes(), NOON, &Limits::default()).expect("a body")
}

fn line(time: &str, model: &str, tokens: &str) -> String {
    format!(
        "{{\"timestamp\": {time}, \"model\": {model}, \"outcome\": \"ok\", \"prompt_tokens\": {tokens}, \
         \"completion_tokens\": 90, \"anything\": \"else\"}}\n"
    )
}

/// The only problem of a body.
fn problem(body: &str) -> String {
    let parsed = parsed(body);
    assert_eq!(parsed.problems().count, 1, "{}", parsed.problems());
    parsed.problems().to_string()
}

#[test]
fn rows_become_columns() {
    let body = [line("1790855940", "\"a\"", "1"), "\n".into(), line("1790855941.5", "\"b\"", "2.5")].concat();
    let parsed = parsed(&(body + &line("\"2026-10-01T11:59:02Z\"", "\"a\"", "\"3\"")));
    assert!(parsed.problems().is_empty(), "{}", parsed.problems());
    assert_eq!(parsed.times_ms(), [NOON - 60_000, NOON - 58_500, NOON - 58_000]);
    assert_eq!(parsed.lines(), [1, 3, 4]);
    assert_eq!(parsed.numbers()[..2], [vec![1.0, 2.5, 3.0], vec![90.0; 3]]);
    // Nothing reads the latency, nor the user.
    assert!(parsed.numbers()[2].len() == 3 && parsed.numbers()[2].iter().all(|number| number.is_nan()));
    let [model, outcome, user] = parsed.labels() else { panic!("three labels") };
    assert_eq!((model.values(), model.ids()), (&["a".to_string(), "b".into()][..], &[0, 1, 0][..]));
    assert_eq!((outcome.values(), outcome.ids()), (&["ok".to_string()][..], &[0; 3][..]));
    assert_eq!((user.values(), user.ids()), (&[String::new()][..], &[0; 3][..]));
}

#[test]
fn a_bad_row_has_its_line_its_column_and_a_way_out() {
    let good = line("1790855940", "\"a\"", "1");
    let bad = |bad: String| problem(&(good.clone() + &bad + &good));
    assert_eq!(bad(line("1790855940", "\"a\"", "\"x\"")), "line 2, column prompt_tokens: \"x\" is not a number");
    assert_eq!(bad(line("1790855940", "[]", "1")), "line 2, column model: an array, where a text is needed");
    assert_eq!(
        bad(good.replace("\"ok\"", "\"fine\"")),
        "line 2, column outcome: \"fine\" is none of the values that the event allows: failed, ok"
    );
    let missing = bad(good.replace("prompt", "Prompt"));
    assert!(missing.starts_with("line 2: there is no key \"prompt_tokens\" (did you mean \"Prompt_tokens\"?)"));
    assert_eq!(
        bad("12\n".into()),
        "line 2: not a JSON object: invalid type: integer `12`, expected an object at column 2"
    );
    let long = bad(line("1790855940", &format!("{:?}", "x".repeat(1_025)), "1"));
    assert_eq!(
        long,
        "line 2, column model: a text of 1025 bytes; objectives are broken down by values of at most 1024"
    );
    let longer = bad(line("1790855940", &format!("{:?}", "x".repeat(1 << 20)), "1"));
    assert!(longer.starts_with("line 2: a line of 10") && longer.ends_with("at most 1048576 are taken"), "{longer}");
}

#[test]
fn times_are_held_against_the_clock() {
    let taken = |time_ms: i64| parsed(&line(&time_ms.to_string(), "\"a\"", "1")).len();
    let day = 86_400_000;
    assert_eq!((taken(NOON + 60_000), taken(NOON + 60_001)), (1, 0));
    assert_eq!((taken(NOON - 30 * day), taken(NOON - 30 * day - 1)), (1, 0));
    assert_eq!(
        problem(&line("\"2026-10-01T14:00:00\"", "\"a\"", "1")),
        "line 1, column timestamp: 2026-10-01 14:00 UTC is 7200 s ahead of the clock here, 2026-10-01 12:00 UTC; at most \
         60 s are taken: a wrong clock, or a local time without its offset?"
    );
    assert_eq!(
        problem(&line("\"2026-08-01T14:00:00\"", "\"a\"", "1")),
        "line 1, column timestamp: 2026-08-01 14:00 UTC is more than 30d ago: too old to count for any objective; \
         `farthing backtest` judges old events"
    );
    // What has no time happened now.
    let schema = Schema::new(&plan(false), "pings").expect("an event");
    let parsed = schema.parse_json_lines(b"{\"n\": 1}", NOON, &Limits::default()).expect("a body");
    assert_eq!((schema.time_column(), parsed.times_ms()), (None, &[NOON][..]));
}

#[test]
fn problems_are_counted_and_some_are_listed() {
    let parsed = parsed(&"{}\n".repeat(30));
    assert_eq!((parsed.problems().count, parsed.problems().listed.len(), parsed.len()), (30, 20, 0));
    assert!(parsed.problems().to_string().ends_with("\nand 10 more"), "{}", parsed.problems());
}

#[test]
fn a_batch_is_bounded() {
    let refused = |body: &str, limits: &Limits| schema().parse_json_lines(body.as_bytes(), NOON, limits).err();
    let limits = Limits { body_bytes: 100, rows: 3, ..Limits::default() };
    assert_eq!(refused(&" ".repeat(101), &limits), Some(Refused::TooLong { most: 100 }));
    assert_eq!(refused("{}\n\n{}\n{}", &limits), None);
    assert_eq!(refused("{}\n{}\n{}\n{}", &limits), Some(Refused::TooManyRows { most: 3 }));
    assert_eq!(refused(" [{}]", &limits), Some(Refused::Array));
    assert_eq!(refused("", &limits), None);
}

#[test]
fn an_event_that_is_not_there_is_told_what_is() {
    let told = |name: &str| Schema::new(&plan(false), name).expect_err("no event").to_string();
    assert_eq!(
        told("request"),
        "there is no event request (did you mean \"requests\"?); there are: requests, pings, unread"
    );
    assert_eq!(told("\u{1b}x"), "there is no event \\u{1b}x; there are: requests, pings, unread");
    assert_eq!(told("unread"), "no objective reads the event unread");
    let none = Schema::new(&compiled("unit conversation\n"), "a").expect_err("no event");
    assert_eq!(none, SchemaError::Unknown { name: "a".into(), known: vec![] });
}

#[test]
fn bad_rows_are_left_out_or_all() {
    let body =
        [line("1790855940", "\"a\"", "1"), line("1790855940", "\"a\"", "\"x\""), line("1790855941", "\"b\"", "2")];
    let (parsed, mut evaluator) = (parsed(&body.concat()), Evaluator::new(&plan(true)).expect("a plan"));
    let whole = parsed.clone().resolve(&mut evaluator, Mode::AllOrNothing);
    assert_eq!(whole, Err(Unresolved::Rows(parsed.problems().clone())));
    let batch = parsed.resolve(&mut evaluator, Mode::Partial).expect("two good rows");
    assert_eq!((batch.len(), batch.problems().count), (2, 1));
    assert_eq!(evaluator.report().health.events, 0, "nothing is recorded yet");
    assert_eq!(batch.record(&mut evaluator).expect("a batch").recorded, 2);
    evaluator.advance(NOON);
    let verdicts = &evaluator.report().services[0].objectives[0].verdicts;
    assert_eq!(verdicts.iter().map(|verdict| verdict.denominator).collect::<Vec<_>>(), [1.0, 1.0]);
}

#[test]
fn values_beyond_the_limit_are_problems_of_their_rows() {
    let mut evaluator = Evaluator::new(&plan(true)).expect("a plan");
    let many: String = (0..MAX_LABEL_VALUES - 1).map(|at| line("1790855940", &format!("\"m{at}\""), "1")).collect();
    let batch = parsed(&many).resolve(&mut evaluator, Mode::AllOrNothing).expect("as many as may be");
    assert_eq!(batch.record(&mut evaluator).expect("a batch").recorded, MAX_LABEL_VALUES as u64 - 1);
    // One more has room; the others have not.
    let models = ["m1", "one more", "two more", "m2", "two more", "three more"];
    let more: String = models.map(|model| line("1790855940", &format!("{model:?}"), "1")).concat() + "{\n";
    let whole = parsed(&more).resolve(&mut evaluator, Mode::AllOrNothing);
    assert!(matches!(whole, Err(Unresolved::Rows(problems)) if problems.count == 1), "a bad line comes first");
    let batch = parsed(&more).resolve(&mut evaluator, Mode::Partial).expect("some good rows");
    let lines: Vec<u32> = batch.problems().listed.iter().map(|problem| problem.line).collect();
    assert_eq!((batch.len(), batch.problems().count, lines), (3, 4, vec![3, 5, 6, 7]));
    assert_eq!(
        batch.problems().listed[0].to_string(),
        "line 3, column model: more than 10000 different values: too many to break an objective down by"
    );
    assert_eq!(batch.record(&mut evaluator).expect("a batch").recorded, 3);
    let whole = parsed(&line("1790855940", "\"two more\"", "1")).resolve(&mut evaluator, Mode::AllOrNothing);
    assert!(matches!(whole, Err(Unresolved::Rows(problems)) if problems.count == 1));
}

#[test]
fn an_evaluator_of_another_plan_is_noticed() {
    let other = compiled(
        "event other {\n  n: token\n}\nservice s {\n  objective o { 99% of other have n < 9 token  over 30d }\n}\n",
    );
    let mut evaluator = Evaluator::new(&other).expect("a plan");
    let result = parsed(&line("1790855940", "\"a\"", "1")).resolve(&mut evaluator, Mode::Partial);
    assert_eq!(result, Err(Unresolved::OtherPlan(RecordError::UnknownEvent)));
}
