//! A metric with what is written around its name: selectors, and other names for its labels.

use std::collections::BTreeMap;

use farthing_grammar::{Expr, ExprKind, Instrument, ItemKind, Name, Span};
use farthing_plan::Matcher;

use super::{Checker, Scope, TARGET_LABELS};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::ItemId,
    reported::{Checked, Reported},
    sources::Place,
    value::Value,
};

/// What is read of a metric.
pub(crate) struct Metric<'w> {
    pub id: ItemId,
    pub instrument: &'w Instrument,
    /// What is selected, with the series' own names of labels.
    pub own: Vec<(Matcher, Place)>,
    /// New names of labels, and the series' own.
    pub renamed: BTreeMap<String, String>,
    /// Where it is named.
    pub used: Span,
}

impl<'w> Metric<'w> {
    pub fn new(id: ItemId, instrument: &'w Instrument, used: Span) -> Self {
        Metric { id, instrument, own: Vec::new(), renamed: BTreeMap::new(), used }
    }

    /// What the series call a label.
    pub fn own_name<'a>(&'a self, label: &'a str) -> &'a str {
        self.renamed.get(label).map_or(label, String::as_str)
    }

    /// Whether a name of the series' own cannot be said any more.
    pub fn hides(&self, label: &str) -> bool {
        !self.renamed.contains_key(label) && self.renamed.values().any(|own| own == label)
    }

    /// Whether its declaration has a label, by the series' own name.
    pub fn declares(&self, own: &str) -> bool {
        self.instrument.labels.iter().any(|label| label.name.text == own)
    }
}

impl<'w> Checker<'w> {
    /// The metric that an expression is; `None` where it is something else.
    pub(super) fn metric(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<Option<Metric<'w>>> {
        match &expr.kind {
            ExprKind::Path(path) => {
                if path.segments.len() == 1 && self.is_member(scope, &path.segments[0].text) {
                    return Ok(None);
                }
                let Some(id) = self.item_at(scope, path)? else { return Ok(None) };
                Ok(match &self.world.item(id).kind {
                    ItemKind::Instrument(instrument) => Some(Metric::new(id, instrument, expr.span)),
                    _ => None,
                })
            }
            ExprKind::Paren(inner) if matches!(inner.kind, ExprKind::Select { .. } | ExprKind::Rename { .. }) => {
                self.metric(scope, inner)
            }
            ExprKind::Select { base, selector } => match self.metric(scope, base)? {
                None => Ok(None),
                Some(mut metric) => {
                    let matchers = self.matchers(scope, &metric, selector)?;
                    metric.own.extend(matchers);
                    Ok(Some(metric))
                }
            },
            ExprKind::Rename { base, renames } => match self.metric(scope, base)? {
                None => Ok(None),
                Some(metric) => self.with_names(scope, metric, renames).map(Some),
            },
            _ => Ok(None),
        }
    }

    /// `dcgm::gpus with namespace = exported_namespace`
    pub(super) fn renamed(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, place: Place) -> Checked<Value<'w>> {
        if let Some(metric) = self.metric(scope, expr)? {
            return self.instrument(scope, metric);
        }
        let ExprKind::Rename { base, .. } = &expr.kind else { return Err(Reported) };
        let value = self.expression(scope, base)?;
        Err(self.report(
            Diagnostic::error(
                codes::RENAMED_LABELS,
                "only a metric's labels can be given other names",
                Place { span: base.span, ..place },
                format!("this is {}", value.describe()),
            )
            .help("write `with` right behind the metric: `(dcgm::gpus with namespace = exported_namespace) * $2 per gpu hour`"),
        ))
    }

    fn with_names(
        &self,
        scope: &Scope<'_, 'w>,
        mut metric: Metric<'w>,
        renames: &'w [(Name, Name)],
    ) -> Checked<Metric<'w>> {
        let before = metric.renamed.clone();
        let away: Vec<&str> = renames.iter().map(|(_, old)| old.text.as_str()).collect();
        for (index, (new, old)) in renames.iter().enumerate() {
            let (new_place, old_place) = (self.place(scope.module, new.span), self.place(scope.module, old.span));
            let twice = |own: &(Name, Name)| own.0.text == new.text || own.1.text == old.text;
            if let Some(first) = renames[..index].iter().find(|own| twice(own)) {
                let again = if first.0.text == new.text { new } else { old };
                let first = if first.0.text == new.text { &first.0 } else { &first.1 };
                return Err(self.report(
                    Diagnostic::error(
                        codes::RENAMED_LABELS,
                        format!("`{}` stands twice in one renaming", again.text),
                        self.place(scope.module, again.span),
                        "again here",
                    )
                    .label(self.place(scope.module, first.span), "first here")
                    .help("give each label one other name"),
                ));
            }
            let own = before.get(&old.text).unwrap_or(&old.text).clone();
            // Prometheus itself sets `exported_` before a label that the target sets as well.
            let exported = own.strip_prefix("exported_").unwrap_or(&own);
            if metric.hides(&old.text)
                || !metric.declares(&own) && !TARGET_LABELS.contains(&exported) && !metric.declares(exported)
            {
                let swapped = metric.declares(&new.text) && !metric.hides(&new.text);
                if swapped && !TARGET_LABELS.contains(&new.text.as_str()) {
                    return Err(self.report(self.swapped_names(&metric, (new, new_place), (old, old_place))));
                }
                return Err(self.report(self.unknown_label(&metric, &old.text, old_place)));
            }
            // Those that scraping sets are what such a name is meant to stand for.
            let own_label = metric.declares(&new.text) && !TARGET_LABELS.contains(&new.text.as_str());
            let taken = own_label && !metric.hides(&new.text) || before.contains_key(&new.text);
            if taken && !away.contains(&new.text.as_str()) {
                return Err(self.report(
                    Diagnostic::error(
                        codes::RENAMED_LABELS,
                        format!("`{}` already has a label `{}`", metric.instrument.name.text, new.text),
                        new_place,
                        "a name for two labels",
                    )
                    .label(self.place(metric.id.module, metric.instrument.name.span), "declared here")
                    .help("choose a name that it does not have"),
                ));
            }
            metric.renamed.remove(&old.text);
            metric.renamed.insert(new.text.clone(), own);
        }
        Ok(metric)
    }

    /// The new name of a label where the old one belongs.
    fn swapped_names(
        &self,
        metric: &Metric<'w>,
        (new, new_place): (&Name, Place),
        (old, place): (&Name, Place),
    ) -> Diagnostic {
        Diagnostic::error(
            codes::UNKNOWN_LABEL,
            format!("`{}` has no label `{}`", metric.instrument.name.text, old.text),
            place,
            "not one of its labels",
        )
        .label(new_place, "and this is one")
        .help(format!("the new name stands first: `with {} = {}`", old.text, new.text))
    }

    /// A label that a metric does not have.
    pub(super) fn unknown_label(&self, metric: &Metric<'w>, label: &str, place: Place) -> Diagnostic {
        let instrument = metric.instrument;
        let declared = instrument.labels.iter().map(|own| own.name.text.as_str()).filter(|own| !metric.hides(own));
        let names: Vec<&str> = declared.chain(metric.renamed.keys().map(String::as_str)).collect();
        let at = self.place(metric.id.module, instrument.name.span);
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_LABEL,
            format!("`{}` has no label `{label}`", instrument.name.text),
            place,
            "not one of its labels",
        )
        .label(
            at,
            format!("declared here with {}", if names.is_empty() { "no labels".into() } else { names.join(", ") }),
        );
        if let Some((new, _)) = metric.renamed.iter().find(|(_, own)| *own == label) {
            return diagnostic.help(format!("it is called `{new}` here")).fix(place, new.clone());
        }
        match suggest::nearest(label, names.into_iter().chain(TARGET_LABELS)) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic
                .help("if your scrape configuration adds the label, name it in the service's `where`, or declare the metric yourself"),
        }
    }
}
