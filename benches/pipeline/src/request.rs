//! What is asked for on the command line.

/// A thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Report,
    Ledger,
    Overhead,
    Quality,
    Verdicts,
    Pages,
    Load,
    LoadMemory,
    Reencryption,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) parts: Vec<Part>,
    /// Of the synthetic data of `quality`.
    pub(crate) seed: u64,
    /// Histories and tails of `quality`; each.
    pub(crate) count: u64,
}

impl Request {
    /// Without a part, those that print metrics as JSON lines.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut request = Self { parts: Vec::new(), seed: 1, count: 4000 };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let given = arguments.next().and_then(|text| text.parse::<u64>().ok());
                given.ok_or_else(|| format!("{argument} needs a whole number"))
            };
            match argument.as_str() {
                "report" => request.parts.push(Part::Report),
                "ledger" => request.parts.push(Part::Ledger),
                "overhead" => request.parts.push(Part::Overhead),
                "quality" => request.parts.push(Part::Quality),
                "verdicts" => request.parts.push(Part::Verdicts),
                "pages" => request.parts.push(Part::Pages),
                "load" => request.parts.push(Part::Load),
                "load-memory" => request.parts.push(Part::LoadMemory),
                "reencryption" => request.parts.push(Part::Reencryption),
                "--seed" => request.seed = number()?,
                "--count" => request.count = number()?,
                other => {
                    return Err(format!(
                        "`{other}` is none of report, ledger, overhead, quality, verdicts, pages, load, load-memory, reencryption, \
                         --seed N, --count N"
                    ));
                }
            }
        }
        if request.parts.is_empty() {
            request.parts = vec![Part::Report, Part::Ledger, Part::Overhead];
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Request, String> {
        Request::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_asks_for_the_metrics_and_a_name_for_a_part() {
        let parts = |line| read(line).map(|request| request.parts);
        assert_eq!(parts(""), Ok(vec![Part::Report, Part::Ledger, Part::Overhead]));
        assert_eq!(parts("verdicts"), Ok(vec![Part::Verdicts]));
        let asked = Request { parts: vec![Part::Quality], seed: 7, count: 30 };
        assert_eq!(read("quality --count 30 --seed 7"), Ok(asked));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(read("qualty").is_err_and(|error| error.contains("`qualty` is none of")));
        assert!(read("quality --seed x").is_err_and(|error| error.contains("--seed needs a whole number")));
        assert!(read("quality --count").is_err());
    }
}
