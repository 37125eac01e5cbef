//! Numbers as Prometheus's templates show them, digit by digit (`template/template.go`, Prometheus 2.42 and 3).

/// Go's `%.4g`: four significant digits, `1.235e+04` from ten thousand on and below a ten-thousandth.
pub(crate) fn four_digits(value: f64) -> String {
    general(value, Some(4))
}

/// Go's `%v` of a float: as many digits as tell it from others, `1e+21` from there on.
pub(crate) fn plain(value: f64) -> String {
    general(value, None)
}

fn general(value: f64, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let written = match precision {
        Some(digits) => format!("{value:.*e}", digits - 1),
        None => format!("{value:e}"),
    };
    // INVARIANT: Rust writes a finite float with one `e` and a whole number behind it.
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let largest = precision.map_or(21, |precision| precision as i32);
    if exponent < -4 || exponent >= largest {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let minus = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{minus}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
}

/// `humanize`: `12.35k`, `17.46m`.
pub(crate) fn humanize(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return four_digits(value);
    }
    if value.abs() < 1.0 {
        let (value, prefix) = small(value);
        return four_digits(value) + prefix;
    }
    let mut value = value;
    let mut prefix = "";
    for next in ["k", "M", "G", "T", "P", "E", "Z", "Y"] {
        if value.abs() < 1_000.0 {
            break;
        }
        prefix = next;
        value /= 1_000.0;
    }
    four_digits(value) + prefix
}

/// `humanizePercentage`: `63%`.
pub(crate) fn percentage(value: f64) -> String {
    four_digits(value * 100.0) + "%"
}

/// `humanizeDuration`, of seconds: `1d 2h 3m 4s`, `1.5s`, `20ms`.
pub(crate) fn duration(value: f64) -> String {
    if !value.is_finite() {
        return four_digits(value);
    }
    if value == 0.0 {
        return four_digits(value) + "s";
    }
    if value.abs() < 1.0 {
        let (value, prefix) = small(value);
        return format!("{}{prefix}s", four_digits(value));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let whole = value.abs() as i64;
    let (seconds, minutes, hours, days) = (whole % 60, whole / 60 % 60, whole / 3_600 % 24, whole / 86_400);
    if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", four_digits(value.abs()))
    }
}

/// A number below 1 with the prefix of what it is then a part of.
fn small(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in ["m", "u", "n", "p", "f", "a", "z", "y"] {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = next;
        value *= 1_000.0;
    }
    (value, prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_go_writes_them() {
        for (value, four, all) in [
            (0.0, "0", "0"),
            (1.0, "1", "1"),
            (-12.5, "-12.5", "-12.5"),
            (9_999.4, "9999", "9999.4"),
            (9_999.6, "1e+04", "9999.6"),
            (12_345.0, "1.234e+04", "12345"),
            (0.000_123_456, "0.0001235", "0.000123456"),
            (0.000_012_345_6, "1.235e-05", "1.23456e-05"),
            (1e21, "1e+21", "1e+21"),
            (123_456_789.0, "1.235e+08", "123456789"),
            (1e300, "1e+300", "1e+300"),
        ] {
            assert_eq!(four_digits(value), four, "{value}");
            assert_eq!(plain(value), all, "{value}");
        }
        assert_eq!(four_digits(f64::NEG_INFINITY), "-Inf");
    }
}
