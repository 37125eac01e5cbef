//! The fleet: an autoscaler that lags, a queue when it lags too far, and the pods' share of the work.

use super::{
    pod::{Pod, Work},
    random::Random,
    recorder::Recorder,
    story::{self, MINUTE_MS, START_MS},
    traffic,
};

/// Answers per second for which the autoscaler counts on a pod.
const PLANNED: f64 = 0.835;
/// Answers per second of which a pod is capable.
const CAPABLE: f64 = 1.15;
const LEAST: usize = 1;
const MOST: usize = 20;
/// Minutes until a new pod has loaded its model.
const LOADING: i64 = 9;
/// Minutes for which fewer pods must be wanted before one is taken away.
const PATIENCE: i64 = 15;
/// Minutes between the pods that a release replaces.
const ROLLING: i64 = 2;
/// Seconds that people wait before they give up.
const WAITS: f64 = 25.0;
/// The mean of tokens.
const INPUT: f64 = 1_450.0;
const OUTPUT: f64 = 420.0;

pub(super) struct Fleet {
    random: Random,
    pods: Vec<Pod>,
    /// Requests per second, smoothed as autoscalers do.
    smoothed: f64,
    /// Minutes for which there were more pods than wanted.
    idle: i64,
    /// Requests that wait.
    waiting: f64,
}

impl Fleet {
    pub fn new() -> Self {
        let mut random = Random::new(20_261_001);
        let pods = (0..5).map(|_| Pod::new(0, 0, &mut random)).collect();
        Fleet { random, pods, smoothed: 3.3, idle: 0, waiting: 0.0 }
    }

    /// One minute: people ask, pods answer and are scraped.
    pub fn minute(&mut self, minute: i64, recorder: &mut Recorder) {
        let demand = traffic::demand(minute, &mut self.random);
        self.smoothed += (demand - self.smoothed) / 4.0;
        self.release(minute);
        self.scale(minute);
        if minute == story::RESTART {
            self.pods[0].restart(minute + 3);
        }
        let all = self.all(minute, demand);
        recorder.blind = !story::is_scraped(minute);
        for pod in &mut self.pods {
            let at_ms = START_MS + minute * MINUTE_MS + pod.offset_ms;
            let answers = pod.ready <= minute;
            if answers {
                let began_ms = START_MS + pod.ready * MINUTE_MS + pod.offset_ms - 20_000;
                let work = all.work(capacity(pod) * pod.share / all.shares, &mut self.random);
                pod.work(at_ms, began_ms, &work, recorder);
            }
            let busy = if answers { all.busy } else { 0.0 };
            pod.expose_gpus(at_ms + 7_000, busy, &mut self.random, recorder);
        }
    }

    /// What all pods together do in this minute.
    fn all(&mut self, minute: i64, demand: f64) -> Minute {
        let ready = || self.pods.iter().filter(|pod| pod.ready <= minute);
        let normal_pods: f64 = ready().map(capacity).sum();
        let speed = normal_pods / ready().count().max(1) as f64;
        let shares = ready().map(|pod| capacity(pod) * pod.share).sum();
        let capable = (normal_pods * CAPABLE).max(0.01);
        let wanted = demand * 60.0 + self.waiting;
        let served = wanted.min(capable * 60.0);
        // Who waits too long goes away.
        self.waiting = (wanted - served).min(capable * WAITS);
        let given_up = wanted - served - self.waiting;
        let load = (demand / capable).min(1.0);
        Minute {
            served,
            given_up,
            errors: story::errors(minute),
            shares,
            first_token: (0.2025 + 0.055 * load * load * load) / (0.5 + 0.5 * speed) + self.waiting / capable,
            kv_cache: (0.28 + 0.52 * load + if self.waiting > 1.0 { 0.14 } else { 0.0 }).min(0.985),
            busy: 35.0 + 62.0 * load,
        }
    }

    /// A release replaces one pod after the other, each new one beside the old one until it is ready.
    fn release(&mut self, minute: i64) {
        let release = story::release(minute);
        let Some(old) = self.pods.iter().position(|pod| pod.release != release) else { return };
        let loading = self.pods.iter().filter(|pod| pod.release == release && pod.ready > minute).count();
        if minute % ROLLING == 0 && loading < 4 {
            let pod = Pod::new(release, minute + LOADING, &mut self.random);
            self.pods.push(pod);
            if self.pods.iter().filter(|pod| pod.ready <= minute).count() > LEAST {
                self.pods.remove(old);
            }
        }
    }

    fn scale(&mut self, minute: i64) {
        let speed = self.pods.last().map_or(1.0, |pod| story::speed(pod.release));
        let wanted = ((self.smoothed / (PLANNED * speed)).ceil() as usize).clamp(LEAST, MOST);
        let release = story::release(minute);
        while self.pods.len() < wanted {
            let pod = Pod::new(release, minute + LOADING, &mut self.random);
            self.pods.push(pod);
        }
        self.idle = if self.pods.len() > wanted { self.idle + 1 } else { 0 };
        if self.idle > PATIENCE {
            self.pods.pop();
            self.idle -= 3;
        }
    }
}

/// How much of a normal pod it can do.
fn capacity(pod: &Pod) -> f64 {
    story::speed(pod.release)
}

/// What happens in one minute, all pods together.
struct Minute {
    served: f64,
    given_up: f64,
    errors: f64,
    /// The sum of all pods' shares.
    shares: f64,
    first_token: f64,
    kv_cache: f64,
    busy: f64,
}

impl Minute {
    /// The part of one pod.
    fn work(&self, share: f64, random: &mut Random) -> Work {
        let served = self.served * share * random.about_one(0.04);
        let errors = served * self.errors;
        let aborted = served * 0.0042 + self.given_up * share;
        let repeated = served * 0.0002;
        let answered = (served * (1.0 - 0.0044) - errors).max(0.0);
        let length = answered * 0.11;
        Work {
            finished: [answered - length, length, aborted, errors, repeated],
            input_tokens: (served + self.given_up * share) * INPUT * random.about_one(0.05),
            output_tokens: answered * OUTPUT * random.about_one(0.05),
            first_token: self.first_token * random.about_one(0.05),
            kv_cache: (self.kv_cache * random.about_one(0.03)).min(0.995),
        }
    }
}
