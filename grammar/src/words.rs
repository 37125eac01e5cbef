//! The words that begin declarations and statements.

/// What a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A file's top level.
    File,
    /// A `service` or a `template`.
    Service,
    /// An `objective`.
    Objective,
    /// An `event`.
    Event,
    /// A `test`.
    Test,
}

impl Block {
    /// In words, with an article.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Block::File => "a file",
            Block::Service => "a service",
            Block::Objective => "an objective",
            Block::Event => "an event",
            Block::Test => "a test",
        }
    }

    /// The words that begin what it may hold.
    pub(crate) fn keywords(self) -> &'static [&'static str] {
        match self {
            Block::File => &[
                "use",
                "unit",
                "counter",
                "gauge",
                "histogram",
                "price",
                "rate",
                "sli",
                "policy",
                "event",
                "service",
                "template",
                "test",
            ],
            Block::Service => &[
                "title",
                "owner",
                "runbook",
                "where",
                "labels",
                "annotations",
                "cost",
                "volume",
                "sli",
                "objective",
                "policy",
                "tradeoff",
                "spend",
                "exclude",
            ],
            Block::Objective => &[
                "budget",
                "over",
                "by",
                "policy",
                "title",
                "owner",
                "runbook",
                "labels",
                "annotations",
                "exclude",
                "burn",
                "guard",
                "provided",
            ],
            Block::Event => &[],
            Block::Test => &["over", "series", "event", "expect"],
        }
    }
}

/// Words after which something must follow: no statement ends with them, and no unknown declaration begins with them.
const CONNECTING: &[&str] = &[
    "allocate",
    "allocated",
    "and",
    "are",
    "as",
    "because",
    "burning",
    "by",
    "calendar",
    "for",
    "from",
    "have",
    "in",
    "of",
    "over",
    "per",
    "standardized",
    "to",
    "unbounded",
    "weighted",
    "when",
    "with",
];

/// Whether a word joins what stands left and right of it.
pub(crate) fn connects(word: &str) -> bool {
    CONNECTING.contains(&word)
}
