//! Keys and values as bytes.

/// What a record is about: the first byte of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// The version, the time, and counts.
    Head = b'H',
    /// A source, an exclusion, an indicator, a stream, a track, a judging: which one a number stands for.
    Source = b'S',
    Exclusion = b'X',
    Indicator = b'I',
    Stream = b'F',
    Track = b'T',
    Judging = b'J',
    Series = b'R',
    /// The minutes of a stream in a slot that is not closed.
    Minutes = b'm',
    /// What a stream came to in the closed slots of a day.
    StreamDay = b'f',
    /// What else is remembered of a stream.
    StreamState = b's',
    /// What a track came to in the closed slots of a day.
    TrackDay = b't',
    /// Which minutes an exclusion excludes in the closed slots of a day.
    ExclusionDay = b'x',
    /// Alerts and the past of an objective.
    JudgingState = b'j',
    /// The last sample of a series.
    SeriesState = b'r',
    /// An alert that fired.
    Fired = b'a',
}

/// A key of a record of its own.
pub(super) fn key(tag: Tag, id: u32) -> [u8; 5] {
    let mut key = [0; 5];
    key[0] = tag as u8;
    key[1..].copy_from_slice(&id.to_be_bytes());
    key
}

/// A key of one of several records by time: the keys of one `id` are in the order of `at`.
pub(super) fn key_at(tag: Tag, id: u32, at: i64) -> [u8; 13] {
    let mut whole = [0; 13];
    whole[..5].copy_from_slice(&key(tag, id));
    // Negative numbers come before the others.
    whole[5..].copy_from_slice(&((at as u64) ^ (1 << 63)).to_be_bytes());
    whole
}

/// The number that a key has.
pub(super) fn id_of(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(1..5)?.try_into().ok()?))
}

/// Beyond this nothing that is saved has a number: no minute, slot, day or alert.
pub(super) const FARTHEST: u64 = 1 << 40;

/// The time that a key has.
pub(super) fn at_of(key: &[u8]) -> Option<i64> {
    let at = (u64::from_be_bytes(key.get(5..13)?.try_into().ok()?) ^ (1 << 63)) as i64;
    (at.unsigned_abs() <= FARTHEST).then_some(at)
}

/// Writes numbers one after the other, least significant bytes first.
#[derive(Default)]
pub(super) struct Writer(pub Vec<u8>);

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.0.extend(value.to_bits().to_le_bytes());
    }

    /// A number that may be absent.
    pub(super) fn option(&mut self, value: Option<i64>) {
        self.u8(u8::from(value.is_some()));
        self.i64(value.unwrap_or_default());
    }
}

/// Reads what [`Writer`] wrote; none where there is not enough of it.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_le_bytes)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        self.bytes().map(|bytes| f64::from_bits(u64::from_le_bytes(bytes)))
    }

    /// A float that can be added up.
    pub(super) fn number(&mut self) -> Option<f64> {
        self.f64().filter(|value| value.is_finite())
    }

    pub(super) fn option(&mut self) -> Option<Option<i64>> {
        let is_some = self.u8()? != 0;
        let value = self.i64()?;
        Some(is_some.then_some(value))
    }

    /// What was read, if nothing is left.
    pub(super) fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_time() {
        let keys = [-5, -1, 0, 3, 1 << 40].map(|at| key_at(Tag::TrackDay, 7, at));
        assert!(keys.is_sorted());
        assert_eq!(keys.map(|key| at_of(&key)), [-5, -1, 0, 3, 1 << 40].map(Some));
        assert_eq!(id_of(&keys[0]), Some(7));
        assert_eq!((id_of(b"H"), at_of(&key(Tag::Head, 0))), (None, None));
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let mut writer = Writer::default();
        writer.option(Some(-3));
        writer.f64(-0.0);
        let bytes = writer.0;
        let read = |bytes: &[u8]| {
            let mut reader = Reader(bytes);
            let value = (reader.option()?, reader.f64()?.to_bits());
            reader.end(value)
        };
        assert_eq!(read(&bytes), Some((Some(-3), (-0.0_f64).to_bits())));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None);
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), None);
    }
}
