//! What expressions mean: the plan that comes out, its numbers worked out by hand.

mod classes;
mod derived;
mod money;
mod sources;

use farthing_compiler::{NoModules, Options, SourceFile, Sources, compile, render};
use farthing_plan::{Combination, Derivation, Exact, Flow, Indicator, Matcher, Plan, Service, Source, WhenAbsent};

/// The plan of a source that must compile without a word. Lints are left out: they would want more of each service than it
/// is there to show.
fn plan_of(source: &str, modules: &dyn Sources, as_of: Option<&str>) -> Plan {
    let file = SourceFile { name: "service.slo".into(), text: source.into() };
    let compilation = compile(vec![file], modules, &Options { as_of: as_of.map(str::to_string) });
    let told = compilation.diagnostics.iter().filter(|found| !found.code.is_lint());
    let told: Vec<String> = told.map(|found| render(found, &compilation.sources, false, 100)).collect();
    assert!(told.is_empty(), "{source}\n{}", told.join("\n"));
    let plan = compilation.plan.expect("no diagnostic, so there is a plan");
    assert_eq!(Plan::from_json(&plan.to_json()).expect("a plan can be read again"), plan);
    plan
}

/// The only service of a source.
fn service(source: &str) -> Service {
    let mut plan = plan_of(source, &NoModules, None);
    assert_eq!(plan.services.len(), 1);
    plan.services.remove(0)
}

fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

/// A fraction that has no finite decimal.
fn fraction(above: i64, below: i64) -> Exact {
    Exact::fraction(above, below).expect("not divided by 0")
}

fn indicator<'s>(service: &'s Service, objective: &str) -> &'s Indicator {
    let id = format!("{}/{objective}", service.name);
    let objective = service.objective(&id).unwrap_or_else(|| panic!("there is an objective {id}"));
    service.indicator(&objective.indicator).expect("an objective's indicator is there")
}

fn part<'s>(service: &'s Service, id: &str) -> &'s Indicator {
    service.indicator(id).unwrap_or_else(|| panic!("there is an indicator {id}"))
}

fn derivation(indicator: &Indicator) -> &Derivation {
    for side in [&indicator.numerator, &indicator.denominator] {
        assert!(side.terms.is_empty() && side.constant.is_zero(), "{} only has names", indicator.id);
    }
    indicator.derivation.as_ref().unwrap_or_else(|| panic!("{} follows from others", indicator.id))
}

fn flow<'s>(service: &'s Service, id: &str) -> &'s Flow {
    service.flow(id).unwrap_or_else(|| panic!("there is a flow {id}"))
}

/// Ids, factors and whether silence is nothing.
fn terms(side: &Combination) -> Vec<(&str, Exact, bool)> {
    let each = side.terms.iter();
    each.map(|term| (term.flow.as_str(), term.factor.clone(), term.when_absent == WhenAbsent::Zero)).collect()
}

fn matchers(source: &Source) -> &[Matcher] {
    match source {
        Source::Counter { matchers, .. } | Source::Gauge { matchers, .. } => matchers,
        other => panic!("no series: {other:?}"),
    }
}

/// `label=value,other` for each matcher.
fn selected(source: &Source) -> Vec<String> {
    let each = matchers(source).iter();
    each.map(|own| {
        format!(
            "{}{}{}",
            own.label,
            if own.op == farthing_plan::MatchOp::Equal { "=" } else { "!=" },
            own.values.join(",")
        )
    })
    .collect()
}
