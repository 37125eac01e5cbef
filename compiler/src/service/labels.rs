//! Labels and annotations of alerts that owners state.

use std::collections::BTreeMap;

use farthing_grammar::{Name, Text};

use crate::{
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes},
    modules::duplicate,
};

/// Labels that rules and alerts set themselves: nothing can be broken down by them, and no owner can set them.
pub(crate) const RESERVED: [&str; 12] = [
    "alertname",
    "calendar",
    "corner",
    "flow",
    "indicator",
    "long_window",
    "objective",
    "period",
    "service",
    "severity",
    "short_window",
    "tradeoff",
];

/// Annotations that alerts have themselves.
const RESERVED_ANNOTATIONS: [&str; 4] = ["description", "look_at", "runbook_url", "summary"];

pub(crate) fn add_labels(
    checker: &Checker<'_>,
    scope: &Scope<'_, '_>,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
) {
    add_pairs(checker, scope, into, pairs, &RESERVED, "label");
}

pub(crate) fn add_annotations(
    checker: &Checker<'_>,
    scope: &Scope<'_, '_>,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
) {
    add_pairs(checker, scope, into, pairs, &RESERVED_ANNOTATIONS, "annotation");
}

fn add_pairs(
    checker: &Checker<'_>,
    scope: &Scope<'_, '_>,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
    reserved: &[&str],
    what: &str,
) {
    for (index, (name, text)) in pairs.iter().enumerate() {
        let place = checker.place(scope.module, name.span);
        if let Some((first, _)) = pairs[..index].iter().find(|(own, _)| own.text == name.text) {
            checker.report(duplicate(&name.text, checker.place(scope.module, first.span), place));
            continue;
        }
        if reserved.contains(&name.text.as_str()) {
            checker.report(
                Diagnostic::error(
                    codes::RESERVED_LABEL,
                    format!("alerts set the {what} `{}` themselves", name.text),
                    place,
                    "reserved",
                )
                .help("choose another name"),
            );
            continue;
        }
        into.insert(name.text.clone(), scope.filled(text));
    }
}
