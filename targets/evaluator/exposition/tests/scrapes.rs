//! What is read of a scrape, and what is refused.

mod common;

use common::{read, why};
use farthing_exposition::{Format, Limits, named, parse};

#[test]
fn samples_have_a_series_a_value_and_maybe_a_time() {
    let text = "# HELP a Some \"help\".\n# TYPE a counter\na_total{b=\"x } \\\" \\\\ \\n y\", c=\"\",} 1.5e3 1790812800123\n\n\
        up 1\n  b {x = \"y\"}\t-Inf \n# anything\n# TYPE\n#\nc NaN -5\nd +Inf";
    let samples = read(text, Format::Text);
    let series: Vec<&str> = samples.iter().map(|sample| sample.series.as_str()).collect();
    assert_eq!(series, [r#"a_total{b="x } \" \\ \n y", c="",}"#, "up", r#"b {x = "y"}"#, "c", "d"]);
    assert_eq!((samples[0].value, samples[0].time_ms), (1_500.0, Some(1_790_812_800_123)));
    let (name, labels) = named(&samples[0].series).expect("a series");
    assert_eq!((name.as_str(), samples[0].name.as_str()), ("a_total", "a_total"));
    assert_eq!(labels, [("b".into(), "x } \" \\ \n y".into()), ("c".into(), String::new())]);
    assert_eq!((samples[1].value, samples[1].time_ms), (1.0, None));
    assert_eq!(samples[2].value, f64::NEG_INFINITY);
    assert!(samples[3].value.is_nan());
    assert_eq!(samples[3].time_ms, Some(-5));
    assert_eq!(samples[4].value, f64::INFINITY);
}

#[test]
fn openmetrics_has_seconds_exemplars_and_an_end() {
    let text = "# TYPE a histogram\n# UNIT a seconds\na_bucket{le=\"+Inf\"} 17 1790812800.5 # {trace_id=\"z # }\"} 0.5 \
        1790812800.2\na_count 17 # {} 1\na_sum 4 1.79e9\n# EOF\n";
    let samples = read(text, Format::OpenMetrics);
    let times: Vec<Option<i64>> = samples.iter().map(|sample| sample.time_ms).collect();
    assert_eq!(times, [Some(1_790_812_800_500), None, Some(1_790_000_000_000)]);
    assert_eq!(read("# EOF", Format::OpenMetrics).len(), 0);
    assert_eq!(read("", Format::Text).len(), 0);
}

#[test]
fn names_of_any_characters_stand_in_quotes() {
    let text = "{\"my.metric\", \"a.b\"=\"c\", d=\"e\"} 1\n{\"is \\\"it\\\"\"} 2\n# TYPE \"my.metric\" gauge\n";
    let samples = read(text, Format::Text);
    assert_eq!(samples[0].name, "my.metric");
    assert_eq!(named(&samples[0].series).expect("a series").1.len(), 2);
    assert_eq!(samples[1].name, "is \"it\"");
    assert_eq!(named(&samples[1].series).expect("a series").0, "is \"it\"");
}

#[test]
fn created_series_tell_when_their_family_began() {
    let text = "# TYPE a counter\na_total 1\na_created 1790812800.25\n# TYPE job_created gauge\njob_created 1790812800\n\
        # TYPE b summary\nb_created NaN\n# EOF\n";
    let created = |format| -> Vec<(String, Option<i64>)> {
        let creating = read(text, format).into_iter().filter(|sample| sample.creates);
        creating.map(|sample| (sample.series, sample.created_ms)).collect()
    };
    let a = ("a_created".to_string(), Some(1_790_812_800_250));
    let b = ("b_created".to_string(), None);
    assert_eq!(created(Format::OpenMetrics), [a.clone(), b.clone()]);
    // The older format has a type of its own for `a_created`, which is one line more that tells nothing.
    assert_eq!(created(Format::Text), [a, ("job_created".to_string(), Some(1_790_812_800_000)), b]);
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (line, column, part) in [
        ("<!DOCTYPE html>", 1, "expected the name of a metric, found \"<!DOCTYPE html>\""),
        ("a", 2, "expected a value, but the line ends"),
        ("a-b 1", 2, "expected a blank or `{`, found \"-b 1\""),
        ("a x", 3, "expected a number, found \"x\""),
        ("a 0x1p-2", 3, "expected a number"),
        ("a 1_000", 3, "expected a number"),
        ("a 1\r", 3, "expected a number"),
        ("a 1 noon", 5, "expected a time in whole milliseconds"),
        ("a 1 1.5", 5, "expected a time in whole milliseconds"),
        ("a 1 2 3", 7, "expected the end of the line, found \"3\""),
        ("a 1 2 # {} 1", 7, "expected the end of the line"),
        ("a{b=\"c\" 1", 9, "expected `,` or `}`, found \"1\""),
        ("a{b=\"ü\" 1", 9, "expected `,` or `}`, found \"1\""),
        ("a{b=\"c\"", 2, "these braces are not closed"),
        ("a{b=\"c\",", 2, "these braces are not closed"),
        ("a{b=\"c} 1", 5, "these quotes are not closed"),
        ("a{b=\"c\\", 5, "these quotes are not closed"),
        ("a{b=c} 1", 5, "expected a value in quotes, found \"c} 1\""),
        ("a{b} 1", 4, "expected `=`"),
        ("a{1=\"\"} 1", 3, "expected the name of a label or `}`"),
        ("a{b:c=\"\"} 1", 4, "expected `=`"),
        ("a{,} 1", 3, "expected the name of a label or `}`"),
        ("{b=\"c\"} 1", 2, "expected the name of the metric in quotes"),
        ("{\"\"} 1", 2, "an empty name"),
        ("a{\"b\"} 1", 6, "expected `=`"),
        ("# TYPE a", 9, "expected a type"),
        ("# TYPE a thing", 10, "expected a type, such as counter, gauge, histogram or summary, found \"thing\""),
        ("# TYPE \"a counter", 8, "these quotes are not closed"),
        ("a 1e999", 3, "expected a number"),
    ] {
        let error = why(&format!("up 1\n{line}\nup 2\n"), Format::Text);
        assert_eq!((error.line, error.column), (2, column), "{line}: {error}");
        assert!(error.message.contains(part), "{line}: {error}");
    }
    for (text, line, part) in [
        ("a 1\n", 2, "ends without `# EOF`"),
        ("# EOF\na 1\n", 2, "something follows `# EOF`"),
        ("# EOF\n\n", 2, "something follows `# EOF`"),
        ("a 1 NaN\n# EOF\n", 1, "a time in seconds"),
        ("a 1 1e300\n# EOF\n", 1, "a time in seconds"),
        ("a 1 # 5\n# EOF\n", 1, "the labels of an exemplar"),
        ("a 1 # {a=\"b\"}\n# EOF\n", 1, "the value of an exemplar"),
    ] {
        let error = why(text, Format::OpenMetrics);
        assert!(error.line == line && error.message.contains(part), "{text}: {error}");
    }
    assert_eq!(why("a 1\na{b=\"\n\"} 1\n", Format::Text).to_string(), "line 2, column 5: these quotes are not closed");
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    let mut take = |_: farthing_exposition::Sample<'_>| Ok(());
    let error = parse(b"a 1\nb{c=\"\xff\"} 1\n", Format::Text, &Limits::default(), &mut take).expect_err("no text");
    assert_eq!(error.to_string(), "line 2, column 6: not UTF-8");
}

#[test]
fn limits_are_kept() {
    let limits = Limits { bytes: 100, line: 30, samples: 2, labels: 2 };
    let why = |text: &str| {
        let error = parse(text.as_bytes(), Format::Text, &limits, &mut |_| Ok(())).expect_err(text);
        assert!(error.exceeds);
        error.to_string()
    };
    assert_eq!(why("a 1\na 2\na 3\n"), "line 3, column 1: more than 2 samples");
    assert_eq!(why("a{b=\"\",c=\"\",d=\"\"} 1\n"), "line 1, column 2: a series of more than 2 labels");
    assert_eq!(why(&format!("# {}\n", "-".repeat(40))), "line 1, column 1: a line of more than 30 bytes");
    assert_eq!(why(&"a 1\n".repeat(30)), "line 1, column 1: a text of 120 bytes; the limit is 100");
    let exactly = "a{b=\"\",c=\"\"} 1\na 2\n";
    assert!(parse(exactly.as_bytes(), Format::Text, &limits, &mut |_| Ok(())).is_ok());
}

#[test]
fn what_the_taker_refuses_is_an_error_of_that_line() {
    let mut take = |sample: farthing_exposition::Sample<'_>| match sample.series {
        "b" => Err("no b".to_string()),
        _ => Ok(()),
    };
    let error = parse(b"a 1\nb 1\n", Format::Text, &Limits::default(), &mut take).expect_err("b");
    assert_eq!(error.to_string(), "line 2, column 1: no b");
}
