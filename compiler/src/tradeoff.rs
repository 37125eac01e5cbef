//! Trade-offs: several objectives as one promise.

use farthing_grammar::{Member, MemberKind, Name};
use farthing_plan::{Corner, CornerKind, Objective, Tradeoff};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    service::Service,
};

/// The name of a trade-off that states none.
pub(crate) const UNNAMED: &str = "tradeoff";

const KINDS: [CornerKind; 3] = [CornerKind::Cost, CornerKind::Latency, CornerKind::Quality];

impl<'w> Service<'_, 'w> {
    /// The trade-offs of the service; what is wrong with them is reported.
    pub fn tradeoffs(&self, checker: &Checker<'w>, objectives: &[Objective]) -> Vec<Tradeoff> {
        let lowered =
            self.tradeoffs.iter().map(|(home, member)| self.seen_from(*home).tradeoff(checker, member, objectives));
        lowered.filter_map(Result::ok).collect()
    }

    fn tradeoff(&self, checker: &Checker<'w>, member: &'w Member, objectives: &[Objective]) -> Checked<Tradeoff> {
        let MemberKind::Tradeoff { name, title, corners } = &member.kind else {
            return Err(Reported);
        };
        let place = checker.place(self.module, member.span);
        if corners.len() < 2 {
            return Err(checker.report(
                Diagnostic::error(codes::TRADEOFF, "a trade-off is between at least two objectives", place, "not two")
                    .help("name them: `tradeoff { cost affordable  latency fast  quality good }`"),
            ));
        }
        let mut found: Vec<Corner> = Vec::new();
        let mut failed = false;
        for (index, (kind, objective)) in corners.iter().enumerate() {
            let before = corners[..index].iter().find(|(_, own)| own.text == objective.text);
            match self.corner(checker, kind, objective, before.map(|(_, own)| own), objectives) {
                Ok(corner) => found.push(corner),
                Err(Reported) => failed = true,
            }
        }
        if failed {
            return Err(Reported);
        }
        let of = |corner: &Corner| objectives.iter().find(|objective| objective.id == corner.objective);
        let first = found.first().and_then(of).ok_or(Reported)?;
        for (corner, (_, written)) in found.iter().zip(corners) {
            let Some(other) = of(corner).filter(|other| other.by != first.by) else { continue };
            let told = |by: &[String]| match by {
                [] => "not broken down".to_string(),
                by => format!("broken down by {}", by.join(", ")),
            };
            let first_written = checker.place(self.module, corners[0].1.span);
            return Err(checker.report(
                Diagnostic::error(
                    codes::TRADEOFF,
                    format!("`{}` and `{}` are judged for different groups", first.name, other.name),
                    checker.place(self.module, written.span),
                    told(&other.by),
                )
                .label(first_written, told(&first.by))
                .help("break all corners down by the same labels, or none"),
            ));
        }
        let name = name.as_ref().map_or(UNNAMED, |name| name.text.as_str());
        Ok(Tradeoff {
            id: format!("{}/{name}", self.name.text),
            name: name.to_string(),
            title: title.as_ref().map_or_else(|| name.to_string(), |title| self.scope().filled(title)),
            doc: member.doc.clone(),
            corners: found,
        })
    }

    fn corner(
        &self,
        checker: &Checker<'w>,
        kind: &'w Name,
        objective: &'w Name,
        before: Option<&Name>,
        objectives: &[Objective],
    ) -> Checked<Corner> {
        let place = checker.place(self.module, objective.span);
        let kind = self.corner_kind(checker, kind);
        let found = self.objective_named(checker, objective, objectives);
        let (kind, found) = (kind?, found?);
        if let Some(before) = before {
            return Err(checker.report(
                Diagnostic::error(
                    codes::TRADEOFF,
                    format!("`{}` is two corners of one trade-off", objective.text),
                    place,
                    "named again here",
                )
                .label(checker.place(self.module, before.span), "first named here")
                .help("each objective is one corner"),
            ));
        }
        if !found.only.is_empty() {
            return Err(checker.report(
                Diagnostic::error(
                    codes::TRADEOFF,
                    format!("`{}` is several promises, one for each class", objective.text),
                    place,
                    "no single corner",
                )
                .help("name an objective with one target"),
            ));
        }
        Ok(Corner { kind, objective: found.id.clone() })
    }

    fn corner_kind(&self, checker: &Checker<'w>, written: &Name) -> Checked<CornerKind> {
        if let Some(kind) = KINDS.into_iter().find(|kind| kind.name() == written.text) {
            return Ok(kind);
        }
        let place = checker.place(self.module, written.span);
        let message = format!("a trade-off has no corner `{}`", written.text);
        let diagnostic = Diagnostic::error(codes::TRADEOFF, message, place, "not known");
        Err(checker.report(match suggest::nearest(&written.text, KINDS.into_iter().map(CornerKind::name)) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic.help("there are `cost`, `latency` and `quality`"),
        }))
    }
}
