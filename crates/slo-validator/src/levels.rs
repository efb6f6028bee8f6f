//! How sure one must be, and what looking more than once costs.

/// The confidence levels of a verdict, each between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Of the interval that is shown, and that must lie inside the threshold for `unchanged`.
    pub shown: f64,
    /// That a change is no noise before it is called one.
    pub verdict: f64,
    /// What a chance of error is divided by, for all looks at the evidence together; 1 when there is only one.
    price: f64,
}

impl Levels {
    /// For evidence of a size that was fixed beforehand.
    pub const fn new(shown: f64, verdict: f64) -> Self {
        Self { shown, verdict, price: 1.0 }
    }

    /// For evidence that was looked at after so many rounds, ascending, to decide whether more was needed; a metric with
    /// `rounds` rounds is at its look `j` = 1 + the number of looks before. A comparison with at most one look has a
    /// fixed size, and pays nothing.
    ///
    /// The chance of a false alarm is spent over looks, as K. K. G. Lan and D. L. DeMets (Discrete sequential boundaries
    /// for clinical trials, Biometrika 70, 1983) propose: look j may use the share 1 / (j (j + 1)). These shares add up to
    /// 1, so the whole chance stays what the level says, however many looks the time allows. The interval that is shown
    /// is that of `shown` and is not widened: it describes the rounds there are.
    pub fn after_looks(self, looks: &[u32], rounds: usize) -> Self {
        if looks.len() <= 1 {
            return self;
        }
        let before = looks.iter().filter(|look| (**look as usize) < rounds).count();
        let j = (before + 1) as f64;
        Self { price: j * (j + 1.0), ..self }
    }

    /// The level that the look has to use in place of `level`.
    pub(crate) fn paid(&self, level: f64) -> f64 {
        if self.price > 1.0 { 1.0 - (1.0 - level) / self.price } else { level }
    }

    /// A chance of error with the price of the look on it.
    pub(crate) fn priced(&self, p: f64) -> f64 {
        (p * self.price).min(1.0)
    }

    /// The largest priced chance of error with which a change is called one.
    pub(crate) fn error(&self) -> f64 {
        1.0 - self.verdict
    }
}

#[cfg(test)]
mod tests {
    use super::Levels;

    fn price(looks: &[u32], rounds: usize) -> f64 {
        Levels::new(0.95, 0.99).after_looks(looks, rounds).price
    }

    #[test]
    fn each_look_costs_more_than_the_one_before() {
        let looks = [6, 9, 13];
        assert_eq!(
            [5, 6, 7, 9, 10, 13, 14].map(|rounds| price(&looks, rounds)),
            [2.0, 2.0, 6.0, 6.0, 12.0, 12.0, 20.0]
        );
    }

    #[test]
    fn a_size_fixed_beforehand_costs_nothing() {
        assert_eq!([price(&[], 30), price(&[30], 30), price(&[5], 30)], [1.0; 3]);
        assert_eq!(Levels::new(0.95, 0.99).paid(0.99), 0.99);
    }

    #[test]
    fn all_looks_together_spend_no_more_than_the_level_says() {
        let looks: Vec<u32> = (1..=500).collect();
        let spent = |rounds| 1.0 - Levels::new(0.95, 0.99).after_looks(&looks, rounds).paid(0.99);
        let sum: f64 = (1..=500).map(spent).sum();
        assert!(sum < 0.01 && sum > 0.0099, "{sum}");
    }

    #[test]
    fn a_chance_with_its_price_is_held_against_the_level_itself() {
        let levels = Levels::new(0.95, 0.99).after_looks(&[6, 9], 9);
        assert!((levels.priced(0.001) - 0.006).abs() < 1e-15);
        assert_eq!(levels.priced(0.5), 1.0);
    }
}
