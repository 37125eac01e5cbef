//! Tables of prices, and currencies.

use farthing_compiler::{NoModules, SourceFile, Sources};
use farthing_plan::{BurnBasis, Form, Period, Role, Severity, Source, Unit};

use super::{exact, flow, fraction, indicator, plan_of, selected, service, terms};

const GPUS: &str = r#"gauge gpus: gpu = count of "gpu_util" { model, zone }
counter answers_total: request = "answers_total" { model }
"#;

#[test]
fn a_table_prices_each_value_of_its_label_and_watches_for_the_rest() {
    let service = service(&format!(
        "{GPUS}
        price gpu_hour by model {{ \"L4\": $0.72, \"H100\": $3.60 }} per gpu hour as of 2026-11-01
        service chat {{
          cost gpu = gpus {{ zone = \"a\" }} * gpu_hour
          cost overhead = 10% of gpu
          volume answers = answers_total
          objective it {{ (gpu + overhead) / answers <= $0.01 per request  budget 5% over 30d }}
        }}"
    ));
    let it = indicator(&service, "it");
    let (l4, h100) = ("chat/gpu:gpu_util:zone=a:model=L4", "chat/gpu:gpu_util:zone=a:model=H100");
    assert_eq!(
        terms(&it.numerator),
        [(l4, exact("1.1"), true), (h100, exact("1.1"), true), ("chat/gpu_util:zone=a", exact("0"), false)]
    );
    let scale = |id: &str| match &flow(&service, id).source {
        Source::Gauge { scale, .. } => scale.clone(),
        other => panic!("a gauge: {other:?}"),
    };
    // $0.72 and $3.60 an hour.
    assert_eq!((scale(l4), scale(h100), scale("chat/gpu_util:zone=a")), (exact("0.0002"), exact("0.001"), exact("1")));
    assert_eq!(flow(&service, l4).unit, Unit::base("USD"));
    assert_eq!(selected(&flow(&service, l4).source), ["model=L4", "zone=a"]);

    let watch = service.objective("chat/gpu_priced").expect("a watch of the compiler's own");
    assert_eq!(watch.role, Role::Priced { table: "gpu_hour".into(), cost: "gpu".into() });
    let watched = indicator(&service, "gpu_priced");
    let unpriced = "chat/gpu_util:zone=a:model!=H100,L4";
    assert_eq!(terms(&watched.numerator), [(unpriced, exact("1"), true)]);
    assert_eq!(terms(&watched.denominator), [("chat/gpu_util:zone=a", exact("1"), false)]);
    assert_eq!(selected(&flow(&service, unpriced).source), ["model!=H100,L4", "zone=a"]);
    assert_eq!((&watch.excess.numerator, &watch.allowance.denominator), (&exact("1"), &exact("0.01")));
    assert!(matches!(&watch.form, Form::Share { share, .. } if *share == exact("0.99")));
    assert_eq!(watch.period, Period::rolling(30 * 86_400));
    let [alert] = watch.alerts.as_slice() else { panic!("one alert") };
    assert_eq!((alert.severity, alert.long, alert.short), (Severity::Ticket, 3_600, 300));
    assert_eq!((&alert.factor, &alert.basis, &alert.highest), (&exact("1"), &BurnBasis::Stated, &Some(exact("100"))));
    // What the overhead is made of is watched once.
    assert!(service.objective("chat/overhead_priced").is_none());
}

#[test]
fn right_after_a_number_names_of_units_are_units_whatever_else_is_called_so() {
    let costs = |price: &str| {
        let text = format!(
            "{GPUS}
            service chat {{
              cost gpu = gpus * {price}
              volume answers = answers_total
              objective it {{ gpu / answers <= $0.01 per request  budget 5% over 30d }}
            }}"
        );
        match &flow(&service(&text), "chat/gpu").source {
            Source::Gauge { scale, .. } => scale.clone(),
            other => panic!("a gauge: {other:?}"),
        }
    };
    for price in ["$3.60 per gpu hour", "$3.60/(gpu*h)", "$3.60/gpu/h", "1.5 / 1.5 * $3.60/gpu/h"] {
        assert_eq!(costs(price), exact("0.001"), "{price}");
    }
}

#[test]
fn a_table_says_how_much_may_lack_a_price_and_a_selector_narrows_it() {
    let service = service(&format!(
        "{GPUS}
        price gpu_hour by model {{ \"L4\": $0.72, \"H100\": $3.60 }} per gpu hour unpriced up to 5%
        service chat {{
          cost some = gpus {{ model = \"L4\" | \"A100\" }} * (2 * gpu_hour)
          cost only = gpus {{ model = \"L4\" }} * gpu_hour
          volume answers = answers_total
          objective it {{ (some + only) / answers <= $0.01 per request  budget 5% over 30d }}
        }}"
    ));
    let ids: Vec<&str> = terms(&indicator(&service, "it").numerator).iter().map(|(id, ..)| *id).collect();
    assert_eq!(
        ids,
        ["chat/some", "chat/gpu_util:model=A100,L4", "chat/only", "chat/gpu_util:model=L4"],
        "one price fits each of them"
    );
    assert_eq!(service.objective("chat/some_priced").expect("a watch").allowance.denominator, exact("0.05"));
    // Nothing but the L4 is selected, and that has a price.
    assert!(service.objective("chat/only_priced").is_none());
}

#[test]
fn a_group_without_a_price_is_unknown_and_not_free() {
    let service = service(&format!(
        "{GPUS}
        counter tokens: output_token = \"tokens_total\" {{ model, zone }}
        price gpu_hour by model {{ \"L4\": $0.72, \"H100\": $3.60 }} per gpu hour
        price token_price by model {{ \"L4\": $3, \"H100\": $5 }} per 1M output_token
        service chat {{
          cost gpu = gpus * gpu_hour
          cost api = tokens * token_price
          volume answers = answers_total
          volume output = tokens
          objective whole {{ gpu / answers <= $0.01 per request  budget 5% over 30d }}
          objective by_model {{ gpu / answers <= $0.01 per request  budget 5% over 30d  by model }}
          objective by_zone {{ api / output <= $4 per 1M output_token  budget 5% over 30d  by zone }}
        }}"
    ));
    let needed = |name: &str| -> Vec<String> {
        let linear = &indicator(&service, name).numerator;
        terms(linear).iter().filter(|(.., zero)| !zero).map(|(id, ..)| id.to_string()).collect()
    };
    // As a whole, what there is must be seen; what of it has no price is watched.
    assert_eq!(needed("whole"), ["chat/gpu_util"]);
    // Of each model, and of each zone, something that has a price.
    assert_eq!(needed("by_model"), ["chat/gpu_util:model=H100,L4"]);
    assert_eq!(selected(&flow(&service, "chat/gpu_util:model=H100,L4").source), ["model=H100,L4"]);
    // Also where what it is divided by reads all of the same series.
    assert_eq!(needed("by_zone"), ["chat/tokens_total:model=H100,L4"]);
    assert_eq!(service.objective("chat/gpu_priced").map(|watch| watch.by.len()), Some(0));
}

#[test]
fn a_table_prices_events_by_a_label_field() {
    let service = service(
        "event requests {\n  model: label\n  context: input_token\n}
        price token_price by model { \"large\": $3, \"small\": $0.25 } per 1M input_token
        service api {
          cost api = requests.context * token_price
          objective it { api / requests <= $0.01 per request  budget 5% over 30d }
        }",
    );
    let it = indicator(&service, "it");
    let ids: Vec<(&str, bool)> = terms(&it.numerator).iter().map(|(id, _, zero)| (*id, *zero)).collect();
    assert_eq!(
        ids,
        [
            ("api/api:requests.context:model=large", true),
            ("api/api:requests.context:model=small", true),
            ("api/requests.context", false)
        ]
    );
    match &flow(&service, "api/api:requests.context:model=large").source {
        Source::EventSum { value, conditions, .. } => {
            assert_eq!((&value.0[0].factor, conditions.len()), (&exact("0.000003"), 1));
        }
        other => panic!("a sum over events: {other:?}"),
    }
    assert!(service.objective("api/api_priced").is_some());
}

const RATES: &str = "rate 1 EUR = 1.25 USD as of 2026-06-01
rate 1 EUR = 1.10 USD as of 2026-01-01
rate 1 GBP = 1.50 USD as of 2026-06-01
counter euros: EUR = \"euros_total\"
counter dollars: USD = \"dollars_total\"
counter answers_total: request = \"answers_total\"
";

fn on(day: Option<&str>, members: &str) -> farthing_plan::Service {
    plan_of(&format!("{RATES}service chat {{\n{members}\n}}\n"), &NoModules, day).services.remove(0)
}

#[test]
fn the_right_side_of_a_sum_comes_into_the_currency_of_the_left() {
    let service = on(
        None,
        "cost one = euros\ncost two = dollars\nvolume answers = answers_total
        objective sum { (one + two + £0.36 per hour) / answers <= €0.01 per request  budget 5% over 30d }",
    );
    let sum = indicator(&service, "sum");
    // A dollar is 0.8 euros, a pound 1.5 dollars or 1.2 euros.
    assert_eq!(terms(&sum.numerator), [("chat/one", exact("1"), false), ("chat/two", exact("0.8"), false)]);
    assert_eq!(sum.numerator.constant, exact("0.00012"));
    assert_eq!(sum.numerator.unit, Unit::base("EUR"));
}

#[test]
fn what_is_measured_comes_into_the_currency_of_the_target() {
    let objective = "cost one = euros\nvolume answers = answers_total
        objective it { one / answers <= $0.01 per request  budget 5% over 30d }
        objective inverse { answers / one >= 80 requests per USD  budget 5% over 30d }";
    let service = on(None, objective);
    assert_eq!(terms(&indicator(&service, "it").numerator), [("chat/one", exact("1.25"), false)]);
    assert_eq!(indicator(&service, "it").numerator.unit, Unit::base("USD"));
    // Answers for each euro are fewer for each dollar.
    assert_eq!(terms(&indicator(&service, "inverse").numerator), [("chat/answers", exact("0.8"), false)]);
    // The rate that was known on the day.
    let earlier = on(Some("2026-05-01"), objective);
    assert_eq!(terms(&indicator(&earlier, "it").numerator), [("chat/one", exact("1.1"), false)]);
}

#[test]
fn a_share_of_money_in_two_currencies_is_a_plain_ratio() {
    let service = on(
        None,
        "cost one = euros\ncost two = dollars
        objective it { one / two <= 50%  budget 5% over 30d }",
    );
    let it = indicator(&service, "it");
    assert_eq!(terms(&it.denominator), [("chat/two", exact("0.8"), false)]);
    assert_eq!(it.numerator.unit, Unit::base("EUR"));
}

#[test]
fn a_bound_for_each_event_comes_into_the_currency_of_the_field() {
    let service =
        on(None, "objective it { 99% of requests have cost < $0.02  over 30d }\n}\nevent requests {\n  cost: EUR");
    match &flow(&service, "chat/requests:cost>=0.016").source {
        Source::EventCount { conditions, .. } => assert_eq!(conditions.len(), 1),
        other => panic!("events: {other:?}"),
    }
}

/// `shared.slo`, beside the file.
struct Shared;

impl Sources for Shared {
    fn module(&self, _: &str, path: &[String]) -> Option<SourceFile> {
        (path == ["shared"]).then(|| SourceFile {
            name: "shared.slo".into(),
            text: "rate 1 CHF = 1.2 USD as of 2026-11-01\nprice one = $1 per gpu hour\n".into(),
        })
    }

    fn siblings(&self, _: &str) -> Vec<String> {
        vec!["shared".into()]
    }
}

#[test]
fn the_rates_of_an_imported_module_are_known() {
    let source = format!(
        "use shared\n{GPUS}service chat {{
          cost gpu = gpus * shared::one
          volume answers = answers_total
          objective it {{ gpu / answers <= 0.01 CHF per request  budget 5% over 30d }}
        }}"
    );
    let service = plan_of(&source, &Shared, None).services.remove(0);
    assert_eq!(terms(&indicator(&service, "it").numerator), [("chat/gpu", fraction(5, 6), false)]);
}

/// The sli alone is in dollars: beside it, what is promised in euros is another indicator, whichever of the two stands first.
#[test]
fn one_sli_can_be_promised_in_two_currencies() {
    let dollars = "objective in_dollars { each <= $0.01 per request  budget 5% over 30d }\n";
    let euros = "objective in_euros { each <= €0.01 per request  budget 5% over 30d }\n";
    for objectives in [[dollars, euros], [euros, dollars]] {
        let service = service(&format!(
            "{RATES}gauge gpus: gpu = count of \"gpu_util\"
            service chat {{
              cost gpu = gpus * $3.60 per gpu hour
              volume answers = answers_total
              sli each = gpu / answers
              {}{}
            }}",
            objectives[0], objectives[1]
        ));
        let said = ["in_dollars", "in_euros"].map(|name| {
            let found = indicator(&service, name);
            (found.id.as_str(), found.numerator.unit.to_string(), found.numerator.terms[0].factor.clone())
        });
        let wanted = [("chat/each", "USD".to_string(), exact("1")), ("chat/in_euros", "EUR".to_string(), exact("0.8"))];
        assert_eq!(said, wanted, "{objectives:?}");
    }
}

#[test]
fn a_guard_may_be_in_another_currency() {
    let service = service(&format!(
        "{RATES}gauge gpus: gpu = count of \"gpu_util\"
        service chat {{
          cost gpu = gpus * $3.60 per gpu hour
          volume answers = answers_total
          objective it {{ gpu / answers <= $0.01 per request  budget 5% over 30d  guard gpu >= €4 over 1h }}
        }}"
    ));
    let it = service.objective("chat/it").expect("an objective");
    assert_eq!(it.guards[0].bound, exact("5"));
}

#[test]
fn the_owner_is_told_of_what_has_no_price() {
    let service = service(&format!(
        "{GPUS}
        price gpu_hour by model {{ \"L4\": $0.72, \"H100\": $3.60 }} per gpu hour
        service chat {{
          owner \"platform\"
          labels {{ stage = \"live\" }}
          cost gpu = gpus * gpu_hour
          volume answers = answers_total
          objective it {{ gpu / answers <= $0.01 per request  budget 5% over 30d }}
        }}"
    ));
    let labels = |id: &str| service.objective(id).expect("an objective").labels.clone();
    assert_eq!(labels("chat/gpu_priced"), labels("chat/it"));
    assert_eq!(labels("chat/it").get("owner").map(String::as_str), Some("platform"));
}
