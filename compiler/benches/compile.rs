//! How long it takes from text to rules, for 1,000 and 10,000 objectives: `cargo bench -p farthing-compiler`.
//!
//! Times depend on the machine; what should not is their ratio: ten times the objectives, ten times the time.

use std::fmt::Write;

use divan::{Bencher, counter::ItemsCount};
use farthing_compiler::{NoModules, Options, SourceFile, compile};

fn main() {
    divan::main();
}

/// Services of ten objectives each, every objective with a cost, a volume and an indicator of its own.
fn source(objectives: usize) -> Vec<SourceFile> {
    let mut text = String::from("use std::dcgm\nuse std::vllm\nuse std::prices::gpu as price\n\n");
    for service in 0..objectives / 10 {
        writeln!(text, "service s{service} {{\n  where {{ namespace = \"n{service}\" }}").expect("a string takes all");
        for objective in 0..10 {
            writeln!(
                text,
                "  cost gpu{objective} = dcgm::gpus {{ pod = \"p{objective}\" }} * price::h100_sxm_on_demand\n  \
                 volume answers{objective} = vllm::request_success {{ model_name = \"m{objective}\" }}\n  \
                 sli cost_per_answer{objective} = gpu{objective} / answers{objective}\n  \
                 objective affordable{objective} {{\n    cost_per_answer{objective} <= $0.01 per request\n    \
                 budget 5% over 30d\n  }}"
            )
            .expect("a string takes all");
        }
        text.push_str("}\n\n");
    }
    vec![SourceFile { name: "bench.slo".into(), text }]
}

#[divan::bench(args = [1_000, 10_000])]
fn text_to_tree(bencher: Bencher, objectives: usize) {
    let files = source(objectives);
    bencher.counter(ItemsCount::new(objectives)).bench(|| farthing_grammar::parse(&files[0].text));
}

#[divan::bench(args = [1_000, 10_000])]
fn text_to_plan(bencher: Bencher, objectives: usize) {
    let files = source(objectives);
    bencher.counter(ItemsCount::new(objectives)).with_inputs(|| files.clone()).bench_values(|files| {
        compile(files, &NoModules, &Options::default()).plan.expect("the services are well typed")
    });
}

#[divan::bench(args = [1_000, 10_000])]
fn text_to_rules(bencher: Bencher, objectives: usize) {
    let files = source(objectives);
    bencher.counter(ItemsCount::new(objectives)).with_inputs(|| files.clone()).bench_values(|files| {
        let plan = compile(files, &NoModules, &Options::default()).plan.expect("the services are well typed");
        farthing_prometheus::rules(&plan)
    });
}
