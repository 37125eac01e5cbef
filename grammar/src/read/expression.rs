//! Expressions: the grammar gives a flat row of operands and operators; here they get their precedence.

use super::{Make, Node};
use crate::{BinaryOp, Expr, ExprKind, Name, Span, Text, rules::Rule};

impl Make {
    /// The expression among a node's children; the `nth` of them.
    pub(super) fn expr_in(&mut self, node: &Node<'_>, nth: usize) -> Expr {
        let found = node.children().filter(|child| child.rule() == Rule::expr).nth(nth);
        let found = found.expect("INVARIANT: the grammar puts an expression here");
        self.expr(&found)
    }

    /// An expression.
    pub(super) fn expr(&mut self, node: &Node<'_>) -> Expr {
        let nodes: Vec<Node<'_>> = node.children().collect();
        self.row(&nodes)
    }

    /// Operands with operators between them: `*` and `/` bind more tightly than `+` and `-`, all from left to right.
    fn row(&mut self, nodes: &[Node<'_>]) -> Expr {
        // What is added so far, and the product that is being made.
        let mut sum: Option<(Expr, BinaryOp)> = None;
        let mut product: Option<(Expr, BinaryOp)> = None;
        let mut operands = nodes.split(|node| node.rule() == Rule::binary_op);
        let mut operators = nodes.iter().filter(|node| node.rule() == Rule::binary_op);
        loop {
            let operand = self.operand(operands.next().unwrap_or_default());
            let value = match product.take() {
                Some((left, op)) => binary(op, left, operand),
                None => operand,
            };
            let op = match operators.next().map(Node::text) {
                Some("*") => BinaryOp::Multiply,
                Some("/") => BinaryOp::Divide,
                Some("+") => BinaryOp::Add,
                Some(_) => BinaryOp::Subtract,
                None => {
                    return match sum {
                        Some((left, op)) => binary(op, left, value),
                        None => value,
                    };
                }
            };
            match op {
                BinaryOp::Multiply | BinaryOp::Divide => product = Some((value, op)),
                BinaryOp::Add | BinaryOp::Subtract => {
                    let value = match sum.take() {
                        Some((left, before)) => binary(before, left, value),
                        None => value,
                    };
                    sum = Some((value, op));
                }
            }
        }
    }

    /// Signs, a primary and its postfixes.
    pub(super) fn operand(&mut self, nodes: &[Node<'_>]) -> Expr {
        let signs = nodes.iter().take_while(|node| node.rule() == Rule::minus).count();
        let (signs, nodes) = nodes.split_at(signs);
        let (first, rest) = nodes.split_first().expect("INVARIANT: the grammar puts an operand between operators");
        let mut expr = self.primary(first);
        for node in rest {
            expr = self.follow(expr, node);
        }
        for sign in signs.iter().rev() {
            let span = sign.span().to(expr.span);
            expr = Expr { kind: ExprKind::Negative(Box::new(expr)), span };
        }
        expr
    }

    fn primary(&mut self, node: &Node<'_>) -> Expr {
        let kind = match node.rule() {
            Rule::path => ExprKind::Path(self.path(node)),
            Rule::paren => ExprKind::Paren(Box::new(self.expr_in(node, 0))),
            Rule::promql => self.promql(node),
            _ => ExprKind::Number(self.number(node)),
        };
        Expr { kind, span: node.span() }
    }

    fn promql(&mut self, node: &Node<'_>) -> ExprKind {
        let kind = node.child(Rule::instrument_kind).expect("INVARIANT: the grammar puts an instrument here");
        let unit = node.child(Rule::type_unit).expect("INVARIANT: the grammar puts a unit here");
        ExprKind::Promql {
            kind: self.instrument_kind(&kind),
            unit: self.type_unit(&unit),
            labels: self.label_declarations_in(node),
            query: self.text_in(node).expect("INVARIANT: the grammar puts a text here"),
        }
    }

    /// What follows an operand and makes another one of it.
    fn follow(&mut self, expr: Expr, node: &Node<'_>) -> Expr {
        let span = expr.span.to(node.span());
        let kind = match (node.rule(), expr.kind) {
            (Rule::arguments, ExprKind::Path(callee)) => ExprKind::Call { callee, arguments: self.arguments(node) },
            (Rule::quantity_unit, ExprKind::Number(number)) => ExprKind::Quantity(number, self.words_unit(node)),
            (Rule::share_of, ExprKind::Number(share)) => {
                let nodes: Vec<Node<'_>> = node.children().filter(|child| child.rule() != Rule::of_word).collect();
                ExprKind::ShareOf { share, of: Box::new(self.operand(&nodes)) }
            }
            (rule, kind) => {
                let base = Box::new(Expr { kind, span: expr.span });
                match rule {
                    Rule::field_name => ExprKind::Field { base, field: self.name_in(node) },
                    _ => return self.postfix(base, node, span),
                }
            }
        };
        Expr { kind, span }
    }

    fn postfix(&mut self, base: Box<Expr>, node: &Node<'_>, span: Span) -> Expr {
        let kind = match node.rule() {
            Rule::selector => ExprKind::Select { base, selector: self.selector(node) },
            Rule::per => ExprKind::Per { value: base, unit: self.words_unit(node) },
            Rule::relabel => {
                let unit = match node.child(Rule::type_unit) {
                    Some(unit) => self.type_unit(&unit),
                    None => self.words_unit(node),
                };
                ExprKind::Relabel { base, unit }
            }
            Rule::rename => {
                let names = self.names_in(node);
                let renames = names.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
                ExprKind::Rename { base, renames }
            }
            Rule::allocated => {
                let by = node.child(Rule::allocated_by).expect("INVARIANT: the grammar puts `by` here");
                let nodes: Vec<Node<'_>> = by.children().collect();
                ExprKind::Allocated { base, by: Box::new(self.operand(&nodes)), over: self.names_in(node) }
            }
            Rule::peak => ExprKind::Peak { base, objective: self.name_in(node) },
            Rule::weighted => ExprKind::Weighted { base, label: self.name_in(node), weights: self.weights_in(node) },
            _ => ExprKind::Standardized { base, label: self.name_in(node), mix: self.weights_in(node) },
        };
        Expr { kind, span }
    }

    fn weights_in(&mut self, node: &Node<'_>) -> Vec<(Text, Expr)> {
        let Some(weights) = node.child(Rule::weights) else { return Vec::new() };
        let weights = weights.children().filter(|child| child.rule() == Rule::weight);
        weights.map(|weight| (self.key_in(&weight), self.expr_in(&weight, 0))).collect()
    }

    /// A key, in quotes or not.
    pub(super) fn key_in(&mut self, node: &Node<'_>) -> Text {
        match self.text_in(node) {
            Some(text) => text,
            None => {
                let Name { text, span } = self.name_in(node);
                Text { value: text, span }
            }
        }
    }
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span }
}
