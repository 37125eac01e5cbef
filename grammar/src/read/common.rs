//! Names, and what several declarations have in common.

use super::{Make, Node};
use crate::{
    Argument, ArgumentValue, CompareOp, Date, InstrumentKind, LabelDeclaration, LabelMatch, LabelOp, Name, Parameter,
    Path, Selector, Span, Text, rules::Rule,
};

impl Make {
    pub(super) fn name(&mut self, node: &Node<'_>) -> Name {
        Name { text: node.text().to_string(), span: node.span() }
    }

    /// The name among a node's children.
    pub(super) fn name_in(&mut self, node: &Node<'_>) -> Name {
        match node.child(Rule::name) {
            Some(name) => self.name(&name),
            None => Name { text: String::new(), span: node.span() },
        }
    }

    /// All names among a node's children.
    pub(super) fn names_in(&mut self, node: &Node<'_>) -> Vec<Name> {
        node.children().filter(|child| child.rule() == Rule::name).map(|child| self.name(&child)).collect()
    }

    pub(super) fn path(&mut self, node: &Node<'_>) -> Path {
        let mut segments = Vec::new();
        let mut start = node.span().start;
        for segment in node.text().split("::") {
            segments.push(Name { text: segment.to_string(), span: Span::new(start, start + segment.len()) });
            start += segment.len() + 2;
        }
        Path { segments, span: node.span() }
    }

    pub(super) fn date(&mut self, node: &Node<'_>) -> Date {
        Date { text: node.text().to_string(), span: node.span() }
    }

    /// The date of `as of`, among a node's children.
    pub(super) fn as_of(&mut self, node: &Node<'_>) -> Option<Date> {
        let date = node.child(Rule::as_of)?.child(Rule::date)?;
        Some(self.date(&date))
    }

    /// The text among a node's children.
    pub(super) fn text_in(&mut self, node: &Node<'_>) -> Option<Text> {
        let text = node.children().find(|child| matches!(child.rule(), Rule::text | Rule::raw_text))?;
        Some(self.text(&text))
    }

    pub(super) fn texts_in(&mut self, node: &Node<'_>) -> Vec<Text> {
        node.children().filter(|child| child.rule() == Rule::text).map(|child| self.text(&child)).collect()
    }

    pub(super) fn instrument_kind(&mut self, node: &Node<'_>) -> InstrumentKind {
        match node.text() {
            "counter" => InstrumentKind::Counter,
            "gauge" => InstrumentKind::Gauge,
            _ => InstrumentKind::Histogram,
        }
    }

    pub(super) fn compare_op(&mut self, node: &Node<'_>) -> CompareOp {
        match node.text() {
            "<" => CompareOp::Less,
            "<=" => CompareOp::AtMost,
            ">" => CompareOp::Greater,
            _ => CompareOp::AtLeast,
        }
    }

    pub(super) fn selector(&mut self, node: &Node<'_>) -> Selector {
        let matchers = node.children().filter(|child| child.rule() == Rule::label_match);
        Selector { matchers: matchers.map(|matcher| self.label_match(&matcher)).collect(), span: node.span() }
    }

    /// `finished_reason = "stop" | "length"`: of a selector, or of what is good.
    pub(super) fn label_match(&mut self, node: &Node<'_>) -> LabelMatch {
        let op = node.child(Rule::label_op).map_or(LabelOp::Equal, |op| match op.text() {
            "!=" => LabelOp::NotEqual,
            "=~" => LabelOp::Regex,
            "!~" => LabelOp::NotRegex,
            _ => LabelOp::Equal,
        });
        let label = self.name_in(node);
        let values = self.texts_in(node);
        let parameters = self.names_in(node).split_off(1);
        let ends = values.iter().map(|text| text.span).chain(parameters.iter().map(|name| name.span));
        let span = ends.fold(label.span, Span::to);
        LabelMatch { label, op, values, parameters, span }
    }

    /// `{ model_name, finished_reason in { "stop" } }`, among a node's children.
    pub(super) fn label_declarations_in(&mut self, node: &Node<'_>) -> Vec<LabelDeclaration> {
        let Some(labels) = node.child(Rule::label_declarations) else { return Vec::new() };
        let labels = labels.children().filter(|child| child.rule() == Rule::label_declaration);
        labels
            .map(|label| LabelDeclaration {
                name: self.name_in(&label),
                values: self.value_set_in(&label),
                unbounded: label.child(Rule::unbounded_word).is_some(),
            })
            .collect()
    }

    /// `in { "stop", "length" }`, among a node's children.
    pub(super) fn value_set_in(&mut self, node: &Node<'_>) -> Option<Vec<Text>> {
        node.child(Rule::value_set).map(|set| self.texts_in(&set))
    }

    /// `{ team = "ml" }`, among a node's children.
    pub(super) fn label_values_in(&mut self, node: &Node<'_>) -> Vec<(Name, Text)> {
        let Some(values) = node.child(Rule::label_values) else { return Vec::new() };
        let values = values.children().filter(|child| child.rule() == Rule::label_value);
        values.filter_map(|value| Some((self.name_in(&value), self.text_in(&value)?))).collect()
    }

    /// `(gpu, overhead: gateway)`, among a node's children.
    pub(super) fn arguments_in(&mut self, node: &Node<'_>) -> Vec<Argument> {
        let Some(arguments) = node.child(Rule::arguments) else { return Vec::new() };
        self.arguments(&arguments)
    }

    pub(super) fn arguments(&mut self, node: &Node<'_>) -> Vec<Argument> {
        let arguments = node.children().filter(|child| child.rule() == Rule::argument);
        arguments
            .filter_map(|argument| {
                let name = argument.child(Rule::name).map(|name| self.name(&name));
                let value = match self.text_in(&argument) {
                    Some(text) => ArgumentValue::Text(text),
                    None => ArgumentValue::Expr(self.expr(&argument.child(Rule::expr)?)),
                };
                Some(Argument { name, value })
            })
            .collect()
    }

    /// `(namespace: string, target: USD/request)`, among a node's children.
    pub(super) fn parameters_in(&mut self, node: &Node<'_>) -> Vec<Parameter> {
        let Some(parameters) = node.child(Rule::parameters) else { return Vec::new() };
        let parameters = parameters.children().filter(|child| child.rule() == Rule::parameter);
        parameters
            .map(|parameter| Parameter {
                name: self.name_in(&parameter),
                unit: parameter.child(Rule::type_unit).map(|unit| self.type_unit(&unit)),
            })
            .collect()
    }
}
