//! The labels of a flow: which it has, which values they can have, and what is selected by them.

use farthing_plan::{Condition, MatchOp, Matcher, Source};

use super::{Checker, Scope, TARGET_LABELS, event, instrument};
use crate::{
    reported::{Checked, Reported},
    value::{BaseFlow, LabelSet},
};

impl<'w> Checker<'w> {
    /// The labels that a flow can be broken down by, as the language calls them.
    pub(crate) fn labels_of(&self, scope: &Scope<'_, 'w>, flow: &BaseFlow<'w>) -> Checked<Vec<String>> {
        match &flow.labels {
            LabelSet::Series { declared, renamed } => {
                let is_hidden = |name: &String| renamed.values().any(|own| own == name) && !renamed.contains_key(name);
                let own = declared.iter().map(|own| own.name.text.clone()).filter(|name| !is_hidden(name));
                let added = scope.matchers.iter().map(|(matcher, _)| matcher.label.clone());
                let target = TARGET_LABELS.iter().map(|name| name.to_string());
                Ok(own.chain(renamed.keys().cloned()).chain(added).chain(target).collect())
            }
            LabelSet::Query(declared) => Ok(declared.iter().map(|own| own.name.text.clone()).collect()),
            LabelSet::Event(event) => {
                let info = self.event(*event)?;
                Ok(info.field_names().into_iter().filter(|name| info.label(name).is_some()).collect())
            }
        }
    }

    /// Those of them that its metric declares, without those that scraping may add to any series: what says how it is
    /// allocated over one of these is believed.
    pub(crate) fn declared_labels_of(&self, scope: &Scope<'_, 'w>, flow: &BaseFlow<'w>) -> Checked<Vec<String>> {
        let known = self.labels_of(scope, flow)?;
        let LabelSet::Series { declared, renamed } = &flow.labels else { return Ok(known) };
        let is_declared = |name: &String| {
            renamed.contains_key(name)
                || declared.iter().any(|own| own.name.text == *name)
                || scope.matchers.iter().any(|(matcher, _)| matcher.label == *name)
        };
        Ok(known.into_iter().filter(is_declared).collect())
    }

    /// The only values that a label of a flow can have; `None` where any is possible.
    pub(crate) fn values_of(&self, flow: &BaseFlow<'w>, label: &str) -> Option<Vec<String>> {
        match &flow.labels {
            LabelSet::Series { declared, .. } | LabelSet::Query(declared) => {
                let own = own_name(flow, label);
                let values = declared.iter().find(|known| known.name.text == own)?.values.as_ref()?;
                Some(values.iter().map(|text| text.value.clone()).collect())
            }
            LabelSet::Event(event) => {
                let info = self.event(*event).ok()?;
                let (_, allowed) = info.label(label)?;
                (!allowed.is_empty()).then(|| allowed.to_vec())
            }
        }
    }

    /// The part of a flow whose label is one of these values, or none of them; `None` where what it selects already
    /// leaves nothing. The flow has the label.
    pub(super) fn part_of(
        &self,
        flow: &BaseFlow<'w>,
        label: &str,
        values: &[&str],
        negated: bool,
    ) -> Checked<Option<BaseFlow<'w>>> {
        let mut values: Vec<String> = values.iter().map(|value| (*value).to_string()).collect();
        values.sort();
        values.dedup();
        let mut part = flow.clone();
        let op = if negated { "!=" } else { "=" };
        let suffix = format!(":{label}{op}{}", values.join(","));
        part.hint += &suffix;
        if let Some(declared) = &mut part.declared {
            *declared += &suffix;
        }
        match &mut part.source {
            Source::Counter { matchers, .. } | Source::Gauge { matchers, .. } | Source::GaugeTime { matchers, .. } => {
                let op = if negated { MatchOp::NotEqual } else { MatchOp::Equal };
                let matcher = Matcher { label: own_name(flow, label).to_string(), op, values };
                if matchers.iter().any(|own| instrument::excludes(own, &matcher)) {
                    return Ok(None);
                }
                matchers.push(matcher);
                matchers.sort();
                matchers.dedup();
            }
            Source::EventCount { conditions, .. } | Source::EventSum { conditions, .. } => {
                let LabelSet::Event(event) = &flow.labels else { return Err(Reported) };
                let info = self.event(*event)?;
                let (field, _) = info.label(label).ok_or(Reported)?;
                let condition = Condition::Label { field, values, negated };
                if conditions.iter().any(|own| event::excludes(own, &condition)) {
                    return Ok(None);
                }
                if !conditions.contains(&condition) {
                    conditions.push(condition);
                }
                conditions.sort_by_cached_key(|condition| info.condition_hint(condition));
            }
            Source::Query { .. } => return Err(Reported),
        }
        Ok(Some(part))
    }
}

/// What the series call a label.
pub(crate) fn own_name<'a>(flow: &'a BaseFlow<'_>, label: &'a str) -> &'a str {
    match &flow.labels {
        LabelSet::Series { renamed, .. } => renamed.get(label).map_or(label, String::as_str),
        LabelSet::Query(_) | LabelSet::Event(_) => label,
    }
}
