//! Indicators: pairs of flows that are observed together, and what is derived from several of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Exact, Unit};

/// Two flows that are observed together: a minute counts only when every flow that is needed had samples, so that a
/// silent exporter makes nothing look cheap. Their ratio is what the indicator measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// `service/name` of the `sli` it comes from, or of the objective that states it inline.
    pub id: String,
    /// The doc comment of its declaration.
    pub doc: Option<String>,
    /// The labels of both flows, sorted.
    pub by: Vec<String>,
    /// What is divided. For a share: what was bad.
    pub numerator: Combination,
    /// What it is divided by. For a share: all.
    pub denominator: Combination,
    /// Time that counts for nothing: a minute in which one of these holds is not observed. What is derived has none of its
    /// own: those of its parts count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// The ids of flows of the same service, not broken down, without which a minute is not observed, though they add nothing
    /// here: what is divided among groups by a [`Derivation::Allocated`], so that none of its parts goes on without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<String>,
    /// How numerator and denominator of a window follow from those of other indicators; `None` where they are added up
    /// from flows. INVARIANT: where there is one, both combinations have no terms and no constant, only names and units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
}

/// Time that counts for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Exclusion {
    /// All minutes that lie in `(from, until]`, in seconds since the epoch.
    Dates {
        /// The start of the first day.
        from: i64,
        /// The end of the last day.
        until: i64,
        /// Why.
        because: Option<String>,
    },
    /// All minutes in which a flow comes to more than 0.
    When {
        /// The id of a flow of the same service, not broken down: the time for which a gauge compares so. Where it has no
        /// samples, nothing is excluded.
        flow: String,
        /// Why.
        because: Option<String>,
    },
}

/// N(w) and D(w) of a window from the windows of other indicators of the same service, its parts. With the parts'
/// amounts `N0(w), D0(w), N1(w) ...`, for each group of the indicator's `by`; a part without a label has one group for
/// all values of it.
///
/// Each applies to a window as a whole: what it says of a month is not the sum of what it says of its days. A part's
/// minutes count as in any indicator; observed(w) is the longest of those of the parts' groups that belong to the group
/// (of classes, those of the mix), and excluded(w) the longest of the parts'. A part without such a group has amounts
/// of 0. There are the groups that the parts with all labels of `by` have (of classes, those of the mix).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Derivation {
    /// Direct standardization: what a ratio would be at a fixed mix of classes.
    ///
    /// `D(w)` is the sum of `D0_c(w)` over the classes of the mix, and
    /// `N(w) = D(w) * sum(share_c * N0_c(w) / D0_c(w)) / sum(share_c)`, both sums over the classes of the mix that have
    /// volume in the window, `D0_c(w) > 0`: a class without volume is left out, and the rest of the mix counts for all.
    Standardized {
        /// The id of the indicator of one class; its `by` are this one's and `label`.
        of: String,
        /// The label that tells classes apart.
        label: String,
        /// The classes and their shares, which add up to 1.
        mix: BTreeMap<String, Exact>,
    },
    /// What lacks a label is divided among its values in proportion to a key.
    ///
    /// `N(w) = N0(w) + sum over shared parts of Ns(w) * Nk(w) / (Nk(w) of all groups)`, `D(w) = D0(w)`. The groups' shares
    /// of a shared part add up to all of it wherever the key is above 0. Where the key of all groups is not above 0 in a
    /// window, the indicator has no amounts in it.
    Allocated {
        /// The id of the indicator of what has the labels, over the denominator. Its numerator is 0 where nothing has.
        of: String,
        /// What is shared, each in proportion to its key.
        shared: Vec<Part>,
    },
    /// A ratio beside another: what this denominator would have come to at the other's ratio.
    ///
    /// `N(w) = N0(w)`, `D(w) = D0(w) * N1(w) / D1(w)`; none where `D1(w)` is not above 0.
    Relative {
        /// The id of the indicator that is compared.
        of: String,
        /// The id of the indicator that it is compared with.
        to: String,
    },
    /// The best slot: of the slots of the window in which a promise held, the one with the highest ratio.
    ///
    /// `N(w)` is the greatest of `N0(slot) / D0(slot)` over the slots of 10 minutes in the window with `D0(slot) > 0`, in
    /// which `N1(slot) <= limit * D1(slot)` and `D1(slot) > 0`; `D(w)` is 1. Windows below a day have none.
    Peak {
        /// The id of the indicator whose ratio is to be high.
        of: String,
        /// The id of the indicator that says whether the promise held: what was bad, over all.
        while_indicator: String,
        /// The share that may be bad: 0.05 for p95.
        limit: Exact,
    },
}

impl Derivation {
    /// The ids of the indicators that it names, in its order; one that it names twice is there twice.
    pub fn parts(&self) -> Vec<&str> {
        match self {
            Derivation::Standardized { of, .. } => vec![of],
            Derivation::Allocated { of, shared } => {
                let shared = shared.iter().flat_map(|part| [part.amount.as_str(), &part.key]);
                std::iter::once(of.as_str()).chain(shared).collect()
            }
            Derivation::Relative { of, to } => vec![of, to],
            Derivation::Peak { of, while_indicator, .. } => vec![of, while_indicator],
        }
    }
}

/// What is divided among the values of labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The id of the indicator whose numerator is divided; not broken down.
    pub amount: String,
    /// The id of the indicator whose numerator says in which proportion; broken down by the indicator's labels.
    pub key: String,
}

/// A linear combination of flows, itself a flow: `sum of factor * flow + constant * time`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Combination {
    /// The id of the combination as a flow: `chat/cost_per_answer:numerator`.
    pub flow: String,
    /// Its unit.
    pub unit: Unit,
    /// At least one, in the order of the source.
    pub terms: Vec<Term>,
    /// A constant amount per second of observed time, such as $0.40 per hour; 0 for most.
    pub constant: Exact,
}

/// One flow of a combination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The id of a [`Flow`] of the same service.
    pub flow: String,
    /// What it is multiplied by; may be negative.
    pub factor: Exact,
    /// What it means that the flow has no sample.
    pub when_absent: WhenAbsent,
}

/// What it means that a flow had no sample in a minute in which the rest of the indicator had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAbsent {
    /// The minute was not observed; nothing of it counts.
    Unobserved,
    /// Nothing happened: it selects a part of what another required flow selects wholly (the failed ones of all
    /// requests), and such a series is often born with its first event.
    Zero,
}
