//! What a name in an expression stands for.

use farthing_grammar::{ItemKind, Name, Path};

use super::{Checker, Scope, metric::Metric};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::{Binding, ItemId, is_private},
    reported::{Checked, Reported},
    sources::Place,
    value::{Constant, Value},
};

impl<'w> Checker<'w> {
    /// The value of a path.
    pub(super) fn path(&self, scope: &Scope<'_, 'w>, path: &'w Path) -> Checked<Value<'w>> {
        let place = self.place(scope.module, path.span);
        if let [name] = path.segments.as_slice() {
            if let Some((_, value)) = scope.parameters.iter().find(|(own, _)| *own == name.text) {
                return Ok(value.clone());
            }
            if scope.template.is_some_and(|template| template.texts.iter().any(|(own, _)| *own == name.text)) {
                let message = format!("`{}` is a text, not a value", name.text);
                let diagnostic = Diagnostic::error(codes::NOT_A_VALUE, message, place, "a value belongs here");
                return Err(self
                    .report(diagnostic.help(format!("texts are compared with labels: `{{ {0} = {0} }}`", name.text))));
            }
            if let Some(event) = scope.event
                && let Some(value) = event.value(&name.text)
            {
                return value.map(Value::PerEvent);
            }
            if let Some(value) = scope.service.and_then(|members| members.value(&name.text, place)) {
                return value;
            }
        }
        match self.item_at(scope, path)? {
            Some(item) => self.item_value(scope, item, place),
            None => {
                let name = &path.last().text;
                match self.units.named(scope.module, name) {
                    Some(quantity) => Ok(Value::Constant(Constant { amount: quantity.amount, unit: quantity.unit })),
                    None => Err(self.report(self.unknown_name(scope, path, place))),
                }
            }
        }
    }

    /// The top-level declaration that a path names; `Ok(None)` for a single name that no module declares.
    pub(crate) fn item_at(&self, scope: &Scope<'_, 'w>, path: &Path) -> Checked<Option<ItemId>> {
        let segments = path.segments.as_slice();
        let first = &segments[0];
        let place = self.place(scope.module, path.span);
        let mut at = if first.text == "std" {
            Binding::Folder(String::new())
        } else {
            match self.world.binding(scope.module, &first.text) {
                Some(binding) => binding.clone(),
                None if segments.len() == 1 => return Ok(None),
                None => return Err(self.report(self.unknown_module_name(scope, path, place))),
            }
        };
        for (index, name) in segments.iter().enumerate().skip(1) {
            at = match at {
                Binding::Module(module) => match self.world.item_in(module, &name.text) {
                    Some(item) if is_private(&name.text) && module != scope.module => {
                        return Err(self.report(self.world.private(item, self.place(scope.module, name.span))));
                    }
                    Some(item) => {
                        self.world.mark_used(module, &name.text);
                        Binding::Item(item)
                    }
                    None => {
                        let place = self.place(scope.module, name.span);
                        return Err(self.report(self.world.unknown_in_module(module, name, place)));
                    }
                },
                Binding::Folder(folder) => {
                    let inner = if folder.is_empty() { name.text.clone() } else { format!("{folder}::{}", name.text) };
                    match self.world.loaded_library(&inner) {
                        Some(module) => Binding::Module(module),
                        None if farthing_stdlib::MODULES
                            .iter()
                            .any(|(own, _)| own.starts_with(&format!("{inner}::"))) =>
                        {
                            Binding::Folder(inner)
                        }
                        None => return Err(self.report(not_imported(path, index, place))),
                    }
                }
                Binding::Item(_) => return Err(self.report(self.nothing_inside(scope, path, index, name))),
                Binding::Failed => return Err(Reported),
            };
        }
        match at {
            Binding::Item(item) => Ok(Some(item)),
            Binding::Failed => Err(Reported),
            Binding::Module(_) | Binding::Folder(_) => {
                let known = match &at {
                    Binding::Module(module) => {
                        self.world.names_in(*module).into_iter().filter(|name| !is_private(name)).collect()
                    }
                    _ => Vec::new(),
                };
                let diagnostic = Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("`{}` is a module, not a value", path.text()),
                    place,
                    "a value belongs here",
                );
                Err(self.report(match known.first() {
                    Some(first) => diagnostic.help(format!("name something in it, such as `{}::{first}`", path.text())),
                    None => diagnostic,
                }))
            }
        }
    }

    /// A path that goes on behind a declaration.
    fn nothing_inside(&self, scope: &Scope<'_, 'w>, path: &Path, index: usize, name: &Name) -> Diagnostic {
        let outer: Vec<&str> = path.segments[..index].iter().map(|segment| segment.text.as_str()).collect();
        let outer = outer.join("::");
        let message = format!("`{outer}` is no module: there is no `{}` in it", name.text);
        let place = self.place(scope.module, name.span);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "nothing is declared there");
        diagnostic.help(format!("write `{outer}` alone; a field of an event stands behind a point: `requests.cost`"))
    }

    fn item_value(&self, scope: &Scope<'_, 'w>, id: ItemId, place: Place) -> Checked<Value<'w>> {
        let item = self.world.item(id);
        let what = match &item.kind {
            ItemKind::Instrument(instrument) => {
                return self.instrument(scope, Metric::new(id, instrument, place.span));
            }
            ItemKind::Price { .. } => return self.price(id),
            ItemKind::PriceTable { .. } => return self.table(id).map(Value::Table),
            ItemKind::Event { .. } => return self.events(id),
            ItemKind::Sli(sli) if sli.parameters.is_empty() => {
                return self.constant_sli(scope, id, place);
            }
            ItemKind::Sli(sli) => {
                let names: Vec<&str> = sli.parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
                let diagnostic = Diagnostic::error(
                    codes::ARGUMENTS,
                    format!("`{}` needs to be told {}", sli.name.text, names.join(", ")),
                    place,
                    "used without arguments",
                );
                return Err(self.report(diagnostic.help(format!("write `{}({})`", sli.name.text, names.join(", ")))));
            }
            ItemKind::Unit { .. } => match self.units.declared(id) {
                Ok(quantity) => {
                    return Ok(Value::Constant(Constant { amount: quantity.amount, unit: quantity.unit }));
                }
                Err(diagnostic) => return Err(self.report(*diagnostic)),
            },
            ItemKind::Service { .. } | ItemKind::Template { .. } | ItemKind::Instance { .. } => "a service",
            ItemKind::Policy { .. } => "a policy",
            ItemKind::Broken { .. } => return Err(Reported),
            ItemKind::Use { .. } | ItemKind::Rate { .. } | ItemKind::Test(_) => "no value",
        };
        let message = format!("`{}` is {what}, not a value", self.world.sources.line(place));
        Err(self.report(Diagnostic::error(codes::NOT_A_VALUE, message, place, "a value belongs here")))
    }

    pub(crate) fn unknown_name(&self, scope: &Scope<'_, 'w>, path: &Path, place: Place) -> Diagnostic {
        let name = &path.last().text;
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no `{name}` here"), place, "not declared");
        if !self.world.may_search() {
            return diagnostic;
        }
        match name.as_str() {
            "day" | "week" | "month" | "quarter" | "year" => {
                return diagnostic.help(format!("a period of the calendar is `over calendar {name}`"));
            }
            "usd" | "eur" | "gbp" | "jpy" | "chf" => {
                return diagnostic.help(format!("as a currency, write `1 {}`", name.to_uppercase()));
            }
            _ => {}
        }
        let mut known: Vec<String> = scope.parameters.iter().map(|(own, _)| own.to_string()).collect();
        known.extend(scope.event.into_iter().flat_map(|event| event.field_names()));
        known.extend(scope.service.into_iter().flat_map(|members| members.names()).map(str::to_string));
        let module = self.world.module(scope.module);
        known.extend(module.names.keys().cloned());
        if let Some(near) = self.world.nearest(name, || known.iter().map(String::as_str)) {
            return diagnostic.did_you_mean(place, near);
        }
        // `generation_tokens` without its module is a frequent slip.
        let imported = module.names.iter().filter_map(|(alias, binding)| match binding {
            Binding::Module(inner) if !is_private(name) => self.world.item_in(*inner, name).map(|_| alias),
            _ => None,
        });
        if let Some(alias) = imported.min() {
            let full = format!("{alias}::{name}");
            return diagnostic.did_you_mean(place, full);
        }
        diagnostic.help(
            "declare it as a `cost`, `volume` or `sli` of the service, or import the module that has it with `use`",
        )
    }

    fn unknown_module_name(&self, scope: &Scope<'_, 'w>, path: &Path, place: Place) -> Diagnostic {
        let first = &path.segments[0];
        let first_place = self.place(scope.module, first.span);
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_MODULE,
            format!("no module is imported as `{}`", first.text),
            first_place,
            "not imported",
        );
        let standard = farthing_stdlib::MODULES.iter().map(|(name, _)| *name);
        if standard.clone().any(|name| name.rsplit("::").next() == Some(first.text.as_str())) {
            let full = standard
                .filter(|name| name.rsplit("::").next() == Some(first.text.as_str()))
                .map(|name| format!("`use std::{name}`"))
                .collect::<Vec<_>>();
            return diagnostic.help(format!("add {} at the top of the file", suggest::one_of(&full)));
        }
        let known = || self.world.module(scope.module).names.keys().map(String::as_str);
        match self.world.nearest(&first.text, known) {
            Some(near) => diagnostic.did_you_mean(first_place, near),
            None => diagnostic.help(format!(
                "import it: `use {}`",
                self.world.sources.text(place).rsplit_once("::").map_or("...", |(module, _)| module)
            )),
        }
    }
}

fn not_imported(path: &Path, index: usize, place: Place) -> Diagnostic {
    let module: Vec<&str> = path.segments[..=index].iter().map(|name| name.text.as_str()).collect();
    let module = module.join("::");
    let exists = farthing_stdlib::module(module.trim_start_matches("std::")).is_some();
    let diagnostic =
        Diagnostic::error(codes::UNKNOWN_MODULE, format!("`{module}` is not imported"), place, "used here");
    if exists {
        diagnostic.help(format!("add `use {module}` at the top of the file"))
    } else {
        let names: Vec<String> = farthing_stdlib::MODULES.iter().map(|(name, _)| format!("std::{name}")).collect();
        match suggest::nearest(&module, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("there are: {}", names.join(", "))),
        }
    }
}
