//! A search for the terminal: the answer first, then why.

use super::TuneMeta;
use super::told::{amount, asked, configuration, fate, fixed, listed, named, setting, share, sure};
use crate::output::decimal::grouped;
use crate::output::study::readings::advice_text;
use crate::output::study::text::counted;
use crate::output::study::view::{printable, short_names};
use crate::output::study::words::said;
use crate::output::text::TextOptions;
use crate::output::text::page::{Column, Page, Tone};
use crate::study::results::{CandidateResult, Fate, Judgement, TuneResult};

/// Longer fronts are thinned out.
const FRONT_MAX: usize = 12;

/// The page. No line is longer than eighty columns, but for the JSON to paste.
pub fn tune_text(meta: &TuneMeta, result: &TuneResult, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options.colour);
    let settings = counted(result.candidates.len() as u64, "setting");
    page.title(&printable(&meta.scenario), &format!("seed {}, {settings}", meta.seed));
    question(&mut page, meta, result);
    match result.best {
        Some(best) => {
            recommended(&mut page, result, best);
            limits(&mut page, result, best);
        }
        None => nothing(&mut page, result),
    }
    neighbours(&mut page, result);
    front(&mut page, result);
    ruled_out(&mut page, meta, result);
    if result.limited > 0 {
        let runs = counted(result.limited, "run");
        page.warning(&format!("A limit of events ended {runs} early; what they show is not all there is."));
    }
    let mut text = page.finish();
    if let Some(readings) = &result.readings {
        let best = result.best.map(|best| setting(result, best));
        let named = |labels: &[String]| named(result, labels);
        text += &advice_text(best.as_deref(), readings, named, options.colour);
    }
    let mut page = Page::new(options.colour);
    if let Some(files) = options.files {
        page.heading("Files");
        page.plain(files);
    }
    if let Some(found) = &result.configuration {
        page.heading("To paste");
        let json = configuration(found).replace('\'', "'\\''");
        return text + &page.finish() + &format!("  --deployment-configuration '{json}'\n");
    }
    text + &page.finish()
}

fn question(page: &mut Page, meta: &TuneMeta, result: &TuneResult) {
    let names: Vec<String> = result.axes.iter().map(|axis| printable(&axis.name)).collect();
    let of = said(&result.objective).title;
    page.plain(&format!(
        "Which setting of {} keeps to the limits with the least {}?",
        listed(&names),
        lower(&of)
    ));
    for (path, value) in &meta.bad {
        page.plain(&format!("A bad revision has {}={}.", printable(path), printable(value)));
    }
    for remark in &result.remarks {
        page.quiet(remark);
    }
}

fn recommended(page: &mut Page, result: &TuneResult, best: usize) {
    let candidate = &result.candidates[best];
    page.heading("Recommended");
    page.named(&setting(result, best), "", Tone::Plain);
    if let Some(objective) = &candidate.objective {
        let interval = match objective.interval {
            Some((low, high)) => format!(" (95 %: {} to {})", amount(result, low), amount(result, high)),
            None => String::new(),
        };
        let (of, mean) = (said(&result.objective).title, amount(result, objective.mean));
        page.plain_below(&format!("{of}: {mean} on average{interval}."));
    }
    page.plain_below(&capacity(result, candidate));
}

fn capacity(result: &TuneResult, candidate: &CandidateResult) -> String {
    let said = said(&result.capacity);
    let mean = candidate.capacity.map_or("n/a".to_owned(), |mean| said.kind.text(mean));
    format!("{}: {mean} on average.", said.title)
}

/// How a candidate stands with each limit. A limit has a line of its own: its last word is what matters.
fn limits(page: &mut Page, result: &TuneResult, of: usize) {
    page.heading("Limits");
    for (n, (limit, chance)) in result.limits.iter().zip(&result.candidates[of].chances).enumerate() {
        let (mark, tone) = match chance.verdict {
            Judgement::Met => ("✓", Tone::Good),
            Judgement::Missed => ("✗", Tone::Bad),
            Judgement::Open => ("?", Tone::Unsure),
        };
        page.item(mark, tone, &format!("{} {}", n + 1, printable(&limit.text)));
        page.plain_below(&format!(
            "asked: {}; seen: {} of {}; surely {}",
            asked(limit),
            share(chance.share()),
            counted(chance.runs, "run"),
            sure(limit, chance)
        ));
    }
    let implied =
        if result.limits.iter().any(|limit| limit.implied) { " A setting must also succeed." } else { "" };
    page.quiet(&format!(
        "surely: a bound of the true share; all that is said of limits is true at once with {}.{implied}",
        share(result.assurance)
    ));
}

fn nothing(page: &mut Page, result: &TuneResult) {
    page.heading("Recommended");
    page.warning("Nothing: no setting is known to keep to all limits.");
    let open = result.candidates.iter().filter(|candidate| candidate.fate == Fate::Open).count() as u64;
    let Some(binding) = result.binding else { return };
    let limit = &result.limits[binding.limit];
    let named = format!("limit {} ({})", binding.limit + 1, printable(&limit.text));
    if open > 0 {
        page.plain(&format!(
            "{} could; more runs might tell (--max-replications). Nearest is {}, of which {named} stayed open:",
            counted(open, "setting"),
            setting(result, binding.nearest)
        ));
    } else {
        let alone = match (binding.alone, result.limits.len()) {
            (_, 1) | (0, _) => String::new(),
            (1, _) => "; 1 seems to miss it alone".to_owned(),
            (n, _) => format!("; {} seem to miss it alone", grouped(n.into())),
        };
        page.plain(&format!(
            "In the way is {named}: it rules out {} of {}{alone}.",
            grouped(limit.ruled_out.into()),
            counted(result.candidates.len() as u64, "setting"),
        ));
        page.plain(&format!("Nearest to all limits is {}:", setting(result, binding.nearest)));
    }
    limits(page, result, binding.nearest);
}

fn neighbours(page: &mut Page, result: &TuneResult) {
    let Some(best) = result.best.filter(|_| !result.neighbours.is_empty()) else { return };
    page.heading("Next to it");
    let mut shown: Vec<usize> = result.neighbours.iter().map(|(_, at)| *at).chain([best]).collect();
    shown.sort_unstable();
    table(page, result, &shown);
    let compared = |(_, at): &(usize, usize)| matches!(result.candidates[*at].fate, Fate::Worse { .. });
    if result.neighbours.iter().any(compared) {
        page.quiet("more: on average over the replications that both were given, in the same weather.");
    }
}

fn front(page: &mut Page, result: &TuneResult) {
    if result.front.len() < 2 {
        return;
    }
    match fixed(result) {
        Some(fixed) => page.heading(&format!("Fast against deep, with {fixed}")),
        None => page.heading("Fast against deep"),
    }
    let every = result.front.len().div_ceil(FRONT_MAX);
    let last = result.front.len() - 1;
    let kept = |(n, at): (usize, &usize)| {
        (n.is_multiple_of(every) || n == last || result.best == Some(*at)).then_some(*at)
    };
    let shown: Vec<usize> = result.front.iter().enumerate().filter_map(kept).collect();
    table(page, result, &shown);
    let left_out = result.front.len() - shown.len();
    let rest = match left_out {
        0 => String::new(),
        n => format!(" {n} more are in candidates.csv."),
    };
    page.quiet(&format!(
        "No other setting that seems to keep to the other limits beats one of these in both.{rest}"
    ));
}

fn table(page: &mut Page, result: &TuneResult, shown: &[usize]) {
    let mut columns: Vec<Column> =
        short_names(&result.axes).into_iter().map(|name| Column::of_user(name, true)).collect();
    columns.extend([
        Column::of_user(heading(&result.objective.name), true),
        Column::of_user(heading(&result.capacity.name), true),
        Column::word("what became of it"),
    ]);
    let rows = shown.iter().map(|at| {
        let candidate = &result.candidates[*at];
        let mut row: Vec<String> = candidate.labels.iter().map(|label| printable(label)).collect();
        let kind = said(&result.capacity).kind;
        row.push(candidate.objective.map_or("n/a".to_owned(), |e| amount(result, e.mean)));
        row.push(candidate.capacity.map_or("n/a".to_owned(), |mean| kind.text(mean)));
        row.push(fate(result, *at));
        row
    });
    page.table(&columns, rows.collect());
}

/// The last word of a column's name, without its unit.
fn heading(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.strip_suffix("_s").unwrap_or(last).to_owned()
}

fn ruled_out(page: &mut Page, meta: &TuneMeta, result: &TuneResult) {
    page.heading("Ruled out");
    let count = |wanted: fn(Fate) -> bool| {
        result.candidates.iter().filter(|candidate| wanted(candidate.fate)).count() as u64
    };
    for (n, limit) in result.limits.iter().enumerate().filter(|(_, limit)| limit.ruled_out > 0) {
        let settings = counted(limit.ruled_out, "setting");
        page.item("✗", Tone::Bad, &format!("{settings} by limit {}, {}", n + 1, printable(&limit.text)));
    }
    let of = lower(&said(&result.objective).title);
    let worse = count(|fate| matches!(fate, Fate::Worse { .. }));
    let close = count(|fate| matches!(fate, Fate::Close | Fate::Tied));
    let open = count(|fate| fate == Fate::Open);
    if worse > 0 {
        page.item("-", Tone::Quiet, &format!("{} by more {of}", counted(worse, "setting")));
    }
    if close > 0 {
        let within = share(result.indifference);
        page.item(
            "-",
            Tone::Quiet,
            &format!("{} as equal, or better by no more than {within}", counted(close, "setting")),
        );
    }
    if open > 0 && result.best.is_some() {
        let text = format!(
            "{} stayed open after {}, and might keep to all limits with less {of}; more runs might tell \
             (--max-replications)",
            counted(open, "setting"),
            counted(meta.max_replications, "replication")
        );
        page.item("?", Tone::Unsure, &text);
    }
    page.quiet(&format!(
        "{}, where {} of every setting would be {}.",
        counted(result.runs, "run"),
        counted(meta.max_replications, "replication"),
        grouped(result.brute_force.into())
    ));
}

/// A title within a sentence.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{found, meta, nothing};
    use super::*;

    fn text(result: &TuneResult) -> String {
        let options = TextOptions { files: Some("out/update"), ..TextOptions::default() };
        let text = tune_text(&meta(), result, &options);
        let fits = |line: &str| line.chars().count() <= 80 || line.contains("--deployment-configuration");
        assert!(text.lines().all(fits), "{text}");
        text
    }

    #[test]
    fn the_answer_comes_first_and_the_json_last() {
        let expected = "\
update · seed 7, 4 settings
  Which setting of agent.drainPercent and agent.bakeTimeInMinutes keeps to the
  limits with the least duration of the last deployment of agent?
  A bad revision has agent:2.failsToStart=0.5.

Recommended
  drainPercent 10, bakeTimeInMinutes 5
    Duration of the last deployment of agent: 41 m 20 s on average (95 %:
    41 m 10 s to 41 m 30 s).
    Fewest running tasks of shop: 101 on average.

Limits
  ✓ 1 services.shop.runningTasks >= 80%
    asked: at least 95 %; seen: 99.2 % of 256 runs; surely ≥ 96 %
  ✓ 2 P(caught) >= 90%
    asked: at least 90 %; seen: 98.4 % of 64 runs; surely ≥ 91 %
  surely: a bound of the true share; all that is said of limits is true at once
  with 95 %.

Next to it
  drainPercent  bakeTimeInMinutes   duration  min_running  what became of it
            10                  5  41 m 20 s          101  recommended
            10                 10  46 m 20 s          101  5 m 00 s more
            50                  5  14 m 20 s           56  misses limit 1: 1.2 %
  more: on average over the replications that both were given, in the same
  weather.

Fast against deep, with bakeTimeInMinutes 5
  drainPercent  bakeTimeInMinutes   duration  min_running  what became of it
            50                  5  14 m 20 s           56  misses limit 1: 1.2 %
            10                  5  41 m 20 s          101  recommended
  No other setting that seems to keep to the other limits beats one of these in
  both.

Ruled out
  ✗ 2 settings by limit 1, services.shop.runningTasks >= 80%
  - 1 setting by more duration of the last deployment of agent
  1,280 runs, where 4,096 replications of every setting would be 32,768.

Files
  out/update

To paste
  --deployment-configuration '{\"drainPercent\": 10.0, \"bakeTimeInMinutes\": 5, \
                        \"alarms\": {\"alarmNames\": [\"errors\"], \"enable\": true}}'
";
        assert_eq!(text(&found()), expected);
    }

    #[test]
    fn when_there_is_none_what_is_in_the_way_is_said() {
        let text = text(&nothing());
        let expected = "\
Recommended
  Nothing: no setting is known to keep to all limits.
  1 setting could; more runs might tell (--max-replications). Nearest is
  drainPercent 10, bakeTimeInMinutes 5, of which limit 1
  (services.shop.runningTasks >= 80%) stayed open:

Limits
  ? 1 services.shop.runningTasks >= 80%
    asked: at least 95 %; seen: 94.5 % of 256 runs; surely ≥ 88 %
  ✓ 2 P(caught) >= 90%
    asked: at least 90 %; seen: 98.4 % of 64 runs; surely ≥ 91 %
";
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("To paste") && !text.contains("Next to it"), "{text}");
        let mut result = nothing();
        result.candidates[0].fate = Fate::Missed(0);
        result.limits[0].ruled_out = 4;
        let expected = "\
  In the way is limit 1 (services.shop.runningTasks >= 80%): it rules out 4 of 4
  settings; 4 seem to miss it alone.
  Nearest to all limits is drainPercent 10, bakeTimeInMinutes 5:
";
        assert!(tune_text(&meta(), &result, &TextOptions::default()).contains(expected));
    }
}
