//! Recording rules in the order in which a backfill must compute them.
//!
//! Prometheus itself evaluates a group's rules one after the other, again and again, so each reads what the others
//! recorded before. A backfill computes one rule over the whole period at once, so whatever the rule reads must be
//! there for the whole period: rules are cut into stages, and each stage reads earlier ones only.

use farthing_plan::Labels;
use serde_yaml::{Mapping, Value};

use crate::Failure;

/// A rule file of Prometheus, as far as the tests read it.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Of all groups, in the order of the file.
    pub recording: Vec<Recording>,
    /// Of all groups, in the order of the file.
    pub alerting: Vec<Alerting>,
}

/// A recording rule.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The recorded series' name.
    pub record: String,
    /// The labels that the rule sets.
    pub labels: Labels,
    /// PromQL.
    pub expr: String,
    group: Mapping,
    text: Value,
}

/// An alerting rule.
#[derive(Clone, Debug)]
pub struct Alerting {
    /// Its name.
    pub alert: String,
    /// PromQL.
    pub expr: String,
    /// The labels that the rule sets.
    pub labels: Labels,
}

impl Rules {
    /// Reads the text of a rule file.
    ///
    /// # Errors
    /// When it is no rule file.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let refused = |what: &str| Failure::new(format!("not a rule file: {what}"));
        let file: Value = serde_yaml::from_str(text).map_err(|error| refused(&error.to_string()))?;
        let mut rules = Rules { recording: Vec::new(), alerting: Vec::new() };
        for group in file["groups"].as_sequence().ok_or_else(|| refused("no groups"))? {
            let mut head = group.as_mapping().ok_or_else(|| refused("a group is no mapping"))?.clone();
            let members = head.remove("rules").ok_or_else(|| refused("a group has no rules"))?;
            for rule in members.as_sequence().ok_or_else(|| refused("the rules are no list"))? {
                let labels = rule["labels"].as_mapping().into_iter().flatten();
                let labels = labels.map(|(name, value)| Some((name.as_str()?.into(), value.as_str()?.into())));
                let labels: Labels = labels.collect::<Option<_>>().ok_or_else(|| refused("a label is no text"))?;
                let expr = rule["expr"].as_str().ok_or_else(|| refused("a rule has no expr"))?.to_string();
                if let Some(record) = rule["record"].as_str() {
                    let (group, text) = (head.clone(), rule.clone());
                    rules.recording.push(Recording { record: record.into(), labels, expr, group, text });
                } else if let Some(alert) = rule["alert"].as_str() {
                    rules.alerting.push(Alerting { alert: alert.into(), labels, expr });
                } else {
                    return Err(refused("a rule neither records nor alerts"));
                }
            }
        }
        Ok(rules)
    }

    /// Expressions that must have no result ever: where one has, a rule would record two series as one, and Prometheus
    /// would refuse its result.
    pub fn doubles(&self) -> impl Iterator<Item = String> {
        self.recording.iter().filter(|rule| rule.chooses()).map(|rule| format!("{} > 1", rule.over("count")))
    }

    /// The recording rules as rule files, each to be computed over the whole period before the next one.
    ///
    /// A rule whose result is now one series and then another (`a or b`) is wrapped into a sum without the labels that the
    /// rule sets anyway: promtool writes one series after the other, and loses what comes before the end of the first.
    /// [`Rules::doubles`] says that nothing was added up.
    ///
    /// A rule keeps its group's name and interval: both decide at which times Prometheus evaluates it.
    ///
    /// # Errors
    /// When rules read each other in a circle.
    pub fn stages(&self) -> Result<Vec<String>, Failure> {
        let mut stage: Vec<Option<usize>> = vec![None; self.recording.len()];
        let mut last = 0;
        while stage.contains(&None) {
            let known = stage.clone();
            for (index, rule) in self.recording.iter().enumerate().filter(|(index, _)| known[*index].is_none()) {
                let read = selectors(&rule.expr);
                let mut writers = (0..known.len())
                    .filter(|other| read.iter().any(|selector| selector.may_read(&self.recording[*other])));
                // One more than the latest writer; unknown while any writer is.
                stage[index] = writers.try_fold(0, |at_least, writer| Some(at_least.max(known[writer]? + 1)));
                last = last.max(stage[index].unwrap_or(0));
            }
            if stage == known {
                return Err(Failure::new("recording rules read each other in a circle"));
            }
        }
        (0..=last)
            .map(|wanted| {
                let mut groups: Vec<Mapping> = Vec::new();
                for (rule, _) in self.recording.iter().zip(&stage).filter(|(_, stage)| **stage == Some(wanted)) {
                    if groups.last().is_none_or(|group| group["name"] != rule.group["name"]) {
                        let mut group = rule.group.clone();
                        group.insert("rules".into(), Value::Sequence(Vec::new()));
                        groups.push(group);
                    }
                    let rules = groups.last_mut().and_then(|group| group["rules"].as_sequence_mut());
                    let mut text = rule.text.clone();
                    if rule.chooses() {
                        text["expr"] = Value::from(rule.over("sum"));
                    }
                    rules.expect("a group was pushed, with a list of rules").push(text);
                }
                let file = Mapping::from_iter([("groups".into(), Value::from(groups))]);
                serde_yaml::to_string(&file).map_err(|error| Failure::new(error.to_string()))
            })
            .collect()
    }
}

impl Recording {
    /// Whether the expression's result may come from different series at different times.
    fn chooses(&self) -> bool {
        self.expr.split_whitespace().any(|word| word == "or")
    }

    /// The result aggregated over the labels that the rule sets.
    fn over(&self, aggregation: &str) -> String {
        let labels: Vec<&str> = self.labels.keys().map(String::as_str).collect();
        format!("{aggregation} without ({}) ({})", labels.join(", "), self.expr)
    }
}

/// A metric's name in an expression, with the labels that must be equal to something.
#[derive(Debug, PartialEq)]
struct Selector {
    name: String,
    equal: Vec<(String, String)>,
}

impl Selector {
    /// Whether the selector may select what the rule records: same name, and no label that the rule sets otherwise.
    fn may_read(&self, rule: &Recording) -> bool {
        self.name == rule.record
            && self.equal.iter().all(|(name, value)| rule.labels.get(name).is_none_or(|set| set == value))
    }
}

/// Each name in a PromQL expression that can be a recorded series: one with a colon, which nothing else may have.
fn selectors(expression: &str) -> Vec<Selector> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(next) = rest.chars().next() {
        if next == '"' || next == '\'' {
            rest = &rest[quoted(rest)..];
        } else if next.is_ascii_alphabetic() || next == '_' || next == ':' {
            let (name, after) = rest.split_at(word(rest));
            rest = after;
            if name.contains(':') {
                let equal = after.trim_start().strip_prefix('{').map(equalities).unwrap_or_default();
                found.push(Selector { name: name.to_string(), equal });
            }
        } else if next.is_ascii_digit() {
            // A number or a duration; `[1d:10m]` has a colon too.
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
            rest = rest[end..].strip_prefix(':').unwrap_or(&rest[end..]);
        } else {
            rest = &rest[next.len_utf8()..];
        }
    }
    found
}

/// The `name="value"` of a selector's inside; other matchers exclude nothing here.
fn equalities(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',', '\n']);
        let (name, after) = rest.split_at(word(rest));
        let operator = &after[..after.find(['"', '\'']).unwrap_or(0)];
        if name.is_empty() || operator.is_empty() {
            return found;
        }
        let value = &after[operator.len()..];
        let (value, after) = value.split_at(quoted(value));
        if operator.trim() == "=" && !value.contains('\\') && value.len() >= 2 {
            found.push((name.to_string(), value[1..value.len() - 1].to_string()));
        }
        rest = after;
    }
}

/// The length of the name at the start.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len())
}

/// The length of the quoted text at the start, quotes included.
fn quoted(text: &str) -> usize {
    let Some(quote) = text.chars().next() else {
        return 0;
    };
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_what_their_labels_must_equal() {
        let expression =
            r#"sum by (a) (x:y{flow="c/d", b=~"e|f",g!="h"}[1d:10m]) / on() group_left() (:z > 2) or m{l="n:o"}"#;
        let found = selectors(expression);
        let x = Selector { name: "x:y".into(), equal: vec![("flow".into(), "c/d".into())] };
        assert_eq!(found, [x, Selector { name: ":z".into(), equal: vec![] }]);
    }

    #[test]
    fn a_rule_comes_after_what_it_reads() {
        let text = r#"
groups:
  - name: late
    interval: 2m
    rules:
      - {record: "a:second", expr: 'sum(a:first{flow="x"})', labels: {flow: x}}
      - {record: "a:first", expr: 'a:first{flow="x"} * 2', labels: {flow: y}}
  - name: early
    interval: 1m
    rules:
      - {record: "a:first", expr: raw_total, labels: {flow: x}}
      - {alert: A, expr: 'a:second > 1'}
"#;
        let rules = Rules::parse(text).unwrap();
        let stages = rules.stages().unwrap();
        let recorded = |stage: &str| -> Vec<String> {
            Rules::parse(stage)
                .unwrap()
                .recording
                .iter()
                .map(|rule| format!("{}{:?}", rule.record, rule.labels))
                .collect()
        };
        assert_eq!(stages.len(), 2);
        assert_eq!(recorded(&stages[0]), [r#"a:first{"flow": "x"}"#]);
        assert_eq!(recorded(&stages[1]), [r#"a:second{"flow": "x"}"#, r#"a:first{"flow": "y"}"#]);
        assert!(stages[1].contains("2m") && stages[0].contains("1m"), "{stages:?}");
        assert_eq!(rules.alerting[0].alert, "A");
    }

    #[test]
    fn a_circle_is_refused() {
        let text = r#"{groups: [{name: g, rules: [{record: "a:b", expr: "a:b + 1"}]}]}"#;
        assert!(Rules::parse(text).unwrap().stages().is_err());
    }
}
