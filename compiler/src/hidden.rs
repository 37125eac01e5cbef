//! Names that would hide others: of a service's declarations and of parameters. Who reads `gpus` in a service must not have
//! to look whether the file means something else by it.

use farthing_grammar::{ItemKind, Member, Name, Parameter};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes},
    modules::{Binding, ModuleId, World, duplicate},
    service::member_name,
    sources::Place,
};

/// Where a value with this name is declared or imported in a file. Modules, units, policies and services are other kinds of
/// names: nothing takes one for the other.
pub(crate) fn declaration(world: &World, module: ModuleId, name: &str) -> Option<Place> {
    let Binding::Item(item) = world.module(module).names.get(name)? else {
        return None;
    };
    let declared = world.item(*item);
    let is_value = matches!(
        declared.kind,
        ItemKind::Instrument(_)
            | ItemKind::Price { .. }
            | ItemKind::PriceTable { .. }
            | ItemKind::Event { .. }
            | ItemKind::Sli(_)
    );
    let import = world.module(module).uses.iter().find(|own| own.text == name);
    let span = import.or(declared.name())?.span;
    is_value.then_some(Place { file: world.module(module).file, span })
}

impl<'w> Checker<'w> {
    /// Reports what hides something that the file declares or imports.
    pub(crate) fn check_hidden(&self, module: ModuleId) {
        for item in &self.world.module(module).tree.items {
            match &item.kind {
                ItemKind::Sli(sli) => self.hidden_by_parameters(module, &sli.parameters),
                ItemKind::Service { members, .. } | ItemKind::Instance { members, .. } => {
                    self.hidden_by_members(module, members);
                }
                ItemKind::Template { parameters, members, .. } => {
                    self.hidden_by_parameters(module, parameters);
                    self.hidden_by_members(module, members);
                    for name in members.iter().filter_map(member_name) {
                        if let Some(first) = parameters.iter().find(|own| own.name.text == name.text) {
                            let (first, own) = (self.place(module, first.name.span), self.place(module, name.span));
                            self.report(duplicate(&name.text, first, own));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn hidden_by_parameters(&self, module: ModuleId, parameters: &[Parameter]) {
        for parameter in parameters {
            self.hidden_by(module, &parameter.name);
        }
    }

    fn hidden_by_members(&self, module: ModuleId, members: &[Member]) {
        for name in members.iter().filter_map(member_name) {
            self.hidden_by(module, name);
        }
    }

    fn hidden_by(&self, module: ModuleId, name: &Name) {
        if let Some(first) = declaration(self.world, module, &name.text) {
            let place = self.place(module, name.span);
            let message = format!("`{0}` would hide the `{0}` that the file has", name.text);
            self.report(
                Diagnostic::error(codes::HIDDEN_NAME, message, place, "declared again here")
                    .label(first, "it means this outside")
                    .help("give one of them another name"),
            );
        }
    }
}
