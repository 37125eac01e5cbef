//! What people are told when an alert fires.
//!
//! The same words are needed twice: as templates in the rules, which Prometheus fills when an alert fires, and filled by
//! whoever judges without Prometheus. So they are data here, a [`Told`] of [`Text`]s: [`Text::template`] prints what
//! Prometheus reads, and [`Told::fill`] what it would make of it.

mod fill;
mod humanize;
mod piece;

use std::collections::HashMap;

use farthing_plan::{Indicator, Objective, Service, Tradeoff};

use crate::{alert, derived::roots, inputs, tradeoff};

pub use fill::{Filled, MetCorner, Moment};
pub use piece::{Asked, Change, CornerWords, Function, Piece, Series, Subject, Text, With};

/// An alert as a rule has it: its name, the labels that are added to those of its group, and its annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The label `alertname`.
    pub alert: &'static str,
    /// In any order; of several with one name the last counts.
    pub labels: Vec<(String, Text)>,
    /// The same.
    pub annotations: Vec<(String, Text)>,
}

/// What an objective's alert tells, by its index in [`Objective::alerts`]. Its `$value` is the burn rate over the long
/// window, and its group's labels are those that the objective is broken down by, `objective` and `service`.
///
/// None where there is no such alert, or the objective's indicator is not in the service.
pub fn burning(service: &Service, objective: &Objective, alert: usize) -> Option<Told> {
    let indicators = indicators(service);
    let indicator = indicators.get(objective.indicator.as_str())?;
    let of = objective.alerts.get(alert)?;
    Some(Told {
        alert: alert::alert_name(objective),
        labels: alert::labels(of, objective, service),
        annotations: alert::annotations(objective, indicator, &roots(indicator, &indicators), service),
    })
}

/// What is told of a corner that fails while another is met, by its index in [`Tradeoff::corners`]. Its `$value` is the
/// share of the corner's budget that is consumed, and its group's labels are those that the objective is broken down by,
/// `corner`, `objective`, `service` and `tradeoff`.
///
/// None where there is no such corner, or its objective is not in the service.
pub fn broken(service: &Service, tradeoff: &Tradeoff, corner: usize) -> Option<Told> {
    let corner = tradeoff.corners.get(corner)?;
    let objective = service.objective(&corner.objective)?;
    Some(tradeoff::told(corner, objective, tradeoff, service))
}

/// What is told of a flow without samples. Its group's labels are `flow` and `service`.
///
/// None where nothing of the service needs such a flow.
pub fn missing(service: &Service, flow: &str) -> Option<Told> {
    let indicators = indicators(service);
    let flows = service.flows.iter().map(|flow| (flow.id.as_str(), flow)).collect();
    let judging = inputs::judging(service, &indicators);
    let needs = inputs::needs(service);
    let need = needs.iter().find(|need| need.flow == flow)?;
    Some(inputs::told_missing(need, service, &flows, &judging))
}

/// The ids of the flows without which something is not judged, each once: those of which [`missing`] tells.
pub fn needed(service: &Service) -> Vec<&str> {
    inputs::needs(service).into_iter().map(|need| need.flow).collect()
}

/// What is told of a group of an indicator that one of its flows has and another has not. Its group's labels are those
/// that the indicator is broken down by.
///
/// None where there is no such indicator, or it does not need the flow and another.
pub fn unmatched(service: &Service, indicator: &str, flow: &str) -> Option<Told> {
    let flows = service.flows.iter().map(|flow| (flow.id.as_str(), flow)).collect();
    inputs::told_unmatched_of(service.indicator(indicator)?, flow, service, &flows)
}

fn indicators(service: &Service) -> HashMap<&str, &Indicator> {
    service.indicators.iter().map(|indicator| (indicator.id.as_str(), indicator)).collect()
}
