//! Every mistake of a file in one go, each with its place, what was found and what is allowed.

mod failures;

use daemonsim::scenario::{Diagnostic, Mistakes, Override, Scenario};
use std::path::Path;

/// A scenario to which one line can be added: two providers, an app, a daemon.
const BASE: &str = "\
name: base
capacityProviders: [{name: prov, instanceTypes: [c6g.xlarge], availabilityZones: [a, b]}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions: [{family: agent, cpu: 256, memory: 512}]
";
const LINES: usize = 4;

fn parse(text: &[u8], set: &[&str]) -> Result<Scenario, Mistakes> {
    let set: Vec<Override> = set.iter().map(|s| Override::parse(s).unwrap()).collect();
    let mut read = |path: &str| match path {
        "empty.csv" => Ok(String::new()),
        "starts.csv" => Ok("start\n2s\n\"1s\"\n".to_owned()),
        "plain.csv" => Ok("5\n".to_owned()),
        _ => Err(format!("cannot read {path}")),
    };
    Scenario::parse("a.yaml", text, &set, &mut read)
}

/// `line:column path | message | found | allowed`, as far as there is any.
fn brief(d: &Diagnostic) -> String {
    let mut text = format!("{}:{} {} | {}", d.line, d.column, d.path, d.message);
    for part in [&d.found, &d.allowed].into_iter().flatten() {
        text += &format!(" | {part}");
    }
    if let Some(near) = &d.near {
        text += &format!(" | did you mean {near}?");
    }
    text
}

/// The mistakes of the base scenario with `line` added, lines counted from that one.
fn of(line: &str) -> Vec<String> {
    let mistakes = parse(format!("{BASE}{line}\n").as_bytes(), &[]).expect_err(line);
    let shift = |d: &Diagnostic| {
        let text = brief(d);
        let (number, rest) = text.split_once(':').unwrap();
        format!("{}:{rest}", number.parse::<usize>().unwrap() - LINES)
    };
    mistakes.diagnostics().iter().map(shift).collect()
}

/// The only mistake.
fn one(line: &str) -> String {
    let mut all = of(line);
    assert_eq!(all.len(), 1, "{line}: {all:#?}");
    all.remove(0)
}

fn valid(line: &str) -> Scenario {
    parse(format!("{BASE}{line}\n").as_bytes(), &[]).unwrap_or_else(|m| panic!("{line}: {m}"))
}

fn warned(line: &str) -> String {
    valid(line).warnings.iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("\n")
}

/// A createDaemon of the timeline with `rest` added to it.
fn daemon(rest: &str) -> String {
    format!(
        "timeline: [{{at: 0s, createDaemon: {{daemonName: d, daemonTaskDefinitionArn: agent, \
         capacityProviderArns: [prov], {rest}}}}}]"
    )
}

fn deployment(rest: &str) -> String {
    daemon(&format!("deploymentConfiguration: {{{rest}}}"))
}

fn service(rest: &str) -> String {
    format!(
        "before: [{{createService: {{serviceName: s, taskDefinition: app, {rest}, \
         capacityProviderStrategy: [{{capacityProvider: prov}}]}}}}]"
    )
}

/// Whole renderings, one file each: `tests/broken/x.yaml` must give `tests/broken/x.txt`.
#[test]
fn broken_files_give_their_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seen = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "yaml")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read(path).unwrap();
        let mistakes =
            Scenario::parse(name, &text, &[], &mut |p| Err(format!("cannot read {p}"))).expect_err(name);
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&golden, mistakes.render(false)).unwrap();
        }
        assert_eq!(mistakes.render(false), std::fs::read_to_string(&golden).unwrap_or_default(), "{name}");
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn colour_is_only_there_when_asked_for() {
    let mistakes = parse(b"name: 5", &[]).unwrap_err();
    assert!(!mistakes.render(false).contains('\u{1b}'));
    assert!(mistakes.render(true).contains('\u{1b}'));
}

#[test]
fn files_without_content_are_empty() {
    for text in ["", "# only a comment\n", "---\n", "\u{feff}", "\n\n"] {
        let mistakes = parse(text.as_bytes(), &[]).unwrap_err();
        assert!(mistakes.diagnostics()[0].message.contains("empty"), "{text:?}: {mistakes}");
        assert!(!mistakes.is_limit());
    }
}

#[test]
fn files_that_are_too_long_are_a_limit() {
    let mistakes = parse(&vec![b'#'; (8 << 20) + 1], &[]).unwrap_err();
    assert!(mistakes.is_limit());
    assert_eq!(mistakes.diagnostics()[0].message, "the file is longer than 8 MiB");
}

#[test]
fn bytes_that_are_no_text_are_told_by_their_place() {
    let message = |text: &[u8]| brief(&parse(text, &[]).unwrap_err().diagnostics()[0]);
    assert_eq!(message(b"name: x\n\xff"), "2:1  | this is not UTF-8, at byte 8 | a file in UTF-8");
    assert_eq!(message(b"\xff\xfen\0"), "1:1  | this is UTF-16, at byte 0 | a file in UTF-8");
    assert!(message(b"name: x\0\n").starts_with("1:8  | there is a control character at byte 7: \\u{0}"));
    for text in ["name: x\rseed: 1", "name: x\u{85}seed: 1", "name: x\u{2028}seed: 1", "name: \u{1b}[31m"] {
        assert!(
            message(text.as_bytes()).starts_with("1:8 ") || message(text.as_bytes()).starts_with("1:7 "),
            "{text:?}"
        );
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = valid("seed: 7");
    let windows = format!("\u{feff}{BASE}seed: 7\n").replace('\n', "\r\n");
    assert_eq!(parse(windows.as_bytes(), &[]).unwrap(), plain);
}

#[test]
fn what_is_no_yaml_is_told_with_its_line() {
    assert!(one("before:\n\t- x").contains("YAML takes no tabs"), "{}", one("before:\n\t- x"));
    for text in
        ["description: \"open", "before: [", "before: {a: [", "delays: {appStart: 5", "a: b: c", "- x", "]"]
    {
        assert!(of(text)[0].contains("this is not YAML"), "{text}: {:?}", of(text));
    }
    let twice = one("---\nname: b");
    assert!(twice.starts_with("1:1  | a second document begins here"), "{twice}");
}

#[test]
fn keys_that_are_there_twice_name_both_places() {
    let mistakes = parse(b"name: a\nseed: 1\nname: b\n", &[]).unwrap_err();
    let d = &mistakes.diagnostics()[0];
    assert_eq!(brief(d), "3:1 name | `name` is given twice | again here");
    assert_eq!(d.also, Some((1, 1, "first here".to_owned())));
}

#[test]
fn keys_that_are_unknown_name_the_nearest() {
    assert_eq!(
        one(&deployment("drainPrecent: 25")),
        "1:139 timeline[0].createDaemon.deploymentConfiguration.drainPrecent | there is no member `drainPrecent` here \
         | drainPercent, bakeTimeInMinutes, alarms | did you mean drainPercent?"
    );
    assert!(one("version: 1").contains("there is no member `version` here"));
    assert!(one("delays: {appstart: 5s}").ends_with("did you mean appStart?"));
    assert!(
        one("delays: {appStart: {lognorml: {median: 1s, p95: 2s}}}").ends_with("did you mean lognormal?")
    );
    assert!(one("before: [{createDeamon: {}}]").ends_with("did you mean createDaemon?"));
}

#[test]
fn bombs_and_abysses_are_limits() {
    let mut bomb = String::from("x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for n in 1..10 {
        bomb += &format!("x{n}: &x{n} [{}]\n", format!("*x{}, ", n - 1).repeat(10));
    }
    for text in [bomb, "[".repeat(10_000), "{a: ".repeat(10_000), "- ".repeat(10_000), "? ".repeat(10_000)] {
        let mistakes = parse(text.as_bytes(), &[]).unwrap_err();
        assert!(mistakes.is_limit(), "{:.40}: {mistakes}", text);
    }
    assert!(one("study: &a [*a]").contains("stands inside of what it stands for"));
}

#[test]
fn merge_keys_and_tags_are_refused() {
    assert!(one("study: {<<: {a: 1}}").starts_with("1:9  | merge keys are not supported"));
    assert!(one("study: !!python/object {}").contains("tags (`!…`) are not supported"));
    assert!(one("description: !include a.yaml").contains("tags (`!…`) are not supported"));
    valid("study: {vary: {a: &x [1, 2], c: *x}}");
}

#[test]
fn numbers_are_finite_and_what_they_look_like() {
    for number in ["1e999", ".inf", "-.inf", ".nan", "-1e400"] {
        assert!(
            one(&deployment(&format!("drainPercent: {number}"))).contains("only finite numbers are taken")
        );
        assert!(one(&format!("seed: {number}")).contains("only finite numbers are taken"));
    }
    assert!(one("seed: 010").contains("leading zero"));
    assert!(one("seed: 0x10").contains("only decimal numbers"));
    assert!(one("seed: 1_000").contains("without underscores, 1000"));
    assert!(one("seed: 1:30").contains("found the text `1:30`"));
    assert!(one("seed: \"25\"").contains("the number without quotes, 25"));
    assert!(one("seed: true").contains("found the boolean `true`"));
    assert!(one("seed: -1").contains("-1 is out of range"));
    assert!(one("seed: 18446744073709551616").contains("is out of range"));
    assert!(one("seed: abc").contains("found the text `abc`"));
    assert_eq!(valid("seed: 18446744073709551615").setup.seed, u64::MAX);
    assert_eq!(valid("").setup.seed, 1);
}

#[test]
fn booleans_are_no_names_but_yes_and_no_are() {
    let mistakes = parse(b"name: true", &[]).unwrap_err();
    assert!(brief(&mistakes.diagnostics()[0]).contains("found the boolean `true`"));
    for name in ["yes", "no", "on", "\"true\"", "con", "\"25\""] {
        assert!(parse(format!("name: {name}").as_bytes(), &[]).is_ok(), "{name}");
    }
    assert!(one(&daemon("critical: \"true\"")).contains("true or false, without quotes"));
    assert!(one(&daemon("critical: yes")).contains("found the text `yes`"));
}

#[test]
fn nothing_is_not_a_value() {
    assert!(one("horizon: ~").contains("found nothing"));
    assert!(one("before:").starts_with("1:1 before | this should be a list | found nothing"));
    assert!(one("timeline: [{at: 0s, createDaemon: }]").contains("this should be a mapping | found nothing"));
    let missing = parse(b"seed: 1", &[]).unwrap_err();
    assert_eq!(brief(&missing.diagnostics()[0]), "1:1 name | `name` is missing");
}

#[test]
fn names_are_names() {
    let long = "x".repeat(256);
    for name in [
        "\"\"",
        "../../etc/passwd",
        "a/b",
        "\"a\\0\"",
        "\"a\\nb\"",
        "\"\\e[31m\"",
        "\"\u{202e}abc\"",
        "\"a \"",
        "=cmd()",
        "a.b",
        "ä",
        long.as_str(),
    ] {
        let mistakes = parse(format!("name: {name}").as_bytes(), &[]).expect_err(name);
        let text = mistakes.render(false);
        assert!(text.contains("this is not a name"), "{name}: {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\0']), "{name}: {text}");
    }
    assert!(parse(format!("name: {}", "x".repeat(255)).as_bytes(), &[]).is_ok());
}

#[test]
fn drain_percent_is_above_zero_and_exact() {
    let percent = |number: &str| deployment(&format!("drainPercent: {number}"));
    assert!(one(&percent("0")).contains("0.0 to 100.0, its guide says 1.0 to 100.0"));
    assert!(one(&percent("0.0")).contains("would never drain"));
    assert!(warned(&percent("0.0000001")).contains("below 1 %, one instance"));
    for number in ["100.0001", "-25", "101"] {
        assert!(one(&percent(number)).contains("is out of range | found"), "{number}");
    }
    assert!(one(&percent(&format!("0.{}", "3".repeat(400)))).contains("more than nine decimals"));
    assert!(one(&percent(&"9".repeat(400))).contains("is out of range"));
    assert!(one(&percent("\"25\"")).contains("the number without quotes, 25"));
    valid(&percent("100"));
}

#[test]
fn bake_time_is_whole_minutes() {
    for number in ["-1", "1441", "0.5"] {
        assert!(
            one(&deployment(&format!("bakeTimeInMinutes: {number}"))).contains("from 0 to 1440"),
            "{number}"
        );
    }
    valid(&deployment("bakeTimeInMinutes: 1440"));
}

#[test]
fn counts_have_a_range_and_a_limit() {
    let count = |number: &str| service(&format!("desiredCount: {number}"));
    valid(&count("0"));
    assert!(one(&count("-1")).contains("out of range"));
    assert!(one(&count("1.5")).contains("should be a whole number"));
    for number in ["9223372036854775808", "18446744073709551616", "1e30"] {
        assert!(one(&count(number)).contains("is out of range"), "{number}");
    }
    let mistakes = parse(format!("{BASE}{}", count("1000000000")).as_bytes(), &[]).unwrap_err();
    assert!(mistakes.is_limit());
    let many: Vec<String> = (0..6)
        .map(|n| {
            format!(
                "{{createService: {{serviceName: s{n}, taskDefinition: app, desiredCount: 1000000, \
                 capacityProviderStrategy: [{{capacityProvider: prov}}]}}}}"
            )
        })
        .collect();
    let mistakes = parse(format!("{BASE}before: [{}]", many.join(", ")).as_bytes(), &[]).unwrap_err();
    assert!(mistakes.is_limit());
    assert_eq!(mistakes.diagnostics()[0].path, "before[5].createService.desiredCount");
}

#[test]
fn tasks_that_fit_nowhere_name_the_largest_type() {
    let line = "before: [{registerTaskDefinition: {family: big, cpu: 8192, memory: 1024}}, \
        {createService: {serviceName: s, taskDefinition: big, desiredCount: 1, capacityProviderStrategy: [{capacityProvider: prov}]}}]";
    let text = one(line);
    assert!(text.contains("no instance type of prov holds a task of big:1"), "{text}");
    assert!(text.contains("it needs 8192 CPU units and 1024 MiB"), "{text}");
    assert!(text.contains("the largest, c6g.xlarge, has 4096 CPU units and 8192 MiB"), "{text}");
}

#[test]
fn a_daemon_and_a_task_that_do_not_fit_together_are_warned_of() {
    let line = "before: [{registerTaskDefinition: {family: big, cpu: 4096, memory: 1024}}, \
        {createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [prov]}}, \
        {createService: {serviceName: s, taskDefinition: big, desiredCount: 1, capacityProviderStrategy: [{capacityProvider: prov}]}}]";
    let text = warned(line);
    assert!(text.contains("together they need 4352 CPU units and 1536 MiB"), "{text}");
}

#[test]
fn sizes_of_tasks() {
    let task = |rest: &str| format!("before: [{{registerTaskDefinition: {{family: x, {rest}}}}}]");
    let size = |rest: &str| {
        let setup = valid(&task(rest)).setup;
        let need = setup.task_definitions[1].definition.resources;
        (need.cpu, need.memory)
    };
    assert_eq!(size("cpu: \"256\", memory: \"1 GB\""), (256, 1024));
    assert_eq!(size("cpu: 0, memory: 5"), (0, 5));
    assert_eq!(
        size("containerDefinitions: [{cpu: 100, memory: 300, memoryReservation: 200}, {memory: 50}]"),
        (100, 250)
    );
    assert!(one(&task("cpu: 1, memory: 0")).contains("0 is out of range"));
    assert!(one(&task("cpu: -1, memory: 1")).contains("-1 is out of range"));
    assert!(one(&task("cpu: 1")).contains("how much memory its tasks need is missing"));
}

#[test]
fn bounds_of_services() {
    let bounds = |rest: &str| service(&format!("desiredCount: 3, deploymentConfiguration: {{{rest}}}"));
    assert!(one(&bounds("minimumHealthyPercent: 101")).contains("from 0 to 100"));
    assert!(one(&bounds("maximumPercent: 99")).contains("from 100 to"));
    let stuck = warned(&bounds("minimumHealthyPercent: 67, maximumPercent: 100"));
    assert!(stuck.contains("⌈3·67 %⌉ = 3 must stay healthy and at most ⌊3·100 %⌋ = 3 may exist"), "{stuck}");
    assert_eq!(warned(&bounds("minimumHealthyPercent: 100, maximumPercent: 134")), "");
}

#[test]
fn names_that_nothing_bears_are_each_told() {
    let all = of("before: [{createService: {serviceName: s, taskDefinition: ap, desiredCount: 1, \
        capacityProviderStrategy: [{capacityProvider: prow}]}}]\n\
        timeline:\n\
        - {at: 1s, createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent:2, capacityProviderArns: [pro], \
        deploymentConfiguration: {alarms: {alarmNames: [x]}}}}\n\
        - {at: 2s, updateDaemon: {daemonArn: e, daemonTaskDefinitionArn: agnt, capacityProviderArns: [prov]}}\n\
        - {at: 3s, updateService: {service: t}}\n\
        - {at: 4s, stopTask: {task: u/t-1}}\n\
        - {at: 5s, runTask: {taskDefinition: app, cluster: other, capacityProviderStrategy: [{capacityProvider: prov}]}}\n\
        faults: [{availabilityZone: z, availabilityZoneOutage: {}}]\n\
        expect: {services: {w: {runningTasks: 1}}}");
    let messages: Vec<&str> = all.iter().map(|line| line.split(" | ").nth(1).unwrap()).collect();
    assert_eq!(
        messages,
        [
            "there is no task definition `ap`",
            "there is no capacity provider `prow`",
            "the daemon task definition `agent` has no revision 2",
            "there is no capacity provider `pro`",
            "there is no alarm `x`",
            "there is no daemon `e`",
            "there is no daemon task definition `agnt`",
            "there is no service `t`",
            "there is no service or family of standalone tasks `u`",
            "there is no cluster `other`",
            "there is no Availability Zone `z`",
            "there is no service `w`",
        ]
    );
}

#[test]
fn names_that_are_there_twice() {
    let twice = |what: &str, line: &str| assert!(one(line).contains(what), "{}", one(line));
    twice("the alarm `x` is there twice", "alarms: [{alarmName: x, script: []}, {alarmName: x, script: []}]");
    twice(
        "the service `s` differs from another only in capitals",
        "timeline: [{at: 0s, createService: {serviceName: S, taskDefinition: app, desiredCount: 0, capacityProviderStrategy: [{capacityProvider: prov}]}}, \
         {at: 0s, createService: {serviceName: s, taskDefinition: app, desiredCount: 0, capacityProviderStrategy: [{capacityProvider: prov}]}}]",
    );
    twice(
        "the daemon `d` is there already",
        "before: [{createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [prov]}}, \
         {createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [prov]}}]",
    );
    let provider = "before: [{createCapacityProvider: {name: prov, instanceTypes: [m5.large]}}]";
    twice("the capacity provider `prov` is there twice", provider);
    valid(
        "timeline: [{at: 1s, deleteCapacityProvider: {capacityProvider: prov}}, {at: 2s, createCapacityProvider: \
        {name: prov, instanceTypes: [c6g.xlarge], availabilityZones: [a, b]}}]",
    );
}

#[test]
fn distributions_have_parameters_that_can_be_drawn_from() {
    let law = |text: &str| one(&format!("delays: {{appStart: {text}}}"));
    assert!(law("{mixture: []}").contains("a mixture of nothing"));
    assert!(law("{mixture: [{weight: 0, of: 5s}]}").contains("0 is out of range | found 0 | above 0"));
    assert!(law("{lognormal: {median: 2s, p95: 1s}}").contains("below the median"));
    assert!(law("{lognormal: {median: 1ms, p95: 1d}}").contains("at most 5000 times"));
    assert!(law("{lognormal: {median: 0s, p95: 1s}}").contains("must be above zero"));
    assert!(law("{weibull: {shape: 0, scale: 1s}}").contains("0 is out of range"));
    assert!(law("{uniform: [2s, 1s]}").contains("the first end is above the second"));
    assert!(law("{uniform: [2s]}").contains("two ends"));
    assert!(law("{triangular: {min: 1s, mode: 5s, max: 3s}}").contains("the mode lies outside"));
    assert!(law("{exponential: {mean: 0s}}").contains("must be above zero"));
    assert!(law("{empirical: []}").contains("no value to draw from"));
    assert!(law("{empirical: [1s, -1s]}").contains("it is negative"));
    assert!(law("{empirical: {file: empty.csv}}").contains("empty.csv has no value"));
    assert!(law("{empirical: {file: plain.csv}}").contains("plain.csv:1: `5` is not a duration"));
    assert!(law("{empirical: {file: other.csv}}").contains("cannot read other.csv"));
    for path in ["/etc/passwd", "../a.csv", "\"http://x/a.csv\""] {
        assert!(
            law(&format!("{{empirical: {{file: {path}}}}}")).contains("does not lie beside the scenario")
        );
    }
    assert!(law("{lognormal: {median: 1s}, uniform: [1s, 2s]}").contains("one kind"));
    for share in ["-0.1", "1.0000001"] {
        let text = one(&format!(
            "before: [{{registerTaskDefinition: {{family: x, memory: 1, behaviour: {{ignoresSigterm: {share}}}}}}}]"
        ));
        assert!(text.contains("is out of range"), "{text}");
    }
}

#[test]
fn distributions_that_can() {
    use daemonsim::kernel::{Distribution as D, SimDuration};
    let law = |text: &str| valid(&format!("delays: {{appStart: {text}}}")).setup.delays.app_start;
    let secs = SimDuration::from_secs;
    assert_eq!(law("{lognormal: {median: 5s, p95: 5s}}"), D::Constant(secs(5)));
    assert_eq!(law("{lognormal: {median: 5s, p95: 9s}}"), D::lognormal_secs(5, 9));
    assert_eq!(law("-0s"), D::Constant(secs(0)));
    assert_eq!(law("{empirical: {file: starts.csv}}"), D::Empirical([secs(1), secs(2)].into()));
    assert_eq!(law("{empirical: [3s, 1s]}"), D::Empirical([secs(1), secs(3)].into()));
    assert_eq!(
        law("{mixture: [{weight: 0.99, of: 1s}, {weight: 3, of: {uniform: [1s, 2s]}}]}"),
        D::Mixture(vec![(0.99, D::Constant(secs(1))), (3.0, D::Uniform { min: secs(1), max: secs(2) })])
    );
}

#[test]
fn durations_say_their_unit() {
    for text in ["5", "5 m", "5M", "1h-5m", "PT5M", "99999999999h", "1e3s", "٥s", "-5s", "1y"] {
        assert!(one(&format!("horizon: {text}")).contains("a duration such as 90s"), "{text}");
    }
    for text in ["0s", "-0s", "1ms", "106751d"] {
        valid(&format!("horizon: {text}"));
    }
}

#[test]
fn zones_protections_and_health_checks_are_in_range() {
    let zones = "timeline: [{at: 0s, createCapacityProvider: {name: p, instanceTypes: [m5.large], availabilityZones: []}}]";
    assert!(one(zones).contains("at least one zone"));
    let base = service("desiredCount: 1");
    for minutes in ["0", "2881"] {
        let line = format!(
            "{base}\ntimeline: [{{at: 0s, updateTaskProtection: {{tasks: [s/t-1], protectionEnabled: true, expiresInMinutes: {minutes}}}}}]"
        );
        assert!(one(&line).contains("from 1 to 2880"), "{minutes}");
    }
    let check = |rest: &str| {
        format!(
            "before: [{{registerTaskDefinition: {{family: x, memory: 1, containerDefinitions: [{{healthCheck: {{{rest}}}}}]}}}}]"
        )
    };
    for rest in ["interval: 0", "interval: 4", "interval: 301", "retries: 0", "retries: 11", "timeout: 61"] {
        assert!(one(&check(rest)).contains("is out of range"), "{rest}");
    }
    valid(&check("interval: 5, timeout: 60"));
}

#[test]
fn updates_that_drop_settings_are_warned_of() {
    let line = "timeline: [{at: 0s, createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [prov], \
        critical: false, deploymentConfiguration: {drainPercent: 10}}}, \
        {at: 1h, updateDaemon: {daemonArn: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [prov]}}]";
    let text = warned(line);
    assert!(text.contains("`critical` was false and falls back to true"), "{text}");
    assert!(text.contains("`drainPercent` was 10 and falls back to 25"), "{text}");
}

#[test]
fn overrides_point_at_themselves() {
    let text = format!("{BASE}{}", deployment("drainPercent: 5"));
    let mistakes = parse(text.as_bytes(), &["d.drainPercent=101", "delays.appStrat=5s", "e.drainPercent=5"])
        .unwrap_err();
    let all: Vec<String> =
        mistakes.diagnostics().iter().map(|d| format!("{} {}", d.source, brief(d))).collect();
    assert!(
        all[0].starts_with(
            "--set 1:16 timeline[0].createDaemon.deploymentConfiguration.drainPercent | 101 is out of range"
        ),
        "{all:?}"
    );
    assert!(all[1].starts_with("--set 1:8 delays.appStrat | there is no member `appStrat`"), "{all:?}");
    assert!(all[1].ends_with("did you mean appStart?"), "{all:?}");
    assert!(
        all[2].contains("`e.drainPercent` leads nowhere") && all[2].ends_with("did you mean d.drainPercent?"),
        "{all:?}"
    );
}

#[test]
fn after_a_hundred_mistakes_the_rest_is_a_count() {
    let keys: String = (0..2000).map(|n| format!("k{n}: 1\n")).collect();
    let mistakes = parse(format!("name: a\n{keys}").as_bytes(), &[]).unwrap_err();
    assert_eq!((mistakes.diagnostics().len(), mistakes.count()), (100, 2000));
    assert!(mistakes.render(false).ends_with("error: and 1900 more mistakes\n"));
    assert_eq!(mistakes.diagnostics()[99].path, "k99");
}

mod anything {
    use super::{BASE, parse};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(mistakes) = parse(&bytes, &[]) {
                prop_assert!(!mistakes.render(false).is_empty());
            }
        }

        #[test]
        fn yaml_like_text_never_panics(text in "[a-z&*!<>\\[\\]{}:,\"'#|\\- \\n\\t0-9.~?%@`é\u{2028}]{0,120}") {
            if let Err(mistakes) = parse(text.as_bytes(), &[]) {
                prop_assert!(!mistakes.render(true).is_empty());
            }
        }

        #[test]
        fn mutated_scenarios_never_panic(
            at in 0..1_000_usize, remove in 0..12_usize, insert in "[a-z:{}\\[\\], \\n0-9.\"&*~-]{0,6}", twice in any::<bool>(),
        ) {
            let text = format!("{BASE}{}", include_str!("../example.yaml").split_once("before:").unwrap().1);
            let mut text = if twice { include_str!("../example.yaml").to_owned() } else { text };
            let at = at * text.len() / 1_000;
            let start = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap();
            let end = (start + remove..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
            text.replace_range(start..end.max(start), &insert);
            if let Err(mistakes) = parse(text.as_bytes(), &[]) {
                prop_assert!(mistakes.diagnostics().iter().all(|d| d.line >= 1 && d.column >= 1));
                prop_assert!(!mistakes.render(false).is_empty());
            }
        }

        #[test]
        fn overrides_never_panic(path in "[a-z.\\[\\]0-9]{1,20}", value in "[a-z:{}\\[\\], 0-9.\"&*~-]{0,12}") {
            let set = format!("{path}={value}");
            let _ = parse(BASE.as_bytes(), &[&set]);
        }
    }
}
