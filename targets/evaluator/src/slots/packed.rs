//! Slots in few bytes, without loss. Most amounts are counts, and most minutes count.

use super::Slot;

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

/// Packs slots.
pub(crate) fn pack(slots: &[Slot]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 * slots.len());
    let Some(first) = slots.first() else { return bytes };
    let same = slots.iter().all(|slot| slot.counted == first.counted);
    bytes.push(u8::from(same));
    for slot in &slots[..if same { 1 } else { slots.len() }] {
        bytes.extend(slot.counted.to_le_bytes());
    }
    pack_column(&mut bytes, slots, first.numerator, |slot| slot.numerator);
    pack_column(&mut bytes, slots, first.denominator, |slot| slot.denominator);
    bytes
}

/// Unpacks what [`pack`] made of as many slots; none where it is something else.
pub(crate) fn unpack(bytes: &[u8], slots: &mut [Slot]) -> Option<()> {
    let mut bytes = Bytes(bytes);
    if !slots.is_empty() {
        let same = bytes.flag()?;
        let mut counted = 0;
        for (at, slot) in slots.iter_mut().enumerate() {
            if at == 0 || !same {
                counted = u16::from_le_bytes(bytes.array()?);
            }
            slot.counted = counted;
        }
        unpack_column(&mut bytes, slots, |slot| &mut slot.numerator)?;
        unpack_column(&mut bytes, slots, |slot| &mut slot.denominator)?;
    }
    bytes.0.is_empty().then_some(())
}

fn pack_column(bytes: &mut Vec<u8>, slots: &[Slot], first: f64, of: impl Fn(&Slot) -> f64) {
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

fn unpack_column(bytes: &mut Bytes<'_>, slots: &mut [Slot], of: impl Fn(&mut Slot) -> &mut f64) -> Option<()> {
    let column = bytes.next()?;
    let is = |known: Column| column == known as u8;
    let mut value = 0.0;
    for (at, slot) in slots.iter_mut().enumerate() {
        if at == 0 || !is(Column::Same) {
            value = if is(Column::Same) || is(Column::Any) {
                f64::from_le_bytes(bytes.array()?)
            } else if is(Column::Single) {
                f64::from(f32::from_le_bytes(bytes.array()?))
            } else if is(Column::Whole) {
                bytes.whole()?
            } else {
                return None;
            };
        }
        *of(slot) = value;
    }
    Some(())
}

/// A whole number from 0 on that a float holds exactly.
fn whole(value: f64) -> Option<u64> {
    let number = value as u64;
    (number < 1 << 53 && (number as f64).to_bits() == value.to_bits()).then_some(number)
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn next(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.next()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn whole(&mut self) -> Option<f64> {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let byte = self.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return Some(number as f64);
            }
            if shift > 49 {
                return None;
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
                    let slots: [Slot; 48] = std::array::from_fn(|at| Slot {
                        numerator: numerator(at),
                        denominator: denominator(at),
                        counted: counted(at),
                    });
                    let bits = |slots: &[Slot; 48]| {
                        slots.map(|slot| (slot.numerator.to_bits(), slot.denominator.to_bits(), slot.counted))
                    };
                    let bytes = pack(&slots);
                    let mut unpacked = [Slot::default(); 48];
                    assert_eq!(unpack(&bytes, &mut unpacked), Some(()));
                    assert_eq!(bits(&unpacked), bits(&slots));
                    assert_eq!(unpack(&bytes[..bytes.len() - 1], &mut unpacked), None);
                    assert_eq!(unpack(&[&bytes[..], &[0]].concat(), &mut unpacked), None);
                }
            }
        }
    }
}
