use super::*;

fn parse(text: &str) -> TargetSpec {
    TargetSpec::parse(text, &Options::default()).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn a_url_may_have_labels_and_options() {
    let spec = parse("http://host:9400/metrics;node=gpu-1,namespace=chat");
    assert_eq!((spec.url.as_str(), spec.addresses), ("http://host:9400/metrics", false));
    assert_eq!(spec.labels, [("namespace".into(), "chat".into()), ("node".into(), "gpu-1".into())]);
    assert_eq!(spec.options, Options::default());
    let spec = parse(
        "dns+https://name/m?a=b,c; a = \"x,;\\\"y\" , b=c ;interval=5s,body_limit=1MiB,honor_labels=true,\
         bearer_token_file=/run/token,ca_file=/run/ca.pem,insecure_skip_verify=true",
    );
    assert_eq!((spec.url.as_str(), spec.addresses), ("https://name/m?a=b,c", true));
    assert_eq!(spec.labels, [("a".into(), "x,;\"y".into()), ("b".into(), "c".into())]);
    let options = spec.options;
    assert_eq!((options.interval, options.timeout), (Duration::from_secs(5), Duration::from_secs(5)));
    assert_eq!((options.body_limit, options.honor_labels, options.insecure_skip_verify), (1 << 20, true, true));
    assert_eq!(options.bearer_token_file, Some("/run/token".into()));
    assert_eq!(options.ca_file, Some("/run/ca.pem".into()));
    assert_eq!(parse("http://h;;timeout=500ms,interval=1m").options.timeout, Duration::from_millis(500));
}

#[test]
fn the_path_is_that_of_metrics_where_there_is_none() {
    for (text, url) in [
        ("http://host:9400", "http://host:9400/metrics"),
        ("http://host:9400/", "http://host:9400/"),
        ("http://host?a=b", "http://host/metrics?a=b"),
        ("http://host/?a=b", "http://host/?a=b"),
        ("http://[::1]:9400", "http://[::1]:9400/metrics"),
    ] {
        assert_eq!(parse(text).url, url, "{text}");
    }
}

#[test]
fn mistakes_are_named() {
    for (text, part) in [
        ("host:9400", "is no URL to scrape"),
        ("", "is no URL"),
        ("ftp://host/", "is no URL to scrape"),
        ("http://host:99999/", "port"),
        ("http://host:/", "port"),
        ("http://me:secret@host/", "bearer_token_file"),
        ("http://h;a", "has no value; write label=value"),
        ("http://h;=b", "without a name"),
        ("http://h;a=b,a=c", "is there twice"),
        ("http://h;a-b=c", "cannot be a label"),
        ("http://h;__a=c", "cannot be a label"),
        ("http://h;a=\"b", "not closed"),
        ("http://h;a=\"b\"c", "a comma is needed"),
        ("dns+http://h;instance=x", "cannot be set"),
        ("http://h;;speed=5", "there is no option \"speed\""),
        ("http://h;;interval=5", "write 500ms"),
        ("http://h;;interval=0s", "out of range"),
        ("http://h;;timeout=20s", "longer than the interval"),
        ("http://h;;honor_labels=yes", "true or false"),
        ("http://h;;body_limit=2GiB", "is no size"),
        ("http://h;;body_limit=2000MiB", "out of range"),
        ("http://h;;interval=5s;x", "follows the options"),
    ] {
        let why = TargetSpec::parse(text, &Options::default()).expect_err(text);
        assert!(why.contains(part) && !why.contains("secret"), "{text}: {why}");
    }
}
