//! Rows together, in columns.

use std::collections::HashMap;

use farthing_plan::duration_text;

use crate::{
    limits::Limits,
    names::plain,
    problems::{Problems, Refused},
    row::{Flaw, Row, Value},
    schema::{Column, Kind, Schema},
    time::moment,
};

/// How long, in seconds, the evaluator keeps minutes in any case.
const KEPT: u64 = 6 * 3_600;

/// Good rows in columns, and what is wrong in the others. It needs no evaluator; [`Parsed::resolve`] takes it to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub(crate) schema: Schema,
    pub(crate) times_ms: Vec<i64>,
    pub(crate) numbers: Vec<Vec<f64>>,
    pub(crate) labels: Vec<Labels>,
    pub(crate) lines: Vec<u32>,
    pub(crate) problems: Problems,
    /// How many problems are listed at most.
    pub(crate) listed: usize,
}

/// A column of labels: each value once, and for each row which it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    pub(crate) values: Vec<String>,
    pub(crate) ids: Vec<u32>,
}

impl Labels {
    /// The values, in the order in which they came.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// For each row the index of its value.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }
}

impl Parsed {
    /// What was read.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// When each event happened, in milliseconds since the epoch.
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// Of each number field a column; not a number where nothing reads the field.
    pub fn numbers(&self) -> &[Vec<f64>] {
        &self.numbers
    }

    /// Of each label field a column.
    pub fn labels(&self) -> &[Labels] {
        &self.labels
    }

    /// The line of each row, from 1.
    pub fn lines(&self) -> &[u32] {
        &self.lines
    }

    /// What is wrong with the other rows.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// How many good rows there are.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Whether there is no good row.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }
}

impl Schema {
    /// Reads JSON lines, one object a line; blank lines are none. What has no time field happened now.
    ///
    /// # Errors
    /// Where the body is too long, has too many rows, or is an array. Bad rows are no errors, but problems.
    pub fn parse_json_lines(&self, body: &[u8], now_ms: i64, limits: &Limits) -> Result<Parsed, Refused> {
        if body.len() > limits.body_bytes {
            return Err(Refused::TooLong { most: limits.body_bytes });
        }
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Refused::Array);
        }
        let mut builder = Builder::new(self, now_ms, limits.clone());
        let (mut rows, mut line, mut start) = (0, 0, 0);
        while start < body.len() {
            let end = memchr::memchr(b'\n', &body[start..]).map_or(body.len(), |length| start + length);
            let text = body[start..end].trim_ascii();
            (line, start) = (line + 1, end + 1);
            if text.is_empty() {
                continue;
            }
            rows += 1;
            if rows > limits.rows {
                return Err(Refused::TooManyRows { most: limits.rows });
            }
            builder.json(line, text);
        }
        Ok(builder.finish())
    }
}

/// Makes a batch row by row. How many rows it takes is the caller's to say.
pub struct Builder<'s> {
    schema: &'s Schema,
    limits: Limits,
    now_ms: i64,
    /// The times that are taken, both included.
    oldest_ms: i64,
    newest_ms: i64,
    row: Row,
    parsed: Parsed,
    /// For each label column the index of each value.
    ids: Vec<HashMap<String, u32>>,
    /// The number and label fields that are read.
    numbers: Vec<usize>,
    labels: Vec<usize>,
}

impl<'s> Builder<'s> {
    /// An empty batch at a time, in milliseconds since the epoch.
    pub fn new(schema: &'s Schema, now_ms: i64, limits: Limits) -> Builder<'s> {
        let (mut numbers, mut labels) = (Vec::new(), Vec::new());
        for column in schema.columns() {
            match column.kind {
                Kind::Time => {}
                Kind::Number(at) => numbers.push(at),
                Kind::Label(at) => labels.push(at),
            }
        }
        let kept_ms = schema.longest_period().max(KEPT).saturating_mul(1_000);
        Builder {
            schema,
            now_ms,
            oldest_ms: now_ms.saturating_sub_unsigned(kept_ms),
            newest_ms: now_ms.saturating_add(limits.ahead_ms),
            row: schema.empty_row(),
            parsed: Parsed {
                schema: schema.clone(),
                times_ms: Vec::new(),
                numbers: vec![Vec::new(); schema.numbers()],
                labels: vec![Labels::default(); schema.labels().len()],
                lines: Vec::new(),
                problems: Problems::default(),
                listed: limits.problems,
            },
            limits,
            ids: vec![HashMap::new(); schema.labels().len()],
            numbers,
            labels,
        }
    }

    /// A row that is a JSON object, which stands on this line.
    pub fn json(&mut self, line: u32, text: &[u8]) {
        let result = if text.len() > self.limits.line_bytes {
            let most = self.limits.line_bytes;
            Err(Flaw::of_row(format!("a line of {} bytes; at most {most} are taken", text.len())))
        } else {
            self.schema.json(&mut self.row, text)
        };
        self.end_row(line, result);
    }

    /// A row of values by name, which counts as this line.
    pub fn values(&mut self, line: u32, values: &[(&str, Value<'_>)]) {
        let result = self.schema.values(&mut self.row, values);
        self.end_row(line, result);
    }

    /// The batch.
    pub fn finish(mut self) -> Parsed {
        let rows = self.parsed.times_ms.len();
        for (at, column) in self.parsed.numbers.iter_mut().enumerate() {
            if !self.numbers.contains(&at) {
                column.resize(rows, f64::NAN);
            }
        }
        for (at, column) in self.parsed.labels.iter_mut().enumerate() {
            if !self.labels.contains(&at) {
                *column = Labels { values: vec![self.row.labels[at].clone()], ids: vec![0; rows] };
            }
        }
        self.parsed
    }

    fn end_row(&mut self, line: u32, result: Result<(), Flaw>) {
        match result.and_then(|()| self.time()).and_then(|time_ms| self.kept_labels().map(|()| time_ms)) {
            Ok(time_ms) => self.push(line, time_ms),
            Err(flaw) => self.parsed.problems.add(line, flaw, self.limits.problems),
        }
    }

    /// When the row happened.
    fn time(&self) -> Result<i64, Flaw> {
        let Some(time_ms) = self.row.time_ms else {
            return Ok(self.now_ms);
        };
        let flaw = |message: String| {
            let column = self.schema.time_column().map(|column| plain(column.name()));
            Err(Flaw { column, message })
        };
        if time_ms > self.newest_ms {
            let ahead = (time_ms - self.now_ms) / 1_000;
            return flaw(format!(
                "{} UTC is {ahead} s ahead of the clock here, {} UTC; at most {} s are taken: a wrong clock, or a local \
                 time without its offset?",
                moment(time_ms),
                moment(self.now_ms),
                self.limits.ahead_ms / 1_000
            ));
        }
        if time_ms < self.oldest_ms {
            let kept = duration_text(self.schema.longest_period().max(KEPT));
            return flaw(format!(
                "{} UTC is more than {kept} ago: too old to count for any objective; `farthing backtest` judges old \
                 events",
                moment(time_ms)
            ));
        }
        Ok(time_ms)
    }

    /// Labels whose text the evaluator would keep are not of any length.
    fn kept_labels(&self) -> Result<(), Flaw> {
        let most = self.limits.label_bytes;
        for (at, label) in self.schema.labels().iter().enumerate() {
            let length = self.row.labels[at].len();
            if label.kept && length > most {
                let column = self.schema.label_column(at).map(|column: &Column| plain(column.name()));
                let message =
                    format!("a text of {length} bytes; objectives are broken down by values of at most {most}");
                return Err(Flaw { column, message });
            }
        }
        Ok(())
    }

    fn push(&mut self, line: u32, time_ms: i64) {
        self.parsed.times_ms.push(time_ms);
        self.parsed.lines.push(line);
        for &at in &self.numbers {
            self.parsed.numbers[at].push(self.row.numbers[at]);
        }
        for &at in &self.labels {
            let (text, column) = (self.row.labels[at].as_str(), &mut self.parsed.labels[at]);
            let ids = &mut self.ids[at];
            let id = match column.ids.last() {
                // Rows of one kind often come together.
                Some(last) if column.values[*last as usize] == text => *last,
                _ => match ids.get(text) {
                    Some(id) => *id,
                    None => {
                        // INVARIANT: fits, for lines do, and each has one value.
                        let id = column.values.len() as u32;
                        column.values.push(text.to_string());
                        ids.insert(text.to_string(), id);
                        id
                    }
                },
            };
            column.ids.push(id);
        }
    }
}
