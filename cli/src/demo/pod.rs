//! One server of the fleet, and what it exposes.

use super::{
    random::Random,
    recorder::{Handle, Kind, Recorder},
};

/// The bounds of vLLM's histogram of the time to the first token, in seconds, as `stdlib/vllm.slo` has them.
pub(super) const BOUNDS: [f64; 22] = [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
    160.0, 640.0, 2560.0,
];
/// How requests finish.
pub(super) const REASONS: [&str; 5] = ["stop", "length", "abort", "error", "repetition"];
/// GPUs of a pod.
const GPUS: usize = 2;
const MODEL: &str = "chat-70b";

/// What a pod did in one minute.
pub(super) struct Work {
    /// Requests by reason.
    pub finished: [f64; 5],
    pub input_tokens: f64,
    pub output_tokens: f64,
    /// The median of the time to the first token, in seconds.
    pub first_token: f64,
    /// How full the KV cache is, 0 to 1.
    pub kv_cache: f64,
}

/// A pod with two GPUs.
pub(super) struct Pod {
    name: String,
    /// The release that it runs.
    pub release: u64,
    /// The minute from which it answers.
    pub ready: i64,
    /// When it is scraped within a minute, in milliseconds; its GPUs somewhat later.
    pub offset_ms: i64,
    node: u64,
    uuids: [String; GPUS],
    engine: Option<Engine>,
    gpus: Option<[Handle; GPUS]>,
    /// How much its share of the work differs from the others'.
    pub share: f64,
}

/// Its counters since it began. Fractions are kept, whole numbers are exposed.
struct Engine {
    finished: [f64; 5],
    input_tokens: f64,
    output_tokens: f64,
    buckets: [f64; BOUNDS.len()],
    first_tokens: f64,
    first_token_seconds: f64,
    series: EngineSeries,
}

struct EngineSeries {
    finished: [Handle; 5],
    input_tokens: Handle,
    output_tokens: Handle,
    buckets: [Handle; BOUNDS.len() + 1],
    count: Handle,
    sum: Handle,
    kv_cache: Handle,
}

impl Pod {
    pub fn new(release: u64, ready: i64, random: &mut Random) -> Self {
        let replica_set = ["6c9f8d7b54", "7bd54c9f66", "6c9f8d7b54"][release.min(2) as usize];
        let uuid = |random: &mut Random| format!("GPU-{:08x}", random.next() >> 32);
        Pod {
            name: format!("chat-vllm-{replica_set}-{}", random.word(5)),
            release,
            ready,
            offset_ms: random.below(50_000) as i64,
            node: random.below(12),
            uuids: [uuid(random), uuid(random)],
            engine: None,
            gpus: None,
            share: random.about_one(0.08),
        }
    }

    /// The process in the pod ends and another begins: its counters start anew.
    pub fn restart(&mut self, ready: i64) {
        self.ready = ready;
        if let Some(engine) = &mut self.engine {
            engine.clear();
        }
    }

    /// GPUs are held from the start, whether the model is loaded or not.
    pub fn expose_gpus(&mut self, at_ms: i64, busy: f64, random: &mut Random, recorder: &mut Recorder) {
        let series = *self.gpus.get_or_insert_with(|| {
            std::array::from_fn(|gpu| {
                recorder.series(
                    Kind::Gauge,
                    "DCGM_FI_DEV_GPU_UTIL",
                    "",
                    &[
                        ("namespace", "chat"),
                        ("pod", &self.name),
                        ("Hostname", &format!("gpu-node-{}", self.node)),
                        ("gpu", &gpu.to_string()),
                        ("UUID", &self.uuids[gpu]),
                        ("modelName", "NVIDIA H100 80GB HBM3"),
                    ],
                )
            })
        });
        for series in series {
            recorder.sample(series, at_ms, (busy * random.about_one(0.05)).min(100.0).floor());
        }
    }

    /// Does a minute's work and exposes what came of it.
    pub fn work(&mut self, at_ms: i64, began_ms: i64, work: &Work, recorder: &mut Recorder) {
        let engine = self.engine.get_or_insert_with(|| Engine::new(&self.name, began_ms, recorder));
        engine.add(work);
        engine.expose(at_ms, work.kv_cache, recorder);
    }
}

impl Engine {
    fn new(pod: &str, began_ms: i64, recorder: &mut Recorder) -> Self {
        let own = [("namespace", "chat"), ("pod", pod), ("model_name", MODEL), ("engine", "0")];
        let mut series = |kind, family: &str, suffix: &str, label: Option<(&str, &str)>| {
            let labels: Vec<(&str, &str)> = own.into_iter().chain(label).collect();
            let handle = recorder.series(kind, family, suffix, &labels);
            recorder.created(handle, began_ms);
            handle
        };
        const FIRST_TOKEN: &str = "vllm:time_to_first_token_seconds";
        let series = EngineSeries {
            finished: REASONS.map(|reason| {
                series(Kind::Counter, "vllm:request_success", "_total", Some(("finished_reason", reason)))
            }),
            input_tokens: series(Kind::Counter, "vllm:prompt_tokens", "_total", None),
            output_tokens: series(Kind::Counter, "vllm:generation_tokens", "_total", None),
            buckets: std::array::from_fn(|at| {
                let bound = BOUNDS.get(at).map_or("+Inf".to_string(), |bound| format!("{bound:?}"));
                series(Kind::Histogram, FIRST_TOKEN, "_bucket", Some(("le", &bound)))
            }),
            count: series(Kind::Histogram, FIRST_TOKEN, "_count", None),
            sum: series(Kind::Histogram, FIRST_TOKEN, "_sum", None),
            kv_cache: series(Kind::Gauge, "vllm:kv_cache_usage_perc", "", None),
        };
        Engine {
            finished: [0.0; 5],
            input_tokens: 0.0,
            output_tokens: 0.0,
            buckets: [0.0; BOUNDS.len()],
            first_tokens: 0.0,
            first_token_seconds: 0.0,
            series,
        }
    }

    fn clear(&mut self) {
        self.finished = [0.0; 5];
        self.buckets = [0.0; BOUNDS.len()];
        (self.input_tokens, self.output_tokens) = (0.0, 0.0);
        (self.first_tokens, self.first_token_seconds) = (0.0, 0.0);
    }

    fn add(&mut self, work: &Work) {
        for (sum, finished) in self.finished.iter_mut().zip(work.finished) {
            *sum += finished;
        }
        self.input_tokens += work.input_tokens;
        self.output_tokens += work.output_tokens;
        // What began to answer: all but those that were refused with an error.
        let begun: f64 = work.finished.iter().sum::<f64>() - work.finished[3];
        for (sum, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *sum += begun * faster_than(bound, work.first_token);
        }
        self.first_tokens += begun;
        self.first_token_seconds += begun * work.first_token * MEAN_OVER_MEDIAN;
    }

    fn expose(&self, at_ms: i64, kv_cache: f64, recorder: &mut Recorder) {
        let series = &self.series;
        for (handle, sum) in series.finished.iter().zip(self.finished) {
            recorder.sample(*handle, at_ms, sum.floor());
        }
        recorder.sample(series.input_tokens, at_ms, self.input_tokens.floor());
        recorder.sample(series.output_tokens, at_ms, self.output_tokens.floor());
        for (handle, sum) in series.buckets.iter().zip(self.buckets.iter().chain([&self.first_tokens])) {
            recorder.sample(*handle, at_ms, sum.floor());
        }
        recorder.sample(series.count, at_ms, self.first_tokens.floor());
        // Milliseconds are as fine as it need be.
        recorder.sample(series.sum, at_ms, (self.first_token_seconds * 1_000.0).floor() / 1_000.0);
        recorder.sample(series.kv_cache, at_ms, (kv_cache * 10_000.0).floor() / 10_000.0);
    }
}

/// The share of a log-logistic distribution (shape 4) with this median that lies below a bound. It looks like latencies
/// do, and needs only arithmetic that is the same on every machine.
fn faster_than(bound: f64, median: f64) -> f64 {
    let ratio = median / bound;
    let square = ratio * ratio;
    1.0 / (1.0 + square * square)
}

/// The mean of that distribution by its median: `(pi/4) / sin(pi/4)`.
const MEAN_OVER_MEDIAN: f64 = 1.110_720_734_539_591_5;
