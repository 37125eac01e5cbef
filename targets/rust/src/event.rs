//! The module of an event: its struct, and an enum for each label whose values are listed.

use farthing_plan::{Event, Exact, Field, FieldKind};

use crate::{
    code::Code,
    literal,
    names::{Scope, camel, snake},
    slo::{quoted, type_name},
};

/// Names that mean something in the module.
const TAKEN: [&str; 9] = ["Event", "Ok", "Option", "RecordError", "Result", "Row", "Some", "SystemTime", "std"];

/// What was made of an event.
pub(crate) struct Made {
    /// The struct's name.
    pub name: String,
    /// The struct with all lifetimes static.
    pub kind: String,
    pub module: Code,
}

/// A field that the program sets.
struct Member<'p> {
    field: &'p Field,
    name: String,
    kind: String,
}

pub(crate) fn module(event: &Event, module: &str) -> Made {
    let mut types = Scope::new(&TAKEN);
    let name = type_name(&mut types, &event.name, "Event");
    let mut members = Scope::new(&[]);
    let mut enums = Vec::new();
    let mut fields = Vec::new();
    for field in &event.fields {
        let kind = match &field.kind {
            FieldKind::Time => "SystemTime".to_string(),
            FieldKind::Number { .. } => "f64".to_string(),
            FieldKind::Label { allowed } if allowed.is_empty() => "&'a str".to_string(),
            FieldKind::Label { allowed } => {
                let kind = type_name(&mut types, &field.name, "Label");
                enums.push((kind.clone(), field, allowed));
                kind
            }
            FieldKind::Derived { .. } => continue,
        };
        fields.push(Member { field, name: members.name(&snake(&field.name), "_field"), kind });
    }
    let borrows = fields.iter().any(|field| field.kind.starts_with('&'));
    let with = |lifetime: &str| if borrows { format!("{name}<{lifetime}>") } else { name.clone() };

    let mut code = Code::new();
    code.doc(&format!("Events `{}`.", event.name));
    code.allowed();
    code.block(&format!("pub mod {module} {{"), "}", |code| {
        code.line("use farthing_evaluator::embed::{Event, RecordError, Row};");
        code.line("use std::time::SystemTime;");
        code.line("");
        structure(code, event, &with("'a"), &fields);
        for (kind, field, allowed) in enums {
            code.line("");
            enumeration(code, &kind, field, allowed);
        }
        code.line("");
        code.block(&format!("impl Event for {} {{", with("'_")), "}", |code| {
            code.line(&format!("type Kind = {};", with("'static")));
            code.line(&format!("const NAME: &'static str = {};", literal::string(&event.name)));
            code.line("");
            implementation(code, &fields);
        });
    });
    Made { kind: with("'static"), name, module: code }
}

fn structure(code: &mut Code, event: &Event, kind: &str, fields: &[Member<'_>]) {
    code.doc(event.doc.as_deref().filter(|doc| !doc.trim().is_empty()).unwrap_or("One of them."));
    code.line("#[derive(Clone, Copy, Debug, PartialEq)]");
    if fields.is_empty() {
        code.line(&format!("pub struct {kind} {{}}"));
        return;
    }
    code.block(&format!("pub struct {kind} {{"), "}", |code| {
        for member in fields {
            code.doc(&meaning(member.field));
            code.line(&format!("pub {}: {},", member.name, member.kind));
        }
    });
}

/// What to give for a field.
fn meaning(field: &Field) -> String {
    match &field.kind {
        FieldKind::Time => "When it happened.".to_string(),
        FieldKind::Label { allowed } if allowed.is_empty() => "Any text.".to_string(),
        FieldKind::Label { .. } => "One of a list.".to_string(),
        FieldKind::Number { unit, .. } if unit.is_ratio() => "A plain number: 0.01 for 1%.".to_string(),
        FieldKind::Number { unit, scale } if *scale == Exact::from(1) => format!("In `{unit}`."),
        FieldKind::Number { unit, scale } => format!("In `{unit}` times {scale}."),
        FieldKind::Derived { .. } => String::new(),
    }
}

/// In the plan's order: the number of a variant is the index of its value.
fn enumeration(code: &mut Code, kind: &str, field: &Field, allowed: &[String]) {
    code.doc(&format!("The values of `{}`.", field.name));
    code.line("#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]");
    code.block(&format!("pub enum {kind} {{"), "}", |code| {
        let mut scope = Scope::new(&[]);
        for value in allowed {
            code.doc(&quoted(value));
            code.line(&format!("{},", scope.name(&camel(value), "Value")));
        }
    });
}

fn implementation(code: &mut Code, fields: &[Member<'_>]) {
    let time = fields.iter().find(|member| member.field.kind == FieldKind::Time);
    code.block("fn time(&self) -> Option<SystemTime> {", "}", |code| match time {
        Some(time) => code.line(&format!("Some(self.{})", time.name)),
        None => code.line("None"),
    });
    code.line("");
    code.block("fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError> {", "}", |code| {
        for Member { field, name, .. } in fields {
            match &field.kind {
                FieldKind::Number { .. } => code.line(&format!("row.number(self.{name});")),
                FieldKind::Label { allowed } if allowed.is_empty() => code.line(&format!("row.text(self.{name})?;")),
                FieldKind::Label { .. } => code.line(&format!("row.listed(self.{name} as usize)?;")),
                FieldKind::Time | FieldKind::Derived { .. } => {}
            }
        }
        code.line("Ok(())");
    });
}
