//! Exact arithmetic: small numbers first, big ones where those overflow.

use std::ops::{Add, Div, Mul, Neg, Sub};

use num_traits::Signed;

use super::{Exact, Repr};

impl Exact {
    /// `self / other`; `None` when `other` is 0.
    pub fn checked_div(&self, other: &Exact) -> Option<Exact> {
        Some(self * &other.recip()?)
    }

    /// `1 / self`; `None` for 0.
    pub fn recip(&self) -> Option<Exact> {
        match &self.0 {
            Repr::Small(0, _) => None,
            Repr::Small(n, d) => Some(Exact(Repr::Small(d * n.signum(), n.abs()))),
            Repr::Big(value) => Some(Exact::from_big(value.recip())),
        }
    }

    /// The absolute value.
    pub fn abs(&self) -> Exact {
        match &self.0 {
            Repr::Small(n, d) => Exact(Repr::Small(n.abs(), *d)),
            Repr::Big(value) => Exact(Repr::Big(Box::new(value.abs()))),
        }
    }

    /// `self` to a whole power; `None` for 0 to a negative power.
    pub fn pow(&self, exponent: i32) -> Option<Exact> {
        if exponent == 1 {
            return Some(self.clone());
        }
        if exponent < 0 && self.is_zero() {
            return None;
        }
        Some(Exact::from_big(self.to_big().pow(exponent)))
    }
}

fn sum(left: &Exact, right: &Exact) -> Exact {
    match (&left.0, &right.0) {
        (Repr::Small(n, d), Repr::Small(m, e)) => {
            // Two products of 63 bits each: their sum fits in 127.
            let (n, d, m, e) = (i128::from(*n), i128::from(*d), i128::from(*m), i128::from(*e));
            Exact::reduced(n * e + m * d, d * e)
        }
        _ => Exact::from_big(left.to_big() + right.to_big()),
    }
}

fn product(left: &Exact, right: &Exact) -> Exact {
    match (&left.0, &right.0) {
        (Repr::Small(n, d), Repr::Small(m, e)) => {
            Exact::reduced(i128::from(*n) * i128::from(*m), i128::from(*d) * i128::from(*e))
        }
        _ => Exact::from_big(left.to_big() * right.to_big()),
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $left:ident, $right:ident, $value:expr) => {
        impl $trait<&Exact> for &Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                let ($left, $right) = (self, other);
                $value
            }
        }
        impl $trait for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                $trait::$method(&self, &other)
            }
        }
    };
}
operator!(Add, add, left, right, sum(left, right));
operator!(Sub, sub, left, right, sum(left, &-right.clone()));
operator!(Mul, mul, left, right, product(left, right));

impl Div for Exact {
    type Output = Exact;
    /// # Panics
    /// When `other` is 0: use [`Exact::checked_div`] where that can be.
    fn div(self, other: Exact) -> Exact {
        self.checked_div(&other).expect("the divisor is not zero")
    }
}

impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        match self.0 {
            Repr::Small(n, d) => Exact(Repr::Small(-n, d)),
            // The negative of 2^63 fits where 2^63 does not, but `i64::MIN` is kept big: the representation is the same.
            Repr::Big(value) => Exact(Repr::Big(Box::new(-*value))),
        }
    }
}
