//! Costs that are normalized, divided and converted.

use super::{answers, gpus};
use crate::{
    Clock, Failure, Length, Random, Scenario, Series,
    traffic::{Kind, daily},
};

/// A series with one label more.
fn labelled(mut series: Series, label: &str, value: &str) -> Series {
    series.labels.insert(label.to_string(), value.to_string());
    series
}

/// What a class does: answers a second, and dollars for each.
fn class(
    clock: &Clock,
    random: &mut Random,
    (label, name): (&str, &str),
    rate: impl Fn(i64) -> f64 + Clone,
    price: impl Fn(i64) -> f64,
) -> [Series; 2] {
    let asked = labelled(answers("a", clock, random, rate.clone()), label, name);
    let spent = Series::new("spend_usd_total", &[(label, name)]).rises(clock, random, |t| rate(t) * price(t));
    [asked, spent]
}

/// The mix of two classes shifts to the cheap one, of which twelve are as much work as one of the other.
pub fn weighted(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(21));
    let shift = clock.at(0.6);
    let (simple, agentic) = (daily(1.0), daily(1.0));
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        labelled(answers("a", &clock, random, |t| simple(t) * if t < shift { 0.5 } else { 1.5 }), "class", "simple"),
        labelled(answers("b", &clock, random, |t| agentic(t) * if t < shift { 0.2 } else { 0.1 }), "class", "agentic"),
        // A class that has no weight is no work.
        labelled(answers("c", &clock, random, |_| 0.3), "class", "health_check"),
    ];
    Scenario::new("weighted", length, series, &[0.3, 0.59, 0.62, 0.8])
}

/// Cheap queries become more, and both classes dearer. For some hours one class has no volume at all, and later no series.
pub fn standardized(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(22));
    let shift = clock.at(0.6);
    let silent = clock.at(0.3)..clock.at(0.3) + 3 * 3_600;
    let (simple, agentic) = (daily(2.0), daily(0.6));
    let dearer = move |t: i64| if t < shift { 1.0 } else { 1.15 };
    let more = move |t: i64| simple(t) * if t < shift { 0.7 } else { 4.0 };
    let few = move |t: i64| agentic(t) * if silent.contains(&t) { 0.0 } else { 1.0 };
    let mut series = Vec::new();
    series.extend(class(&clock, random, ("class", "simple"), &more, |t| 0.001 * dearer(t)));
    series.extend(class(&clock, random, ("class", "agentic"), &few, |t| 0.02 * dearer(t)));
    Scenario::new("standardized", length, series, &[0.2, 0.36, 0.59, 0.65, 0.9])
}

/// Three teams on the same GPUs, one of which does nothing for hours.
pub fn allocated(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(23));
    let idle = clock.at(0.5)..clock.at(0.5) + 4 * 3_600;
    // What counts the GPUs is silent for a while: that is not 20 minutes for nothing.
    let silent = clock.at(0.7);
    let mut series = vec![gpus(&clock, random, |_| 6.0).without(silent, silent + 1_200)];
    for (team, rate, tokens) in [("search", 0.8, 200.0), ("mail", 0.2, 800.0), ("lab", 0.05, 100.0)] {
        let (day, idle) = (daily(rate), idle.clone());
        let works = move |t: i64| day(t) * if team == "lab" && idle.contains(&t) { 0.0 } else { 1.0 };
        series.push(labelled(answers(team, &clock, random, &works), "team", team));
        for (name, each) in [("input_tokens_total", 3.0 * tokens), ("output_tokens_total", tokens)] {
            let made = Series::new(name, &[("team", team)]);
            series.push(made.rises(&clock, random, |t| works(t) * each));
        }
        let stored = Series::new("storage_usd_total", &[("team", team)]);
        series.push(stored.rises(&clock, random, |_| 0.0001 * rate));
    }
    let scenario = Scenario::new("allocated", length, series, &[0.2, 0.49, 0.55, 0.72, 0.8])?;
    Ok(Scenario { look_back: 300, breaks: vec![silent, silent + 1_200], ..scenario })
}

/// Two kinds of GPU, and later a third one that has no price.
pub fn priced(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(24));
    let from = clock.at(0.6);
    let mut series = vec![answers("a", &clock, random, daily(1.0))];
    for (model, count) in [("H100", 2.0), ("L4", 4.0)] {
        series.push(labelled(gpus(&clock, random, |_| count), "model", model));
    }
    let unknown = labelled(gpus(&clock, random, |_| 1.0), "model", "A100");
    series.push(unknown.only(from, clock.end, Kind::Gauge));
    Scenario::new("priced", length, series, &[0.3, 0.59, 0.65, 0.9])
}

/// One cost in euros, one in dollars.
pub fn currencies(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(25));
    let (busy, day) = (clock.at(0.7)..clock.at(0.7) + 5 * 3_600, daily(0.001));
    let series = vec![
        gpus(&clock, random, |t| if busy.contains(&t) { 8.0 } else { 4.0 }),
        answers("a", &clock, random, daily(1.0)),
        Series::new("spend_usd_total", &[("model", "large")]).rises(&clock, random, day),
    ];
    Scenario::new("currencies", length, series, &[0.2, 0.69, 0.75, 0.9])
}

/// Each class with a target of its own; one class has none.
pub fn classes(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(26));
    let (dear, mut series) = (clock.at(0.7)..clock.at(0.7) + 4 * 3_600, Vec::new());
    for (name, rate, price) in [("simple", 2.0, 0.0019), ("agentic", 0.3, 0.05), ("batch", 0.5, 0.008)] {
        let dear = dear.clone();
        let costs = move |t: i64| price * if name == "agentic" && dear.contains(&t) { 1.4 } else { 1.0 };
        series.extend(class(&clock, random, ("class", name), &daily(rate), costs));
    }
    Scenario::new("classes", length, series, &[0.3, 0.69, 0.74, 0.9])
}

/// INT8 beside FP16: cheaper and as good, then less good, and the comparison is void.
pub fn precision(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(27));
    let (worse, dearer) = (clock.at(0.7), clock.at(0.4)..clock.at(0.4) + 5 * 3_600);
    let mut series = Vec::new();
    for (precision, rate, price) in [("fp16", 300.0, 4e-6), ("int8", 500.0, 2.2e-6)] {
        let (day, dearer) = (daily(rate), dearer.clone());
        let label = [("precision", precision)];
        series.push(Series::new("tokens_total", &label).rises(&clock, random, &day));
        let spent = Series::new("spend_usd_total", &label);
        series.push(spent.rises(&clock, random, |t| {
            day(t) * price * if precision == "int8" && dearer.contains(&t) { 1.5 } else { 1.0 }
        }));
        for verdict in ["good", "bad"] {
            let share = move |t: i64| if precision == "int8" && t >= worse { 0.2 } else { 0.04 };
            let judged = Series::new("judged_total", &[("precision", precision), ("verdict", verdict)]);
            series.push(judged.rises(&clock, random, |t| if verdict == "bad" { share(t) } else { 1.0 - share(t) }));
        }
    }
    Scenario::new("precision", length, series, &[0.3, 0.45, 0.69, 0.95])
}

/// The label that says the namespace is called otherwise by one exporter.
pub fn relabelled(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(28));
    let mut series = Vec::new();
    for (namespace, count, rate) in [("chat", 4.0, 1.0), ("search", 2.0, 0.55)] {
        let held = gpus(&clock, random, |t| if t > clock.at(0.8) { count * 1.3 } else { count });
        series.push(labelled(labelled(held, "exported_namespace", namespace), "node", namespace));
        series.push(labelled(answers("a", &clock, random, daily(rate)), "namespace", namespace));
    }
    Scenario::new("relabelled", length, series, &[0.3, 0.75, 0.9])
}

/// Two services made of one template.
pub fn templated(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(29));
    let mut series = Vec::new();
    for (tenant, rate) in [("search", 1.2), ("mail", 0.6)] {
        series.push(labelled(gpus(&clock, random, |_| 4.0), "tenant", tenant));
        series.push(labelled(answers(tenant, &clock, random, daily(rate)), "tenant", tenant));
    }
    Scenario::new("templated", length, series, &[0.3, 0.8])
}
