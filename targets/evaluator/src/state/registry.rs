//! Numbers for what keys are about, so that they are short and do not depend on the order of a plan.

use std::collections::HashMap;

use super::{
    PutRecord,
    codec::{Tag, key},
};

/// One kind of thing, by what describes it.
pub(super) struct Registry {
    tag: Tag,
    ids: HashMap<String, u32>,
    next: u32,
}

impl Registry {
    pub(super) fn new(tag: Tag) -> Registry {
        Registry { tag, ids: HashMap::new(), next: 0 }
    }

    /// What its records' keys begin with.
    pub(super) fn tag(&self) -> Tag {
        self.tag
    }

    /// One that was saved.
    pub(super) fn restore(&mut self, descriptor: String, id: u32) {
        self.ids.insert(descriptor, id);
        self.next = self.next.max(id.saturating_add(1));
    }

    /// The number of what is described so, a new one where it had none.
    pub(super) fn id(&mut self, descriptor: String, put: &mut PutRecord<'_>) -> u32 {
        if let Some(id) = self.ids.get(&descriptor) {
            return *id;
        }
        let id = self.next;
        self.next += 1;
        put(&key(self.tag, id), Some(descriptor.as_bytes()));
        self.ids.insert(descriptor, id);
        id
    }

    /// All descriptions with their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, u32)> {
        self.ids.iter().map(|(descriptor, id)| (descriptor.as_str(), *id))
    }

    /// Forgets one.
    pub(super) fn forget(&mut self, id: u32, put: &mut PutRecord<'_>) {
        self.ids.retain(|_, known| *known != id);
        put(&key(self.tag, id), None);
    }
}
