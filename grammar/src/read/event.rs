//! The fields of an event.

use super::{Make, Node};
use crate::{EventFieldKind, Name, rules::Rule};

impl Make {
    /// A field.
    pub(super) fn field(&mut self, node: &Node<'_>) -> Option<(Name, EventFieldKind)> {
        let name = self.name_in(node);
        let described = [Rule::time_field, Rule::label_field, Rule::number_field];
        let Some(kind) = node.children().find(|child| described.contains(&child.rule())) else {
            return Some((name, EventFieldKind::Derived { value: self.expr_in(node, 0) }));
        };
        let from = kind.child(Rule::column).and_then(|column| self.text_in(&column));
        let kind = match kind.rule() {
            Rule::time_field => EventFieldKind::Time { from },
            Rule::label_field => EventFieldKind::Label { values: self.value_set_in(&kind), from },
            _ => EventFieldKind::Number { unit: self.type_unit(&kind.child(Rule::type_unit)?), from },
        };
        Some((name, kind))
    }
}
