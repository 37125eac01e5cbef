//! The module of a service: a struct with a handle for each objective and trade-off.

use farthing_plan::Service;

use crate::{
    code::Code,
    literal,
    names::{Scope, snake},
    slo::type_name,
};

/// Names that mean something in the module.
const TAKEN: [&str; 10] =
    ["Objective", "Ok", "OpenError", "Result", "Service", "ServiceReport", "Shared", "SystemTime", "Tradeoff", "std"];

/// What it is called, in a sentence.
pub(crate) fn summary(service: &Service) -> String {
    if service.title == service.name {
        format!("The service `{}`.", service.name)
    } else {
        format!("The service `{}`: {}.", service.name, service.title)
    }
}

/// The struct's name, and the module.
pub(crate) fn module(service: &Service, module: &str) -> (String, Code) {
    let kind = type_name(&mut Scope::new(&TAKEN), &service.name, "Service");
    let members = members(service);
    let mut code = Code::new();
    code.doc(&summary(service));
    code.allowed();
    code.block(&format!("pub mod {module} {{"), "}", |code| {
        code.line("use farthing_evaluator::embed::{Objective, OpenError, Service, ServiceReport};");
        code.line("use farthing_evaluator::embed::{Shared, Tradeoff};");
        code.line("use std::time::SystemTime;");
        code.line("");
        code.doc(&summary(service));
        code.line("#[derive(Clone, Debug)]");
        code.block(&format!("pub struct {kind} {{"), "}", |code| {
            code.line("service: Service,");
            for member in &members {
                code.doc(&member.doc);
                code.line(&format!("pub {}: {},", member.name, member.kind));
            }
        });
        code.line("");
        code.block(&format!("impl {kind} {{"), "}", |code| implementation(code, service, &kind, &members));
    });
    (kind, code)
}

/// A handle.
struct Member {
    name: String,
    doc: String,
    kind: &'static str,
    /// The method of `Shared` that gives it, with its argument.
    call: String,
}

fn members(service: &Service) -> Vec<Member> {
    let mut scope = Scope::new(&["service"]);
    // The class of one of several follows the name in the id.
    let own = |id: &str| snake(id.split_once('/').map_or(id, |(_, own)| own));
    let about = |first: &str, doc: &Option<String>| match doc {
        Some(doc) if !doc.trim().is_empty() => format!("{first}\n\n{doc}"),
        _ => first.to_string(),
    };
    let objectives = service.objectives.iter().map(|objective| Member {
        name: scope.name(&own(&objective.id), "_objective"),
        doc: about(&format!("`{}`", objective.statement.replace('`', "'")), &objective.doc),
        kind: "Objective",
        call: format!("objective({})", literal::string(&objective.id)),
    });
    let mut members: Vec<Member> = objectives.collect();
    members.extend(service.tradeoffs.iter().map(|tradeoff| Member {
        name: scope.name(&own(&tradeoff.id), "_tradeoff"),
        doc: about(&format!("The trade-off `{}`.", tradeoff.name), &tradeoff.doc),
        kind: "Tradeoff",
        call: format!("tradeoff({})", literal::string(&tradeoff.id)),
    }));
    members
}

fn implementation(code: &mut Code, service: &Service, kind: &str, members: &[Member]) {
    code.block(&format!("pub(super) fn new(shared: &Shared) -> Result<{kind}, OpenError> {{"), "}", |code| {
        code.block(&format!("Ok({kind} {{"), "})", |code| {
            for member in members {
                code.field(&member.name, "shared", &member.call);
            }
            code.field("service", "shared", &format!("service({})", literal::string(&service.name)));
        });
    });
    code.line("");
    code.doc("The verdicts on its objectives as of now, by the system's clock.");
    code.block("pub fn report(&self) -> ServiceReport {", "}", |code| code.line("self.service.report()"));
    code.line("");
    code.doc("The verdicts as of a time: see [`Shared::report_at`].");
    code.block("pub fn report_at(&self, now: SystemTime) -> ServiceReport {", "}", |code| {
        code.line("self.service.report_at(now)");
    });
}
