//! What stands in an objective.

use super::{Make, Node};
use crate::{Allocate, ClassTarget, Condition, Good, Name, Period, Statement, StatementKind, rules::Rule};

impl Make {
    /// Statements, in order.
    pub(super) fn statements(&mut self, nodes: &[Node<'_>]) -> Vec<Statement> {
        let statements =
            nodes.iter().filter_map(|node| Some(Statement { kind: self.statement(node)?, span: node.span() }));
        statements.collect()
    }

    fn statement(&mut self, node: &Node<'_>) -> Option<StatementKind> {
        Some(match node.rule() {
            Rule::budget_statement => StatementKind::Budget {
                share: self.expr_in(node, 0),
                mode: node.child(Rule::mode).map(|mode| self.name(&mode)),
            },
            Rule::over_statement => StatementKind::Over(self.period(node)?),
            Rule::by_statement => self.by(node),
            Rule::burn_statement => StatementKind::BurnPerUnit,
            Rule::guard_statement => StatementKind::Guard {
                left: self.expr_in(node, 0),
                op: self.compare_op(&node.child(Rule::compare_op)?),
                right: self.expr_in(node, 1),
                over: self.duration(&node.child(Rule::duration)?),
            },
            Rule::provided_statement => StatementKind::Provided {
                left: self.expr_in(node, 0),
                right: self.expr_in(node, 1),
                within: self.expr_in(node, 2),
            },
            Rule::title_statement => StatementKind::Title(self.one_text(node)),
            Rule::owner_statement => StatementKind::Owner(self.one_text(node)),
            Rule::runbook_statement => StatementKind::Runbook(self.one_text(node)),
            Rule::labels_statement => StatementKind::Labels(self.label_values_in(node)),
            Rule::annotations_statement => StatementKind::Annotations(self.label_values_in(node)),
            Rule::policy_statement => StatementKind::Policy(self.policy_use(node)),
            Rule::exclude_statement => StatementKind::Exclude(self.exclude(node)?),
            _ => StatementKind::Condition(self.condition(node)?),
        })
    }

    fn period(&mut self, node: &Node<'_>) -> Option<Period> {
        if let Some(duration) = node.child(Rule::duration) {
            return Some(Period::Rolling(self.duration(&duration)));
        }
        let calendar = node.child(Rule::calendar)?;
        Some(Period::Calendar { unit: self.name_in(&calendar), zone: self.text_in(&calendar), span: calendar.span() })
    }

    fn by(&mut self, node: &Node<'_>) -> StatementKind {
        if let Some(targets) = node.child(Rule::class_targets) {
            return StatementKind::ByClass { label: self.name_in(node), classes: self.classes(&targets) };
        }
        let allocate = node.child(Rule::allocate).map(|allocate| Allocate {
            costs: self.names_in(&allocate),
            by: self.expr_in(&allocate, 0),
            span: allocate.span(),
        });
        StatementKind::By { labels: self.names_in(node), allocate }
    }

    fn classes(&mut self, targets: &Node<'_>) -> Vec<ClassTarget> {
        let classes = targets.children().filter(|child| child.rule() == Rule::class_target);
        let classes = classes.filter_map(|class| {
            let op = self.compare_op(&class.child(Rule::compare_op)?);
            Some(ClassTarget { class: self.key_in(&class), op, target: self.expr_in(&class, 0) })
        });
        classes.collect()
    }

    fn condition(&mut self, node: &Node<'_>) -> Option<Condition> {
        let approximately = node.child(Rule::approximately).is_some();
        Some(match node.rule() {
            Rule::quantile_condition => {
                let quantile = node.child(Rule::quantile)?;
                Condition::Quantile {
                    quantile: Name { text: quantile.text()[1..].to_string(), span: quantile.span() },
                    of: self.expr_in(node, 0),
                    op: self.compare_op(&node.child(Rule::compare_op)?),
                    right: self.expr_in(node, 1),
                    approximately,
                }
            }
            Rule::share_condition => Condition::Share {
                share: self.number(&node.child(Rule::percent)?),
                of: self.expr_in(node, 0),
                good: self.good(node)?,
                approximately,
            },
            Rule::class_condition => Condition::Classes {
                left: self.expr_in(node, 0),
                label: self.name_in(node),
                classes: self.classes(&node.child(Rule::class_targets)?),
            },
            Rule::compare_condition => Condition::Compare {
                left: self.expr_in(node, 0),
                op: self.compare_op(&node.child(Rule::compare_op)?),
                right: self.expr_in(node, 1),
                share_of_time: node
                    .child(Rule::time_share)
                    .and_then(|share| share.child(Rule::percent))
                    .map(|share| self.number(&share)),
            },
            _ => return None,
        })
    }

    fn good(&mut self, node: &Node<'_>) -> Option<Good> {
        if let Some(value) = node.child(Rule::good_value) {
            let op = self.compare_op(&value.child(Rule::compare_op)?);
            return Some(Good::Value { op, right: self.expr_in(&value, 0) });
        }
        if let Some(part) = node.child(Rule::good_part) {
            return Some(Good::Are(self.expr_in(&part, 0)));
        }
        let field = node.child(Rule::good_field)?;
        Some(match field.child(Rule::compare_op) {
            Some(op) => {
                let op = self.compare_op(&op);
                Good::Field { field: self.name_in(&field), op, right: self.expr_in(&field, 0) }
            }
            None => Good::Label(self.label_match(&field)),
        })
    }
}
