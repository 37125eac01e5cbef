//! Two models answer an hour of requests on threads of their own; then the program says how its promises do.

use std::{
    error::Error,
    thread,
    time::{Duration, SystemTime},
};

use embed_rust::{backend::Backend, slo::Slo};
use farthing_evaluator::RecordError;

fn main() -> Result<(), Box<dyn Error>> {
    let slo = Slo::new()?;
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_044_800);
    let work = |model: &'static str, size: usize| {
        let backend = Backend::new(&slo, model);
        move || {
            for second in 1..=3_600 {
                // One in five hundred sends nothing.
                let prompt = if second % 500 == 0 {
                    String::new()
                } else {
                    "x".repeat(size)
                };
                backend.answer(&prompt, start + Duration::from_secs(second))?;
            }
            Ok::<(), RecordError>(())
        }
    };
    let threads =
        [("small", 4_000), ("large", 7_000)].map(|(model, size)| thread::spawn(work(model, size)));
    for thread in threads {
        thread.join().map_err(|_| "a backend panicked")??;
    }

    let now = start + Duration::from_secs(3_660);
    println!("objective          group       measured  budget consumed");
    for objective in slo.backend.report_at(now).objectives {
        for verdict in objective.verdicts {
            let group = verdict.labels.get("model").map_or("-", String::as_str);
            let shown = |number: Option<f64>| {
                number.map_or("?".to_string(), |number| format!("{number:.6}"))
            };
            let consumed = verdict
                .consumed
                .map_or("?".to_string(), |share| format!("{:.1}%", 100.0 * share));
            println!(
                "{:<18} {group:<8} {:>11} {consumed:>16}",
                objective.id,
                shown(verdict.measured)
            );
        }
    }
    // One of them by its name: `slo.backend.affordabel` would not compile.
    let affordable = slo.backend.affordable.report_at(now);
    println!("\naffordable is met: {:?}", affordable.verdicts[0].met);
    Ok(())
}
