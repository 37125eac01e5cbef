//! Declarations of one piece.

use super::{Make, Node};
use crate::{Buckets, Instrument, ItemKind, Name, Path, PolicyRule, Sli, Text, rules::Rule};

impl Make {
    /// A top-level declaration.
    pub(super) fn item(&mut self, node: &Node<'_>) -> Option<ItemKind> {
        Some(match node.rule() {
            Rule::use_declaration => {
                ItemKind::Use { path: self.path(&node.child(Rule::path)?), alias: self.alias(node) }
            }
            Rule::unit_declaration => ItemKind::Unit {
                name: self.name_in(node),
                kind_of: node.child(Rule::type_unit).map(|unit| self.type_unit(&unit)),
                equals: node.child(Rule::expr).map(|expr| self.expr(&expr)),
            },
            Rule::instrument_declaration => ItemKind::Instrument(self.instrument(node)?),
            Rule::price_declaration => self.price(node),
            Rule::rate_declaration => {
                ItemKind::Rate { from: self.expr_in(node, 0), to: self.expr_in(node, 1), as_of: self.as_of(node) }
            }
            Rule::sli_declaration => ItemKind::Sli(self.sli(node)),
            Rule::policy_declaration => ItemKind::Policy { name: self.name_in(node), rules: self.rules_in(node) },
            _ => return None,
        })
    }

    fn alias(&mut self, node: &Node<'_>) -> Option<Name> {
        node.child(Rule::name).map(|name| self.name(&name))
    }

    fn instrument(&mut self, node: &Node<'_>) -> Option<Instrument> {
        let buckets = node.child(Rule::buckets).map(|buckets| Buckets {
            bounds: buckets
                .children()
                .filter(|child| child.rule() == Rule::number)
                .map(|bound| self.number(&bound))
                .collect(),
            span: buckets.span(),
        });
        Some(Instrument {
            kind: self.instrument_kind(&node.child(Rule::instrument_kind)?),
            name: self.name_in(node),
            unit: self.type_unit(&node.child(Rule::type_unit)?),
            counted: node.child(Rule::counted).is_some(),
            metric: self.text_in(node)?,
            labels: self.label_declarations_in(node),
            buckets,
        })
    }

    fn price(&mut self, node: &Node<'_>) -> ItemKind {
        let names = self.names_in(node);
        let as_of = self.as_of(node);
        match (node.child(Rule::price_entries), names.as_slice()) {
            (Some(entries), [name, label, ..]) => {
                let entries = entries.children().filter(|child| child.rule() == Rule::price_entry);
                ItemKind::PriceTable {
                    name: name.clone(),
                    label: label.clone(),
                    entries: entries.map(|entry| (self.key_in(&entry), self.expr_in(&entry, 0))).collect(),
                    per: node.child(Rule::per).map(|per| self.words_unit(&per)),
                    as_of,
                    unpriced: node
                        .child(Rule::unpriced)
                        .and_then(|unpriced| unpriced.child(Rule::percent))
                        .map(|share| self.number(&share)),
                }
            }
            _ => ItemKind::Price { name: self.name_in(node), value: self.expr_in(node, 0), as_of },
        }
    }

    pub(super) fn sli(&mut self, node: &Node<'_>) -> Sli {
        Sli { name: self.name_in(node), parameters: self.parameters_in(node), value: self.expr_in(node, 0) }
    }

    /// `{ page when burning 2% over 1h and 5m }`, among a node's children.
    pub(super) fn rules_in(&mut self, node: &Node<'_>) -> Vec<PolicyRule> {
        let Some(rules) = node.child(Rule::policy_rules) else { return Vec::new() };
        let rules = rules.children().filter(|child| child.rule() == Rule::policy_rule);
        rules.filter_map(|rule| self.rule(&rule)).collect()
    }

    fn rule(&mut self, node: &Node<'_>) -> Option<PolicyRule> {
        let severity = node.child(Rule::severity)?;
        let amount: Vec<Node<'_>> = node.child(Rule::burning)?.children().collect();
        let mut windows = node.children().filter(|child| child.rule() == Rule::duration);
        Some(PolicyRule {
            severity: self.name(&severity),
            amount: self.operand(&amount),
            long: self.duration(&windows.next()?),
            short: self.duration(&windows.next()?),
            span: node.span(),
        })
    }

    /// `30d`, or the name of a parameter.
    pub(super) fn duration(&mut self, node: &Node<'_>) -> crate::Expr {
        let nodes: Vec<Node<'_>> = node.children().collect();
        self.operand(&nodes)
    }

    /// What a service is made of: the template and what it is given.
    pub(super) fn instance(&mut self, node: &Node<'_>) -> Option<(Path, Vec<crate::Argument>)> {
        Some((self.path(&node.child(Rule::path)?), self.arguments_in(node)))
    }

    /// A statement that holds one text.
    pub(super) fn one_text(&mut self, node: &Node<'_>) -> Text {
        self.text_in(node).expect("INVARIANT: the grammar puts a text here")
    }
}
