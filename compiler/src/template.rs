//! Templates of services: what an instance gives, and what a template's members make of it.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use farthing_grammar::{Argument, ArgumentValue, Expr, ItemKind, Member, Parameter, Path, Text, UnitExpr};
use farthing_plan::{Exact, Unit};

use crate::{
    check::{Checker, Scope, given_twice, names, unexpected_argument},
    diagnostics::{Code, Diagnostic, Label, Severity, codes},
    modules::{ItemId, ModuleId, duplicate},
    reported::{Checked, Reported, reported},
    service::Service,
    shown,
    sources::Place,
    value::{Constant, Value},
};

/// A template with its parameters bound.
pub(crate) struct Bound<'w> {
    /// Which template.
    pub id: ItemId,
    /// Where it is named; `None` where nothing uses it.
    used: Option<Place>,
    /// What it holds.
    pub members: &'w [Member],
    /// The parameters that are numbers.
    pub numbers: Vec<(&'w str, Value<'w>)>,
    /// The parameters that are texts.
    pub texts: Vec<(&'w str, String)>,
    /// How the numbers were written, and in which module.
    written: Vec<(&'w str, ModuleId, &'w Expr)>,
    /// The same in one line.
    shown: HashMap<&'w str, String>,
}

impl<'w> Bound<'w> {
    /// Where a number was written.
    pub fn written(&self, name: &str) -> Option<(ModuleId, &'w Expr)> {
        self.written.iter().find(|(own, ..)| *own == name).map(|(_, module, expr)| (*module, *expr))
    }

    /// A text of the template, with `{namespace}` replaced by the text parameter of that name. What stands in `{{` and
    /// `}}` is for the alert manager.
    pub fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, brace) = rest.split_at(at);
            filled.push_str(before);
            let (kept, own) = if brace.starts_with("{{") {
                let end = brace.find("}}").map_or(brace.len(), |end| end + 2);
                (end, None)
            } else {
                let end = brace.find('}').unwrap_or(0);
                let value = self.texts.iter().find(|(name, _)| end > 0 && brace[1..end] == **name);
                (if value.is_some() { end + 1 } else { 1 }, value)
            };
            match own {
                Some((_, value)) => filled.push_str(value),
                None => filled.push_str(&brace[..kept]),
            }
            rest = &brace[kept..];
        }
        filled + rest
    }

    /// A promise as people read it: with what was given in place of the parameters.
    pub fn told(&self, line: &str) -> String {
        let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
        let (mut told, mut rest, mut quoted) = (String::new(), line, false);
        while let Some(sign) = rest.chars().next() {
            if quoted || !is_word(sign) {
                quoted ^= sign == '"' && !told.ends_with('\\');
                told.push(sign);
                rest = &rest[sign.len_utf8()..];
                continue;
            }
            let end = rest.find(|sign| !is_word(sign)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            // A label, a module and what stands in it, a field, and a unit have names of their own.
            let is_label = after.trim_start().starts_with(['=', '!']) || after.starts_with(':');
            let is_part = told.ends_with([':', '.']) || told.ends_with("per ") || told.ends_with("as ");
            match self.shown.get(word).filter(|_| !is_label && !is_part) {
                Some(shown) => told.push_str(shown),
                None => told.push_str(word),
            }
            rest = after;
        }
        told
    }
}

/// What a parameter takes.
enum Kind {
    Text,
    Number(Unit),
}

/// The templates of a compilation.
pub(crate) struct Templates<'c, 'w> {
    checker: &'c Checker<'w>,
    kinds: RefCell<HashMap<ItemId, Checked<Rc<[Kind]>>>>,
    /// What was said of templates, whatever they are given.
    told: RefCell<HashSet<String>>,
}

impl<'c, 'w> Templates<'c, 'w> {
    pub fn new(checker: &'c Checker<'w>) -> Self {
        Templates { checker, kinds: RefCell::default(), told: RefCell::default() }
    }

    /// What an instance makes of its template.
    pub fn bind(&self, module: ModuleId, path: &'w Path, arguments: &'w [Argument]) -> Checked<Bound<'w>> {
        let checker = self.checker;
        let scope = Scope::of_module(module);
        let place = checker.place(module, path.span);
        let id = checker.item_at(&scope, path)?;
        let Some((id, ItemKind::Template { name, parameters, members })) =
            id.map(|id| (id, &checker.world.item(id).kind))
        else {
            if let Some(ItemKind::Broken { .. }) = id.map(|id| &checker.world.item(id).kind) {
                return Err(Reported);
            }
            return Err(checker.report(self.no_template(module, path, place)));
        };
        let kinds = self.kinds(id, parameters);
        let declared = checker.place(id.module, name.span);
        let mut bound = Bound { used: Some(place), ..Bound::new(id, members) };
        let mut given: Vec<Option<Place>> = vec![None; parameters.len()];
        let mut failed = false;
        for (position, argument) in arguments.iter().enumerate() {
            let at = checker.place(module, argument_span(argument));
            let index = match &argument.name {
                None => (position < parameters.len()).then_some(position),
                Some(name) => parameters.iter().position(|own| own.name.text == name.text),
            };
            let Some(index) = index else {
                checker
                    .report(unexpected_argument(argument, &name.text, parameters, at).label(declared, "declared here"));
                failed = true;
                continue;
            };
            if let Some(first) = given[index].replace(at) {
                checker.report(given_twice(&parameters[index].name.text, first, at));
                failed = true;
                continue;
            }
            let Ok(kinds) = &kinds else { continue };
            failed |= self.argument(&scope, &mut bound, &parameters[index], &kinds[index], argument).is_err();
        }
        kinds?;
        let missing: Vec<&str> = parameters
            .iter()
            .zip(&given)
            .filter(|(_, given)| given.is_none())
            .map(|(parameter, _)| parameter.name.text.as_str())
            .collect();
        if !missing.is_empty() && !failed {
            return Err(checker.report(
                Diagnostic::error(
                    codes::ARGUMENTS,
                    format!("`{}` is not told {}", path.text(), missing.join(", ")),
                    place,
                    format!("{} of {} given", parameters.len() - missing.len(), parameters.len()),
                )
                .label(declared, "declared here")
                .help(format!("it is `{}({})`", name.text, names(parameters))),
            ));
        }
        if failed { Err(Reported) } else { Ok(bound) }
    }

    /// A template with parameters that stand for any: to find what is wrong with it whatever it is given.
    pub fn bind_to_anything(&self, id: ItemId) -> Checked<Bound<'w>> {
        let ItemKind::Template { parameters, members, .. } = &self.checker.world.item(id).kind else {
            return Err(Reported);
        };
        let kinds = self.kinds(id, parameters)?;
        let mut bound = Bound::new(id, members);
        for (parameter, kind) in parameters.iter().zip(kinds.iter()) {
            match kind {
                Kind::Text => bound.texts.push((&parameter.name.text, String::new())),
                Kind::Number(unit) => {
                    // A month is a period, and a window; anything else is one of its unit.
                    let amount = if *unit == Unit::base("s") { Exact::from(30 * 86_400) } else { Exact::one() };
                    let value = Value::Constant(Constant { amount, unit: unit.clone() });
                    bound.numbers.push((&parameter.name.text, value));
                }
            }
        }
        Ok(bound)
    }

    fn no_template(&self, module: ModuleId, path: &Path, place: Place) -> Diagnostic {
        let message = format!("there is no template `{}`", path.text());
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "not a template");
        let world = self.checker.world;
        let known = || {
            let items = world.module(module).tree.items.iter();
            items.filter(|item| matches!(item.kind, ItemKind::Template { .. })).filter_map(|item| item.name())
        };
        match world.nearest(&path.last().text, || known().map(|name| name.text.as_str())) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic
                .help("declare it at the top level: `template service llm(namespace: string) { ... }`, or import it"),
        }
    }

    /// What the parameters of a template take.
    fn kinds(&self, id: ItemId, parameters: &'w [Parameter]) -> Checked<Rc<[Kind]>> {
        if let Some(known) = self.kinds.borrow().get(&id) {
            return known.clone();
        }
        let mut failed = false;
        let mut kinds = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            let place = self.checker.place(id.module, parameter.name.span);
            if let Some(first) = parameters[..index].iter().find(|own| own.name.text == parameter.name.text) {
                let first = self.checker.place(id.module, first.name.span);
                self.checker.report(duplicate(&parameter.name.text, first, place));
                failed = true;
            }
            match self.kind(id, parameter, place) {
                Ok(kind) => kinds.push(kind),
                Err(Reported) => failed = true,
            }
        }
        let found = if failed { Err(Reported) } else { Ok(Rc::from(kinds)) };
        self.kinds.borrow_mut().insert(id, found.clone());
        found
    }

    fn kind(&self, id: ItemId, parameter: &Parameter, place: Place) -> Checked<Kind> {
        let name = &parameter.name.text;
        match &parameter.unit {
            Some(unit) if is_string(unit) => Ok(Kind::Text),
            Some(unit) => {
                let quantity = reported(self.checker.units.expression(id.module, unit), self.checker.sink())?;
                Ok(Kind::Number(quantity.unit))
            }
            None => Err(self.checker.report(
                Diagnostic::error(
                    codes::TEMPLATE,
                    format!("what `{name}` is must be said"),
                    place,
                    "a text, or a number of what?",
                )
                .help(format!("write `{name}: string`, or its unit: `{name}: USD/request`")),
            )),
        }
    }

    fn argument(
        &self,
        scope: &Scope<'_, 'w>,
        bound: &mut Bound<'w>,
        parameter: &'w Parameter,
        kind: &Kind,
        argument: &'w Argument,
    ) -> Checked<()> {
        let checker = self.checker;
        let name = parameter.name.text.as_str();
        let at = checker.place(scope.module, argument_span(argument));
        let declared = checker.place(bound.id.module, parameter.name.span);
        match (kind, &argument.value) {
            (Kind::Text, ArgumentValue::Text(text)) => {
                bound.shown.insert(name, checker.world.sources.line(at));
                bound.texts.push((name, text.value.clone()));
                Ok(())
            }
            (Kind::Text, ArgumentValue::Expr(_)) => Err(checker.report(
                Diagnostic::error(codes::ARGUMENTS, format!("`{name}` is a text"), at, "no text")
                    .label(declared, "declared as `string` here")
                    .help(format!("write it in quotes: `{name}: \"...\"`")),
            )),
            (Kind::Number(unit), ArgumentValue::Text(_)) => Err(checker.report(
                Diagnostic::error(codes::ARGUMENTS, format!("`{name}` is no text"), at, "a text is given here")
                    .label(declared, format!("declared in {unit} here"))
                    .help("write a number with its unit, without quotes"),
            )),
            (Kind::Number(unit), ArgumentValue::Expr(expr)) => {
                let constant = match checker.expression(scope, expr)? {
                    Value::Constant(constant) => constant,
                    other => {
                        return Err(checker.report(
                            Diagnostic::error(
                                codes::ARGUMENTS,
                                format!("a template takes texts and constants, and this is {}", other.describe()),
                                at,
                                "not known before it is measured",
                            )
                            .label(declared, format!("`{name}` is declared here"))
                            .help("state a constant such as `$0.004 per request`; what is measured differs by a `cost` or `volume` of the instance"),
                        ));
                    }
                };
                let constant = checker.exchanged_constant(scope, constant, unit);
                if !checker.units.fits(&constant.unit, unit) {
                    return Err(checker.report(
                        Diagnostic::error(
                            codes::ARGUMENT_UNIT,
                            format!("`{name}` is asked for in {unit}, not in {}", constant.unit),
                            at,
                            format!("this is in {}", constant.unit),
                        )
                        .label(declared, format!("declared in {unit} here"))
                        .help(format!("write it like `{}`", shown::example(unit, &checker.world.sources.line(at)))),
                    ));
                }
                // A kind of what is asked for counts as that.
                let constant = Constant { unit: unit.clone(), ..constant };
                bound.shown.insert(name, checker.world.sources.line(at));
                bound.written.push((name, scope.module, expr));
                bound.numbers.push((name, Value::Constant(constant)));
                Ok(())
            }
        }
    }

    /// Does something with an instance of a template. Says of what is found wrong in the template where it is used, and says
    /// once what does not depend on that.
    pub fn around<T>(&self, bound: &Bound<'w>, act: impl FnOnce() -> T) -> T {
        let before = self.checker.sink().borrow().len();
        let done = act();
        self.tell(before, bound);
        done
    }

    /// As [`Templates::around`], for any service.
    pub fn around_service(&self, service: &Service<'_, 'w>, act: impl FnOnce()) {
        match service.template() {
            Some(bound) => self.around(bound, act),
            None => act(),
        }
    }

    fn tell(&self, before: usize, bound: &Bound<'w>) {
        let checker = self.checker;
        let ItemKind::Template { name, parameters, .. } = &checker.world.item(bound.id).kind else {
            return;
        };
        let template = checker.place(bound.id.module, checker.world.item(bound.id).span);
        let within = |place: Place| {
            place.file == template.file
                && place.span.start >= template.span.start
                && place.span.end <= template.span.end
        };
        let found = checker.sink().borrow_mut().split_off(before);
        for mut diagnostic in found {
            if !diagnostic.labels.iter().any(|label| within(label.place)) {
                checker.report(diagnostic);
                continue;
            }
            let depends = depends_on_values(diagnostic.code)
                && diagnostic.labels.iter().filter(|label| within(label.place)).any(|label| {
                    let text = checker.world.sources.text(label.place);
                    let mut words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
                    words.any(|word| parameters.iter().any(|parameter| parameter.name.text == word))
                });
            if depends {
                // What would mend one use would break the others.
                diagnostic.fix = None;
            }
            let is_new = self.told.borrow_mut().insert(format!("{diagnostic:?}"));
            match bound.used {
                Some(place) if is_new || depends => {
                    let text = format!("`{}` is used here", name.text);
                    diagnostic.labels.push(Label { place, text });
                    checker.report(diagnostic);
                }
                // Numbers that stand for any say nothing about ranges.
                None if is_new && !depends && is_about_meaning(&diagnostic) => drop(checker.report(diagnostic)),
                _ => {}
            }
        }
    }
}

impl<'w> Bound<'w> {
    fn new(id: ItemId, members: &'w [Member]) -> Self {
        Bound {
            id,
            used: None,
            members,
            numbers: Vec::new(),
            texts: Vec::new(),
            written: Vec::new(),
            shown: HashMap::new(),
        }
    }
}

/// Whether what a parameter is given decides on a message of this kind. Units are declared, and decide before.
fn depends_on_values(code: Code) -> bool {
    code.0 >= 500
        || matches!(
            code,
            codes::UNKNOWN_LABEL_VALUE
                | codes::SELECTS_NOTHING
                | codes::PATTERN
                | codes::DIVISION_BY_ZERO
                | codes::DURATION
        )
}

/// Whether a message speaks of names, units, instruments or labels, or of what an objective lacks: not of how large
/// something is.
fn is_about_meaning(diagnostic: &Diagnostic) -> bool {
    let code = diagnostic.code.0;
    diagnostic.severity == Severity::Error && (code < 500 || (601..605).contains(&code))
}

/// `string`
fn is_string(unit: &UnitExpr) -> bool {
    matches!(unit.factors.as_slice(), [only] if only.power == 1 && only.count.is_none() && only.name.text() == "string")
}

fn argument_span(argument: &Argument) -> farthing_grammar::Span {
    match &argument.value {
        ArgumentValue::Text(Text { span, .. }) => *span,
        ArgumentValue::Expr(expr) => expr.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound() -> Bound<'static> {
        let id = ItemId { module: ModuleId(0), index: 0 };
        let mut bound = Bound::new(id, &[]);
        bound.texts.push(("namespace", "search".to_string()));
        bound.shown.insert("target", "$0.01 per request".to_string());
        bound.shown.insert("namespace", "\"search\"".to_string());
        bound
    }

    #[test]
    fn texts_are_filled_in_and_alert_templates_are_left_alone() {
        for (text, filled) in [
            ("The {namespace} service", "The search service"),
            ("{namespace}{namespace}", "searchsearch"),
            ("{{ $labels.namespace }} in {namespace}", "{{ $labels.namespace }} in search"),
            ("{{namespace}}", "{{namespace}}"),
            ("{other} {namespace", "{other} {namespace"),
            ("{ {namespace}", "{ search"),
            ("{}", "{}"),
            ("{{ never closed {namespace}", "{{ never closed {namespace}"),
        ] {
            assert_eq!(bound().filled(text), filled, "{text}");
        }
    }

    #[test]
    fn promises_are_told_with_what_was_given() {
        for (line, told) in [
            ("cost_per_answer <= target", "cost_per_answer <= $0.01 per request"),
            ("targets / shared::target <= target", "targets / shared::target <= $0.01 per request"),
            ("x { namespace = namespace } / y <= target", "x { namespace = \"search\" } / y <= $0.01 per request"),
            ("\"target\" requests.target", "\"target\" requests.target"),
        ] {
            assert_eq!(bound().told(line), told, "{line}");
        }
    }
}
