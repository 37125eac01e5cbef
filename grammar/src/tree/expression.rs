//! Expressions.

use super::{Argument, InstrumentKind, LabelDeclaration, Name, Path, Span, Text};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `5`, `0.35`, `1M`, `5%`, `$2.49`
    Number(Number),
    /// `400 ms`, `30d`, `1k inferences`, `10x`: a number and the unit right after it.
    Quantity(Number, UnitExpr),
    /// `gpu`, `vllm::generation_tokens`. It may name a unit: `USD/(gpu*h)`.
    Path(Path),
    /// `requests.cost`
    Field {
        /// The event.
        base: Box<Expr>,
        /// Its field.
        field: Name,
    },
    /// `-x`
    Negative(Box<Expr>),
    /// `(x)`
    Paren(Box<Expr>),
    /// `a + b`
    Binary {
        /// `+`, `-`, `*` or `/`
        op: BinaryOp,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `$3.00 per 1M input_token`, `$2.49 per gpu hour`. Binds more tightly than `*`.
    Per {
        /// What is divided.
        value: Box<Expr>,
        /// By what.
        unit: UnitExpr,
    },
    /// `8% of (gpu + gateway)`
    ShareOf {
        /// A number with a percent sign.
        share: Number,
        /// Of what.
        of: Box<Expr>,
    },
    /// `std::sli::cost_per_query(gpu, overhead: gateway, answers)`
    Call {
        /// What is called.
        callee: Path,
        /// What it is given.
        arguments: Vec<Argument>,
    },
    /// `vllm::request_success { finished_reason = "stop" | "length" }`
    Select {
        /// Of what.
        base: Box<Expr>,
        /// Which series or events.
        selector: Selector,
    },
    /// `dcgm::gpus with namespace = exported_namespace`
    Rename {
        /// Of what.
        base: Box<Expr>,
        /// New name and old name.
        renames: Vec<(Name, Name)>,
    },
    /// `answers as transaction`
    Relabel {
        /// What.
        base: Box<Expr>,
        /// The other counted thing.
        unit: UnitExpr,
    },
    /// `gpu allocated by (input + 4 * output) over model_name`
    Allocated {
        /// The cost.
        base: Box<Expr>,
        /// In proportion to what.
        by: Box<Expr>,
        /// Over which labels.
        over: Vec<Name>,
    },
    /// `answers weighted by class { simple: 1, agentic: 12 }`
    Weighted {
        /// The volume.
        base: Box<Expr>,
        /// The label.
        label: Name,
        /// Values and weights.
        weights: Vec<(Text, Expr)>,
    },
    /// `cost_per_answer standardized by class to { simple: 70%, agentic: 30% }`
    Standardized {
        /// The ratio.
        base: Box<Expr>,
        /// The label.
        label: Name,
        /// Values and shares.
        mix: Vec<(Text, Expr)>,
    },
    /// `(answers / gpu) at peak while fast`
    Peak {
        /// The ratio.
        base: Box<Expr>,
        /// The objective that has to hold.
        objective: Name,
    },
    /// `promql counter<USD> { team } """sum by (team) (...)"""`
    Promql {
        /// How it is read.
        kind: InstrumentKind,
        /// The unit of its values.
        unit: UnitExpr,
        /// The labels that it has.
        labels: Vec<LabelDeclaration>,
        /// The query.
        query: Text,
    },
}

/// A number as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The digits, with point, underscores and exponent: `1_000.5e3`.
    pub digits: String,
    /// The scale right after them: `k` (10^3), `M` (10^6), `G` or `B` (10^9), `T` (10^12).
    pub scale: Option<char>,
    /// The currency sign right before them: `$`, `€`, `£`, `¥`.
    pub currency: Option<char>,
    /// Whether a percent sign follows.
    pub percent: bool,
    /// All of it, currency, scale and percent sign included.
    pub span: Span,
}

/// `USD/request`, `gpu hour`, `1M input_token`, `USD/(gpu*h)`: a product of powers of named units.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitExpr {
    /// At least one.
    pub factors: Vec<UnitFactor>,
    /// All of it.
    pub span: Span,
}

/// `1M input_token`, `h^2`
#[derive(Clone, Debug, PartialEq)]
pub struct UnitFactor {
    /// `1M` in `per 1M input_token`, `100` in `per 100 requests`.
    pub count: Option<Number>,
    /// The unit's name, perhaps in the plural.
    pub name: Path,
    /// Below 0 where it divides.
    pub power: i32,
}

/// `{ namespace = "chat", finished_reason = "stop" | "length" }`
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// All of them hold.
    pub matchers: Vec<LabelMatch>,
    /// With its braces.
    pub span: Span,
}

/// `finished_reason = "stop" | "length"`
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMatch {
    /// The label.
    pub label: Name,
    /// How it is compared.
    pub op: LabelOp,
    /// The texts. With `=` one of them or of the parameters, with `!=` none of them.
    pub values: Vec<Text>,
    /// The names of text parameters, in a template: `namespace = namespace`. At least one text or name.
    pub parameters: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }
}
