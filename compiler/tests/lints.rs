//! What lints have nothing to say of: the uses that they see, and the promises that they understand.

use farthing_compiler::{NoModules, Options, SourceFile, compile};

fn codes(text: &str) -> Vec<String> {
    let file = SourceFile { name: "chat.slo".into(), text: text.into() };
    let found = compile(vec![file], &NoModules, &Options::default()).diagnostics;
    found.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
}

/// A service that promises a latency and a quality, with these declarations and members.
fn service(declarations: &str, members: &str) -> String {
    format!(
        "use std::dcgm\nuse std::vllm\n{declarations}\nservice chat {{\n  cost gpu = dcgm::gpus * $2.49 per gpu hour\n  \
         volume all = vllm::request_success\n  \
         volume answers = vllm::request_success {{ finished_reason = \"stop\" | \"length\" }}\n  \
         objective affordable {{ gpu / answers <= $0.01 per request  budget 5% over 30d }}\n  \
         objective fast {{ p95 of vllm::time_to_first_token < 500 ms  over 30d }}\n  \
         objective complete {{ 99% of all are answers  over 30d }}\n{members}}}\n"
    )
}

const JUDGED: &str = "counter judged: request = \"judged_total\" { verdict in { \"good\", \"bad\" } }\n";

#[test]
fn names_in_every_kind_of_statement_are_used() {
    for (declarations, members) in [
        ("gauge deploys: ratio = \"deploys\"\n", "  exclude when deploys > 0\n"),
        (
            "",
            "  volume output = vllm::generation_tokens\n  objective watched { gpu / all <= $1 per request  budget 5% over 30d  guard output >= 1M output_token over 1h }  // allow F0903: it is about guards\n",
        ),
        (
            JUDGED,
            "  sli one = judged { verdict = \"good\" } / judged\n  sli other = answers / all\n  objective equal { gpu / answers <= $1 per request  budget 5% over 30d  provided one equals other within 1% }\n",
        ),
        (
            "counter spent: USD = \"spent_total\" { model_name }\nprice low = $0.002 per request\nprice high = $0.05 per request\n",
            "  objective each { spent / answers by model_name { \"a\": <= low, \"b\": <= high }  budget 5% over 30d }\n",
        ),
        (
            "",
            "  volume output = vllm::generation_tokens\n  cost gateway = $0.40 per hour\n  objective by_model { (gateway + gpu) / answers <= $1 per request  budget 5% over 30d  by model_name allocate gateway, gpu by output }\n",
        ),
        (
            "",
            "  volume work = answers weighted by model_name { small: 1, large: 12 }\n  objective of_work { gpu / work <= $1 per request  budget 5% over 30d }\n",
        ),
        (
            "price listed by modelName { \"A\": $2 } per gpu hour\n",
            "  cost by_kind = dcgm::gpus * listed\n  objective priced { by_kind / answers <= $1 per request  budget 5% over 30d }\n",
        ),
        (
            "rate 1 EUR = 1.08 USD\nrate 1 EUR = 1.02 USD as of 2025-11-01\nprice call = €0.01 per request\n",
            "  cost calls = answers * call\n  objective paid { calls / answers <= $1 per request  budget 5% over 30d }\n",
        ),
    ] {
        let text = service(declarations, members);
        assert_eq!(codes(&text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn imports_that_only_tests_name_are_used() {
    let test = "use std::vllm as engine\n\ntest \"it\" {\n  over 1d every 1m\n  series engine::request_success { finished_reason = \"stop\" } rises 1/s\n  expect no alert of chat.complete\n}\n";
    assert_eq!(codes(&service(test, "")), Vec::<String>::new());
}

#[test]
fn peaks_and_watches_of_the_compilers_own_need_no_alerts() {
    let members = "  sli capacity = (answers / gpu) at peak while fast\n  objective ample { capacity >= 5k requests per USD  budget 10% over 30d }\n";
    assert_eq!(codes(&service("", members)), Vec::<String>::new());
}

#[test]
fn corners_are_what_they_are_said_to_be() {
    // A mean of tokens is no quality for all that units tell, and seconds of GPUs are no money.
    let text = |tradeoff: &str| {
        format!(
            "use std::dcgm\nuse std::vllm\n\nservice chat {{\n  volume held = dcgm::gpus\n  \
             volume answers = vllm::request_success {{ finished_reason = \"stop\" }}\n  \
             volume output = vllm::generation_tokens\n  \
             objective frugal {{ answers / held >= 1k requests per gpu hour  budget 5% over 30d }}\n  \
             objective fast {{ p95 of vllm::time_to_first_token < 500 ms  over 30d }}\n  \
             objective full {{ output / answers >= 100 output_token per request  budget 5% over 30d }}\n{tradeoff}}}\n"
        )
    };
    let all = "  tradeoff { cost frugal  latency fast  quality full }\n";
    assert_eq!(codes(&text(all)), Vec::<String>::new());
    let without_quality = "  tradeoff { cost frugal  latency fast }\n";
    let lacks = "F0902 what an answer may cost is promised, and not how good it must be";
    assert_eq!(codes(&text(without_quality)), [lacks]);
}
