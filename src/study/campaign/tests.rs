use super::*;
use crate::scenario::{Case, Scenario, starter};

/// Rows in memory; counts what was computed.
#[derive(Default)]
struct Memory {
    rows: Vec<u64>,
    width: usize,
    computed: u64,
}

impl Keep for Memory {
    type Error = &'static str;

    fn read(&mut self, segment: &Segment, rows: &mut Vec<u64>) -> Result<(), &'static str> {
        let (from, count) = (segment.offset as usize / 8, segment.count as usize * self.width);
        rows.extend(&self.rows[from..from + count]);
        Ok(())
    }

    fn append(&mut self, _: &PointDigest, from: u64, rows: &[u64]) -> Result<Segment, &'static str> {
        let offset = self.rows.len() as u64 * 8;
        self.rows.extend(rows);
        let count = (rows.len() / self.width) as u64;
        self.computed += count;
        Ok(Segment { file: 0, from, count, offset })
    }

    fn go_on(&mut self) -> Result<(), &'static str> {
        if self.computed > 1000 { Err("enough") } else { Ok(()) }
    }
}

/// Each row's point and replication, and its numbers.
#[derive(Default, Debug, PartialEq)]
struct Seen(Vec<(usize, u64, Vec<u64>)>, Vec<(usize, bool)>);

impl Sink<&'static str> for Seen {
    fn row(&mut self, point: usize, replication: u64, row: &[u64]) -> Result<(), &'static str> {
        self.0.push((point, replication, row.to_vec()));
        Ok(())
    }

    fn point(&mut self, point: usize, imprecise: bool) -> Result<(), &'static str> {
        self.1.push((point, imprecise));
        Ok(())
    }
}

/// A starter over two seeds, so that its points differ.
fn study() -> Study {
    let scenario = |seed: &str| {
        let text = starter(Case::EmptyCp).replace("seed: 1", seed);
        let read = &mut |_: &str| Err("no files".to_owned());
        (vec![seed.to_owned()], Scenario::parse("a.yaml", text.as_bytes(), &[], read).expect("valid"))
    };
    Study::new(Vec::new(), ["seed: 1", "seed: 2"].map(scenario))
}

fn campaign<'s>(study: &'s Study, crew: &'s Crew, control: &'s Control) -> Campaign<'s, Memory> {
    let width = study.columns.len();
    Campaign::new(study, crew, control, Index::new(width), Memory { width, ..Memory::default() })
}

#[test]
fn what_is_there_is_not_computed_and_comes_in_its_place() {
    let (study, crew, control) = (study(), Crew::new(Some(2)).expect("threads"), Control::default());
    let mut whole = Seen::default();
    campaign(&study, &crew, &control).all(&Count::Number(10), &mut whole).expect("done");
    let order: Vec<(usize, u64)> = whole.0.iter().map(|(point, r, _)| (*point, *r)).collect();
    assert_eq!(order, (0..2).flat_map(|p| (0..10).map(move |r| (p, r))).collect::<Vec<_>>());
    assert_eq!(whole.1, [(0, false), (1, false)]);

    let mut parts = campaign(&study, &crew, &control);
    parts.gather(&[(1, 3..5), (0, 8..10)]).expect("done");
    parts.gather(&[(1, 2..7)]).expect("done");
    assert_eq!((parts.keep.computed, parts.missing(&[(0, 0..10), (1, 0..10)])), (7, 13));
    let mut seen = Seen::default();
    parts.all(&Count::Number(10), &mut seen).expect("done");
    assert_eq!((parts.keep.computed, seen), (20, whole));
}

#[test]
fn nothing_is_computed_where_nothing_may_be() {
    let (study, crew, control) = (study(), Crew::new(Some(2)).expect("threads"), Control::default());
    let mut campaign = campaign(&study, &crew, &control);
    campaign.gather(&[(0, 0..10), (1, 0..4)]).expect("done");
    campaign.computes = false;
    campaign.all(&Count::Number(4), &mut Seen::default()).expect("all there");
    let Err(Halt::Missing(batch)) = campaign.all(&Count::Number(6), &mut Seen::default()) else {
        panic!("nothing is missing")
    };
    assert_eq!(batch, Batch { point: 1, replications: 4..6 });
    assert_eq!(campaign.keep.computed, 14);
}

#[test]
fn auto_decides_for_each_point_by_itself() {
    let (study, crew, control) = (study(), Crew::new(Some(2)).expect("threads"), Control::default());
    let columns = vec![study.columns.iter().position(|c| c.name == "ended_at_s").expect("a column")];
    let goal = Goal { relative: 1e-9, most: 33, columns };
    let mut both = campaign(&study, &crew, &control);
    let decisions = both.decide(&[0, 1], &goal).expect("done");
    let mut one = campaign(&study, &crew, &control);
    assert_eq!(one.decide(&[1], &goal).expect("done"), decisions[1..]);
    let decided: u64 = decisions.iter().map(|decision| decision.replications).sum();
    assert_eq!(both.keep.computed, decided);
    // Again: all is there, and the answer is the same.
    both.computes = false;
    assert_eq!(both.decide(&[0, 1], &goal).expect("all there"), decisions);
}

#[test]
fn whoever_says_so_ends_it() {
    let (study, crew, control) = (study(), Crew::new(Some(2)).expect("threads"), Control::default());
    let ended = campaign(&study, &crew, &control).all(&Count::Number(u64::MAX), &mut Seen::default());
    assert!(matches!(ended, Err(Halt::Failed("enough"))), "{ended:?}");
    assert!(control.is_stopped());
}
