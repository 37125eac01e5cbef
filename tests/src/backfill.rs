//! Blocks of a real Prometheus' database, made by its own `promtool`: samples, then each stage of the rules.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    Directory, Failure, Rules, Series, open_metrics,
    server::{INSTALL, Server},
};

/// Blocks as long as one query of promtool for them may be: below 11,000 steps of a minute. The next shorter length
/// that promtool makes is 162 h, 9,720 steps.
const BLOCK: &str = "--max-block-duration=180h";

/// How long it looks back for what a rule recorded: less than the minute between two evaluations.
///
/// Where a rule has no result any more, Prometheus marks its series as stale, so nobody sees it at the next evaluation.
/// Blocks that promtool makes of rules have no such markers, and readers would see the last result for five minutes
/// more. Looking back for less than an interval comes to the same as the markers. Everything that is recorded less often
/// is read by range.
const RECORDED_LOOK_BACK: u64 = 59;

/// A Prometheus that has the samples, and all that the recording rules say of them between two times.
///
/// The rules are evaluated by Prometheus itself, at the times at which its rule manager would: at multiples of the
/// group's interval, moved by an offset that Prometheus takes from the group's and the file's name.
#[derive(Debug)]
pub struct Backfilled {
    /// Answers queries.
    pub server: Server,
    // Dropped after the server.
    _folder: Directory,
}

/// Makes blocks of the samples and then of the rules, from `start` to `end`, in seconds since the epoch. Rules that read
/// samples look back by `look_back`, in seconds.
///
/// # Errors
/// When Prometheus or promtool is missing or refuses something.
pub fn backfill(
    word: &str,
    series: &[Series],
    look_back: u64,
    rules: &Rules,
    (start, end): (i64, i64),
) -> Result<Backfilled, Failure> {
    let folder = Directory::new(word)?;
    let data = folder.path().join("data");
    blocks(folder.path(), series)?;
    let mut server = Server::start(folder.path(), &data, look_back)?;
    for (number, stage) in rules.stages()?.iter().enumerate() {
        // The file's name takes part in the group's offset: it is the same in every stage and every run.
        let below = folder.path().join(format!("stage-{number}"));
        std::fs::create_dir_all(&below)?;
        std::fs::write(below.join("rules.yml"), stage)?;
        let (url, start, end) = (format!("--url={}", server.url()), format!("--start={start}"), format!("--end={end}"));
        let output = format!("--output-dir={}", data.display());
        promtool(&below, &["rules", BLOCK, "--quiet", &url, &start, &end, &output, "rules.yml"])?;
        // Prometheus looks for new blocks once a minute, and when it starts.
        drop(server);
        server = Server::start(folder.path(), &data, RECORDED_LOOK_BACK)?;
    }
    Ok(Backfilled { server, _folder: folder })
}

/// Makes blocks of the samples, in `data` below the folder.
///
/// # Errors
/// When promtool is missing or refuses something.
pub fn blocks(folder: &Path, series: &[Series]) -> Result<(), Failure> {
    std::fs::write(folder.join("samples.om"), open_metrics(series))?;
    promtool(folder, &["openmetrics", BLOCK, "--quiet", "samples.om", "data"])
}

fn promtool(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let output = Command::new("promtool")
        .args(["tsdb", "create-blocks-from"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("promtool: {error}; {INSTALL}")))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // promtool reports a rule that failed, and exits with 0 all the same.
    if output.status.success() && !said.contains("err=") && !said.contains("level=error") {
        return Ok(());
    }
    Err(Failure::new(format!("promtool {}: {}\n{said}", arguments.join(" "), output.status)))
}
