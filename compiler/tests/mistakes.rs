//! What a mistake looks like to whoever made it: each snapshot shows the source and the message together.

use farthing_compiler::{NoModules, Options, Severity, SourceFile, compile, render};

/// All messages about a source, as on a terminal without colours.
fn messages(source: &str, options: &Options) -> String {
    let file = SourceFile { name: "service.slo".into(), text: source.into() };
    let compilation = compile(vec![file], &NoModules, options);
    assert!(!compilation.diagnostics.is_empty(), "nothing was found wrong in:\n{source}");
    let errors = compilation.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(compilation.plan.is_none(), errors, "there is a plan exactly where there is no error");
    let rendered: Vec<String> =
        compilation.diagnostics.iter().map(|diagnostic| render(diagnostic, &compilation.sources, false, 100)).collect();
    format!("{source}\n{}\n{}", "-".repeat(60), rendered.join("\n"))
}

macro_rules! mistakes {
    ($($name:ident: $source:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), messages(&$source, &Options::default()));
            }
        )*
    };
}

/// A service around some members, with the imports that most need.
fn service(members: &str) -> String {
    let indented: Vec<String> =
        members.trim_matches('\n').lines().map(|line| format!("  {line}").trim_end().to_string()).collect();
    format!("use std::vllm\nuse std::dcgm\nuse std::sli\n\nservice chat {{\n{}\n}}\n", indented.join("\n"))
}

/// A service with a cost and a volume, and an objective with these statements.
fn objective(statements: &str) -> String {
    service(&format!(
        "cost gpu = dcgm::gpus * $2.49 per gpu hour\nvolume answers = vllm::request_success\nsli cost_per_answer = gpu / answers\n\nobjective it {{ {statements} }}"
    ))
}

/// A service with a cost and a volume by class.
fn weights(members: &str) -> String {
    let metrics = "counter spend_total: USD = \"spend_total\" { class }\ncounter answers_total: request = \"answers_total\" { class in { \"simple\", \"agentic\" } }\n";
    format!("{metrics}{}", service(&format!("cost spend = spend_total\nvolume answers = answers_total\n{members}")))
}

/// A service with a table of prices.
fn table(prices: &str, members: &str) -> String {
    format!("price gpu_hour by modelName {{ {prices} }} per gpu hour as of 2026-11-01\n{}", service(members))
}

/// A service of events with an objective with these statements.
fn classes(statements: &str) -> String {
    format!(
        "event requests {{\n  at: time\n  class: label in {{ \"simple\", \"agentic\" }}\n  team: label\n  cost: USD\n}}\n\nservice chat {{\n  sli economy = requests.cost / requests\n\n  objective it {{ {statements} }}\n}}\n"
    )
}

/// A service with two objectives and these members.
fn two_objectives(members: &str) -> String {
    service(&format!(
        "cost gpu = dcgm::gpus * $2.49 per gpu hour\nvolume answers = vllm::request_success\nobjective affordable {{ gpu / answers <= $0.01 per request  budget 5% over 30d }}\nobjective fast {{ p95 of vllm::time_to_first_token < 500 ms  over 30d }}\n{members}"
    ))
}

/// A service with a share, and a test of two days with these statements.
fn tested(statements: &str) -> String {
    let share = "volume all = vllm::request_success\nvolume answers = vllm::request_success { finished_reason = \"stop\" }\nobjective complete { 99% of all are answers  over 30d }";
    format!("{}\ntest \"two days\" {{\n  over 2d\n  {statements}\n}}\n", service(share))
}

mistakes! {
    // Reading.
    three_broken_declarations: "cost gpu = 3\n\ncounter x: token \"x_total\"\n\nunit = 3\n\nservice fine { volume x = nothing }\n";
    misspelt_keyword: service("voulme answers = vllm::request_success");
    unclosed_brace: "service chat {\n  title \"Chat\"\n\nservice search {\n  title \"Search\"\n}\n";
    missing_expression: service("cost gpu =\nvolume answers = vllm::request_success");
    empty_file: "";
    number_too_long: service(&format!("cost gpu = ${} per hour", "9".repeat(80)));

    // What other languages have.
    hyphen_in_a_value: weights("volume work = answers weighted by class { simple: 1, agentic-x: 12 }");
    british_standardized: weights("sli fair = (spend / answers) standardised by class to { simple: 70%, agentic: 30% }");
    name_in_quotes: objective("cost_per_answer <= $1 per request  budget 5% over 30d  by \"model_name\"");
    allocate_without_labels: objective("cost_per_answer <= $1 per request  budget 5% over 30d  allocate gpu by answers");
    group_by: objective("cost_per_answer <= $1 per request  budget 5% over 30d  group by model_name");
    misspelt_gross: objective("cost_per_answer <= $1 per request  budget 5% grose over 30d");
    gross_before_the_share: objective("cost_per_answer <= $1 per request  budget gross 5% over 30d");
    window_for_over: objective("cost_per_answer <= $1 per request  budget 5%  window 30d");
    burn_per_request: objective("cost_per_answer <= $1 per request  budget 5% over 30d  burn per request");
    double_equals: objective("cost_per_answer == $1 per request  budget 5% over 30d");
    share_of_nothing: objective("99.9% availability  over 30d");
    spend_in_an_objective: objective("cost_per_answer <= $1 per request  budget 5% over 30d  spend 20% for \"launch\"");
    calendar_of_two_weeks: objective("cost_per_answer <= $1 per request  budget 5% over calendar 2 weeks");
    month_without_calendar: objective("cost_per_answer <= $1 per request  budget 5% over month");
    unknown_severity: objective("cost_per_answer <= $1 per request  budget 5% over 30d  policy { warn when burning 2% over 1h and 5m }");
    guard_in_a_service: two_objectives("guard answers >= 100 requests over 1h");
    title_behind_the_corners: two_objectives("tradeoff {\n cost affordable\n latency fast\n title \"Balanced\"\n}");
    test_without_a_body: two_objectives("}\ntest \"it\"\nservice other {");
    corner_of_two: two_objectives("tradeoff { cost affordable  latency fast, reliable  quality good }");
    excluded_hours: two_objectives("exclude 2026-12-24T10:00:00Z to 2026-12-24T12:00:00Z");
    excluded_until: two_objectives("exclude 2026-12-24 until 2026-12-26");
    spend_for_at_the_end: two_objectives("spend 20% of affordable from 2026-12-01 to 2026-12-08 for \"launch\"");
    decimal_comma: service("cost gateway = $0,4 per hour");
    currency_behind_the_number: service("cost gateway = 0.4$ per hour");
    currency_as_a_word: service("cost gateway = 0.4 dollars per hour");
    milliseconds_in_full: service("objective fast { p95 of vllm::time_to_first_token < 500 milliseconds  over 30d }");
    quantile_as_a_function: service("objective fast { p95(vllm::time_to_first_token) < 500 ms  over 30d }");
    promql_function: service("cost api = sum(rate(spend_total[5m]))");
    promql_aggregation: service("volume all = sum by (model_name) (vllm::request_success)");
    where_as_in_sql: service("volume answers = vllm::request_success where finished_reason = \"stop\"");
    in_as_in_sql: service("volume answers = vllm::request_success { finished_reason in (\"stop\") }");
    or_between_values: service("volume answers = vllm::request_success { finished_reason = \"stop\" or \"length\" }");
    comment_with_a_hash: format!("# The chat.\n{}", two_objectives(""));
    yaml: "version: \"prometheus/v1\"\n";
    import_for_use: "import std::vllm\n\nservice chat { volume x = vllm::request_success }\n";
    use_with_dots: "use std.vllm\n";
    rate_with_per: format!("rate 1.08 USD per EUR as of 2026-11-01\n{}", two_objectives(""));
    rate_in_small_letters: format!("rate eur = 1.08 USD as of 2026-11-01\n{}", two_objectives(""));
    unpriced_out_of_range: table("\"L4\": $0.71", "cost gpu = dcgm::gpus * gpu_hour").replacen("2026-11-01\n", "2026-11-01 unpriced up to 500%\n", 1);
    names_swapped_behind_with: service("cost gpu = (dcgm::gpus with modelName = model_name) * $2 per gpu hour");
    label_that_nothing_has: objective("cost_per_answer <= $1 per request  budget 5% over 30d  by modelnam");
    low_target_without_a_budget: service("volume all = vllm::request_success\nvolume answers = vllm::request_success { finished_reason = \"stop\" }\nobjective x { answers / all >= 99%  over 30d }");

    expected_pages: tested("expect pages of chat.complete");
    expected_without_a_service: tested("expect complete met at 1d");
    within_behind_after: tested("expect page of chat.complete after 1d within 1h");
    sign_of_plus_and_minus: tested("expect measured of chat.complete at 1d is 99% ± 1%");
    then_without_a_time: tested("series vllm::request_success { finished_reason = \"stop\" } rises 1/s, then 2/s\n  expect chat.complete met at 1d");
    then_without_a_comma: tested("series vllm::request_success { finished_reason = \"stop\" } rises 1/s then 2/s from 1d\n  expect chat.complete met at 1d");
    observed_how_often: tested("series vllm::time_to_first_token observes 300 ms\n  expect chat.complete met at 1d");
    gauge_with_a_sign: tested("series vllm::kv_cache_usage = 40%\n  expect chat.complete met at 1d");

    // Names.
    unknown_module: "use std::vlm\n\nservice chat {\n  volume x = vlm::generation_tokens\n}\n";
    unknown_module_that_may_be_two: "use gpu\n\nservice chat {\n  cost x = gpu::h100_sxm_on_demand\n}\n";
    forgotten_import: "service chat {\n  volume output = vllm::generation_tokens\n}\n";
    misspelt_metric: service("volume output = vllm::generated_tokens");
    metric_without_its_module: service("volume output = generation_tokens");
    misspelt_cost: objective("gpus / answers <= $0.01 per request budget 5% over 30d");
    declared_twice: service("cost gpu = $1 per hour\nvolume answers = vllm::request_success\ncost gpu = $2 per hour");
    cycle_of_slis: service("sli a = b\nsli b = c\nsli c = a");
    cycle_of_costs: service("cost gpu = 5% of overhead\ncost overhead = 8% of gpu");
    unknown_label: service("volume answers = vllm::request_success { finish_reason = \"stop\" }");
    unknown_label_value: service("volume answers = vllm::request_success { finished_reason = \"stopped\" }");
    selects_nothing: service("where { namespace = \"chat\" }\nvolume answers = vllm::request_success { namespace = \"search\" }");
    module_as_a_value: service("volume answers = vllm");
    too_few_arguments: service("cost gpu = $1 per hour\nvolume answers = vllm::request_success\nsli it = sli::cost_per_query(gpu, answers)");
    broken_pattern: service("where { pod =~ \"chat-(a|b\" }\nvolume answers = vllm::request_success { model_name =~ \"*\" }");
    gauge_hidden_by_a_cost: "gauge workers: request = \"workers\"\n\nservice chat {\n  cost workers = workers * $0.05 per request hour\n}\n";
    statement_cut_short: objective("cost_per_answer <= $0.01 per budget 5% over 30d");
    single_quotes: service("volume answers = vllm::request_success { finished_reason = 'stop' }");
    semicolons: service("cost gpu = $1 per hour;\nvolume answers = vllm::request_success;");
    broken_pattern_of_events: "event jobs {\n  team: label\n}\n\nservice api {\n  volume x = jobs { team =~ \"(\" }\n}\n";
    label_as_a_number: "event jobs {\n  at: time\n  team: label\n  cost = team * $1\n}\n\nservice api {\n  objective it { 99% of jobs have cost < $1   over 30d }\n}\n";
    price_of_itself: "price a = b * 2\nprice b = a * 2\n";
    part_and_whole_swapped: objective("99% of vllm::request_success { finished_reason = \"stop\" } are vllm::request_success over 30d");
    conditions_that_exclude_each_other: "event jobs {\n  team: label\n}\n\nservice api {\n  volume x = jobs { team = \"a\" } { team = \"b\" }\n}\n";
    breakdown_by_a_reserved_label: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by service");
    where_with_a_label_of_one_metric: service("where { finished_reason = \"stop\" }\ncost gpu = dcgm::gpus * $1 per gpu hour");
    where_with_a_slip: service("where { namespce = \"chat\" }\ncost gpu = dcgm::gpus * $1 per gpu hour");
    nothing_in_the_denominator: objective("gpu / (answers - answers) <= $0.01 per request budget 5% over 30d");
    unit_that_everybody_knows: "unit ms = 1 s\n";
    reserved_label: service("labels { severity = \"high\" }");
    unknown_field: "event requests {\n  cost: USD\n}\nservice api {\n  objective cheap { 99% of requests have costs < $0.01   over 30d }\n}\n";
    path_behind_a_metric: service("volume output = dcgm::gpus::nonsense::more");
    broken_sli_used_twice: "counter a: request = \"a_total\"\nsli broken = a / nothing\n\nservice chat {\n  where { job = \"chat\" }\n  sli one = broken\n  sli two = broken\n}\n";
    broken_sli_with_parameters: "counter a: request = \"a_total\"\nsli never(cost: dollar, x, x) = cost / (x + nothing) / 3 reqests\nsli used(x) = x / nothing\n\nservice chat {\n  sli one = used(a)\n  sli two = used(a)\n}\n";
    sli_that_fails_with_its_arguments: "counter a: request = \"a_total\"\ncounter b: token = \"b_total\"\nsli sum(x, y) = x + y\n\nservice chat {\n  volume all = sum(a, b)\n}\n";
    argument_given_twice: "counter a: request = \"a_total\"\nsli share(x, y) = x / y\n\nservice chat {\n  sli it = share(a, a, y: a, x: a)\n}\n";

    // Units.
    price_of_a_month: service("cost gateway = $300 per month");
    price_of_a_million: service("cost model = vllm::generation_tokens * $15 per million output_token");
    unit_that_only_looks_like_another: service("cost power = $300 per GWh");
    unknown_unit: service("cost gpu = dcgm::gpus * $2.49 per gpu huor");
    target_without_unit: objective("cost_per_answer <= 0.01 budget 5% over 30d");
    tokens_are_no_requests: objective("vllm::request_success / dcgm::gpus <= 3 output_tokens per gpu s budget 5% over 30d");
    target_per_another_thing: objective("cost_per_answer <= $0.01 per transaction budget 5% over 30d");
    target_in_another_currency: objective("cost_per_answer <= €0.01 per request budget 5% over 30d");
    dollars_and_euros: service("cost gpu = $2 per hour + €3 per hour");
    dollars_and_gpus: service("cost gpu = dcgm::gpus + $2 per hour");
    cost_without_a_price: service("cost gpu = dcgm::gpus");
    price_per_instance_hour: service("cost gpu = dcgm::gpus * $2.49 per hour");
    fixed_amount: service("cost gateway = $0.40");
    argument_in_another_unit: service("cost gpu = $1 per hour\nvolume answers = vllm::request_success\nsli it = sli::tokens_per_dollar(answers, gpu)");
    unit_of_a_kind_and_a_number: "unit a: token = 12 image\n";
    kind_of_a_multiple: "unit a: kB\n";
    kind_of_a_quotient: "unit a: USD/request\n";
    unit_of_an_unknown_unit: "unit a = 12 imige\nunit b = 2 a\n";
    unit_of_itself: "unit a = 2 b\nunit b = 3 a\n";
    unit_of_a_high_power: "unit a = 10 request^99\nunit b = 1 a^99\n";
    number_that_comes_out_too_long: "sli a = 1e60\nsli b = a * a * a * a * a * a\n";
    square_of_dollars: service("cost two = vllm::request_success * $1 per request * $1");
    target_with_an_exponent: objective("cost_per_answer <= 1e-3 budget 5% over 30d");

    // Instruments.
    quantile_of_a_counter: objective("p95 of vllm::generation_tokens < 400 over 30d");
    histogram_as_a_number: objective("vllm::time_to_first_token <= 400 ms budget 5% over 30d");
    product_of_measurements: service("cost gpu = dcgm::gpus * vllm::generation_tokens * $1 per gpu token");
    sum_of_ratios: service("cost gpu = $1 per hour\nvolume answers = vllm::request_success\nsli it = gpu / answers + gpu / answers");
    objective_without_a_denominator: objective("gpu <= $500 budget 5% over 30d");
    percent_sign_forgotten: objective("vllm::kv_cache_usage < 90 for 99% of the time over 30d");
    level_as_a_whole: objective("vllm::kv_cache_usage < 90% over 30d");
    cost_of_each_answer: objective("99% of answers cost < $0.02 over 30d");

    // Labels.
    cost_without_the_label: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by model_name");
    fixed_cost_by_label: service("cost gateway = $1 per hour\nvolume answers = vllm::request_success\nobjective it { gateway / answers <= $0.01 per request budget 5% over 30d by model_name }");

    targets_in_two_currencies: "rate 1 EUR = 1.08 USD as of 2026-11-01\nevent requests {\n  class: label\n  cost: USD\n}\nservice chat {\n  objective it {\n    requests.cost / requests by class { \"a\": <= $1 per request, \"b\": <= €2 per request }\n    budget 5% over 30d\n  }\n}\n";
    class_without_a_weight: weights("volume work = answers weighted by class { simple: 1 }");
    class_that_never_is: weights("volume work = answers weighted by class { simple: 1, agentik: 12 }");
    class_with_two_weights: weights("volume work = answers weighted by class { simple: 1, agentic: 12, simple: 2 }");
    weight_of_zero: weights("volume work = answers weighted by class { simple: 0, agentic: 12 }");
    weights_of_no_label: weights("volume work = answers weighted by klass { simple: 1, agentic: 12 }");
    weights_of_a_ratio: weights("sli it = (spend / answers) weighted by class { simple: 1, agentic: 12 }");
    mix_of_ninety_percent: weights("sli fair = (spend / answers) standardized by class to { simple: 70%, agentic: 20% }");
    mix_of_a_volume: weights("volume fair = answers standardized by class to { simple: 70%, agentic: 30% }");
    mix_of_a_cost_without_the_label: weights("cost gateway = dcgm::gpus * $1 per gpu hour\nobjective it { (gateway / answers) standardized by class to { simple: 70%, agentic: 30% } <= $0.01 per request budget 5% over 30d }");
    mix_broken_down_by_its_label: weights("objective it { (spend / answers) standardized by class to { simple: 70%, agentic: 30% } <= $0.01 per request budget 5% over 30d by class }");
    allocated_by_what_lacks_the_label: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by model_name allocate gpu by dcgm::power_usage");
    allocated_though_it_has_the_label: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by namespace allocate gpu by answers");
    allocated_cost_of_another_name: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by model_name allocate gpus by answers");
    allocated_divisor: objective("answers / gpu >= 100 requests per USD budget 5% over 30d by model_name allocate gpu by answers");
    allocated_by_a_constant: objective("cost_per_answer <= $0.01 per request budget 5% over 30d by model_name allocate gpu by $1 per hour");
    allocated_in_part: service("cost gpu = dcgm::gpus * $2.49 per gpu hour\ncost gateway = $0.40 per hour\nvolume answers = vllm::request_success\nobjective it { (gpu + gateway) / answers <= $0.01 per request budget 5% over 30d by model_name allocate gpu by answers }");
    allocated_over_another_label: service("cost gpu = (dcgm::gpus * $2.49 per gpu hour) allocated by vllm::generation_tokens over engine\nvolume answers = vllm::request_success\nobjective it { gpu / answers <= $0.01 per request budget 5% over 30d by model_name }");
    renamed_label_that_is_not: service("cost gpu = (dcgm::gpus with namespace = kubernetes_namespace) * $1 per gpu hour");
    renamed_to_a_label_that_is: service("cost gpu = (dcgm::gpus with modelName = exported_namespace) * $1 per gpu hour");
    renamed_label_by_its_old_name: service("cost gpu = (dcgm::gpus with model = modelName) { modelName = \"NVIDIA L4\" } * $1 per gpu hour");
    renamed_label_of_a_cost: service("cost gpu = dcgm::gpus * $1 per gpu hour\ncost other = gpu with namespace = exported_namespace");

    // Histograms.
    approximate_bound_below_all_buckets: objective("p95 of vllm::time_to_first_token < 0.5 ms approximately over 30d");
    approximate_bound_without_buckets: "histogram h: s = \"h_seconds\" {}\n\nservice chat {\n  objective it { p95 of h < 0.5 ms approximately over 30d }\n}\n";
    threshold_between_buckets: objective("p95 of vllm::time_to_first_token < 400 ms over 30d");

    // Prices.
    price_stated_twice: table("\"NVIDIA L4\": $0.71, \"NVIDIA L4\": $0.80", "cost gpu = dcgm::gpus * gpu_hour");
    prices_in_two_currencies: table("\"NVIDIA L4\": $0.71, \"NVIDIA H100\": €2", "cost gpu = dcgm::gpus * gpu_hour");
    prices_that_are_no_money: table("\"NVIDIA L4\": 0.71", "cost gpu = dcgm::gpus * gpu_hour");
    no_prices: table("", "cost gpu = dcgm::gpus * gpu_hour");
    prices_by_a_label_that_is_not: table("\"NVIDIA L4\": $0.71", "cost gpu = vllm::generation_tokens * gpu_hour");
    prices_outside_of_a_cost: table("\"NVIDIA L4\": $0.71", "objective it { (dcgm::gpus * gpu_hour) / dcgm::gpus <= $1 per gpu hour budget 5% over 30d }");
    prices_of_what_is_not_selected: table("\"NVIDIA L4\": $0.71", "cost gpu = dcgm::gpus { modelName = \"NVIDIA A100\" } * gpu_hour");
    prices_of_a_fixed_amount: table("\"NVIDIA L4\": $0.71", "cost gpu = (dcgm::gpus * $1 per gpu hour + $1 per hour) * gpu_hour");
    watch_of_prices_under_another_name: table("\"NVIDIA L4\": $0.71", "cost gpu = dcgm::gpus * gpu_hour\nvolume gpu_priced = dcgm::gpus");
    prices_in_an_event: "price token_price by model { \"large\": $3 } per 1M input_token as of 2026-11-01\n\nevent requests {\n  model: label\n  context: input_token\n  cost = context * token_price\n}\n";
    table_of_prices_on_no_day: "price gpu_hour by modelName { \"NVIDIA L4\": $0.71 } per gpu hour as of 2026-02-30\n";
    rate_of_one_currency: "rate 1 EUR = 1.08 EUR as of 2026-11-01\n";
    rate_of_no_currency: "rate 1 EUR = 1.08 gpu as of 2026-11-01\n";
    rates_of_the_same_day: "rate 1 EUR = 1.08 USD as of 2026-11-01\nrate 1 USD = 0.93 EUR as of 2026-11-01\n";

    // Queries.
    query_with_a_syntax_error: service("cost api = promql counter<USD> \"sum(rate(spend_total[$window])\"");
    query_without_its_window: service("cost api = promql counter<USD> \"sum(spend_total)\"");
    query_of_a_histogram: service("volume x = promql histogram<s> \"h_bucket\"");
    query_that_is_a_number: service("volume x = promql gauge<gpu> \"1\"");
    query_broken_down_by_what_it_has_not: service("cost api = promql counter<USD> { team } \"sum by (team) (rate(spend_total[$window]))\"\nvolume answers = vllm::request_success\nobjective it { api / answers <= $0.01 per request budget 5% over 30d by model_name }");

    // Peaks.
    peak_of_no_objective: service("sli it = (vllm::request_success / dcgm::gpus) at peak while fst\nobjective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }");
    peak_while_a_mean_holds: service("sli it = (vllm::request_success / dcgm::gpus) at peak while fast\nobjective fast { vllm::request_success / dcgm::gpus >= 1 request per gpu s budget 5% over 30d }");
    peak_while_classes_have_targets: service("sli it = (vllm::request_success / dcgm::gpus) at peak while fast\nobjective fast { vllm::request_success / dcgm::gpus by class { \"a\": >= 1 request per gpu s } budget 5% over 30d }");
    peak_while_itself: service("objective best { (vllm::request_success / dcgm::gpus) at peak while best >= 1 request per gpu s budget 5% over 30d }");
    peak_of_a_flow: service("sli it = vllm::request_success at peak while fast\nobjective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }");
    peak_of_an_hour: service("objective best { (vllm::request_success / dcgm::gpus) at peak while fast >= 1 request per gpu s budget 5% over 1h }\nobjective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }");
    peak_that_would_page: service("objective best { (vllm::request_success / dcgm::gpus) at peak while fast >= 1 request per gpu s budget 5% over 30d policy { page when burning 2x over 1h and 5m } }\nobjective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }");

    // Objectives.
    no_condition: objective("budget 5% over 30d");
    no_period: objective("cost_per_answer <= $0.01 per request budget 5%");
    no_budget: objective("cost_per_answer <= $0.01 per request over 30d");
    budget_beside_a_share: objective("p95 of vllm::time_to_first_token < 500 ms budget 5% over 30d");
    share_of_everything: objective("100% of answers are answers over 30d");
    target_of_zero: objective("cost_per_answer <= $0 per request budget 5% over 30d");
    budget_without_percent: objective("cost_per_answer <= $0.01 per request budget 5 over 30d");
    waste_over_everything: objective("vllm::request_success { finished_reason = \"abort\" } / vllm::request_success <= 150% budget 5% over 30d");

    // Policies.
    alert_that_cannot_fire: objective("80% of vllm::request_success are vllm::request_success { finished_reason = \"stop\" } over 30d");
    stated_alert_that_cannot_fire: objective("p95 of vllm::time_to_first_token < 500 ms over 30d policy { page when burning 25x over 1h and 5m }");
    window_longer_than_the_period: objective("cost_per_answer <= $0.01 per request budget 5% over 1d policy { ticket when burning 10x over 3d and 6h }");
    default_policy_over_a_day: objective("cost_per_answer <= $0.01 per request budget 5% over 1d");
    windows_the_wrong_way: objective("cost_per_answer <= $0.01 per request budget 5% over 30d policy { page when burning 10x over 5m and 1h }");
    alert_inside_the_budget: service("cost gpu = dcgm::gpus * $2.49 per gpu hour\nvolume answers = vllm::generation_tokens\n\n// allow F0902, F0904: this is about the alert\nobjective it { gpu / answers <= $1 per 1M output_token budget 5% over 30d policy { page when burning 1% over 1d and 2h } }").replace("use std::sli\n", "");
    policy_that_nobody_uses: "policy strict {\n  page when burning 2% over 1h and 3m\n  page when burning 0% over 1h and 5m\n  page when burning 2 over 1h and 5m\n}\n";
    two_rules_alike: objective("cost_per_answer <= $0.01 per request budget 5% over 30d policy { page when burning 2% over 1h and 5m page when burning 10x over 60m and 5m }");
    stated_alert_inside_the_budget: service("objective it { p95 of vllm::time_to_first_token < 500 ms over 30d policy { page when burning 0.5x over 1h and 5m } }").replace("use std::dcgm\nuse std::sli\n", "");
    alert_of_a_lenient_share_that_cannot_fire: objective("40% of vllm::request_success are vllm::request_success { finished_reason = \"stop\" } over 30d");
    default_policy_over_a_day_of_a_lenient_share: objective("60% of vllm::request_success are vllm::request_success { finished_reason = \"stop\" } over 1d");
    default_policy_over_a_calendar_day: objective("cost_per_answer <= $0.01 per request budget 5% over calendar day");

    // Periods and days.
    misspelt_calendar_month: objective("cost_per_answer <= $0.01 per request budget 5% over calendar mnth in \"Europe/Berln\"");
    calendar_period_of_another_kind: objective("cost_per_answer <= $0.01 per request budget 5% over calendar fortnight");
    zone_of_a_city: objective("cost_per_answer <= $0.01 per request budget 5% over calendar month in \"new york\"");
    zone_that_is_none: objective("cost_per_answer <= $0.01 per request budget 5% over calendar month in \"Mars/Base\"");
    exclusion_the_wrong_way_round: service("exclude 2026-12-26 to 2026-12-24 because \"load test\"");
    exclusion_of_no_day: service("exclude 2026-11-31\nexclude 2026-12-01 in \"Europe/Paris \"");
    exclusion_by_a_counter: service("exclude when vllm::request_success > 0");
    exclusion_by_another_unit: service("exclude when vllm::num_requests_waiting > 3 s");

    // What belongs to an objective.
    gross_budget_of_a_share: objective("p95 of vllm::time_to_first_token < 500 ms budget 5% gross over 30d");
    burn_stated_twice: objective("cost_per_answer <= $0.01 per request budget 5% over 30d burn per unit burn per unit");
    guard_the_wrong_way_round: objective("cost_per_answer <= $0.01 per request budget 5% over 30d guard answers < 100 requests over 1h");
    guard_in_another_unit: objective("cost_per_answer <= $0.01 per request budget 5% over 30d guard answers >= 100 over 1h");
    guard_on_a_ratio: objective("cost_per_answer <= $0.01 per request budget 5% over 30d guard cost_per_answer > $0.01 per request over 1h");
    guard_that_always_holds: objective("cost_per_answer <= $0.01 per request budget 5% over 30d guard answers >= 0 requests over 1h");
    guard_over_a_long_time: objective("cost_per_answer <= $0.01 per request budget 5% over 30d guard answers >= 1 request over 40d");
    guard_without_the_label: "counter a: USD = \"a\" { team }\ncounter b: request = \"b\" { team }\ncounter c: request = \"c\"\n\nservice chat {\n  objective it {\n    a / b <= $1 per request\n    budget 5% over 30d\n    by team\n    guard c >= 10 requests over 1h\n  }\n}\n";
    equality_of_units: objective("cost_per_answer <= $0.01 per request budget 5% over 30d provided gpu / answers equals answers / gpu within 1%");
    equality_without_a_unit: objective("cost_per_answer <= $0.01 per request budget 5% over 30d provided cost_per_answer equals gpu / vllm::request_success { finished_reason = \"stop\" } within 0.001");
    equality_of_one_thing: objective("cost_per_answer <= $0.01 per request budget 5% over 30d provided cost_per_answer equals gpu / answers within $0.001 per request");
    equality_to_the_last_digit: objective("cost_per_answer <= $0.01 per request budget 5% over 30d provided cost_per_answer equals gpu / vllm::request_success { finished_reason = \"stop\" } within $0 per request");
    equality_of_volumes: objective("cost_per_answer <= $0.01 per request budget 5% over 30d provided answers equals answers within 1%");

    // Classes.
    misspelt_class: classes("economy by class { \"simple\": <= $1 per request, \"agentc\": <= $2 per request } budget 5% over 30d");
    class_with_two_targets: classes("economy by class { \"simple\": <= $1 per request, simple: <= $2 per request } budget 5% over 30d");
    class_the_other_way_round: classes("economy by class { \"simple\": <= $1 per request, \"agentic\": >= $2 per request } budget 5% over 30d");
    class_in_another_unit: classes("economy by class { \"simple\": <= $1 per request, \"agentic\": <= $2 } budget 5% over 30d");
    classes_and_a_target_for_none: classes("economy <= $3 per request budget 5% over 30d by class { \"simple\": <= $1 per request, \"agentic\": <= $2 per request }");
    classes_that_are_not_declared: classes("economy <= $3 per request budget 5% over 30d by team { \"a\": <= $1 per request }");
    classes_of_a_quantile: classes("p95 of requests.cost < $1 over 30d by class { \"simple\": < $1 }");
    no_classes: classes("economy by class { } budget 5% over 30d");

    // Trade-offs and plans.
    tradeoff_of_one: two_objectives("tradeoff { cost affordable }");
    tradeoff_with_slips: two_objectives("tradeoff balanced { costs affordable  latency fats }");
    tradeoff_of_one_objective_twice: two_objectives("tradeoff balanced { cost affordable  latency affordable }");
    tradeoff_of_different_groups: "counter a: USD = \"a\" { team }\ncounter b: request = \"b\" { team }\n\nservice chat {\n  objective one { a / b <= $1 per request  budget 5% over 30d  by team }\n  objective two { a / b <= $1 per request  budget 5% over 30d }\n  tradeoff { cost one  quality two }\n}\n";
    tradeoff_with_the_name_of_an_objective: two_objectives("tradeoff fast { cost affordable  latency fast }");
    two_tradeoffs_without_names: two_objectives("tradeoff { cost affordable  latency fast }\ntradeoff { cost affordable  latency fast }");
    tradeoff_as_a_value: two_objectives("tradeoff { cost affordable  latency fast }\nsli it = gpu / tradeoff");
    tradeoff_of_a_broken_objective: two_objectives("objective good { 99% of nothing are answers over 30d }\ntradeoff { cost affordable  quality good }");
    spending_of_an_unknown_objective: two_objectives("spend 20% of afordable for \"launch\" from 2026-12-01 to 2026-12-08");
    spending_of_more_than_all: two_objectives("spend 120% of affordable from 2026-12-01 to 2026-12-08");
    spending_without_days: two_objectives("spend 20% of affordable for \"launch\"");
    spending_the_wrong_way_round: two_objectives("spend 20% of affordable from 2026-12-08 to 2026-12-01");
    spendings_that_overlap: two_objectives("spend 60% of affordable for \"launch\" from 2026-12-01 to 2026-12-08\nspend 20% of affordable from 2026-12-01\nspend 30% of affordable from 2026-11-24 to 2026-12-01");
    spending_that_nobody_watches: "use std::vllm\n\nservice chat {\n  volume all     = vllm::request_success\n  volume answers = vllm::request_success { finished_reason = \"stop\" }\n  objective complete {\n    99% of all are answers\n    over 30d\n    policy { }  // allow F0906: looked at in the monthly review\n  }\n  spend 20% of complete from 2026-12-01\n}\n";
}

/// A test of a service whose answers cost the gateway and GPUs, with these statements.
fn test(statements: &str) -> String {
    let service = service(
        "where { namespace = \"chat\" }\ncost gpu = dcgm::gpus * $2 per gpu hour\nvolume answers = vllm::request_success\n\
         objective affordable { gpu / answers <= $0.01 per request  budget 5% over 30d }\n\
         objective fast { p95 of vllm::time_to_first_token < 500 ms  over 30d  by model_name }",
    );
    let indented: Vec<String> = statements.lines().map(|line| format!("  {line}")).collect();
    format!("{service}\ntest \"it\" {{\n{}\n}}\n", indented.join("\n"))
}

/// A test in which answers come, and with this expectation.
fn expecting(expectation: &str) -> String {
    test(&format!(
        "over 2d\nseries vllm::request_success {{ namespace = \"chat\" }} rises 0.35/s\nexpect {expectation}"
    ))
}

/// A test of an affordable service in which this happens.
fn happening(series: &str) -> String {
    test(&format!("over 2d\n{series}\nexpect chat.affordable met at 2d"))
}

mistakes! {
    // Tests.
    test_without_a_length: test("series vllm::request_success { namespace = \"chat\" } rises 0.35/s\nexpect chat.affordable met at 2d");
    test_with_a_step_too_long: test("over 2d every 5m\nseries vllm::request_success { namespace = \"chat\" } rises 0.35/s\nexpect chat.affordable met at 2d");
    // 37.44 million minutes, with a sample every other one.
    test_of_a_lifetime: test("over 26000d every 2m\nseries vllm::request_success { namespace = \"chat\" } rises 0.35/s\nexpect chat.affordable met at 2d");
    test_that_expects_nothing: test("over 2d\nseries vllm::request_success { namespace = \"chat\" } rises 0.35/s");
    test_without_series: test("over 2d\nexpect chat.affordable met at 2d");
    test_of_a_day_that_is_none: test("over 2d from 2026-02-30\nseries vllm::request_success { namespace = \"chat\" } rises 0.35/s\nexpect chat.affordable met at 2d");
    test_of_a_class_without_quotes: test("over 1d every 1m\nseries dcgm::gpus { namespace = \"chat\" } is 4 gpu\nexpect chat.fast { model_name = large } met at 1d");
    test_beyond_its_end: expecting("chat.affordable met at 3d");
    test_of_an_unknown_objective: expecting("chat.afordable met at 2d");
    test_of_an_unknown_service: expecting("chta.affordable met at 2d");
    test_of_no_group: expecting("chat.fast met at 2d");
    test_of_a_group_of_another_label: expecting("no page of chat.fast { model = \"small\" }");
    test_of_a_group_where_there_is_none: expecting("no page of chat.affordable { model_name = \"small\" }");
    test_of_a_window_that_no_alert_has: expecting("burn rate over 3h of chat.affordable at 2d is 3");
    test_in_another_unit: expecting("measured of chat.affordable at 2d is 5%");
    test_of_what_is_no_number: expecting("budget consumed of chat.affordable at 2d is vllm::request_success");
    test_between_no_times: expecting("no page of chat.affordable from 2d to 1d");
    test_without_what_is_expected: expecting("chat.affordable at 2d");
    test_of_an_unknown_metric: happening("series vllm::request_sucess { namespace = \"chat\" } rises 0.35/s");
    test_of_an_unknown_label: happening("series vllm::request_success { namespace = \"chat\", finish_reason = \"stop\" } rises 0.35/s");
    test_of_a_value_that_never_is: happening("series vllm::request_success { namespace = \"chat\", finished_reason = \"stopped\" } rises 0.35/s");
    test_of_several_values: happening("series vllm::request_success { namespace = \"chat\", finished_reason = \"stop\" | \"length\" } rises 0.35/s");
    test_of_series_that_nobody_reads: happening("series vllm::request_success { namespace = \"search\" } rises 0.35/s");
    test_of_a_metric_that_nobody_reads: happening("series vllm::generation_tokens { namespace = \"chat\" } rises 100/s");
    test_of_a_counter_that_is: happening("series vllm::request_success { namespace = \"chat\" } is 100");
    test_of_a_counter_that_falls: happening("series vllm::request_success { namespace = \"chat\" } rises -1/s");
    test_of_an_amount_that_is_no_rate: happening("series vllm::request_success { namespace = \"chat\" } rises 100");
    test_of_a_series_in_another_unit: happening("series vllm::request_success { namespace = \"chat\" } rises 3 gpus/s");
    test_of_half_a_series: happening("series dcgm::gpus { namespace = \"chat\" } is 2.5");
    test_of_a_histogram_that_rises: happening("series vllm::time_to_first_token { namespace = \"chat\" } rises 2/s");
    test_of_times_in_disorder: happening("series dcgm::gpus { namespace = \"chat\" } is 4, then 8 from 1d, then 2 from 12h");
    test_of_one_series_twice: happening("series dcgm::gpus { namespace = \"chat\" } is 4\nseries dcgm::gpus { namespace = \"chat\" } is 8");
    test_of_a_cost: happening("series gpu is 4");
}

/// A template, what it is used in, and what else the file has.
fn template(rest: &str) -> String {
    format!(
        r#"use std::vllm

template service llm(namespace: string, target: USD/request, period: s) {{
  where {{ namespace = namespace }}
  cost gateway = $0.40 per hour
  volume answers = vllm::request_success {{ finished_reason = "stop" }}
  objective affordable {{ gateway / answers <= target budget 5% over period }}
}}

{}
"#,
        rest.trim_matches('\n')
    )
}

mistakes! {
    // Templates.
    template_arguments_missing: template("service search = llm(\"search\", $0.004 per request)");
    template_argument_unknown: template("service search = llm(namespace: \"search\", targt: $0.004 per request, period: 30d)");
    template_argument_twice: template("service search = llm(\"search\", $0.004 per request, 30d, period: 28d)");
    template_argument_in_another_unit: template("service search = llm(\"search\", $0.004, 30d)");
    template_number_for_a_text: template("service search = llm(3, $0.004 per request, 30d)");
    template_text_for_a_number: template("service search = llm(\"search\", \"$0.004 per request\", 30d)");
    template_argument_that_is_measured: template("service search = llm(\"search\", $1 per hour / vllm::request_success, 30d)");
    template_unknown: template("service search = lm(\"search\", $0.004 per request, 30d)");
    template_period_that_cannot_be: template("service search = llm(\"search\", $0.004 per request, 30m)\nservice chat = llm(\"chat\", $0.01 per request, 30d)");
    template_override_of_another_kind: template("service search = llm(\"search\", $0.004 per request, 30d) {\n  volume gateway = vllm::generation_tokens\n}");
    template_parameter_without_a_type: "template service llm(namespace: string, target) {\n  cost gateway = $1 per hour\n}\n";
    template_parameter_used_as_a_number: "use std::dcgm\n\ntemplate service llm(namespace: string) {\n  cost gpu = dcgm::gpus * namespace * $2 per gpu hour\n}\n";
    template_broken_and_used_often: "use std::dcgm\n\ntemplate service llm(namespace: string) {\n  where { namespace = namspace }\n  cost gpu = dcgm::gpuss * $2.49 per gpu hour\n}\n\nservice search = llm(\"search\")\nservice chat = llm(\"chat\")\nservice code = llm(\"code\")\n";
    template_broken_and_never_used: "use std::dcgm\n\ntemplate service llm(namespace: string, period: s) {\n  where { namespace = namespace }\n  cost gpu = dcgm::gpuss * $2.49 per gpu hour\n  objective it { gpu / gpu <= 3 over period }\n}\n";
    template_value_that_a_label_never_has: "use std::vllm\n\ntemplate service llm(reason: string) {\n  volume answers = vllm::request_success { finished_reason = reason }\n}\n\nservice search = llm(\"stopp\")\n";
    text_without_quotes: service("volume answers = vllm::request_success { finished_reason = stop }");

    // Names that hide others.
    parameter_hidden: "counter failed: request = \"failed_total\"\n\nsli cost_per_success(cost: USD, tried, failed) = cost / (tried - failed)\n";
    import_hidden: "use std::dcgm::gpus\n\nservice chat {\n  objective gpus { gpus > 3 gpu for 99% of the time over 30d }\n}\n";
}

/// A service with a latency and a quality, and these objectives beside them.
fn promises(rest: &str) -> String {
    service(&format!(
        "volume all = vllm::request_success\nvolume answers = vllm::request_success {{ finished_reason = \"stop\" | \"length\" }}\nobjective fast {{ p95 of vllm::time_to_first_token < 500 ms over 30d }}\nobjective complete {{ 99% of all are answers over 30d }}\n\n{}",
        rest.trim_matches('\n')
    ))
    .replace("use std::sli\n", "")
}

mistakes! {
    // Lints.
    lint_utilization: promises("volume busy = dcgm::busy_gpus\nvolume held = dcgm::gpus\nobjective used { busy / held >= 60% budget 10% over 30d }");
    lint_price_of_what_is_held: promises("cost gpu = dcgm::gpus * $2.49 per gpu hour\nvolume held = dcgm::gpus\nobjective rate { gpu / held <= $3 per gpu hour budget 10% over 30d }");
    lint_memory_used: promises("volume used = dcgm::memory_used\nvolume whole = dcgm::memory_used + dcgm::memory_free\nobjective packed { used / whole >= 70% budget 10% over 30d }");
    lint_cost_alone: "use std::dcgm\nuse std::vllm\n\nservice chat {\n  cost gpu = dcgm::gpus * $2.49 per gpu hour\n  volume answers = vllm::request_success { finished_reason = \"stop\" }\n\n  /// What an answer costs.\n  objective affordable {\n    gpu / answers <= $0.01 per request\n    budget 5% over 30d\n  }\n}\n";
    lint_cost_of_events_without_quality: "event jobs {\n  spent: USD\n  took: s\n}\n\nservice api {\n  objective cheap { 99% of jobs have spent < $1 over 30d }\n  objective fast { p95 of jobs.took < 2 s over 30d }\n}\n";
    lint_cost_without_latency: "event jobs {\n  spent: USD\n  outcome: label in { \"ok\", \"failed\" }\n}\n\nservice api {\n  sli cost = jobs.spent / jobs { outcome = \"ok\" }\n  objective cheap { cost < $1 per job budget 5% over 30d }\n  objective good { 99% of jobs have outcome = \"ok\" over 30d }\n}\n\nunit job\n";
    lint_per_attempt: promises("cost gpu = dcgm::gpus * $2.49 per gpu hour\nobjective affordable { gpu / all <= $0.01 per request budget 5% over 30d }");
    lint_per_attempt_of_events: "event jobs {\n  spent: USD\n  took: s\n  outcome: label in { \"ok\", \"failed\", \"cancelled\" }\n}\n\nunit job\n\nservice api {\n  objective cheap { jobs / jobs.spent >= 3 jobs per USD budget 5% over 30d }\n  objective good { 99% of jobs have outcome = \"ok\" over 30d }\n  objective fast { p95 of jobs.took < 2 s over 30d }\n}\n";
    lint_longer_answers: promises("cost gpu = dcgm::gpus * $2.49 per gpu hour\nobjective efficient { vllm::generation_tokens / gpu >= 200k output_tokens per USD budget 10% over 30d }");
    lint_more_steps: "counter steps: step = \"agent_steps_total\"\ncounter spent: USD = \"agent_spent_dollars_total\"\nhistogram took: s = \"agent_seconds\"\n\nservice agent {\n  objective cheap { spent / steps <= $0.02 per step budget 5% over 30d }\n  objective fast { p95 of took < 60 s over 30d }\n  // allow F0902: quality is judged by hand\n}\n";
    lint_unused: "use std::dcgm\nuse std::vllm as engine\nuse std::vllm\n\nprice h100 = $2 per gpu hour\nsli ratio_of(a, b) = a / b\npolicy calm { ticket when burning 20% over 3d and 6h }\n\nevent jobs {\n  spent: USD\n}\n\ntemplate service llm(namespace: string) {\n  where { namespace = namespace }\n}\n\nservice chat {\n  cost gateway = $0.40 per hour\n  cost overhead = 8% of gateway\n  volume all = vllm::request_success\n  volume answers = vllm::request_success { finished_reason = \"stop\" }\n  sli twice = all / answers\n  objective complete { 99% of all are answers over 30d }\n}\n";
    lint_unused_in_a_template: "use std::vllm\n\ntemplate service llm(namespace: string) {\n  where { namespace = namespace }\n  cost gateway = $0.40 per hour\n  volume all = vllm::request_success\n  volume answers = vllm::request_success { finished_reason = \"stop\" }\n  objective complete { 99% of all are answers over 30d }\n}\n\nservice search = llm(\"search\") {\n  cost gatway = $0.10 per hour\n}\nservice chat = llm(\"chat\")\n";
    lint_in_a_template: template("service search = llm(\"search\", $0.004 per request, 30d)\nservice chat = llm(\"chat\", $0.004 per request, 30d)");
    lint_unwatched: service("volume all = vllm::request_success\npolicy { }\nobjective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }\nobjective slow { p95 of vllm::e2e_request_latency < 60 s over 30d policy { } }").replace("use std::dcgm\nuse std::sli\n", "").replace("  volume all = vllm::request_success\n", "");
    lint_long_period: promises("objective stable { p95 of vllm::e2e_request_latency < 60 s over 365d policy { page when burning 10x over 1h and 5m } }").replace("use std::dcgm\n", "");
    lint_calendar_year: promises("objective stable { p95 of vllm::e2e_request_latency < 60 s over calendar year policy { page when burning 10x over 1h and 5m } }").replace("use std::dcgm\n", "");
    lint_unused_rate: promises("").replace("use std::dcgm\n", "rate 1 EUR = 1.08 USD as of 2026-11-01\nrate 1 GBP = 1.30 USD as of 2026-11-01\nprice call = €0.01 per request\n").replace("  volume all ", "  cost api = call * vllm::request_success\n  volume all ").replace("objective complete", "objective cheap { api / answers <= $0.02 per request budget 5% over 30d }\n  objective complete");
    lint_of_a_standardized_cost: "event jobs {\n  spent: USD\n  class: label in { \"small\", \"large\" }\n  outcome: label in { \"ok\", \"failed\" }\n}\n\nservice api {\n  sli fair = (jobs.spent / jobs) standardized by class to { small: 70%, large: 30% }\n  objective cheap { fair < $1 per job budget 5% over 30d }\n}\n\nunit job\n";
    allow_without_a_reason: "use std::vllm\n\nservice chat {\n  objective fast { p95 of vllm::time_to_first_token < 500 ms over 100d policy { page when burning 10x over 1h and 5m } } // allow F0907\n}\n";
    allow_of_nothing: "use std::vllm\n\n// allow F0907: our Thanos keeps two years\n\nservice chat {\n  // allow F0101: not needed\n  // allow F0999, F0907: there is no such code\n  // allow more than one\n  objective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }\n}\n";
}

#[test]
fn what_is_allowed_with_a_reason_is_not_told() {
    let options = Options { as_of: Some("2026-11-24".into()) };
    for source in [
        "price h100 = $2.49 per gpu hour as of 2026-01-01 // allow F0801: a contract of three years\n",
        "// allow F0801: a contract of three years\n// signed in January\nprice h100 = $2 per gpu hour as of 2026-01-01\n",
        "use std::litellm\n\nservice api {\n  // allow F0902: the judge comes next quarter\n  objective it {\n    litellm::spend / litellm::requests <= $1 per request\n    budget 5% over 100d // allow F0907: our Thanos keeps two years\n    by user // allow F0403: a dozen of them\n  }\n}\n",
    ] {
        let file = SourceFile { name: "service.slo".into(), text: source.into() };
        let told = compile(vec![file], &NoModules, &options).diagnostics;
        assert!(told.is_empty(), "{source}{told:#?}");
    }
}

#[test]
fn an_old_price_that_no_day_asks_for_may_be_allowed() {
    let source = "price h100 = $2.49 per gpu hour as of 2026-01-01 // allow F0801: a contract of three years\n";
    let file = SourceFile { name: "service.slo".into(), text: source.into() };
    assert!(compile(vec![file], &NoModules, &Options::default()).diagnostics.is_empty());
}

#[test]
fn errors_are_never_allowed() {
    let source = "price h100 = nothing // allow F0101: it will come\n";
    let file = SourceFile { name: "service.slo".into(), text: source.into() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    assert!(compilation.plan.is_none());
}

#[test]
fn an_old_price() {
    let source = "price h100 = $2.49 per gpu hour as of 2026-01-01\n";
    let options = Options { as_of: Some("2026-11-24".into()) };
    insta::assert_snapshot!(messages(source, &options));
}

#[test]
fn an_old_rate() {
    let source = "rate 1 EUR = 1.08 USD as of 2026-01-01\nrate 1 EUR = 1.02 USD as of 2025-01-01\n";
    let options = Options { as_of: Some("2026-11-24".into()) };
    insta::assert_snapshot!(messages(source, &options));
}

#[test]
fn an_old_table_of_prices() {
    let source = "price gpu_hour by modelName { \"NVIDIA L4\": $0.71 } per gpu hour as of 2026-01-01\n";
    let options = Options { as_of: Some("2026-11-24".into()) };
    insta::assert_snapshot!(messages(source, &options));
}
