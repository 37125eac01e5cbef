//! A series' labels: the exporter's and the target's.

use super::Series;

/// What an exporter's label is called that the target has, too.
const EXPORTED: &str = "exported_";

/// The series with the labels of its target.
///
/// # Errors
/// For a label that no exporter may set.
pub(super) fn merge(
    name: String,
    exposed: Vec<(String, String)>,
    target: &[(String, String)],
    honor: bool,
) -> Result<Series, String> {
    if exposed.iter().any(|(label, _)| label == "__name__") {
        return Err("the label __name__ is that of the name, which is there twice".to_string());
    }
    let has = |labels: &[(String, String)], label: &str| labels.iter().any(|(known, _)| known == label);
    let mut labels: Vec<(String, String)> = Vec::with_capacity(exposed.len() + target.len());
    let mut conflicts = Vec::new();
    for (label, value) in &exposed {
        if !honor && has(target, label) {
            conflicts.push((label, value));
        } else {
            labels.push((label.clone(), value.clone()));
        }
    }
    // An empty label of the exporter, if it is honoured, takes the target's away.
    labels.extend(target.iter().filter(|(label, _)| !(honor && has(&exposed, label))).cloned());
    // The shortest first, so that `exported_a` gives way to `a` and not the other way round.
    conflicts.sort_by_key(|(label, _)| label.len());
    for (label, value) in conflicts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let mut renamed = format!("{EXPORTED}{label}");
        while has(&labels, &renamed) || has(&exposed, &renamed) {
            renamed.insert_str(0, EXPORTED);
        }
        labels.push((renamed, value.clone()));
    }
    labels.retain(|(_, value)| !value.is_empty());
    labels.sort();
    Ok(Series { name, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, String)> {
        let pairs = text.split_terminator(',').map(|pair| pair.split_once('=').expect("a pair"));
        pairs.map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn conflicts_are_resolved_as_prometheus_does_it() {
        for (exposed, target, honor, merged) in [
            ("b=1,a=2", "instance=i", false, "a=2,b=1,instance=i"),
            ("instance=own,z=", "instance=i", false, "exported_instance=own,instance=i"),
            ("instance=own", "instance=i", true, "instance=own"),
            ("instance=", "instance=i", true, ""),
            ("instance=", "instance=i", false, "instance=i"),
            ("a=1,exported_a=2", "a=t", false, "a=t,exported_a=2,exported_exported_a=1"),
            (
                "a=1,exported_a=2",
                "a=t,exported_a=u",
                false,
                "a=t,exported_a=u,exported_exported_a=1,exported_exported_exported_a=2",
            ),
        ] {
            let series = merge("m".to_string(), labels(exposed), &labels(target), honor).expect("labels");
            assert_eq!(series.labels, labels(merged), "{exposed} {target} {honor}");
        }
        assert!(merge("m".to_string(), labels("__name__=x"), &[], false).is_err());
    }
}
