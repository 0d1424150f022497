//! Examples of what takes more than a table to see, by the name of the form. They stand in the reference, and a test
//! holds them to be valid.

/// A form, a sentence, and a part of a scenario.
pub(in crate::scenario) const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "Behaviour",
        "The second revision hangs within hours on a tenth of the instances; of the third, three starts of a hundred \
         fail, and wherever it runs, errors go up by four in a hundred.",
        "\
daemonTaskDefinitions:
  - {family: agent, cpu: 256, memory: 512}
  - family: agent
    cpu: 256
    memory: 512
    containerDefinitions: [{name: agent, healthCheck: {command: [CMD, /ok], interval: 30, retries: 3}}]
    behaviour: {unhealthyAfter: {exponential: {mean: 4h}}, affects: 0.1}
  - family: agent
    cpu: 256
    memory: 512
    behaviour:
      failsToStart: 0.03
      metrics: {errorRate: 0.04}
",
    ),
    (
        "Alarm",
        "The first rings when the fleet's error rate is above 3 % in three of five minutes: with a baseline of 0.01 and \
         `metrics` of 0.04, when about half of the fleet runs the bad revision. The second rings when more than a fifth \
         of the tasks are missing; the third as its script says.",
        "\
alarms:
  - alarmName: agent-errors
    metric: {name: errorRate, baseline: 0.01, noise: {uniform: [-0.005, 0.005]}}
    period: 60
    evaluationPeriods: 5
    datapointsToAlarm: 3
    threshold: 0.03
    comparisonOperator: GreaterThanThreshold
    treatMissingData: notBreaching
  - alarmName: too-few-tasks
    builtin: RunningTasksPercent
    period: 60
    evaluationPeriods: 2
    threshold: 80
    comparisonOperator: LessThanThreshold
  - alarmName: pager
    script: [{at: 1h, state: ALARM}, {at: 1h 10m, state: OK}]
",
    ),
    (
        "Fault",
        "For ten minutes a fifth of the launch calls in one zone fail; all day long, SPOT instances are taken away about \
         once in twenty hours each; a zone is gone for half an hour; and at noon, three daemon tasks are killed.",
        "\
faults:
  - {at: 1h, for: 10m, availabilityZone: a, launchFailures: {probability: 0.2, retryAfter: 30s}}
  - {capacityProvider: spot, spotInterruptions: {ratePerInstanceHour: 0.05}}
  - {at: 3h, for: 30m, availabilityZone: b, availabilityZoneOutage: {}}
  - {at: 12h, killDaemons: {count: 3}}
",
    ),
];
