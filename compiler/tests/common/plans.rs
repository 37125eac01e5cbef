//! Plans of texts that must compile.

use farthing_compiler::{Compilation, NoModules, Options, Severity, SourceFile, compile, render};
use farthing_plan::Plan;

/// What comes of a text.
pub fn compiled(text: &str) -> Compilation {
    compile(vec![SourceFile { name: "chat.slo".into(), text: text.into() }], &NoModules, &Options::default())
}

/// The plan of a text without errors.
pub fn plan(text: &str) -> Plan {
    let compilation = compiled(text);
    let errors: Vec<String> = compilation
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| render(found, &compilation.sources, false, 100))
        .collect();
    compilation.plan.unwrap_or_else(|| panic!("{text}\n{}", errors.join("\n")))
}

/// A service `chat` with a cost, a volume and their ratio, and these members.
pub fn chat(members: &str) -> String {
    format!(
        "use std::dcgm\nuse std::vllm\n\nunit answer\ngauge deploys: task = \"deploys_running\"\n\
         counter judged: answer = \"judged_total\" {{ precision, verdict, team }}\n\
         counter spent: USD = \"spent_total\" {{ team }}\ncounter asked: request = \"asked_total\" {{ team }}\n\n\
         service chat {{\n  cost gpu = dcgm::gpus * $2.49 per gpu hour\n  volume answers = vllm::request_success\n  \
         sli cost_per_answer = gpu / answers\n  sli cost_per_request = spent / asked\n{members}\n}}\n"
    )
}
