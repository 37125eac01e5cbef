//! Sums that do not drift.

/// An unevaluated sum of two floats, `high + low`, with `|low|` at most half a unit in the last place of `high`:
/// about 106 bits.
///
/// The sum over a window is the difference of two running sums. With plain floats that is wrong by an ulp of the
/// *running* sum, which grows for as long as the process runs and swallows quiet windows after busy ones. With 106
/// bits the running sum may be 10^15 times the window's before the window's own 53 bits are touched, so nothing
/// needs to be rebuilt from time to time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a float (Knuth's TwoSum, then renormalized).
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let (sum, error) = two_sum(self.high, value);
        let low = self.low + error;
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    /// `self - other`, rounded once.
    #[inline]
    pub(crate) fn minus(self, other: Sum) -> f64 {
        let (difference, error) = two_sum(self.high, -other.high);
        difference + (error + (self.low - other.low))
    }

    /// Its two floats.
    pub(crate) fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }

    /// The sum of these two floats, as [`Sum::parts`] gave them.
    pub(crate) fn from_parts((high, low): (f64, f64)) -> Sum {
        Sum { high, low }
    }

    /// The nearest float.
    #[inline]
    pub(crate) fn value(self) -> f64 {
        self.high
    }
}

/// `a + b` as the nearest float and what it is off by.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_window_after_a_busy_one_keeps_its_digits() {
        let mut running = Sum::default();
        running.add(1e15);
        let before = running;
        for _ in 0..10 {
            running.add(0.1);
        }
        let off = (running.minus(before) - 1.0).abs();
        assert!(off < 1e-15, "{off}");
        // What a plain running sum makes of it.
        let mut plain = 1e15;
        (0..10).for_each(|_| plain += 0.1);
        assert!((plain - 1e15 - 1.0_f64).abs() > 0.1);
    }
}
