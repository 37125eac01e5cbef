//! Lengths of time as texts.

/// A length in whole seconds by the largest unit that divides it, as the language and PromQL write it: `5m`, `6h`, `30d`;
/// `36h` and not `1d12h`.
pub fn duration_text(seconds: u64) -> String {
    for (unit, suffix) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        if seconds > 0 && seconds.is_multiple_of(unit) {
            return format!("{}{suffix}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::duration_text;

    #[test]
    fn lengths_are_written_in_one_unit() {
        for (seconds, text) in
            [(300, "5m"), (3_600, "1h"), (129_600, "36h"), (2_592_000, "30d"), (90, "90s"), (5_400, "90m"), (0, "0s")]
        {
            assert_eq!(duration_text(seconds), text);
        }
    }
}
