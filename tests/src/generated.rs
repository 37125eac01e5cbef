//! Services made at random, well typed by construction, with traffic that they judge.

use std::fmt::Write;

use crate::{Clock, Failure, Length, Random, Scenario, Series, traffic::daily};

/// What every made service can read.
const METRICS: &str = r#"
rate 1 EUR = 1.08 USD as of 2026-01-01
price gpu_hour by model { "H100": $2.50, "L4": $0.70 } per gpu hour as of 2026-01-01

gauge gpus: gpu = "gpus" { node, model, exported_team }
gauge usage: ratio = "kv_usage" { pod }
gauge deploys: task = "deploys_running" { team }
counter spend: USD = "spend_usd_total" { class, team }
counter served: request = "answers_total" { class, team, outcome in { "ok", "failed" } }
counter written: output_token = "tokens_total" { class, team }
histogram ttft: s = "ttft_seconds" buckets [0.1, 0.4, 1]
"#;

const CLASSES: [&str; 2] = ["simple", "agentic"];
const TEAMS: [&str; 2] = ["red", "blue"];
const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"];

/// A form of objective: what it is called, and its text for some traffic.
type Form = (&'static str, fn(&Traffic) -> String);

/// The forms that a made service may have, each at most once.
pub const FORMS: &[Form] = &[
    ("mean", |t| mean("(gpu + gateway) / answers", t.gpu() + t.gateway(), t.answers(), t, "")),
    ("overhead", |t| mean("(gpu + 8% of gpu) / answers", 1.08 * t.gpu(), t.answers(), t, "")),
    ("euros", |t| mean("(spent + in_euros) / answers", t.spend() + t.euros(), t.answers(), t, "")),
    ("table", |t| mean("fleet / answers", t.fleet(), t.answers(), t, "")),
    ("by_label", |t| mean("spent / answers", t.spend(), t.answers(), t, "by class")),
    ("allocated", |t| {
        mean(
            "(gpu + gateway + spent) / answers",
            t.gpu() + t.gateway() + t.spend(),
            t.answers(),
            t,
            "by team allocate gpu, gateway by output",
        )
    }),
    ("weighted", |t| {
        let work = "gpu / (answers weighted by class { simple: 1, agentic: 7 })";
        mean(work, t.gpu(), t.of_class(0) + 7.0 * t.of_class(1), t, "")
    }),
    ("standardized", |t| {
        let fixed = "(spent / answers) standardized by class to { simple: 60%, agentic: 40% }";
        mean(fixed, 0.6 * t.prices[0] + 0.4 * t.prices[1], 1.0 - t.failing, t, "")
    }),
    ("gross", |t| mean("gpu / answers", t.gpu(), t.answers(), t, "").replace("budget 20%", "budget 20% gross")),
    ("textbook", |t| {
        let guard = format!("burn per unit\n    guard answers >= {:.0} requests over 1h", 3_600.0 * t.answers());
        mean("gpu / answers", t.gpu(), t.answers(), t, &guard)
    }),
    ("calendar", |t| {
        let over = format!("over calendar day in \"{}\"", t.zone);
        mean("gpu / answers", t.gpu(), t.answers(), t, "").replace("over 1d", &over)
    }),
    ("excluded", |t| mean("gpu / answers", t.gpu(), t.answers(), t, "exclude when deploys > 0 tasks")),
    ("tokens", |t| {
        format!("output / gpu >= {:.0} output_tokens per USD\n    budget 20% over 1d", t.tokens() / t.gpu() * t.factor)
    }),
    ("relative", |t| {
        let ratio = "(spent_simple / simple) / (spent_agentic / agentic)";
        format!("{ratio} <= {:.4}%\n    budget 20% over 1d", 100.0 * t.prices[0] / t.prices[1] * t.factor)
    }),
    ("classes", |t| {
        let target = |class: usize| t.prices[class] / (1.0 - t.failing) * t.factor;
        let targets = format!("simple: <= ${:.7} per request, agentic: <= ${:.7} per request", target(0), target(1));
        format!("(spent / answers) by class {{ {targets} }}\n    budget 20% over 1d")
    }),
    ("share", |t| format!("{:.3}% of all are answers\n    over 1d", 100.0 * (1.0 - t.failing * 1.1))),
    ("quantile", |_| "p95 of ttft < 400 ms\n    over 1d".to_string()),
    ("time_share", |_| "usage <= 90% for 90% of the time\n    over 1d".to_string()),
    ("renamed", |t| mean("team_gpu / answers", t.gpu(), t.answers(), t, "by team")),
];

/// `what <= target`, the target being near what the traffic comes to.
fn mean(what: &str, cost: f64, volume: f64, traffic: &Traffic, more: &str) -> String {
    let unit = "per request";
    format!("{what} <= ${:.7} {unit}\n    budget 20% over 1d\n    {more}", cost / volume * traffic.factor)
}

/// The usual traffic of a made service. Rates are a second, on average.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Answers and failures, by class and team.
    rates: [[f64; 2]; 2],
    /// Dollars for each request of a class.
    prices: [f64; 2],
    /// Output tokens for each request.
    length: f64,
    /// The share of requests that fail.
    failing: f64,
    /// GPUs of the two models.
    gpus: [f64; 2],
    /// By which targets differ from what is usual.
    factor: f64,
    zone: &'static str,
}

impl Traffic {
    fn new(random: &mut Random) -> Self {
        let mut rate = || random.between(0.1, 1.5);
        let rates = [[rate(), rate()], [rate(), rate()]];
        Traffic {
            rates,
            prices: [random.between(0.0005, 0.002), random.between(0.005, 0.03)],
            length: random.between(50.0, 600.0),
            failing: random.between(0.01, 0.1),
            gpus: [random.between(1.0, 5.0).floor(), random.between(1.0, 9.0).floor()],
            factor: random.between(0.9, 1.1),
            zone: ZONES[random.between(0.0, 4.0) as usize],
        }
    }

    fn of_class(&self, class: usize) -> f64 {
        self.rates[class].iter().sum::<f64>() * (1.0 - self.failing)
    }

    fn answers(&self) -> f64 {
        self.of_class(0) + self.of_class(1)
    }

    fn spend(&self) -> f64 {
        (0..2).map(|class| self.rates[class].iter().sum::<f64>() * self.prices[class]).sum()
    }

    fn tokens(&self) -> f64 {
        self.rates.as_flattened().iter().sum::<f64>() * self.length
    }

    fn gpu(&self) -> f64 {
        self.gpus.iter().sum::<f64>() * 2.5 / 3_600.0
    }

    fn euros(&self) -> f64 {
        self.gpus.iter().sum::<f64>() * 1.9 * 1.08 / 3_600.0
    }

    fn fleet(&self) -> f64 {
        (self.gpus[0] * 2.5 + self.gpus[1] * 0.7) / 3_600.0
    }

    fn gateway(&self) -> f64 {
        0.4 / 3_600.0
    }
}

/// A service with the forms of objectives that these numbers choose, and what it reads over a day and a half.
///
/// # Errors
/// When it does not compile: it should.
pub fn scenario(seed: u64, forms: &[usize]) -> Result<Scenario, Failure> {
    let random = &mut Random::new(seed);
    let traffic = Traffic::new(random);
    let clock = Length::Days.clock();
    let series = series(&traffic, &clock, random);
    let mut scenario = Scenario::of_text("made", Length::Days, &text(&traffic, forms), series, &[0.3, 0.6, 0.9])?;
    // Deploys begin and end within what rates look back over.
    scenario.breaks = deploys(&clock).into_iter().flat_map(|deploy| [deploy.start, deploy.end]).collect();
    scenario.sampled = 60.0;
    Ok(scenario)
}

/// The text of such a service.
pub fn service(seed: u64, forms: &[usize]) -> String {
    text(&Traffic::new(&mut Random::new(seed)), forms)
}

fn text(traffic: &Traffic, forms: &[usize]) -> String {
    let mut text = METRICS.to_string();
    text.push_str(
        r#"
service made {
  policy {
    page when burning 10% over 30m and 5m
    ticket when burning 30% over 6h and 30m
  }
  cost gpu       = gpus * $2.50 per gpu hour
  cost in_euros  = gpus * €1.90 per gpu hour
  cost fleet     = gpus * gpu_hour
  cost team_gpu  = (gpus with team = exported_team) * $2.50 per gpu hour
  cost gateway   = $0.40 per hour
  cost spent     = spend
  cost spent_simple  = spend { class = "simple" }
  cost spent_agentic = spend { class = "agentic" }
  volume all     = served
  volume answers = served { outcome = "ok" }
  volume simple  = served { class = "simple" }
  volume agentic = served { class = "agentic" }
  volume output  = written
"#,
    );
    for form in forms {
        let (name, body) = FORMS[*form];
        write!(text, "  objective o_{name} {{\n    {}\n  }}\n", body(traffic).trim_end())
            .expect("a String takes any text");
    }
    text.push_str("}\n");
    text
}

/// When the fleet is deployed anew.
fn deploys(clock: &Clock) -> [std::ops::Range<i64>; 2] {
    [(0.35, 1_200), (0.72, 2_400)].map(|(at, seconds)| clock.at(at)..clock.at(at) + seconds)
}

fn series(traffic: &Traffic, clock: &Clock, random: &mut Random) -> Vec<Series> {
    let mut all = Vec::new();
    let deploys = deploys(clock);
    let dear = clock.at(random.between(0.4, 0.8));
    let dear = dear..dear + random.between(3_600.0, 14_400.0) as i64;
    let restart = clock.at(random.between(0.1, 0.9));
    for (class, rates) in CLASSES.iter().zip(traffic.rates) {
        let price = traffic.prices[usize::from(*class == "agentic")];
        for (team, rate) in TEAMS.iter().zip(rates) {
            // Of a day, 0.6 of the peak is the mean.
            let day = daily(rate / 0.6);
            let labels = [("class", *class), ("team", *team)];
            for (outcome, share) in [("ok", 1.0 - traffic.failing), ("failed", traffic.failing)] {
                let mut counted = Series::new("answers_total", &labels);
                counted.labels.insert("outcome".to_string(), outcome.to_string());
                all.push(counted.rises(clock, random, |t| day(t) * share).restarts(restart));
            }
            let costs = |t: i64| day(t) * price * if dear.contains(&t) { 1.5 } else { 1.0 };
            all.push(Series::new("spend_usd_total", &labels).rises(clock, random, costs));
            all.push(Series::new("tokens_total", &labels).rises(clock, random, |t| day(t) * traffic.length));
        }
    }
    for (model, count) in ["H100", "L4"].into_iter().zip(traffic.gpus) {
        // A model's GPUs are those of one team.
        let team = if model == "H100" { "red" } else { "blue" };
        let held = |t: i64| if deploys.iter().any(|deploy| deploy.contains(&t)) { count * 2.0 } else { count };
        let gpus = Series::new("gpus", &[("node", model), ("model", model), ("exported_team", team)]);
        all.push(gpus.is(clock, random, held));
    }
    let running = |t: i64| f64::from(u8::from(deploys.iter().any(|deploy| deploy.contains(&t))));
    all.push(Series::new("deploys_running", &[("team", "red")]).is(clock, random, running));
    let full = |t: i64| if t.rem_euclid(40_000) < 3_000 { 0.95 } else { 0.5 };
    all.push(Series::new("kv_usage", &[("pod", "a")]).is(clock, random, full));
    // All buckets are of one scrape: the same times and the same noise.
    let phase = Random::new(7);
    for (le, share) in [("0.1", 0.5), ("0.4", 0.955), ("1.0", 0.99), ("+Inf", 1.0)] {
        let day = daily(2.0);
        let bucket = Series::new("ttft_seconds_bucket", &[("le", le)]);
        all.push(bucket.rises(clock, &mut phase.clone(), |t| {
            day(t) * if dear.contains(&t) && share < 1.0 { share * 0.9 } else { share }
        }));
    }
    let day = daily(2.0);
    all.push(Series::new("ttft_seconds_count", &[]).rises(clock, &mut phase.clone(), day));
    all
}
