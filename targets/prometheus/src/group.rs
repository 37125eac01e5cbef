//! Rule groups as data: what the text is printed from.

use std::borrow::Cow;

use farthing_plan::duration_text;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

/// A group: its rules are evaluated one after the other, each sees what those before it have just recorded.
///
/// Serialized as Prometheus reads it, with the interval as `1m`. Comments are not serialized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group<'a> {
    /// Unique in its file.
    pub name: String,
    /// How often it is evaluated, in seconds.
    #[serde(rename = "interval", serialize_with = "write_duration", deserialize_with = "read_duration")]
    pub interval_s: u64,
    /// A rule that has more series than this fails, instead of filling the database.
    pub limit: u32,
    /// In the order of evaluation.
    pub rules: Vec<Rule<'a>>,
}

/// A rule of either kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rule<'a> {
    /// Records a series.
    Recording(Recording<'a>),
    /// Tells somebody.
    Alerting(Box<Alerting<'a>>),
}

/// A recording rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording<'a> {
    /// For the reader of the file: lines of text. Not serialized.
    #[serde(skip)]
    pub comment: Cow<'a, str>,
    /// The series' name.
    pub record: Cow<'a, str>,
    /// Added to each series that the expression has.
    pub labels: Pairs<'a>,
    /// PromQL.
    pub expr: String,
}

/// An alerting rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerting<'a> {
    /// For the reader of the file: lines of text. Not serialized.
    #[serde(skip)]
    pub comment: String,
    /// The alert's name.
    pub alert: Cow<'a, str>,
    /// PromQL: it fires for each series that this has.
    pub expr: String,
    /// For how long it must hold before it fires, in seconds; 0 for at once.
    #[serde(
        rename = "for",
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "write_duration",
        deserialize_with = "read_duration"
    )]
    pub for_s: u64,
    /// Added to the alert; values are templates.
    pub labels: Pairs<'a>,
    /// What people are told; values are templates.
    pub annotations: Pairs<'a>,
}

/// Names with their values, sorted by name, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Pairs<'a> {
    /// Of pairs in any order; of several with one name the last is kept.
    pub fn new(mut pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Self {
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            // The sort is stable: reversed, the last of each name comes first, and is the one that dedup keeps.
            pairs.reverse();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        }
        Pairs(pairs)
    }

    /// Two pairs. INVARIANT: the first name sorts before the second.
    pub(crate) fn two(first: (&'static str, &'a str), second: (&'static str, &'a str)) -> Self {
        debug_assert!(first.0 < second.0);
        Pairs(vec![
            (Cow::Borrowed(first.0), Cow::Borrowed(first.1)),
            (Cow::Borrowed(second.0), Cow::Borrowed(second.1)),
        ])
    }

    /// In the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(candidate, value)| (candidate == name).then_some(value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Pairs<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = farthing_plan::Labels::deserialize(deserializer)?;
        Ok(Pairs(map.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect()))
    }
}

fn is_zero(seconds: &u64) -> bool {
    *seconds == 0
}

fn write_duration<S: Serializer>(seconds: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&duration_text(*seconds))
}

fn read_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refused = || de::Error::custom(format!("not a length of time such as 10m: {text}"));
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(refused()),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    count.checked_mul(unit).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_pairs_with_one_name_the_last_is_kept() {
        let pairs = Pairs::new(vec![("b".into(), "1".into()), ("a".into(), "2".into()), ("b".into(), "3".into())]);
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
    }

    #[test]
    fn a_length_that_is_none_is_refused() {
        for interval in ["", "m", "1x", "x1m", "é", "99999999999999999999d"] {
            let text = format!("{{name: a, interval: \"{interval}\", limit: 1, rules: []}}");
            assert!(serde_yaml::from_str::<Group>(&text).is_err(), "{interval}");
        }
    }
}
