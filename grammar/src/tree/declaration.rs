//! Declarations: what stands at a file's top level and in a service.

use super::{Date, Expr, Name, Number, Objective, Path, PolicyRule, Selector, Span, Test, Text, UnitExpr};

/// A declaration at the top level of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The `///` lines before it.
    pub doc: Option<String>,
    /// What it declares.
    pub kind: ItemKind,
    /// All of it.
    pub span: Span,
}

impl Item {
    /// The name that can be referred to, where it declares one.
    pub fn name(&self) -> Option<&Name> {
        match &self.kind {
            ItemKind::Unit { name, .. }
            | ItemKind::Price { name, .. }
            | ItemKind::PriceTable { name, .. }
            | ItemKind::Event { name, .. }
            | ItemKind::Service { name, .. }
            | ItemKind::Template { name, .. }
            | ItemKind::Instance { name, .. }
            | ItemKind::Policy { name, .. } => Some(name),
            ItemKind::Instrument(instrument) => Some(&instrument.name),
            ItemKind::Sli(sli) => Some(&sli.name),
            ItemKind::Use { .. } | ItemKind::Rate { .. } | ItemKind::Test(_) | ItemKind::Broken { .. } => None,
        }
    }
}

/// What a top-level declaration declares.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use std::prices::gpu as price`
    Use {
        /// What is imported.
        path: Path,
        /// Its name here; the path's last segment where nothing is stated.
        alias: Option<Name>,
    },
    /// `unit megapixel = 1e6 pixel`, `unit output_token: token`, `unit conversation`
    Unit {
        /// Its name.
        name: Name,
        /// After `:`, the unit that it is a kind of.
        kind_of: Option<UnitExpr>,
        /// After `=`, what one of it is.
        equals: Option<Expr>,
    },
    /// `counter`, `gauge` or `histogram`
    Instrument(Instrument),
    /// `price h100 = $2.49 per gpu hour as of 2026-11-01`
    Price {
        /// Its name.
        name: Name,
        /// What it costs.
        value: Expr,
        /// When that was so.
        as_of: Option<Date>,
    },
    /// `price gpu_hour by modelName { "NVIDIA L4": $0.71 } per gpu hour as of 2026-11-01`
    PriceTable {
        /// Its name.
        name: Name,
        /// The label that the prices are keyed by.
        label: Name,
        /// Label values and their prices.
        entries: Vec<(Text, Expr)>,
        /// After `per`.
        per: Option<UnitExpr>,
        /// When that was so.
        as_of: Option<Date>,
        /// `unpriced up to 5%`: how much of what it is applied to may lack a price.
        unpriced: Option<Number>,
    },
    /// `rate 1 EUR = 1.08 USD as of 2026-11-01`
    Rate {
        /// What is exchanged.
        from: Expr,
        /// For what.
        to: Expr,
        /// When that was so.
        as_of: Option<Date>,
    },
    /// `sli name(params) = expr`
    Sli(Sli),
    /// `event requests { ... }`
    Event {
        /// Its name.
        name: Name,
        /// Its fields.
        fields: Vec<EventField>,
    },
    /// `service chat { ... }`
    Service {
        /// Its name.
        name: Name,
        /// What it holds.
        members: Vec<Member>,
    },
    /// `template service llm(namespace: string) { ... }`
    Template {
        /// Its name.
        name: Name,
        /// Names and types.
        parameters: Vec<Parameter>,
        /// What it holds.
        members: Vec<Member>,
    },
    /// `service search = llm(namespace: "search") { overrides }`
    Instance {
        /// Its name.
        name: Name,
        /// The template.
        template: Path,
        /// What it is given.
        arguments: Vec<Argument>,
        /// What is other than in the template.
        members: Vec<Member>,
    },
    /// `policy strict { page when burning 2% over 1h and 5m }`
    Policy {
        /// Its name.
        name: Name,
        /// Its rules.
        rules: Vec<PolicyRule>,
    },
    /// `test "..." { ... }`
    Test(Test),
    /// What could not be read.
    Broken {
        /// What it would have declared, as far as that can be told.
        name: Option<Name>,
    },
}

/// How the samples of a metric are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstrumentKind {
    /// It only grows, but for resets.
    Counter,
    /// It is a level.
    Gauge,
    /// It counts by upper bounds.
    Histogram,
}

impl InstrumentKind {
    /// The keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            InstrumentKind::Counter => "counter",
            InstrumentKind::Gauge => "gauge",
            InstrumentKind::Histogram => "histogram",
        }
    }
}

/// `counter generation_tokens: output_token = "vllm:generation_tokens_total" { model_name, engine }`
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// How it is read.
    pub kind: InstrumentKind,
    /// Its name.
    pub name: Name,
    /// The unit of its values.
    pub unit: UnitExpr,
    /// `count of "..."`: each series is one, whatever its value. Only sensible for a gauge.
    pub counted: bool,
    /// The series' name. For a histogram without `_bucket`.
    pub metric: Text,
    /// The labels that it has.
    pub labels: Vec<LabelDeclaration>,
    /// `buckets [0.1, 0.5, 1]`: the upper bounds, in the instrument's unit. Only sensible for a histogram.
    pub buckets: Option<Buckets>,
}

/// `model_name`, `finished_reason in { "stop", "length" }`, `unbounded end_user`
#[derive(Clone, Debug, PartialEq)]
pub struct LabelDeclaration {
    /// Its name.
    pub name: Name,
    /// The values that it can have, where they are known.
    pub values: Option<Vec<Text>>,
    /// Whether it can have any number of values, such as a user's id.
    pub unbounded: bool,
}

/// `buckets [0.1, 0.5, 1]`
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    /// The bounds.
    pub bounds: Vec<Number>,
    /// All of it.
    pub span: Span,
}

/// `sli cost_per_answer = (gpu + gateway) / answers`, with parameters at a module's level.
#[derive(Clone, Debug, PartialEq)]
pub struct Sli {
    /// Its name.
    pub name: Name,
    /// None in a service.
    pub parameters: Vec<Parameter>,
    /// What it is.
    pub value: Expr,
}

/// `namespace: string`, `cost: USD`, `cost`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type: `string` or a unit. Any where nothing is stated.
    pub unit: Option<UnitExpr>,
}

/// `namespace: "search"`, `gpu`
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter's name, where it is stated.
    pub name: Option<Name>,
    /// What it is given.
    pub value: ArgumentValue,
}

/// What a parameter is given.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentValue {
    /// A text.
    Text(Text),
    /// Anything else.
    Expr(Expr),
}

/// A field of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventField {
    /// The `///` lines before it.
    pub doc: Option<String>,
    /// Its name.
    pub name: Name,
    /// What it holds.
    pub kind: EventFieldKind,
    /// All of it.
    pub span: Span,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum EventFieldKind {
    /// `at: time from "TIMESTAMP"`
    Time {
        /// The column, where it has another name.
        from: Option<Text>,
    },
    /// `outcome: label in { "ok", "failed" } from "status"`
    Label {
        /// The values that it can have.
        values: Option<Vec<Text>>,
        /// The column, where it has another name.
        from: Option<Text>,
    },
    /// `context: input_token from "ContextTokens"`
    Number {
        /// The unit of the record.
        unit: UnitExpr,
        /// The column, where it has another name.
        from: Option<Text>,
    },
    /// `cost = context * $3.00 per 1M input_token`
    Derived {
        /// How it is computed.
        value: Expr,
    },
    /// What could not be read.
    Broken,
}

/// A declaration in a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The `///` lines before it.
    pub doc: Option<String>,
    /// What it declares.
    pub kind: MemberKind,
    /// All of it.
    pub span: Span,
}

/// What a declaration in a service declares.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberKind {
    /// `title "Chat assistant"`
    Title(Text),
    /// `owner "inference"`
    Owner(Text),
    /// `runbook "https://..."`
    Runbook(Text),
    /// `where { namespace = "chat" }`
    Where(Selector),
    /// `labels { team = "ml" }`
    Labels(Vec<(Name, Text)>),
    /// `annotations { dashboard = "https://..." }`
    Annotations(Vec<(Name, Text)>),
    /// `cost gpu = ...`
    Cost {
        /// Its name.
        name: Name,
        /// What it is.
        value: Expr,
    },
    /// `volume answers = ...`
    Volume {
        /// Its name.
        name: Name,
        /// What it is.
        value: Expr,
    },
    /// `sli cost_per_answer = ...`
    Sli(Sli),
    /// `objective affordable { ... }`
    Objective(Objective),
    /// `policy { ... }` for all objectives of the service, or `policy strict`
    Policy(PolicyUse),
    /// `tradeoff { cost affordable  latency fast  quality good }`
    Tradeoff {
        /// Its name, where it has one.
        name: Option<Name>,
        /// What people call it.
        title: Option<Text>,
        /// `cost`, `latency` or `quality`, and an objective.
        corners: Vec<(Name, Name)>,
    },
    /// `spend 20% of affordable for "reranker launch" from 2026-12-01 to 2026-12-08`
    Spend {
        /// The share of the budget.
        share: Expr,
        /// The objective.
        objective: Name,
        /// What for.
        reason: Option<Text>,
        /// The first day.
        from: Option<Date>,
        /// The last day.
        to: Option<Date>,
    },
    /// `exclude ...`
    Exclude(Exclude),
    /// What could not be read.
    Broken {
        /// What it would have declared, as far as that can be told.
        name: Option<Name>,
    },
}

/// A policy that is used: written in place or named.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyUse {
    /// `policy { ... }`
    Rules(Vec<PolicyRule>, Span),
    /// `policy strict`
    Named(Path),
}

/// Time that counts for nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Exclude {
    /// `exclude 2026-12-24 to 2026-12-26 in "Europe/Berlin" because "load test"`
    Dates {
        /// The first day.
        from: Date,
        /// The last day.
        to: Option<Date>,
        /// Whose days; UTC's where nothing is stated.
        zone: Option<Text>,
        /// Why.
        because: Option<Text>,
    },
    /// `exclude when deploys::running > 0`
    When {
        /// What is compared.
        left: Expr,
        /// How.
        op: super::CompareOp,
        /// With what.
        right: Expr,
        /// Why.
        because: Option<Text>,
    },
}
