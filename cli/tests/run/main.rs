//! `farthing run` as its users meet it: the real binary, asked over HTTP.

mod access;
mod alerts;
mod events;
mod full;
mod http;
mod page;
mod process;
mod reload;
#[path = "../scratch/mod.rs"]
mod scratch;
mod shown;
mod sources;
mod state;

/// A service that is judged by each request: what it cost, and how long it took.
const SLO: &str = r#"
event requests {
  model:   label
  tokens:  output_token
  latency: ms
  cost = tokens * $10.00 per 1M output_token
}

service chat {
  policy { page when burning 25% over 2h and 10m }
  sli cost_per_request = requests.cost / requests
  objective affordable { cost_per_request <= $0.002 per request  budget 10% over 1d }
  objective fast       { 99% of requests have latency < 500 ms  over 1d }
  objective cheap      { 90% of requests have cost < $0.003  over 1d by model }
}
"#;

/// One request that is fast and cheap.
const ROW: &str = "{\"model\": \"small\", \"tokens\": 100, \"latency\": 20}\n";

/// The count of requests, as `/metrics` has it.
const REQUESTS: &str = r#"farthing_flow_total{flow="chat/requests",service="chat",model="small"}"#;
