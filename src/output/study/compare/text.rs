//! A comparison for the terminal: the answer in words, then the main measures in a table.

use super::CompareMeta;
use super::told::{Told, never_both, told};
use crate::output::text::TextOptions;
use crate::output::text::page::{Column, Page, Tone};
use crate::study::results::Comparison;

/// The page. No line is longer than eighty columns.
pub fn compare_text(meta: &CompareMeta, comparison: &Comparison, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options.colour);
    let replications = comparison.replications;
    let s = if replications == 1 { "" } else { "s" };
    let weather = format!("seed {}, {replications} replication{s} of each", meta.seed);
    let (a, b) = (&meta.a.scenario, &meta.b.scenario);
    let name = if a == b { a.clone() } else { format!("{a} and {b}") };
    page.title(&name, &weather);
    page.pair("A", &meta.a.label);
    page.pair("B", &meta.b.label);
    page.heading("B against A");
    let all = told(comparison);
    answer(&mut page, comparison, &all);
    never_both(comparison).iter().for_each(|line| page.item("!", Tone::Unsure, line));
    if !all.is_empty() {
        table(&mut page, &all);
    }
    if let Some(files) = options.files {
        page.heading("Files");
        page.plain(files);
    }
    page.finish()
}

fn answer(page: &mut Page, comparison: &Comparison, all: &[Told<'_>]) {
    let seen = comparison.differences.iter().flatten();
    let alone = comparison.alone.iter().flatten().any(|&count| count > 0);
    if !alone && seen.clone().all(|d| d.equal == d.pairs && d.only_a == 0 && d.only_b == 0) {
        page.plain("Nothing differs: every measure is the same in every replication.");
        return;
    }
    let adjectives: Vec<String> = all.iter().filter_map(Told::adjective).collect();
    if !adjectives.is_empty() {
        page.plain(&format!("B is {}.", listed(&adjectives)));
    }
    for sentence in all.iter().filter_map(Told::sentence) {
        page.plain(&sentence);
    }
    let doubts: Vec<String> = all.iter().filter_map(Told::doubt).collect();
    if !doubts.is_empty() {
        page.plain(&format!("No difference could be seen: {}.", doubts.join("; ")));
    }
    let same: Vec<&str> = all.iter().filter_map(Told::same).collect();
    if !same.is_empty() {
        page.plain(&format!("The same in every replication: {}.", same.join(", ")));
    }
    for remark in all.iter().filter_map(|told| told.left_out(comparison.replications)) {
        page.item("!", Tone::Unsure, &remark);
    }
    if comparison.replications == 1 {
        page.quiet("One replication has no intervals; --replications asks for more.");
    }
}

fn table(page: &mut Page, all: &[Told<'_>]) {
    page.heading("Means");
    let rows = all.iter().filter(|told| !told.is_met_alike()).map(|told| {
        let d = told.difference;
        vec![
            told.noun.clone(),
            told.amount.level(d.a_mean),
            told.amount.level(d.b_mean),
            told.amount.signed(d.mean),
            told.signed_interval().trim_end_matches(" points").to_owned(),
        ]
    });
    let columns = [
        Column::name("measure"),
        Column::number("A"),
        Column::number("B"),
        Column::number("B − A"),
        Column::number("95 %"),
    ];
    page.table(&columns, rows.collect());
    page.quiet(
        "B − A: replication by replication, in the same weather; 95 %: where its true mean lies. The lowest \
         point is of the app tasks desired; shares differ by points.",
    );
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{comparison, constant, meta, single, spread};
    use super::*;
    use crate::study::results::{Difference, Unit};

    const DURATION: &str = "deployments.my-agent.duration_s";
    const BACK: &str = "deployments.my-agent.rolled_back";

    fn text(comparison: &Comparison) -> String {
        let text = compare_text(&meta(), comparison, &TextOptions::default());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        text
    }

    /// In one line.
    fn flat(comparison: &Comparison) -> String {
        text(comparison).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_answer_comes_in_words_then_in_a_table() {
        let mut all = comparison(&[
            (DURATION, Unit::Milliseconds, Some(spread(2_610_000.0, 1_930_000.0, 22_000.0))),
            (BACK, Unit::Flag, Some(spread(0.03, 0.12, 0.05))),
            ("cluster.app_running_min", Unit::Count, Some(spread(208.0, 199.3, 0.6))),
            ("cluster.instances_max", Unit::Count, Some(constant(40.0, 43.0))),
            ("cluster.cost", Unit::MicroDollars, Some(spread(5_000_000.0, 5_020_000.0, 35_000.0))),
            ("cluster.tasks_moved_again", Unit::Count, Some(constant(0.0, 0.0))),
        ]);
        all.low_point = Some(spread(743_000.0, 712_000.0, 2_000.0));
        let expected = "\
existing-provider · seed 7, 100 replications of each
  A                 my-agent.drainPercent=25
  B                 my-agent.drainPercent=40

B against A
  B is 11 m 20 s faster (95 %: 10 m 58 s to 11 m 42 s) and 3.1 points deeper
  (95 %: 2.9 to 3.3 points).
  B is rolled back in 12 % of the replications, A in 3 %: 9 points more often
  (95 %: 4 to 14 points).
  B needs 3 more instances at its largest (in every replication).
  No difference could be seen: cost −$0.0150 to +$0.0550.
  The same in every replication: tasks moved again.

Means
  measure                    A          B       B − A                      95 %
  duration           43 m 30 s  32 m 10 s  −11 m 20 s  −11 m 42 s to −10 m 58 s
  lowest point          74.3 %     71.2 %        −3.1              −3.3 to −2.9
  lowest app tasks         208      199.3        −8.7              −9.3 to −8.1
  rolled back              3 %       12 %          +9                 +4 to +14
  most instances            40         43          +3                  +3 to +3
  cost                   $5.00      $5.02      +$0.02      −$0.0150 to +$0.0550
  tasks moved again          0          0           0                    0 to 0
  B − A: replication by replication, in the same weather; 95 %: where its true
  mean lies. The lowest point is of the app tasks desired; shares differ by
  points.
";
        assert_eq!(text(&all), expected);
    }

    #[test]
    fn nothing_at_all_is_one_line() {
        let same = Some(constant(60_000.0, 60_000.0));
        let all = comparison(&[(DURATION, Unit::Milliseconds, same), (BACK, Unit::Flag, None)]);
        assert!(flat(&all).contains("Nothing differs: every measure is the same in every replication."));
        assert!(!flat(&all).contains("B is"));
    }

    #[test]
    fn an_exact_difference_needs_no_interval() {
        let all = comparison(&[(DURATION, Unit::Milliseconds, Some(constant(600_000.0, 900_000.0)))]);
        assert!(flat(&all).contains("B is 5 m 00 s slower (in every replication)."), "{}", text(&all));
    }

    #[test]
    fn one_replication_has_no_interval() {
        let all = comparison(&[
            (DURATION, Unit::Milliseconds, Some(single(600_000.0, 599_000.0))),
            ("cluster.cost", Unit::MicroDollars, Some(single(2_000_000.0, 3_000_000.0))),
        ]);
        let text = flat(&all);
        assert!(text.contains("1 replication of each"), "{text}");
        assert!(text.contains("B is 1 s faster (95 %: n/a)."), "{text}");
        assert!(text.contains("B costs $1.00 more (95 %: n/a)."), "{text}");
        assert!(text.contains("One replication has no intervals"), "{text}");
    }

    #[test]
    fn what_has_no_pair_is_told() {
        let some = Difference { pairs: 97, only_a: 2, ..spread(600_000.0, 500_000.0, 9.0) };
        let mut all = comparison(&[(DURATION, Unit::Milliseconds, Some(some))]);
        all.replications = 100;
        let text = flat(&all);
        let expected = "! The deployment ended in both in 97 of 100 replications (in 2 only in A, in 1 in \
                        neither); its duration is compared in those 97.";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn one_more_is_singular() {
        let all = comparison(&[("cluster.instances_max", Unit::Count, Some(constant(40.0, 41.0)))]);
        assert!(flat(&all).contains("B needs 1 more instance at its largest"), "{}", text(&all));
    }

    #[test]
    fn durations_without_any_pair_are_told() {
        let mut all = comparison(&[(DURATION, Unit::Milliseconds, None)]);
        (all.replications, all.alone) = (100, vec![[0, 100]]);
        let text = flat(&all);
        let expected = "A's deployment of my-agent ended in none of 100 replications, B's in all: there is no \
                        duration to compare.";
        assert!(text.contains(expected) && !text.contains("Nothing differs"), "{text}");
    }

    #[test]
    fn several_daemons_are_named() {
        let names = ["deployments.a.duration_s", "deployments.b.duration_s", "deployments.b.rolled_back"];
        let all = comparison(&[
            (names[0], Unit::Milliseconds, Some(constant(60_000.0, 50_000.0))),
            (names[1], Unit::Milliseconds, Some(constant(60_000.0, 80_000.0))),
            (names[2], Unit::Flag, Some(spread(0.5, 0.1, 0.1))),
        ]);
        let text = flat(&all);
        let first =
            "B is 10 s faster with a (in every replication) and 20 s slower with b (in every replication).";
        assert!(text.contains(first), "{text}");
        assert!(
            text.contains("B has b rolled back in 10 % of the replications, A in 50 %: 40 points less often")
        );
    }
}
