//! What it asks: exporters, and GPUs.

use farthing_fake_nvml::{Fake, Gpu, Script};

use crate::{http::Stub, process::Farthing, scratch::Scratch};

const SCRAPED: &str = r#"
counter answered: request = "answers_total" { model, namespace }
counter failed:   request = "failures_total" { model, namespace }

service chat {
  policy { page when burning 25% over 2h and 10m }
  sli wrong = failed / answered
  objective right { wrong <= 1%  budget 10% over 1d by namespace }
}
"#;

#[test]
fn an_exporter_is_scraped_with_the_labels_that_it_is_given() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SCRAPED);
    let text = |count: u32| {
        format!(
            "# TYPE answers_total counter\nanswers_total{{model=\"a\"}} {count}\nfailures_total{{model=\"a\"}} 0\nother 1\n"
        )
    };
    let stub = Stub::new(&text(100));
    let target = format!("http://{};namespace=chat,team=\"a, b\"", stub.address);
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--scrape", &target, "--scrape-interval", "1"]);
    let series = |name: &str| {
        format!("{name}{{url=\"http://{0}/metrics\",instance=\"{0}\",namespace=\"chat\",team=\"a, b\"}}", stub.address)
    };
    farthing.shows(&series("farthing_scrape_up"), 1.0);
    farthing.shows(&series("farthing_scrape_samples"), 3.0);
    farthing.shows(&series("farthing_scrape_samples_kept"), 2.0);
    // What was counted before it looked is not its own; from then on it counts.
    stub.say(&text(130));
    let flow = r#"farthing_flow_total{flow="chat/answers_total",service="chat",namespace="chat"}"#;
    farthing.shows(flow, 30.0);
    // An exporter that breaks harms only itself.
    stub.say("answers_total{ 1\n");
    farthing.shows(&series("farthing_scrape_up"), 0.0);
    assert_eq!(farthing.get("/-/ready").status, 200);
    stub.say(&text(140));
    farthing.shows(&series("farthing_scrape_up"), 1.0);
}

const GPUS: &str = r#"
use std::farthing::gpu as sampler
use std::sli

service chat {
  policy { page when burning 25% over 2h and 10m }
  sli utilization = sli::gpu_utilization(sampler::busy, sampler::gpus)
  objective busy { utilization >= 10%  budget 10% over 1d }
}
"#;

#[test]
fn gpus_are_sampled_by_nvidias_library() {
    let scratch = Scratch::new();
    scratch.file("a.slo", GPUS);
    let mut gpu = Gpu::h100(0);
    gpu.utilization = Some([50, 10]);
    let fake = Fake::build_into(scratch.path(), &Script::of(vec![gpu.clone()])).expect("the fake library");
    let library = fake.library().to_str().expect("a path in UTF-8");
    let farthing = Farthing::start(&scratch, &["--nvml-library", library, "--gpu-interval", "100", "--node", "node-7"]);
    assert!(farthing.says(" gpu: the NVIDIA driver ").contains(" info "), "{}", farthing.said());
    let text = farthing.get("/metrics").body;
    assert!(text.contains("node=\"node-7\""), "{text}");
    farthing.shows("farthing_gpu_library_up", 1.0);
    // The engine looks every five seconds: half of the time is busy.
    let value = |flow: &str| {
        farthing.metric(&format!("farthing_flow_total{{flow=\"chat/{flow}\",service=\"chat\"}}")).unwrap_or_default()
    };
    crate::process::until(|| value("farthing_gpu_present") > 0.0 && value("farthing_gpu_busy_seconds_total") > 0.0)
        .unwrap_or_else(|()| panic!("{text}"));
    gpu.lost = true;
    fake.play(&Script::of(vec![gpu])).expect("the script");
    assert!(farthing.says("does not answer").contains(" warn gpu: "), "{}", farthing.said());
}

#[test]
fn a_machine_without_gpus_is_no_reason_to_warn() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--state", "state"]);
    // A machine with GPUs says what they are.
    assert!(farthing.says(" gpu: ").contains(" info "), "{}", farthing.said());
    let scratch = Scratch::new();
    scratch.file("a.slo", GPUS);
    let farthing = Farthing::start(&scratch, &["--nvml-library", "/no/such/library.so"]);
    let line = farthing.says(" gpu: ");
    assert!(line.contains(" warn ") && line.contains("--nvml-library FILE") && line.contains("--no-gpu"), "{line}");
}
