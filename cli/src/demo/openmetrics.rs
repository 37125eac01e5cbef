//! Samples as OpenMetrics text with timestamps.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::recorder::{Kind, Written};
use crate::Failure;

/// Writes the samples to a file, which is there whole or not at all.
///
/// # Errors
/// Exit code 2 when it cannot be written.
pub(super) fn write(path: &Path, series: Vec<Written>) -> Result<(), Failure> {
    put(path, series).map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

fn put(path: &Path, series: Vec<Written>) -> io::Result<()> {
    // A pipe or a device is written to, never replaced.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut file = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        text(series, &mut file)?;
        return file.flush();
    }
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let draft = Draft(place.with_file_name(format!(".{name}.{}.tmp", std::process::id())));
    let mut file = BufWriter::new(File::create_new(&draft.0)?);
    text(series, &mut file)?;
    file.into_inner()?.sync_all()?;
    fs::rename(&draft.0, &place)
}

/// A file under a name of its own, removed unless it was renamed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // After the renaming there is nothing of this name.
        let _ = fs::remove_file(&self.0);
    }
}

/// Family by family and series by series, as OpenMetrics wants it.
fn text(mut series: Vec<Written>, out: &mut impl Write) -> io::Result<()> {
    // The sort is stable: the series of a family stay in the order in which they began.
    series.sort_by(|a, b| a.family.cmp(&b.family));
    let mut family = None;
    for of in &series {
        if family != Some(&of.family) {
            family = Some(&of.family);
            let kind = match of.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            writeln!(out, "# TYPE {} {kind}", of.family)?;
        }
        let labels: Vec<String> =
            of.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = labels.join(",");
        // A histogram has one created timestamp for all its series.
        let creates = matches!(of.suffix.as_str(), "_total" | "_count");
        if let (Some(created), Some((first, _)), true) = (of.created_ms, of.samples.first(), creates) {
            writeln!(out, "{}_created{{{labels}}} {} {}", of.family, Seconds(created), Seconds(*first))?;
        }
        for (at_ms, value) in &of.samples {
            writeln!(out, "{}{}{{{labels}}} {value} {}", of.family, of.suffix, Seconds(*at_ms))?;
        }
    }
    writeln!(out, "# EOF")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Milliseconds as seconds.
struct Seconds(i64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0.div_euclid(1_000), self.0.rem_euclid(1_000))
    }
}
