use resvg::usvg::{Tree, roxmltree};

use super::*;
use crate::output::plot::png::{options, write_png};
use crate::output::plot::tests::all_texts_lie_within;
use crate::output::study::fixture::{column, constant, head, meta, share, single, sweep};
use crate::output::study::{StudyMeta, pictures};
use crate::study::results::{Estimate, Head, StudyResult, Unit};

fn numbers(name: &str, from: usize, to: usize) -> Head {
    let labels: Vec<String> = (from..=to).map(|n| n.to_string()).collect();
    head(name, &labels.iter().map(String::as_str).collect::<Vec<_>>())
}

const DRAIN: &str = "timeline[0].updateDaemon.deploymentConfiguration.drainPercent";
const BAKE: &str = "timeline[0].updateDaemon.deploymentConfiguration.bakeTimeInMinutes";

fn one_axis() -> StudyResult {
    sweep(vec![head(DRAIN, &["5", "10", "20", "25", "50", "100"])])
}

fn words() -> StudyResult {
    sweep(vec![head("assumptions.waveMode", &["barrier", "replacementsActive", "slidingWindow"])])
}

fn two_axes() -> StudyResult {
    sweep(vec![head(DRAIN, &["5", "10", "20", "25", "50", "100"]), head(BAKE, &["0", "5", "15"])])
}

fn words_and_numbers() -> StudyResult {
    sweep(vec![
        head("assumptions.waveMode", &["barrier", "replacementsActive", "slidingWindow"]),
        head("delays.instanceLaunch", &["30s", "1m", "2m", "5m", "10m", "20m", "40m", "1h"]),
    ])
}

fn one_point() -> StudyResult {
    sweep(Vec::new())
}

fn single_runs() -> StudyResult {
    let mut result = two_axes();
    for estimate in result.points.iter_mut().flat_map(|p| &mut p.estimates) {
        *estimate = estimate.map(|e| single(e.p50));
    }
    result
}

fn with_gaps() -> StudyResult {
    let mut result = one_axis();
    result.points[2].estimates[0] = None;
    let last = &mut result.points[5].estimates[0];
    *last = last.map(|e| Estimate { runs: 88, absent: 12, ..e });
    result
}

fn heat_gaps() -> StudyResult {
    let mut result = two_axes();
    result.points[4].estimates[0] = None;
    result
}

fn without_variance() -> StudyResult {
    let mut result = two_axes();
    for estimate in result.points.iter_mut().flat_map(|p| &mut p.estimates) {
        *estimate = estimate.map(|e| constant(e.p50));
    }
    result
}

fn many_points() -> StudyResult {
    sweep(vec![numbers(DRAIN, 1, 100), numbers(BAKE, 0, 99)])
}

fn a_long_axis() -> StudyResult {
    sweep(vec![numbers(DRAIN, 1, 10_000)])
}

fn many_axes() -> StudyResult {
    sweep((0..6).map(|n| head(&format!("path.to.axis-{n}"), &["1", "2", "3"])).collect())
}

fn hostile() -> StudyResult {
    let long = "<b>&\"'\u{1b}[2J".repeat(40);
    let mut result = sweep(vec![head(&long, &["1", &long]), head("=cmd", &["]]>", "\u{0}"])]);
    for column in &mut result.columns {
        column.name = column.name.replace("my-", &"long-name-".repeat(20));
    }
    result
}

fn all() -> Vec<(&'static str, StudyResult)> {
    vec![
        ("one-axis", one_axis()),
        ("words", words()),
        ("two-axes", two_axes()),
        ("words-and-numbers", words_and_numbers()),
        ("one-point", one_point()),
        ("single-runs", single_runs()),
        ("with-gaps", with_gaps()),
        ("heat-gaps", heat_gaps()),
        ("without-variance", without_variance()),
        ("many-points", many_points()),
        ("a-long-axis", a_long_axis()),
        ("many-axes", many_axes()),
        ("hostile", hostile()),
    ]
}

fn named(scenario: &str) -> StudyMeta {
    StudyMeta { scenario: scenario.to_owned(), ..meta() }
}

#[test]
fn every_picture_is_valid_and_no_text_leaves_it() {
    for (name, result) in all() {
        let meta = named(&if name == "hostile" { "<a>&\u{7}".repeat(60) } else { name.to_owned() });
        for picture in pictures(&meta, &result) {
            let (svg, what) = (&picture.svg, format!("{name} {}", picture.name));
            let tree = Tree::from_str(svg, &options()).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(tree.size().width(), 1200.0, "{what}");
            assert!(svg.len() < 600_000, "{what} has {} bytes", svg.len());
            assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{what}");
            all_texts_lie_within(svg, -12.0, &what);
        }
    }
}

#[test]
fn pictures_are_the_same_each_time() {
    let result = two_axes();
    assert_eq!(pictures(&meta(), &result), pictures(&meta(), &result));
}

/// All that a picture says.
fn said(svg: &str) -> String {
    let tree = roxmltree::Document::parse(svg).expect("valid");
    let texts = tree.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text());
    texts.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_says(svg: &str, texts: &[&str]) {
    let all = said(svg);
    for text in texts {
        assert!(all.lines().any(|line| line.contains(text)), "{text} is not in\n{all}");
    }
}

#[test]
fn pictures_say_what_they_leave_out() {
    let many = many_points();
    let duration = measure_svg(&meta(), &many, &many.columns[0]);
    assert_says(
        &duration,
        &["6 of 100 lines shown", "bakeTimeInMinutes 0", "bakeTimeInMinutes 99", "minutes"],
    );
    let heat = heat_svg(&meta(), &many, &many.columns[0]).expect("two axes");
    assert_says(
        &heat,
        &["2,400 of 10,000 points shown", "10,000 points x 100 replications = 1,000,000 runs"],
    );
    let long = a_long_axis();
    assert_says(&measure_svg(&meta(), &long, &long.columns[0]), &["300 of 10,000 values shown"]);
    let gaps = with_gaps();
    // The point without any has as many runs as the others.
    assert_says(&measure_svg(&meta(), &gaps, &gaps.columns[0]), &["112 runs have no such value", "n/a"]);
}

#[test]
fn of_many_lines_those_that_differ_most_are_drawn() {
    let readings: Vec<String> = (0..12).map(|n| format!("reading={n}")).collect();
    let mut labels = vec!["as they are"];
    labels.extend(readings.iter().map(String::as_str));
    let mut result = sweep(vec![head(DRAIN, &["5", "10"]), head("assumptions", &labels)]);
    for point in &mut result.points {
        let slow = ["reading=4", "reading=11"].contains(&point.labels[1].as_str());
        point.estimates[0] = Some(constant(if slow { 9_000_000 } else { 3_000_000 }));
    }
    let svg = measure_svg(&meta(), &result, &result.columns[0]);
    assert_says(&svg, &["6 of 13 lines, those that differ most", "as they are", "reading=4", "reading=11"]);
}

#[test]
fn a_single_run_has_no_interval() {
    let result = single_runs();
    let text = said(&measure_svg(&meta(), &result, &result.columns[0]));
    assert!(text.contains("value of the only run") && !text.contains("95 %"), "{text}");
}

#[test]
fn the_front_lists_what_its_numbers_mean() {
    let mut result = one_axis();
    let svg = pareto_svg(&meta(), &result, "my-agent").expect("six points");
    // At the first value nothing went wrong; at the others too many runs rolled back.
    assert_says(
        &svg,
        &[
            "drainPercent 5",
            "1 h 00 m, 98.8 % left",
            "% of desired",
            "fewer than 95 % of its runs were SUCCESSFUL",
        ],
    );
    for point in &mut result.points {
        point.estimates[1] = Some(constant(1));
    }
    let svg = pareto_svg(&meta(), &result, "my-agent").expect("six points");
    assert_says(&svg, &["drainPercent 5", "drainPercent 100", "12 m 00 s, 70.6 % left"]);
    assert!(!said(&svg).contains("95 %"));
    assert_eq!(pareto_svg(&meta(), &result, "other"), None);
    assert_eq!(pareto_svg(&meta(), &one_point(), "my-agent"), None);
}

/// All points go well, but for a share of the runs that `troubled` tells of a point's values.
fn mostly_well(axes: Vec<Head>, troubled: impl Fn(&[String]) -> f64) -> StudyResult {
    let mut result = sweep(axes);
    for point in &mut result.points {
        let well = 1.0 - troubled(&point.labels);
        point.estimates[1] = Some(share(well, well - 0.01, well));
    }
    result
}

#[test]
fn a_rare_rollback_does_not_take_a_point_out() {
    let drains = || vec![head(DRAIN, &["5", "10", "20"])];
    let rare = mostly_well(drains(), |_| 0.0005);
    let svg = pareto_svg(&meta(), &rare, "my-agent").expect("three points");
    assert_says(&svg, &["drainPercent 20", "nothing is both faster and safer"]);
    assert!(!said(&svg).contains("SUCCESSFUL"));
    let often = mostly_well(drains(), |_| 0.06);
    let svg = pareto_svg(&meta(), &often, "my-agent").expect("three points");
    assert_says(&svg, &["no point competes", "none competes"]);
    assert!(!said(&svg).contains("drainPercent 5") && !said(&svg).contains("both faster"));
    let mut seldom_ends = rare;
    for point in &mut seldom_ends.points {
        point.estimates[0] = point.estimates[0].map(|e| Estimate { runs: 40, absent: 60, ..e });
    }
    let svg = pareto_svg(&meta(), &seldom_ends, "my-agent").expect("three points");
    assert_says(&svg, &["none competes"]);
}

#[test]
fn a_bad_revision_and_other_readings_are_no_settings() {
    let axes = vec![
        head(DRAIN, &["5", "10"]),
        head("assumptions", &["as they are", "bake=perWave"]),
        head("revision", &["good", "bad"]),
    ];
    let result = mostly_well(axes, |_| 0.0);
    let svg = pareto_svg(&meta(), &result, "my-agent").expect("two settings");
    assert_says(&svg, &["6 points with a bad revision or with other readings left out", "drainPercent 10"]);
    assert!(!said(&svg).contains("revision good") && !said(&svg).contains("bake"), "{}", said(&svg));
    let only = mostly_well(vec![head("revision", &["good", "bad"])], |_| 0.0);
    assert_eq!(pareto_svg(&meta(), &only, "my-agent"), None);
}

#[test]
fn every_value_is_listed_and_what_is_hidden_counted() {
    let healthy = "timeline[0].createService.minimumHealthyPercent";
    let axes = vec![head(DRAIN, &["50"]), head(healthy, &["50"]), head(BAKE, &["15", "20"])];
    let mut result = mostly_well(axes, |_| 0.0);
    result.points[1].estimates = result.points[0].estimates.clone();
    let svg = pareto_svg(&meta(), &result, "my-agent").expect("two points");
    assert_says(&svg, &["1 lies on others", "minimumHealthyPercent 50,", "bakeTimeInMinutes 15"]);
}

#[test]
fn where_no_task_is_lost_instances_are_weighed() {
    let mut result = one_axis();
    let active = (result.columns.len() - 2, Unit::Count);
    result.columns.insert(active.0, column("cluster.active_min", active.1));
    for (n, point) in result.points.iter_mut().enumerate() {
        (point.estimates[1], point.estimates[4]) = (Some(constant(1)), Some(constant(320)));
        point.estimates.insert(active.0, Some(constant(40 - 5 * n as u64)));
    }
    let svg = pareto_svg(&meta(), &result, "my-agent").expect("six points");
    assert_says(&svg, &["fewest ACTIVE instances", "12 m 00 s, 15 ACTIVE", "1 h 00 m, 40 ACTIVE"]);
}

#[test]
fn a_search_marks_what_it_recommends() {
    use crate::output::study::tune::fixture::{found, meta, nothing};
    let svg = search_svg(&meta(), &found()).expect("four settings");
    assert_says(
        &svg,
        &[
            "update · seed 7 · 4 settings · 1,280 runs · means",
            "recommended",
            "misses a limit",
            "Fewest running tasks of shop",
            "drainPercent 10, bakeTimeInMinutes 5",
            "41 m 20 s, 101 tasks",
        ],
    );
    let none = search_svg(&meta(), &nothing()).expect("four settings");
    assert_says(&none, &["no setting is known to keep to all limits"]);
    assert!(!said(&none).contains("recommended"));
    let mut one = found();
    one.candidates.truncate(1);
    one.front = vec![0];
    assert_eq!(search_svg(&meta(), &one), None);
}

/// `cargo test study::tests::gallery -- --ignored` leaves every picture in `target/gallery/study`.
#[test]
#[ignore = "leaves pictures to look at"]
fn gallery() {
    for (name, result) in all() {
        let dir = std::path::Path::new("target/gallery/study").join(name);
        std::fs::create_dir_all(&dir).expect("a directory");
        for picture in pictures(&named(name), &result) {
            std::fs::write(dir.join(format!("{}.svg", picture.name)), &picture.svg).expect("a file");
            let mut png = Vec::new();
            write_png(&picture.svg, &mut png).expect("memory");
            std::fs::write(dir.join(format!("{}.png", picture.name)), &png).expect("a file");
        }
    }
}
