//! Times of Python as milliseconds since the Unix epoch.

use std::time::SystemTime;

use pyo3::{exceptions::PyValueError, prelude::*};

/// Seconds of the year 9999's end: what is beyond is in another unit.
const LAST: f64 = 253_402_300_800.0;

/// Now, by the system's clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(-1)
}

/// Seconds since the epoch, as `time.time()` gives them, or a `datetime` with a time zone.
pub(crate) fn millis(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    if let Ok(seconds) = value.extract::<f64>() {
        return of_seconds(seconds).map_err(PyValueError::new_err);
    }
    let Ok(timestamp) = value.getattr("timestamp") else {
        let kind = value.get_type().name()?;
        return Err(PyValueError::new_err(format!(
            "a time is seconds since 1970, as time.time() gives them, or a datetime, not {kind}"
        )));
    };
    if value.getattr("tzinfo")?.is_none() {
        return Err(PyValueError::new_err(
            "a datetime without a time zone could be any of 24 hours: use datetime.now(timezone.utc)",
        ));
    }
    of_seconds(timestamp.call0()?.extract()?).map_err(PyValueError::new_err)
}

/// Rounded to milliseconds, since a float of seconds is not exact.
pub(crate) fn of_seconds(seconds: f64) -> Result<i64, String> {
    if (0.0..LAST).contains(&seconds) {
        return Ok((seconds * 1_000.0).round() as i64);
    }
    let hint = if (LAST..LAST * 1e9).contains(&seconds) {
        ": it seems to be in milliseconds or less, and seconds are needed"
    } else {
        ""
    };
    Err(format!("{seconds} is no time between 1970 and 9999{hint}"))
}
