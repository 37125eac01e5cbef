//! The rules that pest makes of `slo.pest`.

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "slo.pest"]
pub(crate) struct Rules;
