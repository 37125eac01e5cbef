//! The plan of the tests and benches: requests like those of a chat service, under three objectives.

#![allow(dead_code, reason = "each test uses a part")]

use farthing_compiler::{NoModules, Options, SourceFile, compile};
use farthing_plan::Plan;

/// Mean cost per request, mean cost per output token, and the share that costs less than $0.02.
pub const SLO: &str = r#"
event requests {
  at:        time from "timestamp"
  model:     label
  outcome:   label in { "ok", "failed" }
  user:      label
  context:   input_token from "prompt_tokens"
  generated: output_token from "completion_tokens"
  latency:   ms
  cost = context * $3.00 per 1M input_token + generated * $15.00 per 1M output_token
}

event pings {
  n: token
}

event unread {
  n: token
}

service chat {
  sli per_request = requests.cost / requests
  sli per_token   = requests.cost / requests.generated
  objective mean  { per_request <= $0.0065 per request  budget 5% over 30d BY }
  objective token { per_token <= $40 per 1M output_token  budget 10% over 30d BY }
  objective cheap { 99% of requests { outcome = "ok" } have cost < $0.02  over 30d BY }
  objective small { 99% of pings have n < 10 token  over 30d }
}
"#;

/// The plan, broken down by the model or not.
pub fn plan(by_model: bool) -> Plan {
    compiled(&SLO.replace(" BY", if by_model { " by model" } else { "" }))
}

/// What a text means.
pub fn compiled(text: &str) -> Plan {
    let file = SourceFile { name: "chat.slo".into(), text: text.into() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    compilation.plan.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics))
}

/// Noon of some day.
pub const NOON: i64 = 1_790_856_000_000;

/// A generator of numbers that are random enough: xorshift.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}
