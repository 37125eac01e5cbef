//! Indicators: the flows that they add up, or the parts that they follow from.

use farthing_plan::{Combination, Exact, Exclusion, Flow, Indicator, MINUTE, Service, Source, WhenAbsent};

use super::{DerivedShape, Shape, SourceShape, float, missing, position_or_push};
use crate::error::EvaluatorError;

/// An indicator broken down by one label list.
pub(crate) struct IndicatorShape {
    /// Index into [`Shape::bys`].
    pub by: usize,
    /// Where its amounts come from.
    pub kind: Kind,
    /// Index into [`Shape::exclusions`]; none where nothing is excluded. Of a derived one, its parts have theirs.
    pub exclusion: Option<usize>,
    /// Indices into [`Shape::objectives`].
    pub objectives: Vec<usize>,
    /// Slots that its longest period or window has.
    pub slots: usize,
    /// What is derived from it: an index into [`Shape::indicators`], and which of that one's parts it is.
    pub users: Vec<(usize, usize)>,
}

/// Where an indicator's amounts come from.
pub(crate) enum Kind {
    Direct(DirectShape),
    Derived(DerivedShape),
}

/// A sum of flows over another.
pub(crate) struct DirectShape {
    /// Its flows, each source once.
    pub terms: Vec<TermShape>,
    /// Amounts that the constants add in each counted minute.
    pub numerator_per_minute: f64,
    /// As above, of the denominator.
    pub denominator_per_minute: f64,
}

/// A source in an indicator.
pub(crate) struct TermShape {
    /// Index into [`Shape::sources`].
    pub source: usize,
    /// Whether a minute without it is not observed.
    pub required: bool,
    /// Its factor in the numerator; 0 where it is in the denominator only.
    pub numerator: f64,
    /// Its factor in the denominator.
    pub denominator: f64,
}

impl IndicatorShape {
    /// What it is derived from: indices into [`Shape::indicators`].
    pub(crate) fn parts(&self) -> Vec<usize> {
        match &self.kind {
            Kind::Direct(_) => Vec::new(),
            Kind::Derived(derived) => derived.parts.iter().map(|part| part.indicator).collect(),
        }
    }
}

/// The indicators of one service, as far as something needs them.
pub(super) struct Indicators<'p> {
    pub service: &'p Service,
    /// By id and label list.
    known: Vec<(&'p str, usize, usize)>,
    /// Those that are being derived, the outermost first: what it finds here goes in a circle.
    deriving: Vec<&'p str>,
}

impl<'p> Indicators<'p> {
    pub(super) fn new(service: &'p Service) -> Self {
        Indicators { service, known: Vec::new(), deriving: Vec::new() }
    }

    /// The flow by which an indicator reads a query, which only Prometheus can evaluate.
    pub(super) fn query(&self, id: &str) -> Option<&'p Flow> {
        self.query_within(id, &mut Vec::new())
    }

    fn query_within(&self, id: &str, seen: &mut Vec<&'p str>) -> Option<&'p Flow> {
        let indicator = self.service.indicator(id)?;
        if seen.contains(&indicator.id.as_str()) {
            return None;
        }
        seen.push(&indicator.id);
        let terms = indicator.numerator.terms.iter().chain(&indicator.denominator.terms).map(|term| &term.flow);
        let when = indicator.exclusions.iter().filter_map(|exclusion| match exclusion {
            Exclusion::When { flow, .. } => Some(flow),
            Exclusion::Dates { .. } => None,
        });
        let is_query = |flow: &&Flow| matches!(flow.source, Source::Query { .. });
        let own = terms.chain(when).chain(&indicator.needed).filter_map(|flow| self.service.flow(flow)).find(is_query);
        own.or_else(|| {
            let parts = indicator.derivation.iter().flat_map(farthing_plan::Derivation::parts);
            parts.into_iter().find_map(|part| self.query_within(part, seen))
        })
    }
}

impl Shape {
    /// An indicator by a list of labels, an index into [`Shape::indicators`].
    pub(super) fn indicator<'p>(
        &mut self,
        indicators: &mut Indicators<'p>,
        id: &str,
        by: &[String],
        user: &str,
    ) -> Result<usize, EvaluatorError> {
        let by = position_or_push(&mut self.bys, &by.to_vec());
        if let Some((.., known)) = indicators.known.iter().find(|(known, of, _)| *known == id && *of == by) {
            return Ok(*known);
        }
        let service = indicators.service;
        let indicator = service.indicator(id).ok_or_else(|| missing("indicator", id, user))?;
        let kind = match &indicator.derivation {
            None => Kind::Direct(self.direct(service, indicator, by)?),
            Some(_) if indicators.deriving.contains(&indicator.id.as_str()) => {
                return Err(EvaluatorError::Circular { indicator: indicator.id.clone() });
            }
            Some(derivation) => {
                indicators.deriving.push(&indicator.id);
                let derived = self.derived(indicators, indicator, derivation, by)?;
                indicators.deriving.pop();
                Kind::Derived(derived)
            }
        };
        let exclusion = match &kind {
            Kind::Direct(_) => self.exclusion(service, indicator)?,
            Kind::Derived(_) => None,
        };
        let made = self.indicators.len();
        if let Kind::Derived(derived) = &kind {
            for (at, part) in derived.parts.iter().enumerate() {
                self.indicators[part.indicator].users.push((made, at));
            }
        }
        self.indicators.push(IndicatorShape {
            by,
            kind,
            exclusion,
            objectives: Vec::new(),
            slots: 1,
            users: Vec::new(),
        });
        indicators.known.push((&indicator.id, by, made));
        Ok(made)
    }

    /// The source of a flow, kept by a list of labels: an index into [`Shape::sources`].
    pub(super) fn source(
        &mut self,
        service: &Service,
        flow: &str,
        by: usize,
        user: &str,
    ) -> Result<usize, EvaluatorError> {
        let flow = service.flow(flow).ok_or_else(|| missing("flow", flow, user))?;
        if let Some(label) = self.bys[by].iter().find(|label| !flow.by.contains(label)) {
            return Err(missing("label", label, &flow.id));
        }
        let shape = SourceShape { source: flow.source.clone(), renamed: flow.renamed.clone() };
        let source = position_or_push(&mut self.sources, &shape);
        self.source_bys.resize(self.sources.len(), Vec::new());
        position_or_push(&mut self.source_bys[source], &by);
        Ok(source)
    }

    fn direct(&mut self, service: &Service, indicator: &Indicator, by: usize) -> Result<DirectShape, EvaluatorError> {
        let mut terms: Vec<(usize, bool, Exact, Exact)> = Vec::new();
        for (side, combination) in [&indicator.numerator, &indicator.denominator].into_iter().enumerate() {
            for term in &combination.terms {
                let source = self.source(service, &term.flow, by, &indicator.id)?;
                let required = term.when_absent == WhenAbsent::Unobserved;
                let at = terms.iter().position(|known| known.0 == source).unwrap_or_else(|| {
                    terms.push((source, false, Exact::zero(), Exact::zero()));
                    terms.len() - 1
                });
                let known = &mut terms[at];
                known.1 |= required;
                let factor = if side == 0 { &mut known.2 } else { &mut known.3 };
                *factor = &*factor + &term.factor;
            }
        }
        let terms = terms
            .into_iter()
            .map(|(source, required, numerator, denominator)| {
                Ok(TermShape { source, required, numerator: float(&numerator)?, denominator: float(&denominator)? })
            })
            .collect::<Result<_, EvaluatorError>>()?;
        let per_minute = |side: &Combination| float(&(&side.constant * &Exact::from(MINUTE as i64)));
        Ok(DirectShape {
            terms,
            numerator_per_minute: per_minute(&indicator.numerator)?,
            denominator_per_minute: per_minute(&indicator.denominator)?,
        })
    }
}
