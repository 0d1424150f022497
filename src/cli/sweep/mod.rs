//! `daemonsim sweep`: many runs, on one machine or cut into shards.
//!
//! [`job`] is what is to be done, [`runner`] does it: rows come from a [`store`] or are computed into its
//! [`journal`], and go into
//! the tables of [`results`]; what is there and of no use is the matter of [`leftover`]. [`whole`] does all of a study; [`plan`], [`shard`] and [`merge`] do it in pieces.

mod asked;
mod job;
mod journal;
mod leftover;
pub(super) mod limits;
mod merge;
mod plan;
mod results;
mod runner;
mod shard;
mod store;
mod whole;
mod write;

use super::exit::{Done, Failure};
use super::signals::Signals;
use super::terminal::Terminal;
use clap::Subcommand;

/// Many runs over a grid and over replications, one table
///
/// What is there already is not computed again: an interrupted study goes on where it was, and a finished one only
/// grows by what is new.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct SweepArgs {
    #[command(subcommand)]
    part: Option<Part>,

    #[command(flatten)]
    whole: whole::WholeArgs,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Cut a study into shards, to be computed anywhere
    Plan(plan::PlanArgs),
    /// Compute one shard of a plan
    Shard(shard::ShardArgs),
    /// Put the shards in a directory together
    Merge(merge::MergeArgs),
}

/// All of it, or a part.
pub(super) fn sweep(args: &SweepArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    match &args.part {
        None => whole::whole(&args.whole, terminal, signals),
        Some(Part::Plan(args)) => plan::plan(args, terminal),
        Some(Part::Shard(args)) => shard::shard(args, terminal, signals),
        Some(Part::Merge(args)) => merge::merge(args, terminal, signals),
    }
}
