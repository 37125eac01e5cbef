//! How a plan shows the numbers of its source.

use farthing_compiler::{NoModules, Options, SourceFile, compile};
use farthing_plan::{Form, Plan};

fn plan(target: &str) -> Plan {
    let text = format!(
        "counter answers: request = \"answers_total\"\nservice chat {{\n  cost gateway = $1 per hour\n  \
         objective cheap {{ gateway / answers <= {target}\n budget 5% over 30d }}\n}}\n"
    );
    let compilation = compile(vec![SourceFile { name: "a.slo".into(), text }], &NoModules, &Options::default());
    compilation.plan.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

#[test]
fn a_target_is_shown_without_its_comments_and_line_ends() {
    for (target, expected) in [
        ("$1 per request", "$1 per request"),
        ("$0.01/request", "$0.01/request"),
        ("$1 // cheap\n   per request // each", "$1 per request"),
    ] {
        let plan = plan(target);
        let Form::Mean { target: amount, shown, .. } = &plan.services[0].objectives[0].form else {
            panic!("a mean is a mean");
        };
        assert_eq!(shown.stated(amount), expected, "{target}");
    }
}
