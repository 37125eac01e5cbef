//! Blocks of slots in few bytes, without loss. Most amounts are counts, and most minutes count.

use super::{Slot, Whole};

/// How a column of amounts is written: the first byte of it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Column {
    /// All are the same.
    Same,
    /// Whole numbers: seven bits a byte, the lowest first, each but the last with its highest bit set.
    Whole,
    /// Numbers that have few digits in base 2.
    Single,
    /// Any.
    Any,
}

/// Packs the slots of a block.
pub(super) fn pack(slots: &Whole) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(256);
    let counted = slots[0].counted;
    let same = slots.iter().all(|slot| slot.counted == counted);
    bytes.push(u8::from(same));
    for slot in &slots[..if same { 1 } else { slots.len() }] {
        bytes.extend(slot.counted.to_le_bytes());
    }
    pack_column(&mut bytes, slots, |slot| slot.numerator);
    pack_column(&mut bytes, slots, |slot| slot.denominator);
    bytes.into_boxed_slice()
}

/// Unpacks what [`pack`] made.
pub(super) fn unpack(bytes: &[u8]) -> Whole {
    let mut slots = [Slot::default(); super::BLOCK as usize];
    let mut bytes = Bytes(bytes);
    let same = bytes.next() == 1;
    let first = u16::from_le_bytes([bytes.next(), bytes.next()]);
    for (at, slot) in slots.iter_mut().enumerate() {
        let own = !same && at > 0;
        slot.counted = if own { u16::from_le_bytes([bytes.next(), bytes.next()]) } else { first };
    }
    unpack_column(&mut bytes, &mut slots, |slot| &mut slot.numerator);
    unpack_column(&mut bytes, &mut slots, |slot| &mut slot.denominator);
    slots
}

fn pack_column(bytes: &mut Vec<u8>, slots: &Whole, of: impl Fn(&Slot) -> f64) {
    let first = of(&slots[0]);
    let column = if slots.iter().all(|slot| of(slot).to_bits() == first.to_bits()) {
        Column::Same
    } else if slots.iter().all(|slot| whole(of(slot)).is_some()) {
        Column::Whole
    } else if slots.iter().all(|slot| f64::from(of(slot) as f32).to_bits() == of(slot).to_bits()) {
        Column::Single
    } else {
        Column::Any
    };
    bytes.push(column as u8);
    for slot in &slots[..if column == Column::Same { 1 } else { slots.len() }] {
        let value = of(slot);
        match column {
            Column::Same | Column::Any => bytes.extend(value.to_le_bytes()),
            Column::Single => bytes.extend((value as f32).to_le_bytes()),
            Column::Whole => {
                let mut rest = whole(value).unwrap_or_default();
                while rest >= 0x80 {
                    bytes.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                bytes.push(rest as u8);
            }
        }
    }
}

fn unpack_column(bytes: &mut Bytes<'_>, slots: &mut Whole, of: impl Fn(&mut Slot) -> &mut f64) {
    let column = bytes.next();
    let same = column == Column::Same as u8;
    let mut value = 0.0;
    for (at, slot) in slots.iter_mut().enumerate() {
        if at == 0 || !same {
            value = if same || column == Column::Any as u8 {
                f64::from_le_bytes(std::array::from_fn(|_| bytes.next()))
            } else if column == Column::Single as u8 {
                f64::from(f32::from_le_bytes(std::array::from_fn(|_| bytes.next())))
            } else {
                bytes.whole()
            };
        }
        *of(slot) = value;
    }
}

/// A whole number from 0 on that a float holds exactly.
fn whole(value: f64) -> Option<u64> {
    let number = value as u64;
    (number < 1 << 53 && (number as f64).to_bits() == value.to_bits()).then_some(number)
}

/// INVARIANT: only what [`pack`] made is read, so there is always enough of it.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                *byte
            }
            None => 0,
        }
    }

    fn whole(&mut self) -> f64 {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let byte = self.next();
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 || shift > 56 {
                return number as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let columns: [fn(usize) -> f64; 9] = [
            |_| 0.0,
            |_| -0.0,
            |_| 0.1,
            |at| at as f64,
            |at| ((1_u64 << 53) - 1 - at as u64) as f64,
            |at| at as f64 / 4.0,
            |at| at as f64 / 7.0,
            |at| -(at as f64),
            |at| if at == 47 { 1e300 } else { 3.0 },
        ];
        let masks: [fn(usize) -> u16; 3] = [|_| 0x3ff, |_| 0, |at| at as u16];
        for numerator in columns {
            for denominator in columns {
                for counted in masks {
                    let slots: Whole = std::array::from_fn(|at| Slot {
                        numerator: numerator(at),
                        denominator: denominator(at),
                        counted: counted(at),
                    });
                    let bits = |slots: &Whole| {
                        slots.map(|slot| (slot.numerator.to_bits(), slot.denominator.to_bits(), slot.counted))
                    };
                    assert_eq!(bits(&unpack(&pack(&slots))), bits(&slots));
                }
            }
        }
    }
}
