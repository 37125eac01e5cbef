//! What slots of one day come to.

use crate::{
    series::is_number,
    slots::{Slot, packed},
    time::SLOT_MINUTES,
};

/// How many slots a day has.
pub(crate) const DAY: i64 = 144;

/// The day that a slot lies in, by number.
pub(crate) fn day_of(slot: i64) -> i64 {
    slot.div_euclid(DAY)
}

/// The slots of a day, from its first on: how many, and the slots packed.
pub(super) fn write(slots: &[Slot]) -> Vec<u8> {
    // INVARIANT: a day has 144.
    let mut bytes = vec![slots.len() as u8];
    bytes.extend(packed::pack(slots));
    bytes
}

/// What [`write`] wrote; none where it is damaged.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Slot>> {
    let (count, packed) = bytes.split_first()?;
    let mut slots = vec![Slot::default(); usize::from(*count)];
    packed::unpack(packed, &mut slots)?;
    let sound =
        |slot: &Slot| slot.counted >> SLOT_MINUTES == 0 && is_number(slot.numerator) && is_number(slot.denominator);
    (slots.len() <= DAY as usize && slots.iter().all(sound)).then_some(slots)
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
        assert_eq!(read(&write(&[])), Some(Vec::new()));
        assert_eq!(read(&[]), None);
        assert_eq!(read(&bytes[..bytes.len() - 1]), None);
        assert_eq!(read(&[&bytes[..], &[0]].concat()), None);
        let more = vec![Slot { counted: 1, ..Slot::default() }; 145];
        assert_eq!(read(&write(&more)), None, "more than a day");
        let odd = |slot: Slot| read(&write(&[slot]));
        assert_eq!(odd(Slot { numerator: f64::NAN, ..Slot::default() }), None);
        assert_eq!(odd(Slot { counted: 1 << 10, ..Slot::default() }), None);
    }
}
