//! Declarations that nothing uses: left over, or a slip in another name.

use std::collections::BTreeMap;

use farthing_grammar::{Item, ItemKind, MemberKind};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes},
    modules::{ItemId, ModuleId, is_private},
    service::{Service, kind, member_name},
    sources::Place,
};

/// Warns of what nothing uses in the files that were asked for.
pub(crate) fn unused(checker: &Checker<'_>, services: &[Service<'_, '_>]) {
    for (index, module) in checker.world.modules.iter().enumerate() {
        if module.root {
            items(checker, ModuleId(index), &module.tree.items);
        }
    }
    members(checker, services);
}

/// What a file declares and imports.
fn items(checker: &Checker<'_>, module: ModuleId, items: &[Item]) {
    // A file without a service is there for others.
    let is_library =
        !items.iter().any(|item| matches!(item.kind, ItemKind::Service { .. } | ItemKind::Instance { .. }));
    for (index, item) in items.iter().enumerate() {
        if let ItemKind::Use { path, alias } = &item.kind {
            let name = alias.as_ref().unwrap_or(path.last());
            if !checker.world.is_used(module, &name.text) {
                let message = format!("nothing uses the import of `{}`", path.text());
                let place = checker.place(module, name.span);
                checker.report(
                    Diagnostic::warning(codes::UNUSED, message, place, "imported here").help("remove the `use`"),
                );
            }
            continue;
        }
        if let ItemKind::Rate { from, to, .. } = &item.kind {
            let id = ItemId { module, index };
            if !is_library && !checker.is_used_rate(id) {
                let place = checker.place(module, from.span.to(to.span));
                report(checker, "the rate", &checker.world.sources.line(place), place);
            }
            continue;
        }
        let what = match &item.kind {
            ItemKind::Price { .. } | ItemKind::PriceTable { .. } => "the price",
            ItemKind::Event { .. } => "the event",
            ItemKind::Sli(_) => "the sli",
            ItemKind::Policy { .. } => "the policy",
            ItemKind::Template { .. } => "the template",
            _ => continue,
        };
        let Some(name) = item.name() else { continue };
        if (!is_library || is_private(&name.text)) && !checker.world.is_used(module, &name.text) {
            report(checker, what, &name.text, checker.place(module, name.span));
        }
    }
}

/// What services declare. A declaration of a template is used where one of its instances uses it.
fn members(checker: &Checker<'_>, services: &[Service<'_, '_>]) {
    let mut found: BTreeMap<Place, (&str, &str, bool)> = BTreeMap::new();
    for service in services {
        for (member, is_used, module) in service.members() {
            let is_value =
                matches!(member.kind, MemberKind::Cost { .. } | MemberKind::Volume { .. } | MemberKind::Sli(_));
            if let (true, true, Some(name)) = (is_value, checker.world.module(module).root, member_name(member)) {
                let place = checker.place(module, name.span);
                let what = match kind(member) {
                    "a cost" => "the cost",
                    "a volume" => "the volume",
                    _ => "the sli",
                };
                found.entry(place).or_insert((what, &name.text, false)).2 |= is_used;
            }
        }
    }
    for (place, (what, name, is_used)) in found {
        if !is_used {
            report(checker, what, name, place);
        }
    }
}

fn report(checker: &Checker<'_>, what: &str, name: &str, place: Place) {
    let message = format!("nothing uses {what} `{name}`");
    checker.report(
        Diagnostic::warning(codes::UNUSED, message, place, "declared here")
            .help("use it, remove it, or say why it stays: `// allow F0905: for the dashboard of next week`"),
    );
}
