//! The plan of all services.

use std::{collections::HashMap, fmt::Write};

use farthing_grammar::{ItemKind, Member};
use farthing_plan::{Event, Plan, Service as PlanService, VERSION};

use crate::{
    Options, calendar,
    check::Checker,
    diagnostics::Diagnostic,
    flows::FlowTable,
    modules::{ItemId, ModuleId, World, duplicate},
    reported::Reported,
    scenario,
    service::Service,
    sources::Place,
};

/// What came of lowering.
pub(crate) struct Lowered {
    /// Whole only where no diagnostic is an error.
    pub plan: Plan,
    pub diagnostics: Vec<Diagnostic>,
    /// The objectives that are not in the plan.
    pub lost: Vec<Place>,
}

/// Lowers everything that the root files declare; whether all of it could be read is told.
pub(crate) fn plan(world: &World, options: &Options, is_read: bool) -> Lowered {
    let checker = Checker::new(world, options);
    let mut plan = Plan {
        version: VERSION,
        compiler: format!("farthing {}", env!("CARGO_PKG_VERSION")),
        digest: digest(world),
        services: Vec::new(),
        events: Vec::new(),
        zones: Vec::new(),
        scenarios: Vec::new(),
    };
    let mut lost = Vec::new();
    let mut services: HashMap<&str, Place> = HashMap::new();
    let mut events: HashMap<String, Place> = HashMap::new();
    for index in 0..world.modules.len() {
        let module = ModuleId(index);
        let own = world.module(module);
        // The standard library is checked by its own tests.
        if world.module_name(module).starts_with("std::") {
            continue;
        }
        checker.check_module(module);
        for (index, item) in own.tree.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Service { name, members } if own.root => {
                    let place = checker.place(module, name.span);
                    if let Some(first) = services.insert(&name.text, place) {
                        // Two of one file were reported when its names were bound.
                        if first.file != place.file {
                            checker.report(duplicate(&name.text, first, place));
                        }
                        continue;
                    }
                    let service = Service::new(&checker, module, name, members);
                    plan.services.push(lower_service(&checker, &service, members, &mut lost));
                    service.check_all(members);
                }
                ItemKind::Event { name, .. } => {
                    let place = checker.place(module, name.span);
                    if let Some(first) = events.insert(name.text.clone(), place) {
                        if first.file != place.file {
                            checker.report(duplicate(&name.text, first, place));
                        }
                        continue;
                    }
                    plan.events.extend(event(&checker, ItemId { module, index }));
                }
                _ => {}
            }
        }
    }
    plan.zones = calendar::zones(&plan.services);
    tests(&checker, &mut plan, is_read && lost.is_empty());
    Lowered { plan, diagnostics: checker.into_diagnostics(), lost }
}

/// Lowers the tests of the root files, when all services are known.
fn tests(checker: &Checker<'_>, plan: &mut Plan, no_loss: bool) {
    let is_complete = no_loss && !checker.has_errors();
    for index in 0..checker.world.modules.len() {
        let module = ModuleId(index);
        let own = checker.world.module(module);
        let mut names: HashMap<&str, Place> = HashMap::new();
        for item in own.tree.items.iter().filter(|_| own.root) {
            let ItemKind::Test(test) = &item.kind else { continue };
            let place = checker.place(module, test.name.span);
            if let Some(first) = names.insert(&test.name.value, place) {
                checker.report(duplicate(&test.name.value, first, place));
                continue;
            }
            if let Ok(scenario) = scenario::lower(checker, plan, is_complete, module, test) {
                plan.scenarios.push(scenario);
            }
        }
    }
}

fn lower_service<'w>(
    checker: &Checker<'w>,
    service: &Service<'_, 'w>,
    members: &'w [Member],
    lost: &mut Vec<Place>,
) -> PlanService {
    let name = service.name.text.clone();
    let mut flows = FlowTable::new(&name);
    let mut objectives = Vec::new();
    for (syntax, doc) in &service.objectives {
        match service.objective(checker, syntax, doc.clone(), &mut flows) {
            Ok(lowered) => objectives.extend(lowered),
            Err(Reported) => lost.push(checker.place(service.module, syntax.name.span)),
        }
    }
    service.spend(checker, &mut objectives);
    let tradeoffs = service.tradeoffs(checker, &objectives);
    objectives.extend(service.watches(checker, members, &mut flows));
    // Without an indicator there is nothing to exclude, and no flow is needed for it.
    let mut unused = FlowTable::new(&name);
    let into = if flows.indicators.is_empty() { &mut unused } else { &mut flows };
    if let Ok(exclusions) = service.exclusions(checker, &service.exclusions, into) {
        for indicator in &mut flows.indicators {
            indicator.exclusions.splice(0..0, exclusions.iter().cloned());
        }
    }
    PlanService {
        title: service.about.title.map_or_else(|| name.clone(), |text| text.value.clone()),
        owner: service.about.owner.map(|text| text.value.clone()),
        name,
        flows: flows.flows,
        indicators: flows.indicators,
        objectives,
        tradeoffs,
    }
}

fn event(checker: &Checker<'_>, id: ItemId) -> Option<Event> {
    checker.event(id).ok().map(|info| info.event.clone())
}

/// FNV-1a over names and texts of all files but the standard library's: the same input has the same digest.
fn digest(world: &World) -> String {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for index in 0..world.modules.len() {
        let file = world.sources.file(world.module(ModuleId(index)).file);
        if file.name.starts_with("std::") {
            continue;
        }
        // Folders differ between machines; what a file is called does not.
        let name = file.name.rsplit(['/', '\\']).next().unwrap_or(&file.name);
        for byte in name.bytes().chain([0]).chain(file.text.bytes()).chain([0]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let mut text = String::new();
    write!(text, "{state:016x}").expect("writing to a string cannot fail");
    text
}
