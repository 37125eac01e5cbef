//! How many samples a real Prometheus reads each minute for the generated rules, by its own statistics (`stats=all`), and
//! how many for the same objectives when each window is read from raw series:
//! `cargo run --release -p farthing-tests --example samples-read`.
//!
//! Samples are read alike whatever their values are, so what the rules record is not computed: each recorded series is
//! there as often and for as long as its rule would have recorded it, with ones.

use std::{collections::BTreeSet, fs};

use farthing_compiler::{NoModules, Options, SourceFile, compile, render};
use farthing_plan::{Labels, Plan, Service};
use farthing_prometheus::{Recording, Rule, groups};
use farthing_tests::{Directory, Failure, Series, Server, blocks};

/// When the rules are evaluated: the end of a slot, when they read most.
const NOW: i64 = 1_767_225_600 + 40 * DAY;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Series that are scraped.
#[derive(Clone)]
struct Fleet {
    /// What it is.
    title: &'static str,
    /// The text of its objectives.
    slo: String,
    /// Names and labels of all of them.
    series: Vec<Series>,
    /// Names and labels of a part of them, of which 30 days are there.
    part: Vec<Series>,
    /// Between two scrapes, in seconds.
    step: i64,
}

fn main() -> Result<(), Failure> {
    let one = two_thousand_series();
    let second = "  objective generous { cost_per_answer <= $0.02 per request  budget 5% over 30d }\n}\n";
    let two = Fleet {
        title: "the same with a second objective",
        slo: one.slo.replacen("\n}\n", &format!("\n{second}"), 1),
        ..one.clone()
    };
    let [first, both] = [measure(&one)?, measure(&two)?];
    println!("  the second objective adds {:.0}", both - first);
    measure(&twenty_pods()?)?;
    Ok(())
}

/// One objective over 30 days, on 1,000 series of a counter and 1,000 of a gauge.
fn two_thousand_series() -> Fleet {
    let slo = r#"
gauge gpus: gpu = "gpus" { pod }
counter served: request = "answers_total" { pod }

service chat {
  cost gpu = gpus * $2.50 per gpu hour
  volume answers = served
  sli cost_per_answer = gpu / answers
  objective affordable { cost_per_answer <= $0.01 per request  budget 5% over 30d }
}
"#;
    let pods = |count: usize| -> Vec<Series> {
        let names = (0..count).map(|pod| pod.to_string());
        names.flat_map(|pod| ["gpus", "answers_total"].map(|name| Series::new(name, &[("pod", &pod)]))).collect()
    };
    let title = "1 objective on 2 x 1,000 series, scraped every 60 s";
    Fleet { title, slo: slo.to_string(), series: pods(1_000), part: pods(10), step: 60 }
}

/// The example service: 5 objectives on 20 pods of vLLM with 8 GPUs each.
fn twenty_pods() -> Result<Fleet, Failure> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/chat-vllm/service.slo");
    let pods = |count: usize| -> Vec<Series> { (0..count).flat_map(|pod| vllm_pod(&format!("vllm-{pod}"))).collect() };
    let title = "examples/chat-vllm on 20 pods of 8 GPUs, scraped every 30 s";
    Ok(Fleet { title, slo: fs::read_to_string(path)?, series: pods(20), part: pods(1), step: 30 })
}

/// What one pod exposes of what the example reads, and its 8 GPUs.
fn vllm_pod(pod: &str) -> Vec<Series> {
    let own = [("namespace", "chat"), ("pod", pod), ("model_name", "llama")];
    let with = |name: &str, label: &str, value: &str| {
        let labels: Vec<(&str, &str)> = own.iter().copied().chain([(label, value)]).collect();
        Series::new(name, &labels)
    };
    let mut series = vec![
        Series::new("vllm:generation_tokens_total", &own),
        Series::new("vllm:kv_cache_usage_perc", &own),
        Series::new("vllm:time_to_first_token_seconds_count", &own),
    ];
    for reason in ["stop", "length", "abort"] {
        series.push(with("vllm:request_success_total", "finished_reason", reason));
    }
    for bound in ["0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"] {
        series.push(with("vllm:time_to_first_token_seconds_bucket", "le", bound));
    }
    for gpu in 0..8 {
        series.push(with("DCGM_FI_DEV_GPU_UTIL", "gpu", &gpu.to_string()));
    }
    series
}

/// Prints how many samples are read each minute, and returns it.
fn measure(fleet: &Fleet) -> Result<f64, Failure> {
    let plan = compiled(&fleet.slo)?;
    let service = &plan.services[0];
    let (mut series, mut per_minute, mut raw) = (Vec::new(), 0.0, 0);
    series.extend(fleet.series.iter().map(|one| filled(one, 10 * MINUTE, fleet.step)));
    for group in groups(&plan, service) {
        for rule in &group.rules {
            if let Rule::Recording(rule) = rule {
                series.push(recorded(rule));
            }
        }
    }
    let folder = Directory::new("samples-read")?;
    blocks(folder.path(), &series)?;
    let server = Server::start(folder.path(), &folder.path().join("data"), 300)?;
    for group in groups(&plan, service) {
        for rule in &group.rules {
            let expr = match rule {
                Rule::Recording(rule) => &rule.expr,
                Rule::Alerting(rule) => &rule.expr,
            };
            let read = server.samples_read(expr, NOW)?;
            per_minute += read as f64 * MINUTE as f64 / group.interval_s as f64;
            // Level 0 is all that reads raw series.
            raw += if expr.contains("farthing:") { 0 } else { read };
        }
    }
    let naive = naive(fleet, &plan, service)?;
    println!("{}", fleet.title);
    println!("  generated rules: {per_minute:.0} samples a minute, of which {raw} from raw series");
    println!("  each window from raw series: {naive:.0} samples a minute, {:.0} times as many", naive / per_minute);
    Ok(per_minute)
}

fn compiled(text: &str) -> Result<Plan, Failure> {
    let file = SourceFile { name: "service.slo".to_string(), text: text.to_string() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    let said = compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100));
    let said: String = said.collect();
    compilation.plan.ok_or_else(|| Failure::new(said))
}

/// The series with a sample in each step of the time up to now.
fn filled(series: &Series, time: i64, step: i64) -> Series {
    let samples = (0..=time / step).rev().map(|number| ((NOW - number * step) * 1000, 1.0));
    Series { samples: samples.collect(), ..series.clone() }
}

/// What a rule has recorded, as far back as anything reads it.
fn recorded(rule: &Recording) -> Series {
    let labels: Labels = rule.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let series = Series { name: rule.record.to_string(), labels, samples: Vec::new() };
    match rule.record.trim_start_matches("farthing:flow:") {
        "rate5m" => filled(&series, 7 * HOUR, MINUTE),
        "slot10m" | "observed10m" => filled(&series, 31 * DAY, 10 * MINUTE),
        name if name.contains("slots") => filled(&series, HOUR, 5 * MINUTE),
        _ => filled(&series, 10 * MINUTE, MINUTE),
    }
}

/// What the objectives' windows cost when each is read from raw series every minute: of a part of the series, times how
/// many such parts there are. Each flow and window is counted once, however many objectives read it.
fn naive(fleet: &Fleet, plan: &Plan, service: &Service) -> Result<f64, Failure> {
    let mut expressions = BTreeSet::new();
    for objective in &service.objectives {
        let windows =
            objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]).chain([objective.period.seconds()]);
        let windows: BTreeSet<u64> = windows.collect();
        let indicator = service.indicator(&objective.indicator).ok_or_else(|| Failure::new("no such indicator"))?;
        for term in indicator.numerator.terms.iter().chain(&indicator.denominator.terms) {
            for group in groups(plan, service) {
                for rule in &group.rules {
                    match rule {
                        Rule::Recording(rule) if rule.labels.get("flow") == Some(&term.flow) => {
                            expressions.extend(windows.iter().map(|window| over(&rule.expr, *window)));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let folder = Directory::new("samples-read-naive")?;
    let part: Vec<Series> = fleet.part.iter().map(|one| filled(one, 30 * DAY, fleet.step)).collect();
    blocks(folder.path(), &part)?;
    let server = Server::start(folder.path(), &folder.path().join("data"), 300)?;
    let mut read = 0;
    for expression in expressions {
        read += server.samples_read(&expression, NOW)?;
    }
    Ok(read as f64 * fleet.series.len() as f64 / fleet.part.len() as f64)
}

/// The expression of level 0 over another window.
fn over(expression: &str, window: u64) -> String {
    let text = expression.replace("[5m]", &format!("[{window}s]"));
    // A comparison is of an expression, and needs a subquery; a gauge alone is read by range.
    if text.contains(" bool ") {
        return text.replace("[4m59s999ms:1m]", &format!("[{window}s:1m]"));
    }
    text.replace(" > -Inf < Inf)[4m59s999ms:1m]", &format!("[{window}s]")).replace("_over_time((", "_over_time(")
}
