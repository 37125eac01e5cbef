//! Numbers and units.

use super::{Make, Node};
use crate::{Number, UnitExpr, UnitFactor, rules::Rule};

/// No power of a unit is beyond this.
const MAX_POWER: i32 = 99;

impl Make {
    /// A number or a percentage.
    pub(super) fn number(&mut self, node: &Node<'_>) -> Number {
        let mut digits = node.text();
        let currency = digits.chars().next().filter(|first| !first.is_ascii_digit());
        if let Some(currency) = currency {
            digits = &digits[currency.len_utf8()..];
        }
        let percent = digits.ends_with('%');
        let scale = digits.chars().last().filter(|last| !percent && !last.is_ascii_digit() && *last != '_');
        if percent || scale.is_some() {
            digits = &digits[..digits.len() - 1];
        }
        Number { digits: digits.to_string(), scale, currency, percent, span: node.span() }
    }

    /// `USD/(gpu*h)`.
    pub(super) fn type_unit(&mut self, node: &Node<'_>) -> UnitExpr {
        let mut factors = Vec::new();
        self.add_type_unit(node, 1, &mut factors);
        UnitExpr { factors, span: node.span() }
    }

    fn add_type_unit(&mut self, node: &Node<'_>, power: i32, factors: &mut Vec<UnitFactor>) {
        let mut sign = 1;
        for child in node.children() {
            match child.rule() {
                Rule::unit_op => sign = if child.text() == "/" { -1 } else { 1 },
                Rule::type_factor => {
                    let stated = child.child(Rule::power).map_or(1, |stated| self.power(&stated));
                    let power = limited(power * sign * stated);
                    if let Some(group) = child.child(Rule::type_unit) {
                        self.add_type_unit(&group, power, factors);
                    } else if let Some(path) = child.child(Rule::path) {
                        let count = child.child(Rule::number).map(|count| self.number(&count));
                        factors.push(UnitFactor { count, name: self.path(&path), power });
                    }
                }
                _ => {}
            }
        }
    }

    /// What follows `per` (its factors divide nothing yet), `as` or a number.
    pub(super) fn words_unit(&mut self, node: &Node<'_>) -> UnitExpr {
        let mut factors: Vec<UnitFactor> = Vec::new();
        let mut count = None;
        self.add_words(node, &mut count, &mut factors);
        let span = match (factors.first(), factors.last()) {
            (Some(first), Some(last)) => {
                let start = first.count.as_ref().map_or(first.name.span, |count| count.span);
                start.to(last.name.span)
            }
            _ => node.span(),
        };
        UnitExpr { factors, span }
    }

    fn add_words(&mut self, node: &Node<'_>, count: &mut Option<Number>, factors: &mut Vec<UnitFactor>) {
        for child in node.children() {
            match child.rule() {
                Rule::number => *count = Some(self.number(&child)),
                Rule::unit_name => {
                    factors.push(UnitFactor { count: count.take(), name: self.path(&child), power: 1 });
                }
                Rule::power => {
                    let power = self.power(&child);
                    if let Some(last) = factors.last_mut() {
                        last.power = power;
                    }
                }
                _ => self.add_words(&child, count, factors),
            }
        }
    }

    /// `^2`.
    fn power(&mut self, node: &Node<'_>) -> i32 {
        limited(node.text().trim_start_matches('^').parse().unwrap_or(MAX_POWER))
    }
}

fn limited(power: i32) -> i32 {
    power.clamp(-MAX_POWER, MAX_POWER)
}
