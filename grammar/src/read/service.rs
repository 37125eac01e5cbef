//! What stands in a service.

use super::{Make, Node};
use crate::{Exclude, MemberKind, PolicyUse, rules::Rule};

impl Make {
    /// A declaration in a service, but for objectives.
    pub(super) fn member(&mut self, node: &Node<'_>) -> Option<MemberKind> {
        Some(match node.rule() {
            Rule::title_statement => MemberKind::Title(self.one_text(node)),
            Rule::owner_statement => MemberKind::Owner(self.one_text(node)),
            Rule::runbook_statement => MemberKind::Runbook(self.one_text(node)),
            Rule::where_member => MemberKind::Where(self.selector(&node.child(Rule::selector)?)),
            Rule::labels_statement => MemberKind::Labels(self.label_values_in(node)),
            Rule::annotations_statement => MemberKind::Annotations(self.label_values_in(node)),
            Rule::cost_member => MemberKind::Cost { name: self.name_in(node), value: self.expr_in(node, 0) },
            Rule::volume_member => MemberKind::Volume { name: self.name_in(node), value: self.expr_in(node, 0) },
            Rule::sli_declaration => MemberKind::Sli(self.sli(node)),
            Rule::policy_statement => MemberKind::Policy(self.policy_use(node)),
            Rule::tradeoff_member => {
                let corners = node.children().filter(|child| child.rule() == Rule::corner);
                let corners = corners.filter_map(|corner| match self.names_in(&corner).as_slice() {
                    [kind, objective] => Some((kind.clone(), objective.clone())),
                    _ => None,
                });
                let corners = corners.collect();
                MemberKind::Tradeoff {
                    name: node.child(Rule::name).map(|name| self.name(&name)),
                    title: node.child(Rule::title_statement).map(|title| self.one_text(&title)),
                    corners,
                }
            }
            Rule::spend_member => MemberKind::Spend {
                share: {
                    let share = node.child(Rule::percent)?;
                    self.operand(&[share])
                },
                objective: self.name_in(node),
                reason: self.text_in(node),
                from: node.child(Rule::date).map(|date| self.date(&date)),
                to: self.until_in(node),
            },
            Rule::exclude_statement => MemberKind::Exclude(self.exclude(node)?),
            _ => return None,
        })
    }

    pub(super) fn policy_use(&mut self, node: &Node<'_>) -> PolicyUse {
        match (node.child(Rule::policy_rules), node.child(Rule::path)) {
            (None, Some(path)) => PolicyUse::Named(self.path(&path)),
            (rules, _) => PolicyUse::Rules(self.rules_in(node), rules.map_or(node.span(), |rules| rules.span())),
        }
    }

    pub(super) fn exclude(&mut self, node: &Node<'_>) -> Option<Exclude> {
        let because = node.child(Rule::because).and_then(|because| self.text_in(&because));
        if let Some(op) = node.child(Rule::compare_op) {
            let (left, right) = (self.expr_in(node, 0), self.expr_in(node, 1));
            return Some(Exclude::When { left, op: self.compare_op(&op), right, because });
        }
        let from = self.date(&node.child(Rule::date)?);
        let zone = node.child(Rule::in_zone).and_then(|zone| self.text_in(&zone));
        Some(Exclude::Dates { from, to: self.until_in(node), zone, because })
    }

    fn until_in(&mut self, node: &Node<'_>) -> Option<crate::Date> {
        let date = node.child(Rule::until)?.child(Rule::date)?;
        Some(self.date(&date))
    }
}
