//! What slots of one day come to.

use super::codec::{Reader, Writer};
use crate::{slots::Slot, time::SLOT_MINUTES};

/// How many slots a day has.
pub(crate) const DAY: i64 = 144;

/// The day that a slot lies in, by number.
pub(crate) fn day_of(slot: i64) -> i64 {
    slot.div_euclid(DAY)
}

/// The slots of a day, from its first on.
pub(super) fn write(slots: &[Slot]) -> Vec<u8> {
    let mut writer = Writer::default();
    for slot in slots {
        writer.u16(slot.counted);
        // Most slots that count nothing hold nothing.
        let empty = slot.numerator == 0.0 && slot.denominator == 0.0;
        writer.u8(u8::from(!empty));
        if !empty {
            writer.f64(slot.numerator);
            writer.f64(slot.denominator);
        }
    }
    writer.0
}

/// What [`write`] wrote; none where it is damaged.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Slot>> {
    let mut reader = Reader(bytes);
    let mut slots = Vec::new();
    while !reader.0.is_empty() && slots.len() < DAY as usize {
        let mut slot = Slot { counted: reader.u16()?, ..Slot::default() };
        if slot.counted >> SLOT_MINUTES != 0 {
            return None;
        }
        match reader.u8()? {
            0 => {}
            1 => (slot.numerator, slot.denominator) = (reader.number()?, reader.number()?),
            _ => return None,
        }
        slots.push(slot);
    }
    reader.end(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_was_written() {
        let slots: Vec<Slot> = (0..DAY as u16)
            .map(|at| Slot { numerator: f64::from(at % 3), denominator: -f64::from(at % 5), counted: at })
            .collect();
        let bytes = write(&slots);
        assert_eq!(read(&bytes), Some(slots.clone()));
        assert_eq!(read(&[]), Some(Vec::new()));
        assert_eq!(read(&bytes[..bytes.len() - 1]), None);
        assert_eq!(read(&[&bytes[..], &[0, 0, 0]].concat()), None, "more than a day");
    }
}
