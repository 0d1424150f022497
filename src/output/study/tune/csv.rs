//! `candidates.csv`: a row for each setting.

use std::io;

use super::json::word;
use crate::output::csv::row::Table;
use crate::study::results::{Chance, Fate, TuneResult};

/// Writes `candidates.csv`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_candidates_csv<W: io::Write>(result: &TuneResult, out: W) -> io::Result<W> {
    let mut heads: Vec<String> = result.axes.iter().map(|axis| axis.name.clone()).collect();
    heads.extend(["fate", "missed_limit", "replications", "bad_replications"].map(str::to_owned));
    let objective = &result.objective.name;
    heads.extend(["mean", "ci_low", "ci_high"].map(|end| format!("{objective}.{end}")));
    heads.push(format!("{}.mean", result.capacity.name));
    for n in 1..=result.limits.len() {
        heads.extend(["share", "low", "high", "runs"].map(|end| format!("limit.{n}.{end}")));
    }
    let mut table = Table::with_columns(out, &heads);
    let scale = result.objective.unit.scale() as f64;
    for candidate in &result.candidates {
        candidate.labels.iter().for_each(|label| table.value(label));
        table.text(word(candidate.fate));
        match candidate.fate {
            Fate::Missed(limit) => table.whole(limit as u64 + 1),
            Fate::Best | Fate::Worse { .. } | Fate::Tied | Fate::Close | Fate::Open => table.nothing(),
        }
        candidate.runs.iter().for_each(|runs| table.whole(*runs));
        let interval = candidate.objective.and_then(|e| e.interval);
        let objective = candidate.objective.map(|e| e.mean);
        for value in [objective, interval.map(|(low, _)| low), interval.map(|(_, high)| high)] {
            maybe(&mut table, value.map(|value| value / scale));
        }
        maybe(&mut table, candidate.capacity.map(|mean| mean / result.capacity.unit.scale() as f64));
        for chance in &candidate.chances {
            let seen: fn(&Chance) -> f64 = Chance::share;
            for value in [seen, |c| c.low, |c| c.high] {
                maybe(&mut table, (chance.runs > 0).then(|| value(chance)));
            }
            table.whole(chance.runs);
        }
        table.end_row();
    }
    table.finish()
}

fn maybe<W: io::Write>(table: &mut Table<W>, value: Option<f64>) {
    match value {
        Some(value) => table.real(value),
        None => table.nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::found;
    use super::*;

    #[test]
    fn a_row_has_all_that_is_known() {
        let bytes = write_candidates_csv(&found(), Vec::new()).expect("memory");
        let text = String::from_utf8(bytes).expect("text");
        let mut lines = text.lines();
        assert_eq!(
            lines.next(),
            Some(
                "agent.drainPercent,agent.bakeTimeInMinutes,fate,missed_limit,replications,bad_replications,\
                 deployments.agent.duration_s.mean,deployments.agent.duration_s.ci_low,\
                 deployments.agent.duration_s.ci_high,services.shop.min_running.mean,\
                 limit.1.share,limit.1.low,limit.1.high,limit.1.runs,\
                 limit.2.share,limit.2.low,limit.2.high,limit.2.runs"
            )
        );
        assert_eq!(
            lines.next(),
            Some(
                "10,5,recommended,,256,64,2480.000000,2470.000000,2490.000000,101.000000,\
                 0.992188,0.960000,1.000000,256,0.984375,0.910000,1.000000,64"
            )
        );
        assert_eq!(lines.count(), 3);
    }
}
