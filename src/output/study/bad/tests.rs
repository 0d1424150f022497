use super::*;
use crate::output::study::fixture::{around, head, single};
use crate::study::results::{BadPoint, BadResult, Prior, Share, ShortestBake};

fn share(hits: u64, low: f64, high: f64) -> Share {
    Share { hits, runs: 100, share: hits as f64 / 100.0, interval: Some((low, high)) }
}

fn point(labels: &[&str]) -> BadPoint {
    BadPoint {
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        caught: Some(share(87, 0.79, 0.922)),
        by_breaker: Some(share(60, 0.5, 0.69)),
        by_alarm: Some(share(27, 0.19, 0.36)),
        false_rollback: Some(share(2, 0.0055, 0.07)),
        instances: Some(around(12.4, 0.5, 4)),
        tasks: None,
        exposure: Some(around(36_000_000.0, 90_000.0, 3_600_000)),
        time_to_detect: Some(around(600_000.0, 9_000.0, 120_000)),
        prior: Some(Prior {
            rollback: 0.105,
            bad_if_rolled_back: Some(0.829),
            escape: 0.013,
            exposure: Some(3_600_000.0),
        }),
    }
}

fn result(axes: &[&str], points: Vec<BadPoint>) -> BadResult {
    BadResult {
        daemon: "my-agent".to_owned(),
        probability: Some(0.1),
        axes: axes.iter().map(|axis| head(axis, &[])).collect(),
        points,
        bakes: None,
    }
}

fn text(result: BadResult) -> String {
    let text = bad_text(&[result], false);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    text
}

#[test]
fn one_point_is_told_in_words() {
    let expected = "
If the new revision of my-agent is bad
  It is caught in 87 % of its replications (95 %: 79 to 92.2 %): by the circuit
  breaker in 60 %, by an alarm in 27 %.
  Where it is, that takes 10 m 00 s on average, 12 m 00 s in 95 % of them.
  It reaches 12.4 instances on average; no more than 12 in half of its
  replications, 16 in 95 %, 20 in all.
  Until its deployment ends, instances run it for 10.0 instance-hours on
  average, 12.0 instance-hours at the most.
  A good one is rolled back in 2 % of its replications (95 %: 0.55 to 7 %).
  When 10 % of revisions are bad, 10.5 % of deployments are rolled back; 82.9 %
  of those have a bad one; 1.3 % of deployments leave a bad revision in place,
  and instances run a bad one for 60.0 instance-minutes a deployment.
";
    assert_eq!(text(result(&[], vec![point(&[])])), expected);
}

#[test]
fn several_points_are_told_in_tables() {
    let mut all =
        result(&["a.drainPercent", "a.bakeTimeInMinutes"], vec![point(&["5", "1"]), point(&["5", "10"])]);
    all.bakes = Some(vec![ShortestBake {
        labels: vec!["5".to_owned(), String::new()],
        likely: Some("1".to_owned()),
        surely: None,
    }]);
    let expected = "
If the new revision of my-agent is bad
  drainPercent, bakeTime…  caught        95 %  breaker  alarm  false  reach  p95
  5, 1                       87 %  79 to 92.2     60 %   27 %    2 %   12.4   16
  5, 10                      87 %  79 to 92.2     60 %   27 %    2 %   12.4   16
  caught: a bad revision is rolled back, by the circuit breaker or an alarm;
  false: a good one is; reach: instances that a bad one reaches, on average and
  in 95 %.
  The shortest bake that catches 90 % of bad revisions, at drainPercent 5: 1
  minute, as far as these replications show; surely: none that was tried.

When 10 % of its revisions are bad
  drainPercent,…  rolled back  of which bad  bad, escapes           on a bad one
  5, 1                 10.5 %        82.9 %         1.3 %  60.0 instance-minutes
  5, 10                10.5 %        82.9 %         1.3 %  60.0 instance-minutes
";
    assert_eq!(text(all), expected);
}

#[test]
fn what_is_not_known_is_told_so() {
    let once = Some(Share { hits: 1, runs: 1, share: 1.0, interval: None });
    let point = BadPoint { caught: once, instances: Some(single(4)), prior: None, ..point(&[]) };
    let result = BadResult { probability: None, ..result(&[], vec![point]) };
    let text = text(result.clone());
    assert!(text.contains("It is caught in 100 % of its replications (95 %: n/a)"), "{text}");
    assert!(!text.contains("When"), "{text}");
    let csv = String::from_utf8(write_bad_csv(&[result], Vec::new()).expect("memory")).expect("text");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[0]
            .starts_with("daemon,replications,caught.share,caught.ci_low,caught.ci_high,by_breaker.share")
    );
    assert!(
        lines[0]
            .ends_with(",probability,rollback,bad_if_rolled_back,escape,exposure_instance_s_per_deployment")
    );
    assert!(lines[1].starts_with("my-agent,1,1.000000,,,0.600000,0.500000,0.690000,"), "{}", lines[1]);
    assert!(lines[1].contains(",4.000000,4.000000,4.000000,4.000000,,,,,,,,,"), "{}", lines[1]);
    assert!(
        lines[1].contains(",36000.000000,36000.000000,39600.000000,43200.000000,35910.000000,36090.000000,")
    );
    assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
}
