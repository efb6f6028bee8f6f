//! Least squares on the logarithms of positive combinations of a few columns.
//! Must not know: what the columns are, or that there is such a thing as throughput.
//!
//! Minimises the sum over rows of `weight * (log value - log(sum of coefficient * column))^2` over coefficients that are
//! not below 0, by Gauss and Newton. A step is itself a problem of least squares with coefficients not below 0 (C. L.
//! Lawson and R. J. Hanson, Solving Least Squares Problems, Prentice-Hall 1974), small enough to try every set of columns;
//! it is halved until it does not lead uphill, which ends in a minimum whatever the start.

/// How many steps are taken at most; from the start below some five suffice.
const STEPS: usize = 100;

/// A step that changes every coefficient by less than this share of its contribution is the last.
const STILL: f64 = 1e-11;

/// So far apart must columns point to be told apart, as the squared sine of the angle between them.
const APART: f64 = 1e-14;

/// The most columns there may be.
const COLUMNS: usize = 3;

/// What is multiplied by a column.
pub(crate) type Coefficients = [f64; COLUMNS];

/// One equation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// The columns, none below 0.
    pub(crate) columns: Coefficients,
    /// The logarithm of what their combination should be.
    pub(crate) log: f64,
    /// How much it counts.
    pub(crate) weight: f64,
}

/// A direction of the columns: coefficients of their own may be tied to each other.
pub(crate) fn dot(one: &Coefficients, other: &Coefficients) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The weighted sum of squares that is left.
pub(crate) fn left(rows: &[Row], coefficients: &Coefficients) -> f64 {
    let square = |row: &Row| {
        let residual = row.log - libm::log(dot(&row.columns, coefficients));
        row.weight * residual * residual
    };
    let sum: f64 = rows.iter().map(square).sum();
    if sum.is_nan() { f64::INFINITY } else { sum }
}

/// The coefficients that leave least, among the combinations of the `rays` with factors not below 0.
pub(crate) fn solve(rows: &[Row], rays: &[Coefficients]) -> Coefficients {
    // The linear form: relative errors instead of logarithms.
    let linear = step(rows, rays, |row| (libm::exp(row.log), 1.0));
    let contribution = |ray: &Coefficients| {
        let shares = rows.iter().map(|row| row.weight * dot(&row.columns, ray) / libm::exp(row.log));
        shares.sum::<f64>() / rows.iter().map(|row| row.weight).sum::<f64>()
    };
    let sizes = spread(rays.iter().map(contribution));
    // Off the boundary, where a row may have nothing left.
    let mut factors = [0.0; COLUMNS];
    for ((factor, linear), size) in factors.iter_mut().zip(linear).zip(sizes) {
        *factor = if size > 0.0 { linear.max(1e-3 / size) } else { 0.0 };
    }
    let mut least = left(rows, &combine(rays, &factors));
    for _ in 0..STEPS {
        let now = combine(rays, &factors);
        let aim = step(rows, rays, |row| {
            let value = dot(&row.columns, &now);
            (value, 1.0 + row.log - libm::log(value))
        });
        let Some((next, sum)) = downhill(rows, rays, &factors, &aim, least) else { break };
        let moved = next.iter().zip(factors).zip(sizes).map(|((next, factor), size)| ((next - factor) * size).abs());
        let furthest = moved.fold(0.0, f64::max);
        (factors, least) = (next, sum);
        if furthest <= STILL {
            break;
        }
    }
    combine(rays, &factors)
}

/// The furthest point towards `aim` that leaves no more than there was, by halves.
fn downhill(
    rows: &[Row],
    rays: &[Coefficients],
    from: &Coefficients,
    aim: &Coefficients,
    least: f64,
) -> Option<(Coefficients, f64)> {
    let mut share = 1.0;
    for _ in 0..30 {
        let point = spread(from.iter().zip(aim).map(|(from, aim)| from + share * (aim - from)));
        let sum = left(rows, &combine(rays, &point));
        // Rounding may hide the last of the descent.
        if sum <= least * (1.0 + 1e-14) && sum.is_finite() {
            return Some((point, sum));
        }
        share *= 0.5;
    }
    None
}

fn combine(rays: &[Coefficients], factors: &Coefficients) -> Coefficients {
    let mut sum = [0.0; COLUMNS];
    for (ray, factor) in rays.iter().zip(factors) {
        for (sum, part) in sum.iter_mut().zip(ray) {
            *sum += factor * part;
        }
    }
    sum
}

fn spread(values: impl Iterator<Item = f64>) -> Coefficients {
    let mut spread = [0.0; COLUMNS];
    for (slot, value) in spread.iter_mut().zip(values) {
        *slot = value;
    }
    spread
}

/// The factors, none below 0, with the least `sum of weight * (target - factors * rays / scale)^2`; the closure gives a
/// row's scale and target.
fn step(rows: &[Row], rays: &[Coefficients], of: impl Fn(&Row) -> (f64, f64)) -> Coefficients {
    let (mut products, mut targets, mut constant) = ([[0.0; COLUMNS]; COLUMNS], [0.0; COLUMNS], 0.0);
    for row in rows {
        let (scale, target) = of(row);
        let design = spread(rays.iter().map(|ray| dot(&row.columns, ray) / scale));
        for ((products, sum), one) in products.iter_mut().zip(&mut targets).zip(design) {
            *sum += row.weight * one * target;
            for (product, other) in products.iter_mut().zip(design) {
                *product += row.weight * one * other;
            }
        }
        constant += row.weight * target * target;
    }
    let all = (1_u8 << rays.len().min(COLUMNS)) - 1;
    let mut best = ([0.0; COLUMNS], f64::INFINITY);
    // What is best of all is best without bounds too, if it keeps within them: all columns come first.
    for set in (1..=all).rev() {
        let Some(factors) = exact(products, targets, set) else { continue };
        if factors.iter().any(|factor| *factor < 0.0) {
            continue;
        }
        let explained: f64 = factors.iter().zip(targets).map(|(factor, target)| factor * target).sum();
        if set == all {
            return factors;
        }
        if constant - explained < best.1 {
            best = (factors, constant - explained);
        }
    }
    best.0
}

/// The factors of the columns in the set, whatever their sign, by elimination; `None` where columns cannot be told apart.
fn exact(mut products: [[f64; COLUMNS]; COLUMNS], mut targets: Coefficients, set: u8) -> Option<Coefficients> {
    let inside = |column: usize| set & (1 << column) != 0;
    // Columns of length 1, so that none is small by its unit alone.
    let lengths = spread((0..COLUMNS).zip(&products).map(|(at, row)| row.get(at).copied().unwrap_or(0.0).sqrt()));
    for (at, ((row, target), length)) in products.iter_mut().zip(&mut targets).zip(lengths).enumerate() {
        if inside(at) && !(length > 0.0 && length.is_finite()) {
            return None;
        }
        for (to, (product, other)) in row.iter_mut().zip(lengths).enumerate() {
            let unit = if at == to { 1.0 } else { 0.0 };
            *product = if inside(at) && inside(to) { *product / length / other } else { unit };
        }
        *target = if inside(at) { *target / length } else { 0.0 };
    }
    let [[a, b, c], [_, e, f], [_, _, i]] = products;
    let [p, q, r] = targets;
    // The lower triangle of Cholesky, whose first pivot is 1.
    let second = e - b * b / a;
    if second < APART {
        return None;
    }
    let mixed = (f - b * c / a) / second;
    let third = i - c * c / a - mixed * mixed * second;
    if third < APART {
        return None;
    }
    let q = q - b / a * p;
    let z = (r - c / a * p - mixed * q) / third;
    let y = q / second - mixed * z;
    let x = (p - b * y - c * z) / a;
    let found =
        spread([x, y, z].into_iter().zip(lengths).enumerate().map(
            |(at, (factor, length))| {
                if inside(at) { factor / length } else { 0.0 }
            },
        ));
    found.iter().all(|factor| factor.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{Row, left, solve};

    const RAYS: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn noise(at: u64) -> f64 {
        let mixed = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    /// Rows that no coefficients come close to, where whole steps lead nowhere.
    #[test]
    fn nothing_found_by_trying_leaves_less() {
        for case in 0..40_u64 {
            let row = |at: u64| {
                let workers = [1.0, 2.0, 3.0, 5.0, 10.0][at as usize];
                let log = 12.0 * noise(100 * case + at);
                Row { columns: [1.0 / workers, 1.0, workers - 1.0], log, weight: 1.0 + at as f64 }
            };
            let rows: Vec<Row> = (0..5).map(row).collect();
            let found = left(&rows, &solve(&rows, &RAYS));
            for tried in 0..4000 {
                let part = |of: u64| libm::exp(30.0 * noise(7_000_000 + 100_000 * case + 3 * tried + of));
                let other = left(&rows, &[part(0), part(1), part(2)]);
                assert!(found <= other * (1.0 + 1e-9), "case {case}: {found} {other}");
            }
        }
    }
}
