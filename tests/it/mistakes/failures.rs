//! Mistakes in what a scenario says of failures, alarms and faults.

use super::{daemon, deployment, of, one, valid, warned};

#[test]
fn alarms_keep_put_metric_alarms_rules() {
    let alarm = |rest: &str| {
        format!(
            "alarms: [{{alarmName: x, builtin: DrainingPercent, threshold: 1, \
             comparisonOperator: GreaterThanThreshold, {rest}}}]"
        )
    };
    for period in ["0", "7", "45", "-60", "61"] {
        let text = one(&alarm(&format!("period: {period}, evaluationPeriods: 1")));
        assert!(text.contains("alarms[0].period"), "{text}");
    }
    for period in ["10", "20", "30", "60", "120"] {
        valid(&alarm(&format!("period: {period}, evaluationPeriods: 1")));
    }
    assert!(
        one(&alarm("period: 60, evaluationPeriods: 3, datapointsToAlarm: 4"))
            .contains("4 data points of 3 can never breach")
    );
    assert!(one(&alarm("period: 60, evaluationPeriods: 0")).contains("0 is out of range"));
    assert!(
        one(&alarm("period: 60, evaluationPeriods: 3, datapointsToAlarm: 0")).contains("0 is out of range")
    );
    valid(&alarm("period: 60, evaluationPeriods: 1440"));
    assert!(one(&alarm("period: 60, evaluationPeriods: 1441")).contains("at most 86400 seconds"));
    valid(&alarm("period: 3600, evaluationPeriods: 168"));
    assert!(one(&alarm("period: 3600, evaluationPeriods: 169")).contains("at most 604800 seconds"));
    assert!(
        one(&alarm("period: 60, evaluationPeriods: 1, evaluationWindow: {}"))
            .contains("no member `evaluationWindow`")
    );
    let typo =
        alarm("period: 60, evaluationPeriods: 1").replace("GreaterThanThreshold", "GreaterThanTreshold");
    assert!(one(&typo).ends_with("did you mean GreaterThanThreshold?"));
    assert!(
        one(&alarm("period: 60, evaluationPeriods: 1").replace("threshold: 1", "threshold: .nan"))
            .contains("only finite")
    );
    assert!(one("alarms: [{alarmName: x}]").contains("an alarm has one source | found 0"));
    let unwatched =
        deployment("alarms: {enable: false, alarmNames: [x]}") + "\nalarms: [{alarmName: x, script: []}]";
    assert!(warned(&unwatched).contains("these alarms are not watched"));
}

#[test]
fn alarms_have_one_source_and_all_of_its_rule() {
    assert!(one("alarms: [{alarmName: x, builtin: DrainingPercent, script: []}]").contains("| found 2 |"));
    let missing = of("alarms: [{alarmName: x, builtin: DrainingPercent}]");
    let paths: Vec<&str> = missing.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(
        paths,
        [
            "alarms[0].period",
            "alarms[0].evaluationPeriods",
            "alarms[0].threshold",
            "alarms[0].comparisonOperator"
        ]
    );
    // What stands beside a script is looked at all the same.
    valid("alarms: [{alarmName: x, startsIn: ALARM, script: [], period: 60}]");
    assert!(one("alarms: [{alarmName: x, script: [], period: 45}]").contains("45 is not a period"));
    assert!(one("alarms: [{script: []}]").contains("`alarmName` is missing"));
    let typo = "alarms: [{alarmName: x, builtin: DrainingPercen, period: 60, evaluationPeriods: 1, threshold: 1, \
                comparisonOperator: LessThanThreshold}]";
    assert!(one(typo).ends_with("did you mean DrainingPercent?"));
    assert!(
        one(
            "alarms: [{alarmName: x, metric: {baseline: 1}, period: 60, evaluationPeriods: 1, threshold: 1, \
             comparisonOperator: LessThanThreshold}]"
        )
        .contains("alarms[0].metric.name | `name` is missing")
    );
}

#[test]
fn scripts_go_forward() {
    let script = |states: &str| one(&format!("alarms: [{{alarmName: x, script: [{states}]}}]"));
    assert_eq!(
        script("{at: 2h, state: ALARM}, {at: 1h, state: OK}"),
        "1:63 alarms[0].script[1].at | the states of a script come one after the other | a time after that of the entry \
         before"
    );
    assert!(script("{at: 1h, state: ALARM}, {at: 60m, state: OK}").contains("one after the other"));
    assert!(script("{at: 1h, state: alarm}").ends_with("did you mean ALARM?"));
    assert!(script("{at: -1h, state: ALARM}").contains("it is negative"));
    assert!(script("{state: ALARM}").contains("`at` is missing"));
}

#[test]
fn noise_is_plain_numbers() {
    let noise = |law: &str| {
        one(&format!(
            "alarms: [{{alarmName: x, metric: {{name: m, noise: {law}}}, period: 60, evaluationPeriods: 1, threshold: 1, \
             comparisonOperator: LessThanThreshold}}]"
        ))
    };
    assert!(noise("5s").contains("alarms[0].metric.noise | this should be a number | found the text `5s`"));
    assert!(noise("{uniform: [0.01, -0.01]}").contains("the first end is above the second"));
    assert!(noise("{exponential: {mean: 0}}").contains("must be above zero"));
    assert!(noise("{lognormal: {median: -1, p95: 2}}").contains("must be above zero"));
    assert!(noise("{normal: {mean: 0, sd: 1}}").contains("`normal` is not a kind of distribution"));
    assert!(noise("{empirical: {file: starts.csv}}").contains("starts.csv:2: `2s` is not a number"));
    assert!(noise("{empirical: {file: empty.csv}}").contains("one a line, a plain number such as 0.02"));
}

#[test]
fn deployments_watch_alarms_that_are_there() {
    let alarms = "alarms: [{alarmName: agent-errors, script: []}]";
    let dangling = |enable: bool| {
        one(&format!(
            "{}\n{alarms}",
            deployment(&format!("alarms: {{enable: {enable}, alarmNames: [agent-error]}}"))
        ))
    };
    for enable in [true, false] {
        let text = dangling(enable);
        assert!(
            text.contains("deploymentConfiguration.alarms.alarmNames[0] | there is no alarm `agent-error`")
        );
        assert!(text.ends_with("| agent-errors | did you mean agent-errors?"), "{text}");
    }
    let none = one(&deployment("alarms: {enable: true, alarmNames: [x]}"));
    assert!(none.ends_with("there is no alarm `x` | the scenario has no alarm"), "{none}");
    assert!(one(&deployment("alarms: {enable: \"true\"}")).contains("true or false, without quotes"));
}

/// A revision with this behaviour, and these containers.
fn revision(behaviour: &str, containers: &str) -> String {
    format!(
        "before: [{{registerDaemonTaskDefinition: {{family: x, memory: 1, behaviour: {{{behaviour}}}, \
         containerDefinitions: [{containers}]}}}}]"
    )
}

#[test]
fn behaviour_is_in_range() {
    for (key, value) in [
        ("failsToStart", "-0.1"),
        ("failsToStart", "1.0000001"),
        ("affects", "1.5"),
        ("affects", "-1"),
        ("ignoresSigterm", "2"),
        ("imageMiB", "0"),
    ] {
        let text = one(&revision(&format!("{key}: {value}"), ""));
        let place =
            format!("before[0].registerDaemonTaskDefinition.behaviour.{key} | {value} is out of range");
        assert!(text.contains(&place), "{text}");
    }
    for key in ["crashesAfter", "unhealthyAfter"] {
        assert!(one(&revision(&format!("{key}: 5"), "")).contains("a duration such as 90s"));
        assert!(one(&revision(&format!("{key}: {{uniform: [2s, 1s]}}"), "")).contains("first end is above"));
        assert!(one(&revision(&format!("{key}: -5s"), "")).contains("it is negative"));
    }
    assert!(one(&revision("metrics: {errors: many}", "")).contains("behaviour.metrics.errors"));
    assert!(one(&revision("metrics: [errors]", "")).contains("this should be a mapping"));
    assert!(one(&revision("failToStart: 1", "")).ends_with("did you mean failsToStart?"));
}

#[test]
fn restart_policies_are_ecs_own() {
    let policy = |rest: &str| one(&revision("", &format!("{{restartPolicy: {{{rest}}}}}")));
    for seconds in ["59", "1801"] {
        let text = policy(&format!("enabled: true, restartAttemptPeriod: {seconds}"));
        assert!(text.contains("from 60 to 1800"), "{text}");
    }
    assert!(policy("restartAttemptPeriod: 60").contains("`enabled` is missing"));
    valid(&revision("", "{restartPolicy: {enabled: true, restartAttemptPeriod: 60, ignoredExitCodes: [1]}}"));
}

#[test]
fn failures_that_nobody_would_see_are_warned_of() {
    let checked = "{healthCheck: {interval: 10}}";
    let warned = |behaviour: &str, containers: &str| warned(&revision(behaviour, containers));
    assert!(
        warned("affects: 0.5", "").contains("there is no failure that could be on a share of the instances")
    );
    assert_eq!(warned("affects: 0.5, failsToStart: 0", ""), "");
    assert_eq!(warned("affects: 0.5, crashesAfter: 1h", ""), "");
    let unseen = warned("unhealthyAfter: 1h", "");
    assert!(unseen.contains("ECS would not notice: no essential container has a health check"), "{unseen}");
    assert!(
        warned("unhealthyAfter: 1h", "{essential: false, healthCheck: {}}").contains("ECS would not notice")
    );
    assert_eq!(warned("unhealthyAfter: 1h", checked), "");
    let restarted = "{restartPolicy: {enabled: true}}";
    let absorbed = warned("crashesAfter: {uniform: [5m, 1h]}", restarted);
    assert!(absorbed.contains("a container that ran for 5m is restarted in place, and none crashes earlier"));
    assert_eq!(warned("crashesAfter: {uniform: [299s, 1h]}", restarted), "");
    assert_eq!(warned("crashesAfter: {exponential: {mean: 1d}}", restarted), "");
}

#[test]
fn faults_are_of_one_kind() {
    let fault = |rest: &str| one(&format!("faults: [{{{rest}}}]"));
    let none = fault("at: 1h");
    assert!(
        none.starts_with("1:10 faults[0] | a fault is of one kind | found none | one of launchFailures,"),
        "{none}"
    );
    let two = fault("killDaemons: {count: 1}, slowLaunches: {factor: 2}");
    assert!(two.contains("| found slowLaunches, killDaemons |"), "{two}");
    let typo = of("faults: [{spotInteruptions: {ratePerInstanceHour: 1}}]");
    assert!(typo.iter().any(|line| line.ends_with("did you mean spotInterruptions?")), "{typo:#?}");
    assert!(fault("killDaemons: {count: 1, of: agent}").contains("there is no member `of` here"));
}

#[test]
fn faults_are_in_range() {
    let fault = |rest: &str| one(&format!("faults: [{{{rest}}}]"));
    for share in ["-0.1", "1.0000001"] {
        let text = fault(&format!("launchFailures: {{probability: {share}}}"));
        assert!(
            text.contains(&format!("faults[0].launchFailures.probability | {share} is out of range")),
            "{text}"
        );
        assert!(fault(&format!("share: {share}, killDaemons: {{count: 1}}")).contains("faults[0].share"));
    }
    assert!(fault("launchFailures: {retryAfter: 5s}").contains("`probability` is missing"));
    assert!(fault("launchFailures: {probability: 0, retryAfter: 5}").contains("a duration such as 90s"));
    for factor in ["0", "-1", "10001"] {
        assert!(
            fault(&format!("slowLaunches: {{factor: {factor}}}")).contains("is out of range"),
            "{factor}"
        );
    }
    for rate in ["-0.5", "3601"] {
        for kind in ["instanceDeaths", "spotInterruptions"] {
            let text = fault(&format!("{kind}: {{ratePerInstanceHour: {rate}}}"));
            assert!(text.contains(&format!("faults[0].{kind}.ratePerInstanceHour | {rate} is out of range")));
        }
        let text = fault(&format!("agentDisconnects: {{ratePerInstanceHour: {rate}, lasts: 5m}}"));
        assert!(text.contains("is out of range | "), "{text}");
    }
    assert!(fault("agentDisconnects: {ratePerInstanceHour: 1}").contains("`lasts` is missing"));
    assert!(fault("apiThrottling: {burst: 0, perSecond: 1}").contains("0 is out of range"));
    assert!(fault("apiThrottling: {burst: 1, perSecond: 0}").contains("0 is out of range"));
    assert!(fault("apiThrottling: {burst: 1.5, perSecond: 1}").contains("should be a whole number"));
    assert!(fault("killDaemons: {count: -1}").contains("out of range"));
    assert!(fault("killDaemons: 5").contains("this should be a mapping"));
    assert!(fault("at: -1s, availabilityZoneOutage: {}").contains("faults[0].at"));
    // A window ends after it begins: how long it lasts is a length, and lengths are not negative.
    assert!(fault("at: 1h, for: -1s, availabilityZoneOutage: {}").contains("faults[0].for"));
    assert!(
        fault("at: 1h, until: 30m, availabilityZoneOutage: {}").contains("there is no member `until` here")
    );
}

#[test]
fn faults_happen_somewhere() {
    let all = of(
        "faults: [{capacityProvider: prow, killDaemons: {count: 1}}, {availabilityZone: c, killDaemons: {count: 1}}]",
    );
    assert_eq!(
        all,
        [
            "1:29 faults[0].capacityProvider | there is no capacity provider `prow` | prov | did you mean prov?",
            "1:80 faults[1].availabilityZone | there is no Availability Zone `c` | a, b | did you mean a?",
        ]
    );
    let scope = daemon("critical: true")
        + "\nfaults: [{capacityProvider: prov, availabilityZone: b, share: 0, killDaemons: {count: 0}}]";
    assert_eq!(valid(&scope).warnings.len(), 0);
}
