//! Alerts: when somebody is told.

use std::borrow::Cow;

use farthing_plan::{Alert, BurnBasis, Indicator, Objective, Role, Service, duration_text};

use crate::{
    condition::{self, expression},
    derived::roots,
    duration::Window,
    group::{Alerting, Pairs, Rule},
    number::{number, percent},
    service::Known,
    template::{owners_text, plain},
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
    let texts = Texts {
        description: description(objective, indicator, service),
        summary: summary(objective, service),
        look_at: look_at(&roots(indicator, &known.indicators), service),
    };
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
            labels: alert_labels(alert, objective, service, [long, short]),
            annotations: annotations(objective, &texts),
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
fn alert_labels<'a>(
    alert: &Alert,
    objective: &'a Objective,
    service: &'a Service,
    [long, short]: [&Window; 2],
) -> Pairs<'a> {
    let mut labels: Vec<(Cow<str>, Cow<str>)> =
        objective.labels.iter().map(|(name, value)| (name.into(), owners_text(value))).collect();
    // Tells one of several with its name from the others.
    labels.extend(objective.only.iter().map(|(name, value)| (name.into(), plain(value))));
    labels.extend([
        ("long_window".into(), long.name.clone().into()),
        ("objective".into(), objective.name.as_str().into()),
        ("service".into(), service.name.as_str().into()),
        ("severity".into(), alert.severity.name().into()),
        ("short_window".into(), short.name.clone().into()),
    ]);
    Pairs::new(labels)
}

/// What all alerts of an objective say, as templates.
struct Texts {
    description: String,
    summary: String,
    look_at: String,
}

/// What is told, and what the owner adds or says otherwise.
fn annotations<'a>(objective: &'a Objective, texts: &Texts) -> Pairs<'a> {
    let mut pairs: Vec<(Cow<str>, Cow<str>)> = vec![
        ("description".into(), texts.description.clone().into()),
        ("look_at".into(), texts.look_at.clone().into()),
    ];
    if let Some(runbook) = &objective.runbook {
        pairs.push(("runbook_url".into(), owners_text(runbook)));
    }
    pairs.push(("summary".into(), texts.summary.clone().into()));
    pairs.extend(objective.annotations.iter().map(|(name, value)| (name.into(), owners_text(value))));
    Pairs::new(pairs)
}
