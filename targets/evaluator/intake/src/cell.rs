//! One value of a row: a time, a number or a label.

use std::borrow::Cow;

use crate::time;

/// Beyond this the evaluator takes a number for a mistake.
const LARGEST: f64 = 1e100;

/// A value as a row has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text, in which a time or a number may stand as well.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A number that was written without point and exponent: as a label it keeps all its digits.
    Whole(i128),
    /// A JSON value that is none of these, by its name: `null`, `true`, `false`, `an array`, `an object`.
    Other(&'static str),
}

/// Milliseconds since the epoch, from 0.
pub(crate) fn time_of(cell: Cell<'_>) -> Result<i64, String> {
    let time_ms = match cell {
        Cell::Text(text) => time::parse(text)?,
        Cell::Number(number) => time::unix(number)?,
        Cell::Whole(number) => time::unix(number as f64)?,
        Cell::Other(what) => return Err(format!("{what}, where a time is needed")),
    };
    if time_ms < 0 { Err("a time before 1970".to_string()) } else { Ok(time_ms) }
}

/// A number that can be added up.
pub(crate) fn number_of(cell: Cell<'_>) -> Result<f64, String> {
    let number = match cell {
        Cell::Number(number) => number,
        Cell::Whole(number) => number as f64,
        Cell::Text(text) => match integer(text.as_bytes()) {
            Some(number) => return Ok(number),
            None => text.trim().parse().map_err(|_| no_number(text.trim()))?,
        },
        Cell::Other(what) => return Err(format!("{what}, where a number is needed")),
    };
    if number.abs() <= LARGEST { Ok(number) } else { Err(format!("{number} cannot be added up")) }
}

/// A text. What is not there is empty.
pub(crate) fn label_of(cell: Cell<'_>) -> Result<Cow<'_, str>, String> {
    match cell {
        Cell::Text(text) => Ok(text.into()),
        // 3, not 3.0: as it stands in the file.
        Cell::Number(number) => Ok(number.to_string().into()),
        Cell::Whole(number) => Ok(number.to_string().into()),
        Cell::Other("null") => Ok("".into()),
        Cell::Other(word @ ("true" | "false")) => Ok(word.into()),
        Cell::Other(what) => Err(format!("{what}, where a text is needed")),
    }
}

/// What most cells are, fast: at most 15 digits, which a float holds exactly.
fn integer(digits: &[u8]) -> Option<f64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut number = 0u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
    }
    Some(number as f64)
}

fn no_number(text: &str) -> String {
    match text {
        "" => "empty; a number is needed".to_string(),
        _ if text.contains(',') && text.replace(',', "").parse::<f64>().is_ok() => {
            format!("{text:?} is not a number: thousands are not separated, and the decimal sign is a point")
        }
        _ => format!("{text:?} is not a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_stand_in_a_text() {
        assert_eq!(number_of(Cell::Text("12")), Ok(12.0));
        assert_eq!(number_of(Cell::Text(" 1.5e3 ")), Ok(1500.0));
        assert_eq!(number_of(Cell::Text("9007199254740993")), Ok(9_007_199_254_740_992.0));
        assert!(number_of(Cell::Text("1,234")).is_err_and(|why| why.contains("thousands")));
        assert!(number_of(Cell::Number(1e101)).is_err_and(|why| why.contains("added up")));
        assert!(number_of(Cell::Other("null")).is_err_and(|why| why == "null, where a number is needed"));
    }

    #[test]
    fn a_label_is_as_it_was_written() {
        assert_eq!(label_of(Cell::Number(3.0)).as_deref(), Ok("3"));
        assert_eq!(label_of(Cell::Number(0.5)).as_deref(), Ok("0.5"));
        assert_eq!(label_of(Cell::Whole(18_446_744_073_709_551_615)).as_deref(), Ok("18446744073709551615"));
        assert_eq!(label_of(Cell::Other("null")).as_deref(), Ok(""));
        assert_eq!(label_of(Cell::Other("true")).as_deref(), Ok("true"));
        assert!(label_of(Cell::Other("an array")).is_err());
    }
}
