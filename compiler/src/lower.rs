//! The plan of all services.

use std::{collections::HashMap, fmt::Write, rc::Rc};

use farthing_grammar::{ItemKind, Name};
use farthing_plan::{Event, Plan, Service as PlanService, VERSION};

use crate::{
    Options, calendar,
    check::Checker,
    diagnostics::Diagnostic,
    flows::FlowTable,
    lint,
    modules::{ItemId, ModuleId, World, duplicate},
    reported::Reported,
    scenario,
    service::{Home, Promise, Service},
    sources::Place,
    template::Templates,
};

/// What came of lowering.
pub(crate) struct Lowered {
    /// Whole only where no diagnostic is an error.
    pub plan: Plan,
    pub diagnostics: Vec<Diagnostic>,
    /// The objectives that are not in the plan.
    pub lost: Vec<Place>,
}

/// Lowers everything that the root files declare. Lints say something where all could be read.
pub(crate) fn plan(world: &World, options: &Options, is_whole: bool) -> Lowered {
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
    let templates = Templates::new(&checker);
    // In the order of the plan's.
    let mut checked: Vec<Service<'_, '_>> = Vec::new();
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
                ItemKind::Service { name, members } if own.root && is_new(&checker, &mut services, module, name) => {
                    let service = Service::new(&checker, module, name, members);
                    plan.services.push(lower_service(&checker, &service, &mut lost));
                    service.check_all();
                    checked.push(service);
                }
                ItemKind::Instance { name, template, arguments, members } if own.root => {
                    if is_new(&checker, &mut services, module, name)
                        && let Ok(bound) = templates.bind(module, template, arguments)
                    {
                        let bound = Rc::new(bound);
                        let service = templates.around(&bound, || {
                            let service = Service::instance(&checker, module, name, members, Rc::clone(&bound));
                            plan.services.push(lower_service(&checker, &service, &mut lost));
                            service.check_all();
                            service
                        });
                        checked.push(service);
                    }
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
    check_templates(&checker, &templates);
    plan.zones = calendar::zones(&plan.services);
    tests(&checker, &mut plan, is_whole && lost.is_empty());
    if is_whole && !checker.has_errors() {
        let metrics = lint::metrics(world);
        for (service, lowered) in checked.iter().zip(&plan.services) {
            templates.around_service(service, || lint::service(&checker, &metrics, service, lowered, &plan.events));
        }
        lint::unused(&checker, &checked);
    }
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

/// Whether a service is the first one with its name.
fn is_new<'w>(checker: &Checker<'w>, services: &mut HashMap<&'w str, Place>, module: ModuleId, name: &'w Name) -> bool {
    let place = checker.place(module, name.span);
    let Some(first) = services.insert(&name.text, place) else {
        return true;
    };
    // Two of one file were reported when its names were bound.
    if first.file != place.file {
        checker.report(duplicate(&name.text, first, place));
    }
    false
}

/// Checks templates whatever they are given, so that the mistakes of one that nobody uses are not silent.
fn check_templates<'w>(checker: &Checker<'w>, templates: &Templates<'_, 'w>) {
    for (index, module) in checker.world.modules.iter().enumerate() {
        let id = ModuleId(index);
        if checker.world.module_name(id).starts_with("std::") {
            continue;
        }
        for (index, item) in module.tree.items.iter().enumerate() {
            if let ItemKind::Template { name, .. } = &item.kind
                && let Ok(bound) = templates.bind_to_anything(ItemId { module: id, index })
            {
                let bound = Rc::new(bound);
                templates.around(&bound, || {
                    let service = Service::instance(checker, id, name, &[], Rc::clone(&bound));
                    lower_service(checker, &service, &mut Vec::new());
                    service.check_all();
                });
            }
        }
    }
}

fn lower_service<'w>(checker: &Checker<'w>, service: &Service<'_, 'w>, lost: &mut Vec<Place>) -> PlanService {
    let name = service.name.text.clone();
    let mut flows = FlowTable::new(&name);
    let mut objectives = Vec::new();
    let homes = [service.seen_from(Home::Own), service.seen_from(Home::Template)];
    for Promise { home, syntax, doc } in &service.objectives {
        let seen = &homes[usize::from(*home == Home::Template)];
        match seen.objective(checker, syntax, doc.clone(), &mut flows) {
            Ok(lowered) => objectives.extend(lowered),
            Err(Reported) => lost.push(checker.place(seen.module, syntax.name.span)),
        }
    }
    service.spend(checker, &mut objectives);
    let tradeoffs = service.tradeoffs(checker, &objectives);
    objectives.extend(service.watches(checker, &mut flows));
    // Without an indicator there is nothing to exclude, and no flow is needed for it.
    let mut unused = FlowTable::new(&name);
    let into = if flows.indicators.is_empty() { &mut unused } else { &mut flows };
    if let Ok(exclusions) = service.own_exclusions(checker, into) {
        // What is derived has none of its own: those of its parts count.
        for indicator in flows.indicators.iter_mut().filter(|indicator| indicator.derivation.is_none()) {
            indicator.exclusions.splice(0..0, exclusions.iter().cloned());
        }
    }
    PlanService {
        title: service.about.title.clone().unwrap_or_else(|| name.clone()),
        owner: service.about.owner.clone(),
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
