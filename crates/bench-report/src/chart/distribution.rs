//! The samples of one run: each round a column of dots with its quartiles and its own value, and across them the value of the run.
//! Must not know: the backend, or colours.

use plotters::backend::DrawingBackend;

use super::axis::{self, Scale};
use super::canvas::{Canvas, Hang, Ink, width_of};
use super::{DistributionChart, Refused, RoundSamples};

/// So many dots are drawn at most, over all rounds.
const MOST: usize = 240;

pub(super) fn draw<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    chart: &DistributionChart<'_>,
) -> Result<(), Refused> {
    let rounds: Vec<_> = chart.rounds.iter().filter_map(sorted).collect();
    if rounds.is_empty() {
        return Err(Refused("there is no finite value".into()));
    }
    let axis = axis::values(range(&rounds, chart), &[], chart.unit);
    let samples = || rounds.iter().flat_map(|round| round.samples.iter().copied());
    let beyond = samples().filter(|sample| !(axis.range.0..=axis.range.1).contains(sample)).count();
    let mut caption = if axis.unit.is_empty() { String::new() } else { format!("{}, ", axis.unit) };
    caption += &if rounds.len() == 1 { "1 round".to_owned() } else { format!("{} rounds", rounds.len()) };
    if beyond > 0 {
        caption += &format!(" ({beyond} of the samples off the axis)");
    }
    let caption_y = canvas.begin(&caption)?;

    let label = axis.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max);
    let (left, right) = (canvas.inset() + label + 7.0, canvas.size.0 - canvas.inset() - width_of("run") - 6.0);
    let (top, bottom) = (caption_y + 14.0, canvas.size.1 - 20.0);
    let y = Scale { values: axis.range, pixels: (bottom, top) };
    for tick in &axis.ticks {
        canvas.line(Ink::Grid, 1.0, &[(left, y.px(tick.at)), (right, y.px(tick.at))])?;
        canvas.text(Ink::Text, Hang::Right, (left - 6.0, y.px(tick.at)), &tick.label)?;
    }
    if let Some((low, high)) = chart.interval {
        let (low, high) = (y.px(low), y.px(high));
        canvas.shape(Ink::Strong, 0.1, &[(left, high), (right, high), (right, low), (left, low)])?;
    }
    canvas.line(Ink::Axis, 1.0, &[(left, bottom), (right, bottom)])?;

    let slot = (right - left) / rounds.len() as f64;
    let step = ((rounds.len() as f64 * 30.0 / (right - left)).ceil() as usize).max(1);
    let dots = (MOST / rounds.len()).max(1);
    for (i, round) in rounds.iter().enumerate() {
        let middle = left + slot * (i as f64 + 0.5);
        draw_round(canvas, round, (middle, (slot * 0.34).min(26.0)), &y, dots)?;
        if i.is_multiple_of(step) {
            canvas.text(Ink::Text, Hang::Centre, (middle, bottom + 11.0), &(i + 1).to_string())?;
        }
    }
    if let Some(value) = chart.value {
        canvas.dashed(Ink::Strong, y.px(value), (left, right))?;
        canvas.text(Ink::Text, Hang::Left, (right + 4.0, y.px(value)), "run")?;
    }
    Ok(())
}

fn draw_round<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    round: &RoundSamples,
    (middle, half): (f64, f64),
    y: &Scale,
    dots: usize,
) -> Result<(), Refused> {
    let at = |share| quantile(&round.samples, share).map(|value| y.px(value));
    if let (Some(low), Some(high)) = (at(0.25), at(0.75))
        && round.samples.len() > 3
    {
        let (from, to) = (middle - half, middle + half);
        canvas.shape(Ink::Band, 0.2, &[(from, high), (to, high), (to, low), (from, low)])?;
    }
    let drawn = round.samples.len().min(dots);
    for i in 0..drawn {
        let share = if drawn == 1 { 0.5 } else { i as f64 / (drawn - 1) as f64 };
        let Some(value) = quantile(&round.samples, share).filter(|value| y.holds(*value)) else { continue };
        // The golden ratio's multiples spread evenly and look the same every time.
        let aside = if drawn == 1 { 0.0 } else { ((i as f64 * 0.618_034).fract() - 0.5) * 1.7 * half };
        canvas.dot(Ink::Line, 0.55, (middle + aside, y.px(value)), 1.5)?;
    }
    let level = y.px(round.typical);
    canvas.line(Ink::Strong, 2.2, &[(middle - half, level), (middle + half, level)])
}

/// A round with its finite samples in ascending order.
fn sorted(round: &RoundSamples) -> Option<RoundSamples> {
    let mut samples: Vec<_> = round.samples.iter().copied().filter(|sample| sample.is_finite()).collect();
    samples.sort_by(f64::total_cmp);
    round.typical.is_finite().then_some(RoundSamples { typical: round.typical, samples })
}

/// What the axis must hold: every round's value, the run's, and the samples but for those beyond Tukey's outer fences (three
/// quartile ranges from the quartiles), which are counted instead.
fn range(rounds: &[RoundSamples], chart: &DistributionChart<'_>) -> (f64, f64) {
    let mut all: Vec<f64> = rounds.iter().flat_map(|round| round.samples.iter().copied()).collect();
    all.sort_by(f64::total_cmp);
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    if let (Some(q1), Some(q3)) = (quantile(&all, 0.25), quantile(&all, 0.75)) {
        let fence = 3.0 * (q3 - q1);
        let inside = || all.iter().copied().filter(|sample| (q1 - fence..=q3 + fence).contains(sample));
        low = inside().fold(low, f64::min);
        high = inside().fold(high, f64::max);
    }
    let ends = chart.interval.map_or([None, None], |(low, high)| [Some(low), Some(high)]);
    let levels = rounds.iter().map(|round| Some(round.typical)).chain(ends).chain([chart.value]);
    for level in levels.flatten().filter(|level| level.is_finite()) {
        low = low.min(level);
        high = high.max(level);
    }
    (low, high)
}

/// The value that a share of the ascending `sorted` lies below, without interpolation.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).round() as usize).copied()
}
