use resvg::usvg::{Tree, roxmltree};

use super::png::options;
use super::*;
use crate::kernel::{SimDuration, SimTime};
use crate::model::DeploymentStatus;
use crate::output::fixture::{Failure, Made, Rollout};
use crate::record::Outcome;

fn one_wave() -> Made {
    Made::new("five-instances").with(5, 20).rolled(Rollout { dips: true, ..Rollout::of(5, 5) }).done()
}

fn four_waves() -> Made {
    Made::new("existing-capacity-provider").with(200, 800).rolled(Rollout::of(200, 50)).done()
}

fn forty_waves() -> Made {
    let roll = Rollout { dips: true, ..Rollout::of(5_000, 125) };
    Made::new("large-fleet").with(5_000, 20_000).rolled(roll).done()
}

fn removal() -> Made {
    let roll = Rollout { removes: true, bake_ms: 0, ..Rollout::of(60, 12) };
    Made::new("clean-up").with(60, 240).rolled(roll).done()
}

fn two_daemons() -> Made {
    let second = Rollout {
        daemon: 1,
        provider: 1,
        begins_ms: 420_000,
        bake_ms: 60_000,
        dips: true,
        ..Rollout::of(30, 5)
    };
    Made::new("two-daemons").with(110, 440).rolled(Rollout::of(80, 20)).rolled(second).done()
}

fn no_deployment() -> Made {
    Made::new("quiet").with(12, 48).done()
}

fn seven_days() -> Made {
    let roll = Rollout { begins_ms: 3 * 86_400_000, ..Rollout::of(70, 18) };
    let mut made = Made::new("a-week").with(70, 280).rolled(roll).done();
    made.summary.ended_at = SimTime::from_ms(7 * 86_400_000);
    made.summary.outcome = Outcome::Horizon;
    made
}

fn many_hours() -> Made {
    let roll = Rollout { slow: 40, dips: true, bake_ms: 3_600_000, ..Rollout::of(90, 9) };
    Made::new("slow-cluster").with(90, 0).rolled(Rollout { tasks_each: 0, ..roll }).done()
}

fn rolled_back() -> Made {
    let roll = Rollout { dips: true, ..Rollout::of(70, 18) };
    Made::new("bad-revision").with(70, 280).failed(Failure::of(roll, 2)).done()
}

fn alarm_in_bake() -> Made {
    let failure = Failure { alarm: Some(0), ..Failure::of(Rollout::of(200, 50), 4) };
    let made = Made::new("alarm-in-bake").with(200, 800).failed(failure).done();
    let stopped = made.summary.deployments[0].detected.map_or(0, SimTime::as_ms);
    made.rang(0, stopped - 20_000, stopped + 400_000).rang(1, 330_000, 341_000).rang(1, 500_000, 560_000)
}

fn no_source() -> Made {
    let failure = Failure { status: DeploymentStatus::Stopped, ..Failure::of(Rollout::of(70, 18), 1) };
    Made::new("no-source").with(70, 280).failed(failure).done()
}

fn many_back() -> Made {
    let roll = Rollout { tasks_each: 0, bake_ms: 600_000, ..Rollout::of(300, 1) };
    let mut made = Made::new("many-back").with(300, 0).failed(Failure::of(roll, 250)).done();
    for n in 0..5_000 {
        made = made.rang(0, 300_000 + n * 9_000, 300_000 + n * 9_000 + 3_000);
    }
    made.names.alarms[0] = "long-alarm-name-".repeat(16);
    made
}

fn fails_twice() -> Made {
    let first = Failure::of(Rollout { bake_ms: 0, ..Rollout::of(40, 10) }, 1);
    let second = Rollout { daemon: 1, provider: 1, begins_ms: 420_000, ..Rollout::of(30, 5) };
    let third = Rollout { begins_ms: 900_000, bake_ms: 60_000, ..Rollout::of(40, 10) };
    let mut made = Made::new("fails-twice").with(70, 280).failed(first);
    made = made.failed(Failure { alarm: Some(1), ..Failure::of(second, 1) });
    made = made.failed(Failure { alarm: Some(1), ..Failure::of(third, 2) }).done();
    for d in &mut made.summary.deployments {
        d.alarms = (0..8).map(crate::model::AlarmId::new).collect();
    }
    made.names.alarms = (0..8).map(|n| format!("alarm-{n}")).collect();
    for n in 0..8 {
        made = made.rang(n, 400_000 + 60_000 * u64::from(n), 800_000);
    }
    made
}

fn unfinished() -> Made {
    let mut made = Made::new("horizon").with(60, 240).rolled(Rollout::of(60, 20)).done();
    let end = made.summary.waves[1].started + SimDuration::from_ms(40_000);
    made.summary.waves.truncate(2);
    made.summary.waves[1].finished = None;
    made.summary.waves[1].replaced.clear();
    let d = &mut made.summary.deployments[0];
    (d.finished, d.bake_started, d.status) = (None, None, DeploymentStatus::InProgress);
    (made.summary.ended_at, made.summary.outcome) = (end, Outcome::Horizon);
    made
}

fn nothing() -> Made {
    Made::new("nothing").done()
}

fn six_hundred_waves() -> Made {
    let mut made = Made::new(&"long-scenario-name-".repeat(13)).with(600, 0);
    made = made.rolled(Rollout { tasks_each: 0, ..Rollout::of(600, 1) }).done();
    made.names.daemons[0] = "long-daemon-name-".repeat(15);
    made.names.providers[0] = "long-provider-name-".repeat(13);
    made.names.daemon_task_definitions = vec!["long-family-name-".repeat(15); 3];
    made
}

fn twelve_deployments() -> Made {
    let mut made = Made::new("busy").with(24, 96);
    for n in 0..12_u32 {
        let at = 60_000 + 200_000 * u64::from(n);
        let roll = Rollout {
            daemon: n % 2,
            provider: n / 2 % 2,
            begins_ms: at,
            bake_ms: 60_000,
            ..Rollout::of(2, 1)
        };
        made = made.rolled(roll);
    }
    made.done()
}

fn all() -> Vec<Made> {
    vec![
        one_wave(),
        four_waves(),
        forty_waves(),
        removal(),
        two_daemons(),
        no_deployment(),
        seven_days(),
        many_hours(),
        rolled_back(),
        alarm_in_bake(),
        no_source(),
        many_back(),
        fails_twice(),
        unfinished(),
        nothing(),
        six_hundred_waves(),
        twelve_deployments(),
    ]
}

#[test]
fn every_picture_is_valid_and_the_same_each_time() {
    for made in all() {
        let (report, scenario) = (made.report(), &made.meta.scenario);
        for draw in [capacity_svg, waves_svg] {
            let svg = draw(&report);
            assert!(svg == draw(&report), "{scenario} is drawn differently a second time");
            let tree = Tree::from_str(&svg, &options()).unwrap_or_else(|e| panic!("{scenario}: {e}"));
            assert_eq!(tree.size().width(), 1200.0, "{scenario}");
            assert!(svg.len() < 2_000_000, "{scenario} has {} bytes", svg.len());
        }
    }
}

/// No upright text begins left of this, or ends far right of the picture.
pub(super) fn all_texts_lie_within(svg: &str, leftmost: f64, what: &str) {
    let tree = roxmltree::Document::parse(svg).expect("valid");
    for text in tree.descendants().filter(|n| n.has_tag_name("text")) {
        let number = |name: &str| text.attribute(name).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
        let (said, size) = (text.text().unwrap_or_default().trim(), number("font-size"));
        let wide = f64::from(font::width(said, size.round() as i32, font::Weight::Medium));
        let left = match text.attribute("text-anchor") {
            Some("middle") => number("x") - wide / 2.0,
            Some("end") => number("x") - wide,
            _ => number("x"),
        };
        let upright = text.attribute("transform").is_none();
        let fits = left >= leftmost && left + wide <= f64::from(canvas::WIDTH) + 12.0;
        assert!(!upright || fits, "{what}: {said} at {left} is {wide} wide");
    }
}

#[test]
fn no_text_leaves_its_picture() {
    for made in all() {
        for svg in [capacity_svg(&made.report()), waves_svg(&made.report())] {
            all_texts_lie_within(&svg, 0.0, &made.meta.scenario);
        }
    }
}

#[test]
fn a_long_name_leaves_room_for_what_became_of_it() {
    let svg = capacity_svg(&six_hundred_waves().report());
    assert!(svg.contains("… on 600 instances: SUCCESSFUL in 19 h"));
}

/// All that a picture says.
fn said(svg: &str) -> String {
    let tree = roxmltree::Document::parse(svg).expect("valid");
    let texts = tree.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text());
    texts.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rollback_is_told_in_both_pictures() {
    let made = rolled_back();
    let capacity = said(&capacity_svg(&made.report()));
    for text in
        ["wave 2", "rollback 3", "rollback", "stopped by the circuit breaker at 0:09:23 (35 of 35 failures)"]
    {
        assert!(capacity.lines().any(|line| line == text), "{text} is not in\n{capacity}");
    }
    assert!(!capacity.contains("ALARM"), "{capacity}");
    let waves = said(&waves_svg(&made.report()));
    let order = [
        "waves back to the source",
        "36 instances, 36 back, of my-daemon-capacity-provider",
        "wave 2",
        "35 failed",
        "stopped by the circuit breaker at 0:09:23 (35 of 35 failures)",
        "rollback 3",
        "rollback 4",
    ];
    let places = order.map(|text| waves.lines().position(|line| line == text).unwrap_or(usize::MAX));
    assert!(places.is_sorted() && places[6] < usize::MAX, "{places:?}\n{waves}");
    let alarm = said(&capacity_svg(&alarm_in_bake().report()));
    for text in ["agent-errors in ALARM", "=cmd in ALARM", "stopped by alarm agent-errors at 0:17:58"] {
        assert!(alarm.lines().any(|line| line == text), "{text} is not in\n{alarm}");
    }
}

#[test]
fn what_went_well_shows_no_trace_of_trouble() {
    for made in [one_wave(), four_waves(), two_daemons(), removal()] {
        let text = said(&capacity_svg(&made.report())) + &said(&waves_svg(&made.report()));
        for word in ["rollback", "stopped", "ALARM", "failed"] {
            assert!(!text.contains(word), "{word} in\n{text}");
        }
    }
}

#[test]
fn names_are_escaped() {
    let mut made = one_wave();
    made.meta.scenario = "<b>&\"".to_owned();
    made.names.daemons[0] = "a<b&c".to_owned();
    made.names.providers[0] = "<p>".to_owned();
    for svg in [capacity_svg(&made.report()), waves_svg(&made.report())] {
        let tree = roxmltree::Document::parse(&svg).expect("valid");
        let said: String = tree.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
        assert!(said.contains("a<b&c/1") && said.contains("<b>&\""));
    }
}

#[test]
fn a_bitmap_is_twice_the_size() {
    let mut png = Vec::new();
    write_png(&capacity_svg(&one_wave().report()), &mut png).expect("memory");
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(u32::from_be_bytes([png[16], png[17], png[18], png[19]]), 2400);
}

/// `GALLERY=… cargo test gallery -- --ignored` leaves every picture in `target/gallery`.
#[test]
#[ignore = "leaves pictures to look at"]
fn gallery() {
    let dir = std::path::Path::new("target/gallery");
    std::fs::create_dir_all(dir).expect("a directory");
    for made in all() {
        for (what, svg) in [("capacity", capacity_svg(&made.report())), ("waves", waves_svg(&made.report()))]
        {
            let scenario: String = made.meta.scenario.chars().take(30).collect();
            let path = dir.join(format!("{scenario}-{what}"));
            std::fs::write(path.with_extension("svg"), &svg).expect("a file");
            let mut png = std::fs::File::create(path.with_extension("png")).expect("a file");
            write_png(&svg, &mut png).expect("a picture");
        }
    }
}
