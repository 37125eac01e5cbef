//! The plan, as the module carries it.

use farthing_plan::Plan;

use crate::{code::Code, literal};

/// The constant `PLAN`. What only tests of the language need is left out.
pub(crate) fn constant(code: &mut Code, plan: &Plan) {
    let plan = Plan { scenarios: Vec::new(), ..plan.clone() };
    code.allowed();
    code.line(&format!("const PLAN: &str = {};", literal::json(plan.to_json().trim_end())));
}
