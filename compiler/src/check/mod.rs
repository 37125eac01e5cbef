//! The checker: every expression gets a unit, an instrument and labels, or a diagnostic says why not.

mod allocated;
mod arithmetic;
mod body;
mod bucket;
mod call;
mod classes;
pub(crate) mod condition;
pub(crate) mod describe;
mod event;
mod expression;
mod instrument;
mod labels;
pub(crate) mod limits;
mod metric;
mod names;
mod peak;
mod query;
mod rates;
mod share;
mod table;
pub(crate) mod time_share;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use farthing_grammar::{Expr, ItemKind, Objective, Span, Text};
use farthing_plan::Exact;
use farthing_plan::Matcher;

use crate::{
    Options,
    diagnostics::{Diagnostic, Severity},
    modules::{ItemId, ModuleId, World},
    reported::{Checked, Reported},
    sources::Place,
    template::Bound,
    units::Units,
    value::{Table, Value},
};

pub(crate) use call::{given_twice, names, unexpected_argument};
pub(crate) use event::EventInfo;
pub(crate) use instrument::TARGET_LABELS;
pub(crate) use labels::own_name;
pub(crate) use metric::Metric;
pub(crate) use peak::KeptByName;

/// An sli of a module, and what the `where` around its use adds to its selectors.
type SliKey = (ItemId, Vec<(Matcher, Place)>);

/// What is shared by the checking of all declarations.
pub(crate) struct Checker<'w> {
    pub world: &'w World,
    pub units: Units<'w>,
    pub options: &'w Options,
    sink: RefCell<Vec<Diagnostic>>,
    events: RefCell<HashMap<ItemId, Checked<Rc<EventInfo>>>>,
    prices: RefCell<HashMap<ItemId, Checked<Value<'w>>>>,
    /// How much of one currency another is, as a module knows it.
    rates: RefCell<HashMap<(ModuleId, String, String), Option<Exact>>>,
    own_rates: RefCell<HashMap<ModuleId, Rc<[rates::Rate]>>>,
    /// The rates between two currencies of which one became the other.
    used_rates: RefCell<HashSet<ItemId>>,
    tables: RefCell<HashMap<ItemId, Checked<Rc<Table<'w>>>>>,
    declarations: RefCell<HashMap<ItemId, Checked<Rc<[Exact]>>>>,
    /// The module-level slis that are being evaluated: one that meets itself is a cycle.
    open: RefCell<Vec<ItemId>>,
    /// The values of those without parameters.
    slis: RefCell<HashMap<SliKey, Checked<Value<'w>>>>,
    /// Whether the bodies of those with parameters make sense, whatever the parameters are.
    bodies: RefCell<HashMap<ItemId, Checked<()>>>,
    /// How many expressions are being evaluated, each for the one before.
    depth: Cell<usize>,
    /// The calls since the outermost one began.
    calls: Cell<usize>,
}

impl<'w> Checker<'w> {
    pub fn new(world: &'w World, options: &'w Options) -> Self {
        Checker {
            world,
            units: Units::new(world),
            options,
            sink: RefCell::default(),
            events: RefCell::default(),
            prices: RefCell::default(),
            rates: RefCell::default(),
            own_rates: RefCell::default(),
            used_rates: RefCell::default(),
            tables: RefCell::default(),
            declarations: RefCell::default(),
            open: RefCell::default(),
            slis: RefCell::default(),
            bodies: RefCell::default(),
            depth: Cell::new(0),
            calls: Cell::new(0),
        }
    }

    /// Reports a diagnostic.
    pub fn report(&self, diagnostic: Diagnostic) -> Reported {
        self.sink.borrow_mut().push(diagnostic);
        Reported
    }

    /// Where diagnostics go.
    pub fn sink(&self) -> &RefCell<Vec<Diagnostic>> {
        &self.sink
    }

    /// Whether an error was reported.
    pub fn has_errors(&self) -> bool {
        self.sink.borrow().iter().any(|found| found.severity == Severity::Error)
    }

    /// Everything that was reported.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.sink.into_inner()
    }

    /// Checks what no service refers to, so that a mistake in a library file is not silent.
    pub fn check_module(&self, module: ModuleId) {
        self.check_hidden(module);
        self.check_rates(module);
        for (index, item) in self.world.module(module).tree.items.iter().enumerate() {
            let id = ItemId { module, index };
            let scope = Scope::of_module(module);
            match &item.kind {
                ItemKind::Instrument(instrument) => {
                    let _ = self.instrument(&scope, Metric::new(id, instrument, item.span));
                }
                ItemKind::Price { .. } => {
                    let _ = self.price(id);
                }
                ItemKind::Event { .. } => {
                    let _ = self.event(id);
                }
                ItemKind::Sli(sli) if sli.parameters.is_empty() => {
                    let _ = self.constant_sli(&scope, id, self.place(module, sli.name.span));
                }
                ItemKind::Sli(_) => {
                    let _ = self.body(id);
                }
                ItemKind::Policy { rules, .. } => {
                    let _ = self.policy_rules(&scope, rules);
                }
                ItemKind::Unit { name, kind_of, equals } => match self.units.declared(id) {
                    Ok(own) => self.check_unit(id, name.span, kind_of.is_some(), equals.as_ref(), &own),
                    Err(diagnostic) => drop(self.report(*diagnostic)),
                },
                ItemKind::PriceTable { .. } => {
                    let _ = self.table(id);
                }
                // Services are checked as they are lowered, and tests when all services are known.
                ItemKind::Service { .. }
                | ItemKind::Template { .. }
                | ItemKind::Instance { .. }
                | ItemKind::Test(_) => {}
                ItemKind::Rate { .. } | ItemKind::Use { .. } | ItemKind::Broken { .. } => {}
            }
        }
    }

    pub fn place(&self, module: ModuleId, span: Span) -> Place {
        Place { file: self.world.module(module).file, span }
    }
}

/// Where an expression stands: what its names mean.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s, 'w> {
    pub module: ModuleId,
    /// The members of the service around it.
    pub service: Option<&'s dyn Members<'w>>,
    /// The parameters of the sli around it.
    pub parameters: &'s [(&'w str, Value<'w>)],
    /// The event around it, for derived fields.
    pub event: Option<&'s EventInfo>,
    /// The template around it, with its parameters bound.
    pub template: Option<&'s Bound<'w>>,
    /// What the service's `where` adds to every selector.
    pub matchers: &'s [(Matcher, Place)],
}

impl<'w> Scope<'_, 'w> {
    pub fn of_module(module: ModuleId) -> Self {
        Scope { module, service: None, parameters: &[], event: None, template: None, matchers: &[] }
    }

    /// A text, in a template with its parameters filled in.
    pub fn filled(&self, text: &Text) -> String {
        self.template.map_or_else(|| text.value.clone(), |template| template.filled(&text.value))
    }
}

/// A service's members, as its expressions see them.
pub(crate) trait Members<'w> {
    /// The value of the cost, volume or sli with this name; `None` when there is none.
    fn value(&self, name: &str, used_at: Place) -> Option<Checked<Value<'w>>>;
    /// Whether there is a declaration with this name.
    fn has(&self, name: &str) -> bool;
    /// What the sli with this name is, and where that stands.
    fn sli(&self, name: &str) -> Option<(Scope<'_, 'w>, &'w Expr)>;
    /// The objective with this name, and where it stands.
    fn objective(&self, name: &str) -> Option<(Scope<'_, 'w>, &'w Objective)>;
    /// What objectives come to that peaks wait for, each worked out once.
    fn kept(&self) -> &RefCell<KeptByName<'w>>;
    /// All names.
    fn names(&self) -> Vec<&'w str>;
}
