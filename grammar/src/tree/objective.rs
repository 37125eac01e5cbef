//! Objectives and policies.

use super::{Exclude, Expr, LabelMatch, Name, Number, PolicyUse, Span, Text};

/// `objective affordable { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Its name.
    pub name: Name,
    /// What it holds, in order.
    pub statements: Vec<Statement>,
    /// From its keyword to its closing brace.
    pub span: Span,
}

/// A line of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// All of it.
    pub span: Span,
}

/// What a line of an objective says.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// The promise itself.
    Condition(Condition),
    /// `budget 5% over 30d`, `budget 5% gross`
    Budget {
        /// The share.
        share: Expr,
        /// `net` or `gross`, where it is stated.
        mode: Option<Name>,
    },
    /// `over 30d`; after `budget 5%` or the condition too.
    Over(Period),
    /// `by model_name, team   allocate gpu, gateway by output`
    By {
        /// The labels.
        labels: Vec<Name>,
        /// What is allocated over them.
        allocate: Option<Allocate>,
    },
    /// `by class { "simple": <= $0.002, "agentic": <= $0.05 }`
    ByClass {
        /// The label.
        label: Name,
        /// Values with their own targets.
        classes: Vec<ClassTarget>,
    },
    /// `policy { ... }` or `policy strict`
    Policy(PolicyUse),
    /// `title "..."`
    Title(Text),
    /// `owner "..."`
    Owner(Text),
    /// `runbook "https://..."`
    Runbook(Text),
    /// `labels { team = "ml" }`
    Labels(Vec<(Name, Text)>),
    /// `annotations { dashboard = "https://..." }`
    Annotations(Vec<(Name, Text)>),
    /// `exclude ...`
    Exclude(Exclude),
    /// `burn per unit`
    BurnPerUnit,
    /// `guard answers >= 100 over 1h`: no alert below that volume.
    Guard {
        /// The volume.
        left: Expr,
        /// How it is compared.
        op: CompareOp,
        /// With what.
        right: Expr,
        /// In which window.
        over: Expr,
    },
    /// `provided quality_int8 equals quality_fp16 within 1%`
    Provided {
        /// What is compared.
        left: Expr,
        /// With what.
        right: Expr,
        /// By how much they may differ.
        within: Expr,
    },
}

/// `"simple": <= $0.002 per request`
#[derive(Clone, Debug, PartialEq)]
pub struct ClassTarget {
    /// The value of the label.
    pub class: Text,
    /// How it is compared.
    pub op: CompareOp,
    /// With what.
    pub target: Expr,
}

/// `allocate gpu, gateway by output`
#[derive(Clone, Debug, PartialEq)]
pub struct Allocate {
    /// The costs.
    pub costs: Vec<Name>,
    /// In proportion to what.
    pub by: Expr,
    /// All of it.
    pub span: Span,
}

/// The promise itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `cost_per_answer <= $0.01 per request`, `vllm::kv_cache_usage < 90% for 99% of the time`
    Compare {
        /// What is compared.
        left: Expr,
        /// How.
        op: CompareOp,
        /// With what.
        right: Expr,
        /// `for 99% of the time`
        share_of_time: Option<Number>,
    },
    /// `cost_per_answer by class { "simple": <= $0.002, "agentic": <= $0.05 }`: no target but those of the classes.
    Classes {
        /// What is compared.
        left: Expr,
        /// The label.
        label: Name,
        /// Values with their own targets.
        classes: Vec<ClassTarget>,
    },
    /// `p95 of vllm::time_to_first_token < 400 ms`
    Quantile {
        /// `p95`, `p99.9`: the digits after the `p`, `95`, `99.9`, and its place with the `p`.
        quantile: Name,
        /// Of what.
        of: Expr,
        /// How it is compared.
        op: CompareOp,
        /// With what.
        right: Expr,
        /// Whether a bound that is no bucket's is accepted.
        approximately: bool,
    },
    /// `99% of requests have cost < $0.001`
    Share {
        /// With its percent sign.
        share: Number,
        /// Of what.
        of: Expr,
        /// What is good.
        good: Good,
        /// Whether a bound that is no bucket's is accepted.
        approximately: bool,
    },
}

/// What is good.
#[derive(Clone, Debug, PartialEq)]
pub enum Good {
    /// `>= 0.8`: the value itself.
    Value {
        /// How it is compared.
        op: CompareOp,
        /// With what.
        right: Expr,
    },
    /// `have cost < $0.001`, `cost < $0.001`: a field.
    Field {
        /// The field.
        field: Name,
        /// How it is compared.
        op: CompareOp,
        /// With what.
        right: Expr,
    },
    /// `have outcome = "ok"`
    Label(LabelMatch),
    /// `are good_answers`: a part of them.
    Are(Expr),
}

/// `<`, `<=`, `>` or `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A compliance period.
#[derive(Clone, Debug, PartialEq)]
pub enum Period {
    /// `30d`
    Rolling(Expr),
    /// `calendar month in "Europe/Berlin"`
    Calendar {
        /// `day`, `week`, `month`, `quarter` or `year`.
        unit: Name,
        /// The time zone; UTC where nothing is stated.
        zone: Option<Text>,
        /// All of it.
        span: Span,
    },
}

/// `page when burning 2% over 1h and 5m`, `ticket when burning 10x over 1h and 5m`
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyRule {
    /// `page` or `ticket`.
    pub severity: Name,
    /// `2%` of the budget, or `10x` (a [`Quantity`](super::ExprKind::Quantity) with the unit `x`).
    pub amount: Expr,
    /// The long window.
    pub long: Expr,
    /// The short window.
    pub short: Expr,
    /// All of it.
    pub span: Span,
}
