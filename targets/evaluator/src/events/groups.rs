//! The groups of events by one list of labels, and the streams of each.

use std::collections::HashMap;

use super::{
    labels::{LabelFields, LabelId},
    program::Measure,
};
use crate::{store::Store, time::Minute};

/// The groups by one list of labels.
pub(crate) struct Groups {
    /// Index into the shape's label lists.
    pub by: usize,
    /// The label columns of the list.
    pub columns: Vec<usize>,
    /// The measures that are kept by it.
    pub measures: Vec<usize>,
    groups: Vec<Group>,
    /// By the ids of the columns' values.
    ids: HashMap<Vec<u32>, usize>,
    /// The last one found: neighbouring events are often of one group.
    last: (Vec<u32>, Option<usize>),
}

/// One group: the minute of its first event, and its streams in the order of the measures.
struct Group {
    since: Minute,
    streams: Vec<usize>,
}

impl Groups {
    pub(super) fn new(by: usize, columns: Vec<usize>, measure: usize) -> Groups {
        Groups {
            by,
            columns,
            measures: vec![measure],
            groups: Vec::new(),
            ids: HashMap::new(),
            last: (Vec::new(), None),
        }
    }

    /// The group of an event with these labels, made where there was none, and observed from `minute` on. None where
    /// there are too many.
    #[inline]
    pub(super) fn find(
        &mut self,
        labels: &[LabelId],
        minute: Minute,
        measures: &[Measure],
        fields: &LabelFields,
        store: &mut Store,
    ) -> Option<usize> {
        let same = self.columns.iter().map(|column| labels[*column].0).eq(self.last.0.iter().copied());
        let group = match self.last.1.filter(|_| same) {
            Some(group) => group,
            None => self.look_up(labels, measures, fields, store)?,
        };
        if minute < self.groups[group].since {
            self.groups[group].since = minute;
            store.observe_since(&self.groups[group].streams, minute);
        }
        Some(group)
    }

    /// The streams of a group, in the order of the measures.
    #[inline]
    pub(super) fn streams(&self, group: usize) -> &[usize] {
        &self.groups[group].streams
    }

    /// The bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        let streams: usize = self.groups.iter().map(|group| group.streams.capacity() * size_of::<usize>()).sum();
        let keys = self.groups.len() * self.columns.len() * size_of::<u32>();
        streams + keys + self.groups.capacity() * size_of::<Group>()
    }

    fn look_up(
        &mut self,
        labels: &[LabelId],
        measures: &[Measure],
        fields: &LabelFields,
        store: &mut Store,
    ) -> Option<usize> {
        let key = &mut self.last.0;
        key.clear();
        key.extend(self.columns.iter().map(|column| labels[*column].0));
        self.last.1 = None;
        let group = match self.ids.get(key) {
            Some(group) => *group,
            None => {
                let values: Vec<String> = self
                    .columns
                    .iter()
                    .zip(key.iter())
                    .map(|(column, id)| fields.value(*column, *id).to_string())
                    .collect();
                let stream = |measure: &usize| store.stream(measures[*measure].source, self.by, values.clone());
                let streams = self.measures.iter().map(stream).collect::<Option<_>>()?;
                self.groups.push(Group { since: Minute::MAX, streams });
                self.ids.insert(key.clone(), self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        self.last.1 = Some(group);
        Some(group)
    }
}
