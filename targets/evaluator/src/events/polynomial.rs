//! Polynomials over the numbers of an event.

use farthing_plan::{Exact, Polynomial};

/// A polynomial over number columns, with exact factors that turn numbers as read into the canonical unit.
/// INVARIANT: no two monomials of the same columns, and no factor of 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ExactPolynomial {
    pub constant: Exact,
    /// Factors and sorted columns, at least one.
    pub terms: Vec<(Exact, Vec<usize>)>,
}

impl ExactPolynomial {
    /// Of a plan's polynomial, whose fields `column` turns into a column and its scale.
    pub(super) fn new<E>(
        polynomial: &Polynomial,
        column: impl Fn(usize) -> Result<(usize, Exact), E>,
    ) -> Result<ExactPolynomial, E> {
        let mut terms: Vec<(Exact, Vec<usize>)> = Vec::new();
        for monomial in &polynomial.0 {
            let (mut factor, mut columns) = (monomial.factor.clone(), Vec::new());
            for field in &monomial.fields {
                let (column, scale) = column(*field)?;
                factor = &factor * &scale;
                columns.push(column);
            }
            columns.sort_unstable();
            match terms.iter_mut().find(|(_, known)| *known == columns) {
                Some((sum, _)) => *sum = &*sum + &factor,
                None => terms.push((factor, columns)),
            }
        }
        terms.retain(|(factor, _)| !factor.is_zero());
        let constant = match terms.iter().position(|(_, columns)| columns.is_empty()) {
            Some(at) => terms.remove(at).0,
            None => Exact::zero(),
        };
        Ok(ExactPolynomial { constant, terms })
    }

    /// Its value where each number is what its shortest decimal text says: the number as it was written, not the
    /// float nearest to it. None where a text is longer than exact numbers may be.
    pub(super) fn value(&self, numbers: &[f64]) -> Option<Exact> {
        let mut sum = self.constant.clone();
        for (factor, columns) in &self.terms {
            let mut product = factor.clone();
            for column in columns {
                product = product * format!("{:e}", numbers[*column]).parse().ok()?;
            }
            sum = sum + product;
        }
        Some(sum)
    }
}

/// The same in floats.
#[derive(Clone, Debug)]
pub(super) struct FloatPolynomial {
    pub constant: f64,
    pub terms: Vec<(f64, Vec<usize>)>,
}

impl FloatPolynomial {
    /// With each factor through `float`.
    pub(super) fn new<E>(
        exact: &ExactPolynomial,
        float: impl Fn(&Exact) -> Result<f64, E>,
    ) -> Result<FloatPolynomial, E> {
        let terms = exact.terms.iter().map(|(factor, columns)| Ok((float(factor)?, columns.clone())));
        Ok(FloatPolynomial { constant: float(&exact.constant)?, terms: terms.collect::<Result<_, E>>()? })
    }

    /// Its value.
    #[inline]
    pub(super) fn value(&self, numbers: &[f64]) -> f64 {
        self.terms.iter().fold(self.constant, |sum, (factor, columns)| {
            sum + columns.iter().fold(*factor, |product, column| product * numbers[*column])
        })
    }

    /// Whether each term has one column, once: then its sum over many events is a sum of columns' sums.
    pub(super) fn is_linear(&self) -> bool {
        self.terms.iter().all(|(_, columns)| columns.len() == 1)
    }

    /// Adds its values over a run of events to `values`, and their terms' absolute values to `sizes` where asked for.
    pub(super) fn add_values(&self, columns: &[&[f64]], values: &mut [f64], mut sizes: Option<&mut [f64]>) {
        values.iter_mut().for_each(|value| *value += self.constant);
        for (factor, of) in &self.terms {
            let term = |i: usize| of.iter().fold(*factor, |product, column| product * columns[*column][i]);
            match (&mut sizes, of.as_slice()) {
                // The usual case apart, so that the compiler makes it wide.
                (None, [column]) => {
                    for (value, number) in values.iter_mut().zip(columns[*column]) {
                        *value += factor * number;
                    }
                }
                (Some(sizes), [column]) => {
                    for ((value, size), number) in values.iter_mut().zip(sizes.iter_mut()).zip(columns[*column]) {
                        *value += factor * number;
                        *size += (factor * number).abs();
                    }
                }
                (None, _) => {
                    for (i, value) in values.iter_mut().enumerate() {
                        *value += term(i);
                    }
                }
                (Some(sizes), _) => {
                    for (i, (value, size)) in values.iter_mut().zip(sizes.iter_mut()).enumerate() {
                        *value += term(i);
                        *size += term(i).abs();
                    }
                }
            }
        }
    }
}
