//! Alerts: when somebody is told.

use std::borrow::Cow;

use farthing_plan::{Alert, BurnBasis, Indicator, Labels, Objective, Role, Service, duration_text};

use crate::{
    condition::{self, expression},
    derived::roots,
    group::{Alerting, Pairs, Rule},
    number::{number, percent},
    service::Known,
    template::owners_text,
    told::Text,
    window::find,
    words::{description, look_at, summary},
};

/// What alerts of promises are called.
pub(crate) const PROMISE_BURNS: &str = "ErrorBudgetBurn";

/// The alerts of one objective.
pub(crate) fn rules<'a>(
    objective: &'a Objective,
    indicator: &Indicator,
    service: &'a Service,
    known: &Known,
) -> Vec<Rule<'a>> {
    let mut rules = Vec::with_capacity(objective.alerts.len());
    if objective.alerts.is_empty() {
        return rules;
    }
    let annotations = pairs(annotations(objective, indicator, &roots(indicator, &known.indicators), service));
    for alert in &objective.alerts {
        let (Some(long), Some(short)) = (find(&known.table, alert.long), find(&known.table, alert.short)) else {
            continue;
        };
        let factor = number(&alert.factor);
        let mut comment = derivation(alert, objective.period.seconds(), &factor);
        condition::push_comment(&mut comment, objective);
        rules.push(Rule::Alerting(Box::new(Alerting {
            comment,
            alert: Cow::Borrowed(alert_name(objective)),
            expr: expression(objective, service, known, [long, short], &factor),
            for_s: 0,
            labels: pairs(labels(alert, objective, service)),
            annotations: annotations.clone(),
        })));
    }
    rules
}

/// What the alerts of an objective are called.
pub(crate) fn alert_name(objective: &Objective) -> &'static str {
    match objective.role {
        Role::Promise => PROMISE_BURNS,
        Role::Priced { .. } => "Unpriced",
    }
}

/// Where the factor comes from: `14.4 = 2% of the budget x 30d / 1h`.
fn derivation(alert: &Alert, period: u64, factor: &str) -> String {
    let mut text = match &alert.basis {
        BurnBasis::Share { share } => {
            format!(
                "{factor} = {} of the budget x {} / {}",
                percent(share),
                duration_text(period),
                duration_text(alert.long)
            )
        }
        BurnBasis::Stated => format!("{factor} as stated"),
    };
    if let Some(highest) = &alert.highest {
        text.push_str("; the highest possible burn rate is ");
        text.push_str(&number(highest));
    }
    text
}

/// The owner's labels, and those that tell one alert from the other.
pub(crate) fn labels(alert: &Alert, objective: &Objective, service: &Service) -> Vec<(String, Text)> {
    let mut labels: Vec<(String, Text)> = owners(&objective.labels).collect();
    // Tells one of several with its name from the others.
    labels.extend(objective.only.iter().map(|(name, value)| (name.clone(), Text::of(&**value))));
    labels.extend(
        [
            ("long_window", duration_text(alert.long)),
            ("objective", objective.name.clone()),
            ("service", service.name.clone()),
            ("severity", alert.severity.name().to_string()),
            ("short_window", duration_text(alert.short)),
        ]
        .map(|(name, value)| (name.to_string(), Text::of(value))),
    );
    labels
}

/// What is told, and what the owner adds or says otherwise: the same for all alerts of an objective.
pub(crate) fn annotations(
    objective: &Objective,
    indicator: &Indicator,
    roots: &[&Indicator],
    service: &Service,
) -> Vec<(String, Text)> {
    let mut pairs = vec![
        ("description".to_string(), description(objective, indicator, service)),
        ("look_at".to_string(), look_at(roots, service)),
        ("summary".to_string(), summary(objective, service)),
    ];
    pairs.extend(objective.runbook.iter().map(|runbook| ("runbook_url".to_string(), owners_text(runbook))));
    pairs.extend(owners(&objective.annotations));
    pairs
}

/// Labels or annotations of the owner's.
pub(crate) fn owners(labels: &Labels) -> impl Iterator<Item = (String, Text)> {
    labels.iter().map(|(name, value)| (name.clone(), owners_text(value)))
}

/// What is told, as templates.
pub(crate) fn pairs(told: Vec<(String, Text)>) -> Pairs<'static> {
    Pairs::new(told.into_iter().map(|(name, text)| (Cow::Owned(name), Cow::Owned(text.template()))).collect())
}
