//! Growth over two hours, by the leak test.

use bench_stats::{Growth, Leak, leak};

use super::usage::Points;
use bench_model::words::unsigned_percent;

/// Growth is told over two hours of the clock: phases that were shortened kept their rates, and a leak does not know of either.
const HOURS: f64 = 2.0;
/// The least time that growth over two hours is told from.
const LEAST_MINUTES: f64 = 10.0;
/// The share of readings that the leak test leaves out.
const LEFT_OUT: f64 = 0.25;

/// What a series of readings says about growth.
pub(super) struct Grown {
    pub(super) leak: Leak,
    /// Growth over two hours by the level where it began, as a ratio.
    pub(super) growth: f64,
    /// The ends of its 95 % interval.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Growth over two hours as the second half alone shows it.
    pub(super) late: f64,
    /// The smallest that would have been found.
    pub(super) smallest: f64,
    /// Growth per second, in the readings' unit.
    pub(super) per_second: f64,
}

/// Tests readings for growth.
///
/// # Errors
/// In a sentence, why it cannot be told.
pub(super) fn growth(points: &Points) -> Result<Grown, String> {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return Err("there are no readings".into());
    };
    let watched = (last - first) * (1.0 - LEFT_OUT) / 60.0;
    if watched < LEAST_MINUTES {
        return Err(format!(
            "{watched:.1} minutes after the warm-up are too short to tell growth over two hours: {LEAST_MINUTES} are needed"
        ));
    }
    let every = (last - first) / (points.len().saturating_sub(1).max(1)) as f64;
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let found = leak(&values).map_err(|short| {
        let cycle =
            short.cycle.map_or(String::new(), |cycle| format!(" longer than a cycle of {:.0} s", cycle as f64 * every));
        format!("the run holds {} stretches{cycle}, and {} are needed to tell a leak", short.blocks, short.needed)
    })?;
    if found.level <= 0.0 || every <= 0.0 {
        return Err("the level is not above 0, so that there is no relative growth".into());
    }
    let share = |slope: f64| slope / every * HOURS * 3600.0 / found.level;
    Ok(Grown {
        leak: found,
        growth: share(found.slope),
        lower: share(found.lower),
        upper: share(found.upper),
        late: share(found.late),
        smallest: share(found.smallest),
        per_second: found.slope / every,
    })
}

impl Grown {
    /// The growth that goes on, with the ends of its 95 % interval: what grew and stopped counts by its second half, which has none.
    pub(super) fn standing(&self) -> (f64, Option<(f64, f64)>) {
        match self.leak.growth {
            Growth::Leak | Growth::None => (self.growth, Some((self.lower, self.upper))),
            Growth::Settled => (self.late, None),
        }
    }

    /// The growth that may be held against a limit: what was found, or what was not and would have been.
    ///
    /// # Errors
    /// In a sentence, when a growth beyond the limit could have stayed unseen.
    pub(super) fn against(&self, limit: f64) -> Result<f64, String> {
        match self.leak.growth {
            Growth::Leak => Ok(self.growth),
            Growth::None if self.smallest <= limit || self.upper <= limit => Ok(self.growth),
            // It grew and stopped: what counts is whether it still grows.
            Growth::Settled if self.smallest <= limit || self.late <= limit => Ok(self.late),
            Growth::Settled | Growth::None => Err(format!(
                "no growth was found, and less than {} would not have been",
                unsigned_percent(self.smallest)
            )),
        }
    }
}
