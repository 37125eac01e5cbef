//! Metrics and prices: what the catalogue declares.

use std::{borrow::Cow, rc::Rc};

use farthing_grammar::{
    Instrument, InstrumentKind, ItemKind, LabelDeclaration, LabelMatch, LabelOp, Name, Selector, Span, Text,
};
use farthing_plan::{Aggregate, Exact, MatchOp, Matcher, Source, Unit};

use super::{Checker, Scope, metric::Metric};
use crate::{
    calendar::days,
    diagnostics::{Diagnostic, codes, suggest},
    modules::ItemId,
    reported::{Checked, Reported, reported},
    sources::Place,
    units::{Quantity, number},
    value::{BaseFlow, Constant, Histogram, LabelSet, Linear, Renames, Value},
};

/// Labels that scraping adds to the series of any exporter: they can be selected and grouped by without a declaration.
pub(crate) const TARGET_LABELS: [&str; 16] = [
    "job",
    "instance",
    "namespace",
    "pod",
    "container",
    "node",
    "cluster",
    "region",
    "zone",
    "environment",
    "env",
    "service",
    "endpoint",
    "host",
    "datacenter",
    "tenant",
];

/// The age in days from which a price is old.
const STALE_AFTER_DAYS: i64 = 180;

impl<'w> Checker<'w> {
    /// The value of a metric.
    pub(super) fn instrument(&self, scope: &Scope<'_, 'w>, metric: Metric<'w>) -> Checked<Value<'w>> {
        let Metric { id, instrument, .. } = metric;
        let quantity = reported(self.units.expression(id.module, &instrument.unit), &self.sink)?;
        if quantity.amount.is_zero() || quantity.amount.is_negative() {
            let place = self.place(id.module, instrument.unit.span);
            return Err(self.report(
                Diagnostic::error(codes::UNKNOWN_UNIT, "a unit has a size above 0", place, "this unit")
                    .help("write the unit that the metric is exposed in, such as `ms`"),
            ));
        }
        let bounds = self.declaration(id, instrument)?;
        let hint = hint(&instrument.metric.value, &metric.own);
        let matchers = self.combined(scope, &metric)?;
        let place = self.place(scope.module, metric.used);
        let renamed: Renames = Rc::new(metric.renamed);
        let metric = instrument.metric.value.clone();
        let scale = quantity.amount;
        if instrument.kind == InstrumentKind::Histogram {
            let declared_at = self.place(id.module, instrument.name.span);
            return Ok(Value::Histogram(Histogram {
                instrument,
                renamed,
                declared_at,
                hint,
                matchers,
                bounds,
                unit: quantity.unit,
                scale,
            }));
        }
        let level = instrument.kind == InstrumentKind::Gauge;
        let (source, unit) = if level {
            let aggregate = if instrument.counted { Aggregate::Count } else { Aggregate::Sum };
            let unit = quantity.unit.times(&Unit::base("s"), 1);
            (Source::Gauge { metric, matchers, aggregate, scale }, unit)
        } else {
            (Source::Counter { metric, matchers, le: None, scale }, quantity.unit)
        };
        let flow = BaseFlow {
            declared: None,
            hint,
            doc: self.world.item(id).doc.clone(),
            unit,
            source,
            labels: LabelSet::Series { declared: &instrument.labels, renamed },
        };
        Ok(Value::Measured(Linear::single(flow, place, level)))
    }

    /// A declaration's bucket bounds in its exposed unit. It is looked at once, however often it is used.
    fn declaration(&self, id: ItemId, instrument: &Instrument) -> Checked<Rc<[Exact]>> {
        if let Some(known) = self.declarations.borrow().get(&id) {
            return known.clone();
        }
        let found = self.check_declaration(id, instrument).map(Rc::from);
        self.declarations.borrow_mut().insert(id, found.clone());
        found
    }

    /// What can be wrong with a declaration itself.
    fn check_declaration(&self, id: ItemId, instrument: &Instrument) -> Checked<Vec<Exact>> {
        let place = self.place(id.module, instrument.metric.span);
        let name = &instrument.metric.value;
        let valid = !name.is_empty()
            && name.bytes().enumerate().all(|(at, byte)| {
                byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || (at > 0 && byte.is_ascii_digit())
            });
        if !valid {
            return Err(self.report(
                Diagnostic::error(codes::METRIC_NAME, format!("{name:?} is no metric name"), place, "this name")
                    .help("a metric's name has letters, digits, `_` and `:`; labels go in braces after it"),
            ));
        }
        if instrument.kind == InstrumentKind::Histogram && name.ends_with("_bucket") {
            let base = name.trim_end_matches("_bucket");
            return Err(self.report(
                Diagnostic::error(codes::METRIC_NAME, "a histogram is named without `_bucket`", place, "this name")
                    .help(format!("write \"{base}\": its `_bucket`, `_count` and `_sum` are found from it"))
                    .fix(place, format!("\"{base}\"")),
            ));
        }
        if let Some(le) = instrument.labels.iter().find(|label| label.name.text == "le") {
            let place = self.place(id.module, le.name.span);
            return Err(self.report(
                Diagnostic::error(
                    codes::RESERVED_LABEL,
                    "`le` tells buckets apart, and is no label to select by",
                    place,
                    "reserved",
                )
                .help("leave it out; `p95 of ...` and `95% of ... < 500 ms` find the buckets"),
            ));
        }
        if instrument.counted && instrument.kind != InstrumentKind::Gauge {
            let message = format!("only a gauge's series can be counted, not a {}'s", instrument.kind.keyword());
            return Err(self.report(Diagnostic::error(codes::METRIC_NAME, message, place, "`count of` this")));
        }
        if let Some(buckets) = &instrument.buckets {
            let place = self.place(id.module, buckets.span);
            if instrument.kind != InstrumentKind::Histogram {
                let message = format!("a {} has no buckets", instrument.kind.keyword());
                return Err(self.report(Diagnostic::error(
                    codes::BUCKETS,
                    message,
                    place,
                    "only a histogram has them",
                )));
            }
            let bounds = self.bounds(id, instrument)?;
            if bounds.is_empty() || bounds.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(self.report(
                    Diagnostic::error(codes::BUCKETS, "the bounds of buckets ascend", place, "these do not")
                        .help("list each upper bound once, from the lowest to the highest, without +Inf"),
                ));
            }
            return Ok(bounds);
        }
        Ok(Vec::new())
    }

    fn bounds(&self, id: ItemId, instrument: &Instrument) -> Checked<Vec<Exact>> {
        let Some(buckets) = &instrument.buckets else {
            return Ok(Vec::new());
        };
        let bounds = buckets.bounds.iter().map(|bound| {
            let place = self.place(id.module, bound.span);
            reported(number(bound, place), &self.sink)
        });
        bounds.collect()
    }

    /// The matchers of a selector, its labels and values checked against what the instrument declares.
    pub(crate) fn matchers(
        &self,
        scope: &Scope<'_, 'w>,
        metric: &Metric<'w>,
        selector: &'w Selector,
    ) -> Checked<Vec<(Matcher, Place)>> {
        let Metric { id, instrument, .. } = metric;
        let mut matchers = Vec::new();
        let mut failed = false;
        for condition in &selector.matchers {
            let Ok(condition) = self.with_texts(scope, condition) else {
                failed = true;
                continue;
            };
            let condition = &*condition;
            let label = &condition.label;
            let place = self.place(scope.module, label.span);
            let own = metric.own_name(&label.text);
            let declared = instrument.labels.iter().find(|known| known.name.text == own);
            let added = TARGET_LABELS.contains(&label.text.as_str())
                || metric.renamed.contains_key(&label.text)
                || scope.matchers.iter().any(|(matcher, _)| matcher.label == label.text);
            if metric.hides(&label.text) || declared.is_none() && !added {
                self.report(self.unknown_label(metric, &label.text, place));
                failed = true;
                continue;
            }
            if let (Some(LabelDeclaration { values: Some(known), .. }), LabelOp::Equal | LabelOp::NotEqual) =
                (declared, condition.op)
            {
                for value in &condition.values {
                    if !known.iter().any(|own| own.value == value.value) {
                        let place = self.place(scope.module, value.span);
                        self.report(self.unknown_value(&label.text, value, known, *id, instrument, place));
                        failed = true;
                    }
                }
            }
            failed |= self.check_patterns(scope.module, condition).is_err();
            let matcher = Matcher { label: own.to_string(), ..self.matcher(condition) };
            matchers.push((matcher, self.place(scope.module, condition.span)));
        }
        if failed { Err(Reported) } else { Ok(matchers) }
    }

    /// A condition with the text parameters of the template around it filled in.
    pub(crate) fn with_texts<'c>(
        &self,
        scope: &Scope<'_, 'w>,
        condition: &'c LabelMatch,
    ) -> Checked<Cow<'c, LabelMatch>> {
        if condition.parameters.is_empty() {
            return Ok(Cow::Borrowed(condition));
        }
        let mut filled = condition.clone();
        let mut found = Ok(());
        for name in filled.parameters.drain(..) {
            let texts = scope.template.map_or(&[][..], |template| &template.texts[..]);
            match texts.iter().find(|(own, _)| *own == name.text) {
                Some((_, value)) => filled.values.push(Text { value: value.clone(), span: name.span }),
                None => found = Err(self.report(self.no_text(scope, &name))),
            }
        }
        found.map(|()| Cow::Owned(filled))
    }

    /// A label's value that is neither in quotes nor a parameter.
    fn no_text(&self, scope: &Scope<'_, 'w>, name: &Name) -> Diagnostic {
        let place = self.place(scope.module, name.span);
        let diagnostic = Diagnostic::error(
            codes::NO_TEXT,
            format!("a label's value is a text, and `{}` is none", name.text),
            place,
            "without quotes",
        );
        if scope.parameters.iter().any(|(own, _)| *own == name.text) {
            return diagnostic.help(format!("the parameter `{}` is a number: declare it as `string`", name.text));
        }
        let texts = scope.template.map_or(&[][..], |template| &template.texts[..]);
        match self.world.nearest(&name.text, || texts.iter().map(|(own, _)| *own)) {
            Some(near) => diagnostic.help(format!("did you mean the parameter `{near}`?")).fix(place, near),
            None => {
                let quoted = format!("\"{}\"", name.text);
                diagnostic.help(format!("write `{quoted}`")).fix(place, quoted)
            }
        }
    }

    /// Reports the patterns of a condition that are none. Prometheus would refuse the whole file.
    pub(crate) fn check_patterns(
        &self,
        module: crate::modules::ModuleId,
        condition: &farthing_grammar::LabelMatch,
    ) -> Checked<()> {
        let mut found = Ok(());
        if !matches!(condition.op, LabelOp::Regex | LabelOp::NotRegex) {
            return found;
        }
        for value in &condition.values {
            if let Err(error) = regex_syntax::Parser::new().parse(&value.value) {
                let reason = match &error {
                    regex_syntax::Error::Parse(error) => error.kind().to_string(),
                    regex_syntax::Error::Translate(error) => error.kind().to_string(),
                    _ => "not understood".to_string(),
                };
                found = Err(self.report(
                    Diagnostic::error(
                        codes::PATTERN,
                        format!("{:?} is no regular expression: {reason}", value.value),
                        self.place(module, value.span),
                        "this pattern",
                    )
                    .help("patterns are those of RE2, and match the whole value: `=~ \"chat-.*\"`"),
                ));
            }
        }
        found
    }

    /// A condition on a label as the plan has it.
    pub(crate) fn matcher(&self, condition: &farthing_grammar::LabelMatch) -> Matcher {
        let mut values: Vec<String> = condition.values.iter().map(|text| text.value.clone()).collect();
        let op = match condition.op {
            LabelOp::Equal => MatchOp::Equal,
            LabelOp::NotEqual => MatchOp::NotEqual,
            LabelOp::Regex => MatchOp::Regex,
            LabelOp::NotRegex => MatchOp::NotRegex,
        };
        if matches!(op, MatchOp::Regex | MatchOp::NotRegex) && values.len() > 1 {
            let alternatives: Vec<String> = values.iter().map(|value| format!("(?:{value})")).collect();
            values = vec![alternatives.join("|")];
        }
        values.sort();
        values.dedup();
        Matcher { label: condition.label.text.clone(), op, values }
    }

    /// A metric's own matchers with those of the service's `where`, sorted; two that exclude each other are an error.
    fn combined(&self, scope: &Scope<'_, 'w>, metric: &Metric<'w>) -> Checked<Vec<Matcher>> {
        let mut all: Vec<(Matcher, Place)> = Vec::new();
        let around = scope.matchers.iter().map(|(matcher, place)| {
            (Matcher { label: metric.own_name(&matcher.label).to_string(), ..matcher.clone() }, *place)
        });
        let around: Vec<(Matcher, Place)> = around.collect();
        for (matcher, place) in metric.own.iter().chain(&around) {
            if all.iter().any(|(other, _)| other == matcher) {
                continue;
            }
            if let Some((other, own_place)) = all.iter().find(|(other, _)| excludes(other, matcher)) {
                return Err(self.report(
                    Diagnostic::error(
                        codes::SELECTS_NOTHING,
                        format!("no series has a `{}` that fits both conditions", other.label),
                        *own_place,
                        "this condition",
                    )
                    .label(*place, "excludes this one")
                    .help("remove one of them, or ask for several values: `= \"stop\" | \"length\"`"),
                ));
            }
            all.push((matcher.clone(), *place));
        }
        for (matcher, place) in scope.matchers {
            self.check_where(metric, &matcher.label, *place)?;
        }
        let mut matchers: Vec<Matcher> = all.into_iter().map(|(matcher, _)| matcher).collect();
        matchers.sort();
        matchers.dedup();
        Ok(matchers)
    }

    /// A label of `where` is one that scraping adds to all series, or one that every metric of the service has.
    fn check_where(&self, metric: &Metric<'w>, label: &str, place: Place) -> Checked<()> {
        let own = metric.renamed.contains_key(label) || metric.declares(label) && !metric.hides(label);
        if own || TARGET_LABELS.contains(&label) {
            return Ok(());
        }
        let elsewhere = self.world.declares_label(label);
        let near = suggest::nearest(label, TARGET_LABELS);
        if !elsewhere && near.is_none() {
            // A label of the user's own scrape configuration: nobody else knows it.
            return Ok(());
        }
        let diagnostic = self.unknown_label(metric, label, place);
        Err(self.report(match near {
            Some(near) if !elsewhere => diagnostic.did_you_mean(place, near),
            _ => diagnostic.help(
                "`where` selects in every metric of the service: put this into the selectors of those that have it",
            ),
        }))
    }

    fn unknown_value(
        &self,
        label: &str,
        value: &Text,
        known: &[Text],
        id: ItemId,
        instrument: &Instrument,
        place: Place,
    ) -> Diagnostic {
        let values: Vec<&str> = known.iter().map(|own| own.value.as_str()).collect();
        let declared = self.place(id.module, instrument.name.span);
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_LABEL_VALUE,
            format!("`{label}` is never {:?}", value.value),
            place,
            "selects nothing",
        )
        .label(declared, format!("declared with {}", values.join(", ")));
        match suggest::nearest(&value.value, values.iter().copied()) {
            Some(near) => diagnostic.did_you_mean_text(place, near),
            None => diagnostic.help(format!("it is {}", suggest::one_of(&values))),
        }
    }

    /// The value of a price.
    pub(super) fn price(&self, id: ItemId) -> Checked<Value<'w>> {
        if let Some(found) = self.prices.borrow().get(&id) {
            return found.clone();
        }
        let ItemKind::Price { name, value, as_of } = &self.world.item(id).kind else {
            return Err(Reported);
        };
        let place = self.place(id.module, name.span);
        if self.open.borrow().contains(&id) {
            return Err(self.report(defined_by_itself(&name.text, place)));
        }
        self.open.borrow_mut().push(id);
        let found = self.expression(&Scope::of_module(id.module), value);
        self.open.borrow_mut().pop();
        let found = found.and_then(|value| match &value {
            Value::Constant(Constant { unit, .. }) if crate::units::currency_of(unit).is_some() => Ok(value),
            other => Err(self.report(
                Diagnostic::error(
                    codes::NOT_MONEY,
                    format!("the price `{}` is not money", name.text),
                    self.place(id.module, self.price_span(id)),
                    format!("this is {}", self.describe_unit(other)),
                )
                .help("write what it costs per what: `$2.49 per gpu hour`"),
            )),
        });
        if let (Ok(_), Some(date)) = (&found, as_of) {
            let _ = self.check_age("price", &name.text, date, place, id);
        }
        self.prices.borrow_mut().insert(id, found.clone());
        found
    }

    fn price_span(&self, id: ItemId) -> Span {
        match &self.world.item(id).kind {
            ItemKind::Price { value, .. } => value.span,
            _ => self.world.item(id).span,
        }
    }

    /// Whether the date is one; a warning where it is long past.
    pub(super) fn check_age(
        &self,
        what: &str,
        name: &str,
        date: &farthing_grammar::Date,
        place: Place,
        id: ItemId,
    ) -> Checked<()> {
        let date_place = self.place(id.module, date.span);
        let day = self.day(id.module, date)?;
        let Some(today) = self.options.as_of.as_deref().and_then(days) else {
            return Ok(());
        };
        let age = today - day;
        if age > STALE_AFTER_DAYS {
            self.report(
                Diagnostic::warning(
                    codes::STALE_PRICE,
                    format!("the {what} `{name}` is {age} days old"),
                    date_place,
                    format!("as of {}, judged on {}", date.text, self.options.as_of.as_deref().unwrap_or("")),
                )
                .label(place, format!("this {what}"))
                .help(format!("check the {what} and set its date, even where it has not changed")),
            );
        }
        Ok(())
    }

    /// What can still be wrong with a unit that can be read.
    pub(super) fn check_unit(
        &self,
        id: ItemId,
        name: Span,
        is_kind: bool,
        equals: Option<&'w farthing_grammar::Expr>,
        own: &Quantity,
    ) {
        let place = self.place(id.module, name);
        let text = self.world.sources.text(place);
        if let Some(first) = self.world.item_in(self.world.prelude, text).filter(|first| *first != id) {
            let same = |known: Quantity| known.amount == own.amount && known.unit == own.unit;
            // To say again what everybody knows does no harm.
            if is_kind || !self.units.declared(first).is_ok_and(same) {
                self.report(
                    Diagnostic::error(
                        codes::DUPLICATE_NAME,
                        format!("every file knows the unit `{text}` already, as something else"),
                        place,
                        "declared again here",
                    )
                    .label(self.place(self.world.prelude, self.world.item(first).span), "first declared here")
                    .help("give yours another name"),
                );
                return;
            }
        }
        if let Some(value) = equals.filter(|_| own.amount.is_zero() || own.amount.is_negative()) {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_UNIT,
                    "a unit is a number of other units",
                    self.place(id.module, value.span),
                    "not such a thing",
                )
                .label(place, "this unit")
                .help("write `unit megapixel = 1e6 pixel`, or `unit megapixel` for a thing of its own"),
            );
        }
    }
}

/// A price or an event that needs itself.
pub(super) fn defined_by_itself(name: &str, place: Place) -> Diagnostic {
    Diagnostic::error(codes::CYCLE, format!("`{name}` is defined by itself"), place, "needs its own value")
        .help("write it in terms of what stands above it")
}

/// What a metric with conditions of its own is called as a flow: `rag_queries_total:outcome=ok`. The service's `where` is
/// no part of it, for all of its flows have that.
fn hint(metric: &str, own: &[(Matcher, Place)]) -> String {
    let mut conditions: Vec<&Matcher> = own.iter().map(|(matcher, _)| matcher).collect();
    conditions.sort();
    conditions.dedup();
    let mut hint = metric.to_string();
    for matcher in conditions {
        let op = match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        hint += &format!(":{}{op}{}", matcher.label, matcher.values.join(","));
    }
    hint
}

/// Whether no value fits both conditions, as far as values are listed.
pub(super) fn excludes(one: &Matcher, other: &Matcher) -> bool {
    let disjoint = |a: &Matcher, b: &Matcher| !a.values.iter().any(|value| b.values.contains(value));
    let within = |a: &Matcher, b: &Matcher| a.values.iter().all(|value| b.values.contains(value));
    one.label == other.label
        && match (one.op, other.op) {
            (MatchOp::Equal, MatchOp::Equal) => disjoint(one, other),
            (MatchOp::Equal, MatchOp::NotEqual) => within(one, other),
            (MatchOp::NotEqual, MatchOp::Equal) => within(other, one),
            _ => false,
        }
}
